//! The decision against the table of rules: on thousands of worlds made up by chance it agrees with the oracle, rule by rule
//! it says what the table says, and over a pod it decides what is new.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../tests/oracle/oracle.rs"]
mod oracle;

#[path = "decision/agreement.rs"]
mod agreement;
#[path = "decision/export.rs"]
mod export;
#[path = "decision/pod.rs"]
mod pod;
#[path = "decision/scene.rs"]
mod scene;
#[path = "decision/table.rs"]
mod table;
