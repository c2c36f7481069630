//! The body of queries, in Diesel's terms only. A back end mounts it below itself and gives it a session, the name of what
//! queries are written for, and the few expressions that differ from one database to another.

mod audit;
mod bindings;
mod clusters;
mod decisions;
mod exemptions;
mod idempotency;
mod installation;
mod leases;
mod memberships;
mod namespaces;
mod nested;
mod policy;
mod registries;
mod replicas;
mod repositories;
mod revisions;
pub(super) mod rows;
pub(super) mod schema;
pub(super) mod selectable;
mod sessions;
mod sight;
mod spaces;
mod syncs;
mod tags;
mod tokens;
mod users;
mod workspaces;

use std::collections::HashMap;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::registry::Owner;
use wharfinger_domain::time::Timestamp;

use super::{Connection, Db, MAX_BINDS, Session, contains, steered};
use crate::{Result, StoreError};

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_micros)
}

fn instant(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

fn owner_id(owner: Owner) -> Option<i64> {
    match owner {
        Owner::Platform => None,
        Owner::Workspace(workspace) => Some(workspace.0),
    }
}

fn owner(id: Option<i64>) -> Owner {
    id.map_or(Owner::Platform, |id| Owner::Workspace(WorkspaceId(id)))
}

fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::internal(error.to_string()))
}

/// What a JSON text of our own says. `what` names the column for the message that it says nothing.
fn from_json<T: DeserializeOwned>(text: &str, what: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| StoreError::damaged(format!("{what} is unreadable")))
}

/// Records in groups, each in the order they come.
fn grouped<K: Eq + Hash, T>(records: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut groups: HashMap<K, Vec<T>> = HashMap::new();
    for record in records {
        groups.entry(key(&record)).or_default().push(record);
    }
    groups
}
