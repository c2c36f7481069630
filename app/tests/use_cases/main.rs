//! The use cases, on a real database and against a faithful Harbor: one binary.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod assignments;
mod bindings;
mod installation;
mod place;
mod registries;
mod registries_changed;
mod registries_declared;
mod registries_removed;
mod sign_in;
mod walks;
mod world;
