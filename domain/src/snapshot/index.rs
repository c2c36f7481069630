//! The sections of a snapshot. Each answers one question of the decision with one or two look-ups, and holds the same for
//! the same data whether it was built whole or brought there by changes. The maps are hashed by foldhash, seeded at random:
//! a decision is a dozen look-ups, and the standard library's hash function would take most of its time.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt};

use crate::binding::Binding;
use crate::cluster::Cluster;
use crate::exemption::Exemption;
use crate::host::CanonicalHost;
use crate::id::{ExemptionId, RegistryId, SpaceId, WorkspaceId};
use crate::namespace::Namespace;
use crate::registry::{Owner, Registry, RetiredHost};
use crate::space::Space;
use crate::time::Timestamp;
use crate::workspace::Workspace;

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
    pub(crate) fn mapping(&self, namespace: &str, uid: &str) -> Option<&Namespace> {
        self.mapped.get(uid).filter(|mapped| &*mapped.name == namespace)
    }

    pub(crate) fn exemption(&self, namespace: &str, uid: Option<&str>, at: Timestamp) -> Option<&Exemption> {
        self.exempt.get(namespace)?.iter().find(|exemption| exemption.covers(uid, at))
    }
}

/// The registries, and who claims which host.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Registries {
    all: BTreeMap<RegistryId, Registry>,
    retired: BTreeSet<RetiredHost>,
    /// By canonical host. Follows from the two above.
    hosts: HashMap<Box<str>, HostClaims>,
    /// The host that references to a registry's images are written with. Follows from the first.
    written: HashMap<RegistryId, CanonicalHost<'static>>,
}

/// Who claims one host. Of several with the same right the one with the lowest id has it.
#[derive(Debug, Clone, Default, PartialEq)]
struct HostClaims {
    platform: Option<RegistryId>,
    platform_retired: bool,
    associated: Vec<(WorkspaceId, RegistryId)>,
    associated_retired: Vec<WorkspaceId>,
}

/// What a host is to a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// A registry in scope has it.
    Registry(RegistryId),
    /// A registry in scope once had it.
    Retired,
    /// No registry in scope has it or had it.
    Unknown,
}

impl Registries {
    pub(crate) fn build(registries: Vec<Registry>, retired: Vec<RetiredHost>) -> Self {
        let mut all = Self {
            all: registries.into_iter().map(|registry| (registry.id, registry)).collect(),
            retired: retired.into_iter().collect(),
            hosts: HashMap::new(),
            written: HashMap::new(),
        };
        all.claim_hosts();
        all
    }

    pub(crate) fn get(&self, id: RegistryId) -> Option<&Registry> {
        self.all.get(&id)
    }

    /// All of them and all retired hosts, in order.
    pub(crate) fn list(&self) -> (Vec<Registry>, Vec<RetiredHost>) {
        (self.all.values().cloned().collect(), self.retired.iter().cloned().collect())
    }

    pub(crate) fn put(&mut self, registry: Registry) {
        self.all.insert(registry.id, registry);
        self.claim_hosts();
    }

    pub(crate) fn remove(&mut self, id: RegistryId) {
        self.all.remove(&id);
        self.claim_hosts();
    }

    pub(crate) fn retire(&mut self, host: RetiredHost) {
        self.retired.insert(host);
        self.claim_hosts();
    }

    pub(crate) fn release(&mut self, host: &RetiredHost) {
        self.retired.remove(host);
        self.claim_hosts();
    }

    /// Registries are few and change seldom, so the claims are simply made again.
    fn claim_hosts(&mut self) {
        self.hosts.clear();
        self.written.clear();
        self.written.extend(self.all.values().filter_map(|registry| Some((registry.id, registry.reference_host()?))));
        for registry in self.all.values().filter(|registry| !registry.resting) {
            for host in registry.claims() {
                let claims = self.hosts.entry(host.as_str().into()).or_default();
                match registry.owner {
                    Owner::Platform => {
                        claims.platform.get_or_insert(registry.id);
                    }
                    Owner::Workspace(workspace) => claims.associated.push((workspace, registry.id)),
                }
            }
        }
        for retired in &self.retired {
            let claims = self.hosts.entry(retired.host.clone()).or_default();
            match retired.owner {
                Owner::Platform => claims.platform_retired = true,
                Owner::Workspace(workspace) => claims.associated_retired.push(workspace),
            }
        }
    }

    /// What a host is to a namespace of this workspace. The platform comes first, with what it has and what it had, so
    /// that no association can stand in for a registry that was removed.
    pub(crate) fn claim(&self, host: &str, workspace: Option<WorkspaceId>) -> Claim {
        let Some(claims) = self.hosts.get(host) else {
            return Claim::Unknown;
        };
        if let Some(id) = claims.platform {
            return Claim::Registry(id);
        }
        if claims.platform_retired {
            return Claim::Retired;
        }
        let Some(workspace) = workspace else {
            return Claim::Unknown;
        };
        if let Some((_, id)) = claims.associated.iter().find(|(owner, _)| *owner == workspace) {
            Claim::Registry(*id)
        } else if claims.associated_retired.contains(&workspace) {
            Claim::Retired
        } else {
            Claim::Unknown
        }
    }

    /// The associations of this host that an administrator has marked exclusive.
    pub(crate) fn exclusive(&self, host: &str) -> impl Iterator<Item = RegistryId> {
        let associated = self.hosts.get(host).map_or(&[][..], |claims| &claims.associated);
        associated.iter().map(|(_, id)| *id).filter(|id| self.get(*id).is_some_and(|registry| registry.exclusive))
    }

