//! A policy that stands still, for whatever looks at decisions alone: rows with nothing special about them, in one cluster in
//! which every namespace is alive. Mounted where it is needed, as the oracle is.

use std::sync::Arc;

use wharfinger_domain::binding::Binding;
use wharfinger_domain::cluster::{Cluster, EnforcementMode, UnknownRegistries};
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{BindingId, ClusterId, NamespaceId, RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::namespace::Namespace;
use wharfinger_domain::overlay::{LiveNamespace, Overlay, Sighting};
use wharfinger_domain::policy::Policy;
use wharfinger_domain::registry::{Owner, Registry, RegistryKind};
use wharfinger_domain::revision::Revision;
use wharfinger_domain::space::{Space, Visibility};
use wharfinger_domain::workspace::Workspace;

/// The cluster.
const CLUSTER: &str = "east";

/// A policy that has the cluster and nothing else.
pub(crate) fn policy() -> Policy {
    let mut policy = Policy::empty(Revision { number: 1, token: 1 });
    policy.clusters.push(Cluster {
        id: ClusterId(1),
        name: CLUSTER.into(),
        mode: EnforcementMode::Enforce,
        unknown_registries: UnknownRegistries::Allow,
        unnamed_hosts: UnknownRegistries::Deny,
    });
    policy
}

/// A Harbor of the platform.
pub(crate) fn registry(id: i64, host: &str) -> Registry {
    let (kind, owner, scheme, hosts) = (RegistryKind::Harbor, Owner::Platform, Scheme::Https, vec![host.into()]);
    Registry { id: RegistryId(id), name: host.into(), kind, owner, scheme, hosts, exclusive: false, resting: false }
}

/// A space of that registry.
pub(crate) fn space(id: i64, registry: i64, path: &str, visibility: Visibility) -> Space {
    let (id, registry, path) = (SpaceId(id), RegistryId(registry), path.into());
    let (upstream_visibility, declared_visibility) = (Some(visibility), None);
    Space { id, registry, path, upstream_visibility, declared_visibility, present: true }
}

pub(crate) fn workspace(id: i64, name: &str) -> Workspace {
    Workspace { id: WorkspaceId(id), name: name.into(), mode: None }
}

/// A namespace in that workspace, with a uid as long as Kubernetes makes them.
pub(crate) fn namespace(id: i64, name: &str, workspace: i64) -> Namespace {
    let (cluster, uid) = (CLUSTER.into(), format!("6f2b7c7e-5f0b-4c59-9d0e-{id:012}").into());
    Namespace { id: NamespaceId(id), cluster, name: name.into(), uid, workspace: Some(WorkspaceId(workspace)) }
}

/// A binding of that space to that workspace.
pub(crate) fn binding(id: i64, space: i64, workspace: i64) -> Binding {
    let (id, space, workspace) = (BindingId(id), SpaceId(space), WorkspaceId(workspace));
    Binding { id, space, workspace, not_before: None, expires_at: None, scope: None }
}

/// What the watch sees: every namespace of the policy.
pub(crate) fn overlay(policy: &Policy) -> Arc<Overlay> {
    let live = |namespace: &Namespace| {
        (namespace.name.clone(), LiveNamespace { uid: namespace.uid.clone(), terminating: false })
    };
    let seen = policy.namespaces.iter().map(live).collect();
    Arc::new(Overlay::default().after(CLUSTER, Sighting::Listed(seen)))
}
