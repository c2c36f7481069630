//! What the store keeps and gives back on PostgreSQL: the tests of `../store` but for those of the file, each in a schema of
//! its own, and what only PostgreSQL has.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "some of it is for the tests of the file")]
#[path = "../store/arrangement.rs"]
mod arrangement;
#[path = "../store/bindings.rs"]
mod bindings;
#[path = "../store/contents.rs"]
mod contents;
#[expect(dead_code, reason = "a server is ended by tests of the running product")]
#[path = "../../../tests/harness/database.rs"]
mod database;
#[path = "../store/identity.rs"]
mod identity;
#[path = "../store/leases.rs"]
mod leases;
#[path = "../../../tests/harness/leash.rs"]
mod leash;
#[path = "../store/namespaces.rs"]
mod namespaces;
#[path = "../store/nested.rs"]
mod nested;
mod place;
#[path = "../store/policy.rs"]
mod policy;
#[path = "../store/records.rs"]
mod records;
#[path = "../store/registries.rs"]
mod registries;
mod replicas;
#[path = "../store/selectable.rs"]
mod selectable;
#[path = "../store/sight.rs"]
mod sight;
#[path = "../store/spaces.rs"]
mod spaces;
mod tls;
#[path = "../store/transactions.rs"]
mod transactions;
#[path = "../store/workspaces.rs"]
mod workspaces;
