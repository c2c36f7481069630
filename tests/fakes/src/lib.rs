//! Faithful fakes for tests and the demo: a Harbor and the namespaces of an API server.

pub mod digest;
pub mod distribution;
pub mod harbor;
pub mod kube;
pub mod push;
pub mod recorded;
