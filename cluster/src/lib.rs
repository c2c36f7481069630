//! Speaks to Kubernetes: the namespaces of a cluster, as a stream of what is seen of them.

pub mod access;
pub mod error;
pub mod namespaces;
mod server;
mod watch;

pub use access::{Access, connect};
pub use error::ClusterError;
pub use namespaces::{Cluster, Observation, Timing};
