//! The use cases on PostgreSQL: the tests of `../use_cases`, each in a schema of its own.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../use_cases/assignments.rs"]
mod assignments;
#[path = "../use_cases/bindings.rs"]
mod bindings;
#[expect(dead_code, reason = "some of it is for tests of the store")]
#[path = "../../../tests/harness/database.rs"]
mod database;
#[path = "../use_cases/installation.rs"]
mod installation;
#[path = "../../../tests/harness/leash.rs"]
mod leash;
mod place;
#[path = "../use_cases/registries.rs"]
mod registries;
#[path = "../use_cases/registries_changed.rs"]
mod registries_changed;
#[path = "../use_cases/registries_declared.rs"]
mod registries_declared;
#[path = "../use_cases/registries_removed.rs"]
mod registries_removed;
#[path = "../use_cases/sign_in.rs"]
mod sign_in;
#[path = "../use_cases/walks.rs"]
mod walks;
#[path = "../use_cases/world.rs"]
mod world;
