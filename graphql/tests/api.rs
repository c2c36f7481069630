//! The API as its users meet it: on real use cases, a real database and a faithful Harbor. One binary.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "api/bindings.rs"]
mod bindings;
#[path = "api/contents.rs"]
mod contents;
#[path = "api/explanations.rs"]
mod explanations;
#[path = "api/export.rs"]
mod export;
#[path = "api/http.rs"]
mod http;
#[path = "api/inputs.rs"]
mod inputs;
#[path = "api/journey.rs"]
mod journey;
#[path = "api/limits.rs"]
mod limits;
#[path = "api/lists.rs"]
mod lists;
#[path = "api/place.rs"]
mod place;
#[path = "api/plan.rs"]
mod plan;
#[path = "api/rights.rs"]
mod rights;
#[path = "api/schema.rs"]
mod schema;
#[path = "api/statements.rs"]
mod statements;
#[path = "api/world.rs"]
mod world;
