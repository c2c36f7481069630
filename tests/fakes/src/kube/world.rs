//! What the fake API server holds: every change there was, so that each resource version can be told again. Time is the
//! resource version counted in seconds, so that two runs of a test see the same world.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde_json::{Map, Value};

use crate::digest::sha256;
use crate::kube::Asked;

/// When resource version 0 was, in seconds since the epoch: the start of 2026.
const START: i64 = 1_767_225_600;

/// There is a namespace of this name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameTaken;

impl std::fmt::Display for NameTaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("there is a namespace of this name already")
    }
}

impl std::error::Error for NameTaken {}

/// A namespace as of one resource version.
#[derive(Debug, Clone)]
pub(super) struct Namespace {
    pub(super) name: String,
    pub(super) terminating: bool,
    /// What `metadata` holds, as JSON.
    pub(super) metadata: Map<String, Value>,
}

/// What became of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Added,
    Modified,
    Deleted,
}

/// One change, at the resource version that its namespace carries.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) version: u64,
    pub(super) kind: Kind,
    pub(super) namespace: Namespace,
}

/// The namespaces, their past, and how the server behaves.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) version: u64,
    /// What lies before this resource version is forgotten.
    pub(super) oldest: u64,
    /// Grows when running watches must break off.
    pub(super) cuts: u64,
    /// Grows when running watches must end with 410 Gone.
    pub(super) expiries: u64,
    /// Grows when running watches must send a bookmark.
    pub(super) bookmarks: u64,
    pub(super) refuses: bool,
    pub(super) silent: bool,
    pub(super) asked: Asked,
    /// The namespaces as they are now, which the changes lead to.
    now: BTreeMap<String, Namespace>,
    changes: Vec<Change>,
    creations: BTreeMap<String, u32>,
    /// The Secrets, by namespace and name.
    secrets: BTreeMap<(String, String), Value>,
}

impl World {
    /// The namespaces as they were at this resource version, by name.
    pub(super) fn at(&self, version: u64) -> BTreeMap<&str, &Namespace> {
        let mut namespaces = BTreeMap::new();
        for change in self.changes.iter().take_while(|change| change.version <= version) {
            match change.kind {
                Kind::Deleted => namespaces.remove(&*change.namespace.name),
                Kind::Added | Kind::Modified => namespaces.insert(&*change.namespace.name, &change.namespace),
            };
        }
        namespaces
    }

    /// The namespace of this name.
    pub(super) fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.now.get(name)
    }

    /// What changed after this resource version.
    pub(super) fn since(&self, version: u64) -> &[Change] {
        &self.changes[self.changes.partition_point(|change| change.version <= version)..]
    }

    pub(super) fn create(&mut self, name: &str) -> Result<String, NameTaken> {
        if self.namespace(name).is_some() {
            return Err(NameTaken);
        }
        let count = self.creations.entry(name.to_owned()).or_default();
        *count += 1;
        let uid = uid(name, *count);
        let mut metadata = Map::new();
        metadata.insert("name".to_owned(), name.into());
        metadata.insert("uid".to_owned(), uid.clone().into());
        metadata.insert("creationTimestamp".to_owned(), self.next_instant());
        metadata.insert("labels".to_owned(), serde_json::json!({ "kubernetes.io/metadata.name": name }));
        self.push(Kind::Added, Namespace { name: name.to_owned(), terminating: false, metadata });
        Ok(uid)
    }

    pub(super) fn terminate(&mut self, name: &str) -> bool {
        let Some(mut namespace) = self.namespace(name).cloned() else { return false };
        namespace.terminating = true;
        let instant = self.next_instant();
        namespace.metadata.entry("deletionTimestamp").or_insert(instant);
        self.push(Kind::Modified, namespace);
        true
    }

    pub(super) fn delete(&mut self, name: &str) -> bool {
        let Some(namespace) = self.namespace(name).cloned() else { return false };
        self.push(Kind::Deleted, namespace);
        true
    }

    pub(super) fn deform(&mut self, name: &str, field: &str, value: Value) -> bool {
        let Some(mut namespace) = self.namespace(name).cloned() else { return false };
        namespace.metadata.insert(field.to_owned(), value);
        self.push(Kind::Modified, namespace);
        true
    }

    /// The Secret of this name.
    pub(super) fn secret(&self, namespace: &str, name: &str) -> Option<&Value> {
        self.secrets.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// Stores a Secret in place of what is there. Gives it as it is stored.
    pub(super) fn put_secret(&mut self, namespace: &str, name: &str, mut secret: Value) -> Value {
        self.version += 1;
        secret["apiVersion"] = "v1".into();
        secret["kind"] = "Secret".into();
        secret["metadata"]["name"] = name.into();
        secret["metadata"]["namespace"] = namespace.into();
        secret["metadata"]["resourceVersion"] = self.version.to_string().into();
        self.secrets.insert((namespace.to_owned(), name.to_owned()), secret.clone());
        secret
    }

    /// Forgets the past. The version moves on, as it would by a change to anything else that the server holds.
    pub(super) fn compact(&mut self) {
        self.version += 1;
        self.oldest = self.version;
    }

    fn next_instant(&self) -> Value {
        let seconds = TimeDelta::seconds(i64::try_from(self.version + 1).unwrap_or(i64::MAX / 1000));
        let instant = DateTime::from_timestamp(START, 0).and_then(|start| start.checked_add_signed(seconds));
        instant.map(|instant| instant.to_rfc3339_opts(SecondsFormat::Secs, true)).into()
    }

    fn push(&mut self, kind: Kind, mut namespace: Namespace) {
        self.version += 1;
        namespace.metadata.insert("resourceVersion".to_owned(), self.version.to_string().into());
        match kind {
            Kind::Deleted => self.now.remove(&namespace.name),
            Kind::Added | Kind::Modified => self.now.insert(namespace.name.clone(), namespace.clone()),
        };
        self.changes.push(Change { version: self.version, kind, namespace });
    }
}

/// A UUID that depends on the name and on how often it was given.
fn uid(name: &str, count: u32) -> String {
    let digest = sha256(format!("{name}/{count}").as_bytes());
    let hex = &digest["sha256:".len()..];
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_created_again_has_another_uid_and_another_fake_gives_the_same_ones() {
        let mut world = World::default();
        let first = world.create("a").unwrap();
        assert_eq!(world.create("a"), Err(NameTaken));
        assert!(world.delete("a"));
        assert_ne!(world.create("a").unwrap(), first);
        assert_eq!(World::default().create("a").unwrap(), first);
        assert_eq!(first.len(), 36);
    }

    #[test]
    fn each_version_can_be_told_again() {
        let mut world = World::default();
        world.create("a").unwrap();
        world.create("b").unwrap();
        world.terminate("a");
        world.delete("a");
        let names = |version| world.at(version).keys().map(ToString::to_string).collect::<Vec<_>>().join(",");
        assert_eq!([names(0), names(1), names(2), names(3), names(4)], ["", "a", "a,b", "a,b", "b"]);
        assert!(world.at(3)["a"].terminating && !world.at(2)["a"].terminating);
        assert_eq!(world.since(2).len(), 2);
        assert!(world.since(4).is_empty());
    }
}
