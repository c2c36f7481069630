//! The words that the tests of single rules are told in: a platform's Harbor at `harbor.example.com`, the namespace `shop`
//! of the workspace `MINE`, and whatever a test adds to them.

use std::sync::Arc;

use wharfinger_domain::binding::Binding;
use wharfinger_domain::cluster::{Cluster, EnforcementMode, UnknownRegistries};
use wharfinger_domain::decision::{Decision, Reason, Verdict};
use wharfinger_domain::exemption::Exemption;
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{BindingId, ClusterId, ExemptionId, NamespaceId, RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::namespace::Namespace;
use wharfinger_domain::overlay::{LiveNamespace, Overlay, Sighting};
use wharfinger_domain::policy::Policy;
use wharfinger_domain::registry::{Owner, Registry, RegistryKind, RetiredHost};
use wharfinger_domain::revision::Revision;
use wharfinger_domain::snapshot::{Moment, NamespaceView, Snapshot};
use wharfinger_domain::space::{Space, Visibility};
use wharfinger_domain::time::Timestamp;
use wharfinger_domain::workspace::Workspace;

pub(crate) const MINE: WorkspaceId = WorkspaceId(1);
pub(crate) const OTHER: WorkspaceId = WorkspaceId(2);
/// The platform's Harbor.
pub(crate) const HARBOR: RegistryId = RegistryId(1);
/// When everything is asked.
pub(crate) const NOW: i64 = 1_000;

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// What a test is played in.
pub(crate) struct Scene {
    pub(crate) policy: Policy,
    live: Vec<(Box<str>, LiveNamespace)>,
    moment: Moment,
}

impl Scene {
    /// The platform's Harbor without a space, and the namespace `shop` with the UID `uid-shop` in the workspace `MINE`.
    pub(crate) fn new() -> Self {
        let mut policy = Policy::empty(Revision { number: 1, token: 1 });
        policy.clusters.push(Cluster {
            id: ClusterId(1),
            name: "east".into(),
            mode: EnforcementMode::Enforce,
            unknown_registries: UnknownRegistries::Allow,
            unnamed_hosts: UnknownRegistries::Deny,
        });
        for (id, name) in [(MINE, "mine"), (OTHER, "other")] {
            policy.workspaces.push(Workspace { id, name: name.into(), mode: None });
        }
        let scene = Self { policy, live: Vec::new(), moment: Moment::fresh(at(NOW)) };
        let mapped = |scene: Self| scene.mapped("uid-shop", MINE).alive("shop", "uid-shop", false);
        mapped(scene.registry(HARBOR, Owner::Platform, "harbor.example.com", |_| ()))
    }

    pub(crate) fn registry(
        mut self,
        id: RegistryId,
        owner: Owner,
        host: &str,
        change: impl FnOnce(&mut Registry),
    ) -> Self {
        let (kind, scheme, hosts) = (RegistryKind::Harbor, Scheme::Https, vec![host.into()]);
        let name = id.to_string().into();
        let mut registry = Registry { id, name, kind, owner, scheme, hosts, exclusive: false, resting: false };
        change(&mut registry);
        self.policy.registries.push(registry);
        self
    }

    /// A space of this registry; private unless it is changed.
    pub(crate) fn space(mut self, registry: RegistryId, path: &str, change: impl FnOnce(&mut Space)) -> Self {
        let id = SpaceId(i64::try_from(self.policy.spaces.len()).unwrap());
        let (upstream_visibility, declared_visibility) = (Some(Visibility::Private), None);
        let path = path.into();
        let mut space = Space { id, registry, path, upstream_visibility, declared_visibility, present: true };
        change(&mut space);
        self.policy.spaces.push(space);
        self
    }

    pub(crate) fn private(self, path: &str) -> Self {
        self.space(HARBOR, path, |_| ())
    }

    pub(crate) fn public(self, path: &str) -> Self {
        self.space(HARBOR, path, |space| space.upstream_visibility = Some(Visibility::Public))
    }

    /// Binds the youngest space of this path.
    pub(crate) fn bound(mut self, path: &str, workspace: WorkspaceId, change: impl FnOnce(&mut Binding)) -> Self {
        let space = self.policy.spaces.iter().rfind(|space| &*space.path == path).unwrap().id;
        let id = BindingId(i64::try_from(self.policy.bindings.len()).unwrap());
        let mut binding = Binding { id, space, workspace, not_before: None, expires_at: None, scope: None };
        change(&mut binding);
        self.policy.bindings.push(binding);
        self
    }

    /// Writes down that the namespace `shop` with this UID is in this workspace.
    pub(crate) fn mapped(mut self, uid: &str, workspace: WorkspaceId) -> Self {
        let id = NamespaceId(i64::try_from(self.policy.namespaces.len()).unwrap());
        let (cluster, name, uid) = ("east".into(), "shop".into(), uid.into());
        self.policy.namespaces.push(Namespace { id, cluster, name, uid, workspace: Some(workspace) });
        self
    }

    /// The namespace that has this name now.
    pub(crate) fn alive(mut self, name: &str, uid: &str, terminating: bool) -> Self {
        self = self.without(name);
        self.live.push((name.into(), LiveNamespace { uid: uid.into(), terminating }));
        self
    }

    /// The namespace of this name is gone.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.live.retain(|(other, _)| &**other != name);
        self
    }

    pub(crate) fn retired(mut self, host: &str, owner: Owner) -> Self {
        self.policy.retired_hosts.push(RetiredHost { host: host.into(), owner });
        self
    }

    /// Exempts the namespace `shop`; by configuration, when no UID is given.
    pub(crate) fn exempt(mut self, uid: Option<&str>, expires_at: Option<Timestamp>) -> Self {
        let id = uid.map(|_| ExemptionId(1));
        let (cluster, namespace, reason) = ("east".into(), "shop".into(), "a test".into());
        let uid = uid.map(Into::into);
        self.policy.exemptions.push(Exemption { id, cluster, namespace, uid, reason, expires_at });
        self
    }

    pub(crate) fn settings(mut self, unknown: UnknownRegistries, unnamed: UnknownRegistries) -> Self {
        for cluster in &mut self.policy.clusters {
            (cluster.unknown_registries, cluster.unnamed_hosts) = (unknown, unnamed);
        }
        self
    }

    pub(crate) fn stale(mut self) -> Self {
        self.moment.stale = true;
        self
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let overlay = Overlay::default().after("east", Sighting::Listed(self.live.clone()));
        Snapshot::build(self.policy.clone(), Arc::new(overlay))
    }

    /// What the namespace `shop` sees in a snapshot of this scene.
    pub(crate) fn view<'s>(&self, snapshot: &'s Snapshot) -> NamespaceView<'s> {
        snapshot.view("east", "shop", self.moment).unwrap()
    }

    pub(crate) fn decide(&self, text: &str) -> Decision {
        self.view(&self.snapshot()).decide(text)
    }

    pub(crate) fn allows(&self, text: &str, reason: Reason) {
        let decision = self.decide(text);
        assert_eq!((decision.verdict, decision.reason), (Verdict::Allow, reason), "{text}");
    }

    pub(crate) fn denies(&self, text: &str, reason: Reason) {
        let decision = self.decide(text);
        assert_eq!((decision.verdict, decision.reason), (Verdict::Deny, reason), "{text}");
    }
}
