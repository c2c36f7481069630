//! The clusters, and what each of their namespaces is: mapped, or exempt.

use foldhash::HashMap;

use crate::cluster::Cluster;
use crate::exemption::Exemption;
use crate::id::ExemptionId;
use crate::namespace::Namespace;
use crate::time::Timestamp;

/// The clusters, each with its mapped and its exempt namespaces.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Clusters(HashMap<Box<str>, ClusterEntry>);

/// What is known of one cluster. What is known of its namespaces may be known before the cluster is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ClusterEntry {
    cluster: Option<Cluster>,
    /// Mapped namespaces by UID.
    mapped: HashMap<Box<str>, Namespace>,
    /// Exemptions by the name of the namespace.
    exempt: HashMap<Box<str>, Vec<Exemption>>,
}

impl Clusters {
    pub(crate) fn build(clusters: Vec<Cluster>, namespaces: Vec<Namespace>, exemptions: Vec<Exemption>) -> Self {
        let mut all = Self::default();
        for cluster in clusters {
            all.put(cluster);
        }
        for namespace in namespaces {
            all.map(namespace);
        }
        for exemption in exemptions {
            all.exempt(exemption);
        }
        all
    }

    /// The cluster of this name, with what is known of its namespaces.
    #[inline]
    pub(crate) fn entry(&self, name: &str) -> Option<(&Cluster, &ClusterEntry)> {
        let entry = self.0.get(name)?;
        Some((entry.cluster.as_ref()?, entry))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Cluster> {
        self.entry(name).map(|(cluster, _)| cluster)
    }

    pub(crate) fn put(&mut self, cluster: Cluster) {
        let entry = self.0.entry(cluster.name.clone()).or_default();
        entry.cluster = Some(cluster);
    }

    /// Takes a namespace in; one without a workspace is forgotten.
    pub(crate) fn map(&mut self, namespace: Namespace) {
        let entry = self.0.entry(namespace.cluster.clone()).or_default();
        if namespace.workspace.is_some() {
            entry.mapped.insert(namespace.uid.clone(), namespace);
        } else {
            entry.mapped.remove(&namespace.uid);
        }
        self.forget_empty();
    }

    pub(crate) fn exempt(&mut self, exemption: Exemption) {
        let entry = self.0.entry(exemption.cluster.clone()).or_default();
        let listed = entry.exempt.entry(exemption.namespace.clone()).or_default();
        listed.retain(|other| other.id.is_none() || other.id != exemption.id);
        listed.push(exemption);
        listed.sort_by(|a, b| (a.id, &a.uid, &a.reason).cmp(&(b.id, &b.uid, &b.reason)));
    }

    pub(crate) fn end_exemption(&mut self, id: ExemptionId) {
        for entry in self.0.values_mut() {
            entry.exempt.values_mut().for_each(|listed| listed.retain(|exemption| exemption.id != Some(id)));
            entry.exempt.retain(|_, listed| !listed.is_empty());
        }
        self.forget_empty();
    }

    /// Everything that is known of all clusters, in order.
    pub(crate) fn list(&self) -> (Vec<Cluster>, Vec<Namespace>, Vec<Exemption>) {
        let mut clusters: Vec<_> = self.0.values().filter_map(|entry| entry.cluster.clone()).collect();
        clusters.sort_by_key(|cluster| cluster.id.0);
        let mut namespaces: Vec<_> = self.0.values().flat_map(|entry| entry.mapped.values().cloned()).collect();
        namespaces.sort_by(|a, b| (&a.cluster, &a.name, &a.uid).cmp(&(&b.cluster, &b.name, &b.uid)));
        let listed = self.0.values().flat_map(|entry| entry.exempt.values().flatten());
        let mut exemptions: Vec<_> = listed.cloned().collect();
        // Those of one namespace are in order already, and the sort is stable.
        exemptions.sort_by(|a, b| (&a.cluster, &a.namespace).cmp(&(&b.cluster, &b.namespace)));
        (clusters, namespaces, exemptions)
    }

    /// A name of which nothing is known any more is as if it had never been known.
    fn forget_empty(&mut self) {
        self.0.retain(|_, entry| *entry != ClusterEntry::default());
    }
}

impl ClusterEntry {
    #[inline]
    pub(crate) fn mapping(&self, namespace: &str, uid: &str) -> Option<&Namespace> {
        self.mapped.get(uid).filter(|mapped| &*mapped.name == namespace)
    }

    #[inline]
    pub(crate) fn exemption(&self, namespace: &str, uid: Option<&str>, at: Timestamp) -> Option<&Exemption> {
        self.exempt.get(namespace)?.iter().find(|exemption| exemption.covers(uid, at))
    }
}
