//! What the store keeps and gives back, on a real database file for each test. The same tests run on PostgreSQL
//! in `../postgres`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arrangement;
mod backups;
mod bindings;
mod contents;
mod faults;
mod files;
mod identity;
mod leases;
mod namespaces;
mod nested;
mod place;
mod policy;
mod records;
mod registries;
mod selectable;
mod sight;
mod spaces;
mod transactions;
mod workspaces;
