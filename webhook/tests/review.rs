//! The webhook at its door: reviews as an API server sends them go in, and what is answered, recorded, counted and wished
//! for is looked at. The snapshots are real; only the clock, the ids and the queue are the tests' own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "review/bodies.rs"]
mod bodies;
#[path = "review/disclosure.rs"]
mod disclosure;
#[path = "review/door.rs"]
mod door;
#[path = "review/faults.rs"]
mod faults;
#[path = "review/modes.rs"]
mod modes;
#[path = "review/operations.rs"]
mod operations;
#[path = "review/oracle.rs"]
mod oracle;
#[path = "review/protocol.rs"]
mod protocol;
#[path = "review/records.rs"]
mod records;
#[path = "review/references.rs"]
mod references;
#[path = "review/templates.rs"]
mod templates;
#[path = "review/waiting.rs"]
mod waiting;
#[path = "review/world.rs"]
mod world;
