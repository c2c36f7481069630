//! The running product on PostgreSQL: the tests of `../it` that reach the database, each in a schema of its own, and what
//! only several replicas can show.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../it/audit.rs"]
mod audit;
#[path = "../it/authorization.rs"]
mod authorization;
#[path = "../it/cases.rs"]
mod cases;
#[path = "../it/data_key.rs"]
mod data_key;
#[path = "../harness/database.rs"]
mod database;
#[path = "../it/doors.rs"]
mod doors;
#[path = "../it/first_password.rs"]
mod first_password;
#[path = "../harness/harness.rs"]
mod harness;
#[path = "../it/hostile.rs"]
mod hostile;

#[path = "../it/main_job.rs"]
mod main_job;
#[path = "../it/masking.rs"]
mod masking;
mod migrate;
#[path = "../it/outage.rs"]
mod outage;
mod place;
#[path = "../it/registries.rs"]
mod registries;
mod replicas;
mod server;
#[path = "../it/sign_in.rs"]
mod sign_in;
#[path = "../it/workspaces.rs"]
mod workspaces;
#[path = "../it/world.rs"]
mod world;

use harness::leash;
