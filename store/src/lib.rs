//! SQL on the embedded database through Diesel. A use case is one closure over a [`Transaction`], which [`Store`] runs in
//! one transaction on a blocking thread; so `app` keeps the order of things, this crate keeps the SQL, and neither the
//! closure nor the types in it know which database there is.

pub mod audit;
pub mod bindings;
pub mod clusters;
pub mod decisions;
pub mod error;
pub mod exemptions;
mod fault;
pub mod idempotency;
pub mod installation;
pub mod leases;
pub mod memberships;
mod meter;
pub mod namespaces;
pub mod page;
mod pattern;
pub mod policy;
mod postgres;
pub mod registries;
pub mod replicas;
pub mod repositories;
pub mod revisions;
pub mod selectable;
pub mod sessions;
pub mod sight;
pub mod spaces;
mod sqlite;
mod store;
pub mod syncs;
pub mod tokens;
pub mod transaction;
pub mod users;
mod word;
pub mod workspaces;

pub use error::{Result, StoreError, Unique};
pub use page::{Page, Paged};
pub use postgres::{Changes, DatabaseUrl};
pub use sqlite::{BackupError, Copied, backup, restore};
pub use store::{Place, Store, StoreOptions};
pub use transaction::Transaction;
