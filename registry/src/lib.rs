//! Speaks to Harbor and to OCI distribution registries: proves a credential, lists spaces, repositories and tags page by
//! page, and confirms that a space is gone. What registries answer is not trusted: it is bounded, checked and, where it
//! is shown, made printable.

mod client;
mod distribution;
mod endpoint;
mod error;
mod harbor;
mod http;
mod quoted;
mod reach;

pub use client::{ObservedRepository, ObservedSpace, ObservedTag, Presence, Proof, RegistryClient, RepositoryChange};
pub use endpoint::{Credential, Endpoint, Limits, connect};
pub use error::RegistryError;
pub use reach::{AddressKind, Reach};
