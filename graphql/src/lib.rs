//! Translates GraphQL to use cases and back.

#![expect(clippy::unused_async, reason = "the macros of the GraphQL library take async resolvers only")]

mod access;
mod api;
mod connection;
mod cursor;
mod errands;
mod error;
mod gate;
pub mod http;
mod ids;
mod limits;
mod loader;
mod mutation;
mod object;
mod query;
mod scalar;
mod scope;

pub use api::{Api, sdl};
pub use http::{Authenticate, NotProven, Proven, router};
pub use limits::COST;
