//! What the store keeps and gives back, on a real database file for each test.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arrangement;
mod backups;
mod bindings;
mod contents;
mod faults;
mod namespaces;
mod nested;
mod policy;
mod records;
mod registries;
mod selectable;
mod spaces;
mod transactions;
mod workspaces;
