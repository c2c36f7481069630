//! The registries, and which of them a host means to a namespace.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt};

use crate::host::CanonicalHost;
use crate::id::{RegistryId, WorkspaceId};
use crate::registry::{Owner, Registry, RetiredHost};

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

    #[inline]
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
    #[inline]
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
