//! The API on PostgreSQL: those tests of `../api` that reach the database, each in a schema of its own.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../api/bindings.rs"]
mod bindings;
#[path = "../api/contents.rs"]
mod contents;
#[expect(dead_code, reason = "some of it is for tests of the store")]
#[path = "../../../tests/harness/database.rs"]
mod database;
#[path = "../api/explanations.rs"]
mod explanations;
#[path = "../api/journey.rs"]
mod journey;
#[path = "../../../tests/harness/leash.rs"]
mod leash;
#[path = "../api/lists.rs"]
mod lists;
mod place;
#[path = "../api/plan.rs"]
mod plan;
#[path = "../api/rights.rs"]
mod rights;
#[path = "../api/statements.rs"]
mod statements;
#[path = "../api/world.rs"]
mod world;