    /// Whether references to the registry's images reach it from namespaces of its scope.
    pub(crate) fn is_reachable(&self, registry: &Registry) -> bool {
        let workspace = match registry.owner {
            Owner::Platform => None,
            Owner::Workspace(workspace) => Some(workspace),
        };
        let host = self.written.get(&registry.id);
        host.is_some_and(|host| self.claim(host.as_str(), workspace) == Claim::Registry(registry.id))
    }
}

/// The spaces, and for each registry those that are there by path.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Spaces {
    all: HashMap<SpaceId, Space>,
    present: HashMap<RegistryId, Paths>,
}

/// The spaces of one registry that are there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Paths {
    by_path: HashMap<Box<str>, SpaceId>,
    /// The most components that one of the paths has. No longer prefix has to be looked up: in a Harbor, one component.
    deepest: usize,
}

impl Paths {
    /// The space with exactly this path.
    pub(crate) fn at(&self, path: &str) -> Option<SpaceId> {
        self.by_path.get(path).copied()
    }

    /// The most components that one of the paths has.
    pub(crate) fn deepest(&self) -> usize {
        self.deepest
    }

    /// Should two spaces be there under one path, the newer one counts: it has inherited no binding.
    fn put(&mut self, path: &str, id: SpaceId) {
        let there = self.by_path.entry(path.into()).or_insert(id);
        *there = id.max(*there);
        self.deepest = self.deepest.max(components(path));
    }

    fn remove(&mut self, path: &str) {
        self.by_path.remove(path);
        let was_deepest = self.deepest > 1 && self.deepest == components(path);
        if was_deepest || self.by_path.is_empty() {
            self.deepest = self.by_path.keys().map(|path| components(path)).max().unwrap_or(0);
        }
    }
}

fn components(path: &str) -> usize {
    path.bytes().filter(|byte| *byte == b'/').count() + 1
}

impl Spaces {
    pub(crate) fn build(spaces: Vec<Space>) -> Self {
        let mut all = Self { all: HashMap::with_capacity(spaces.len()), present: HashMap::new() };
        for space in spaces {
            all.index(&space);
            all.all.insert(space.id, space);
        }
        all
    }

    pub(crate) fn get(&self, id: SpaceId) -> Option<&Space> {
        self.all.get(&id)
    }

    /// All of them, in order.
    pub(crate) fn list(&self) -> Vec<Space> {
        let mut all: Vec<_> = self.all.values().cloned().collect();
        all.sort_by_key(|space| space.id);
        all
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Space> {
        self.all.values()
    }

    /// The spaces of a registry that are there.
    pub(crate) fn of(&self, registry: RegistryId) -> Option<&Paths> {
        self.present.get(&registry)
    }

    pub(crate) fn put(&mut self, space: Space) {
        self.remove(space.id);
        self.index(&space);
        self.all.insert(space.id, space);
    }

    pub(crate) fn remove(&mut self, id: SpaceId) {
        let Some(old) = self.all.remove(&id) else {
            return;
        };
        let Some(paths) = self.present.get_mut(&old.registry) else {
            return;
        };
        if paths.at(&old.path) == Some(id) {
            paths.remove(&old.path);
            let heir = self.all.values().filter(|other| other.registry == old.registry && other.path == old.path);
            if let Some(heir) = heir.filter(|other| other.present).map(|other| other.id).max() {
                paths.put(&old.path, heir);
            } else if paths.by_path.is_empty() {
                self.present.remove(&old.registry);
            }
        }
    }

    fn index(&mut self, space: &Space) {
        if space.present {
            self.present.entry(space.registry).or_default().put(&space.path, space.id);
        }
    }
}

/// The workspaces by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Workspaces(HashMap<WorkspaceId, Workspace>);

impl Workspaces {
    pub(crate) fn build(workspaces: Vec<Workspace>) -> Self {
        Self(workspaces.into_iter().map(|workspace| (workspace.id, workspace)).collect())
    }

    pub(crate) fn get(&self, id: WorkspaceId) -> Option<&Workspace> {
        self.0.get(&id)
    }

    /// All of them, in order.
    pub(crate) fn list(&self) -> Vec<Workspace> {
        let mut all: Vec<_> = self.0.values().cloned().collect();
        all.sort_by_key(|workspace| workspace.id);
        all
    }

    pub(crate) fn put(&mut self, workspace: Workspace) {
        self.0.insert(workspace.id, workspace);
    }

    pub(crate) fn remove(&mut self, id: WorkspaceId) {
        self.0.remove(&id);
    }
}

/// The bindings by workspace and space.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bindings(HashMap<WorkspaceId, HashMap<SpaceId, Binding>>);

impl Bindings {
    pub(crate) fn build(bindings: Vec<Binding>) -> Self {
        let mut all = Self::default();
        for binding in bindings {
            all.put(binding);
        }
        all
    }

    pub(crate) fn get(&self, space: SpaceId, workspace: WorkspaceId) -> Option<&Binding> {
        self.0.get(&workspace)?.get(&space)
    }

    /// All of them, in order.
    pub(crate) fn list(&self) -> Vec<Binding> {
        let mut all: Vec<_> = self.0.values().flat_map(|bound| bound.values().cloned()).collect();
        all.sort_by_key(|binding| (binding.workspace, binding.space));
        all
    }

    pub(crate) fn put(&mut self, binding: Binding) {
        self.0.entry(binding.workspace).or_default().insert(binding.space, binding);
    }

    pub(crate) fn remove(&mut self, space: SpaceId, workspace: WorkspaceId) {
        if let Some(bound) = self.0.get_mut(&workspace) {
            bound.remove(&space);
            if bound.is_empty() {
                self.0.remove(&workspace);
            }
        }
    }
}
