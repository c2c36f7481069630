//! A snapshot brought up to date by changes is the one that would have been built anew, and it follows what is seen in the
//! cluster.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only the worlds are used here, not what the oracle says of them")]
#[path = "../../tests/oracle/oracle.rs"]
mod oracle;

#[path = "snapshot/changes.rs"]
mod changes;
#[path = "snapshot/early.rs"]
mod early;
#[path = "snapshot/sightings.rs"]
mod sightings;
