//! Holds the GraphQL library to the behaviour that this room is built on, its faults included.
//!
//! The library is pinned to a release candidate. What it does with failing fields, key order, limits and the printed
//! schema is asserted here, so that another version cannot change it unnoticed. A test that fails after an upgrade
//! is a question to answer (does the room still hold?), not a value to update.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::unused_async, reason = "the library's macros take async resolvers only")]

#[path = "probe/execution.rs"]
mod execution;
#[path = "probe/limits.rs"]
mod limits;
#[path = "probe/registry.rs"]
mod registry;
#[path = "probe/sdl.rs"]
mod sdl;
