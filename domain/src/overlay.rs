//! Which UID each namespace name has now, in the clusters that this replica watches. It is the replica's own and no part of
//! the store's revision: a mapping counts only while the namespace that it was written for is the one that lives.

use std::collections::HashMap;
use std::sync::Arc;

/// The namespaces that live now, for each cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlay {
    clusters: HashMap<Box<str>, Arc<HashMap<Box<str>, LiveNamespace>>>,
}

/// A namespace that the API server has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveNamespace {
    /// Its UID.
    pub uid: Box<str>,
    /// It has been deleted and is being emptied; from this moment its mapping no longer counts.
    pub terminating: bool,
}

/// What a watch saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// The whole list, from the start of a watch: what is not in it is gone.
    Listed(Vec<(Box<str>, LiveNamespace)>),
    /// One namespace was added or changed.
    Seen(Box<str>, LiveNamespace),
    /// One namespace is gone.
    Gone(Box<str>),
}

impl Overlay {
    /// The overlay after this was seen in this cluster.
    #[must_use]
    pub fn after(&self, cluster: &str, sighting: Sighting) -> Self {
        let mut next = self.clone();
        let entry = next.clusters.entry(cluster.into()).or_default();
        match sighting {
            Sighting::Listed(all) => *entry = Arc::new(all.into_iter().collect()),
            Sighting::Seen(name, live) => {
                Arc::make_mut(entry).insert(name, live);
            }
            Sighting::Gone(name) => {
                Arc::make_mut(entry).remove(&name);
            }
        }
        next
    }

    /// The namespace that has this name now.
    pub fn live(&self, cluster: &str, namespace: &str) -> Option<&LiveNamespace> {
        self.clusters.get(cluster)?.get(namespace)
    }

    /// Whether this cluster's namespaces have been listed.
    pub fn knows(&self, cluster: &str) -> bool {
        self.clusters.contains_key(cluster)
    }

    /// Every namespace of this cluster, in no order.
    pub fn namespaces(&self, cluster: &str) -> impl Iterator<Item = (&str, &LiveNamespace)> {
        self.clusters.get(cluster).into_iter().flat_map(|live| live.iter()).map(|(name, live)| (&**name, live))
    }
}
