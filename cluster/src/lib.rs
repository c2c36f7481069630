//! Speaks to Kubernetes: the namespaces of a cluster, as a stream of what is seen of them, the authority in the registration of
//! the webhook, and a secret that replicas share.

pub mod access;
pub mod error;
pub mod namespaces;
mod registration;
mod secret;
mod server;
mod watch;

pub use access::{Access, connect};
pub use error::ClusterError;
pub use namespaces::{Cluster, Observation, Timing};
pub use secret::SecretPlace;
