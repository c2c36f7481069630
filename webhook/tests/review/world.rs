//! The world that the reviews come from: a Harbor with a public space and private ones for two workspaces, the same host on
//! another port, and one namespace for each workspace, one for none, and one that is exempt.

use std::sync::Arc;

use wharfinger_domain::binding::{Binding, BindingScope};
use wharfinger_domain::cluster::{Cluster, EnforcementMode, UnknownRegistries};
use wharfinger_domain::exemption::Exemption;
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{BindingId, ClusterId, NamespaceId, RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::namespace::Namespace;
use wharfinger_domain::overlay::{LiveNamespace, Overlay, Sighting};
use wharfinger_domain::policy::Policy;
use wharfinger_domain::registry::{Owner, Registry, RegistryKind};
use wharfinger_domain::revision::Revision;
use wharfinger_domain::snapshot::Snapshot;
use wharfinger_domain::space::{Space, Visibility};
use wharfinger_domain::time::Timestamp;
use wharfinger_domain::workspace::Workspace;

/// When everything is asked.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);

const WA: WorkspaceId = WorkspaceId(1);
const WB: WorkspaceId = WorkspaceId(2);

/// What a test is played in.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) live: Vec<(Box<str>, LiveNamespace)>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut world = Self { policy: Policy::empty(Revision { number: 7, token: 7 }), live: Vec::new() };
        world.policy.clusters.push(Cluster {
            id: ClusterId(1),
            name: "east".into(),
            mode: EnforcementMode::Enforce,
            unknown_registries: UnknownRegistries::Allow,
            unnamed_hosts: UnknownRegistries::Deny,
        });
        for (id, name) in [(WA, "wa"), (WB, "wb")] {
            world.policy.workspaces.push(Workspace { id, name: name.into(), mode: None });
        }
        world.registry(1, &["harbor.corp.example", "harbor", "10.1.2.3"]);
        world.registry(2, &["harbor.corp.example:8443"]);
        world.space(1, "pub", Visibility::Public, &[]);
        for (path, bound) in
            [("team-a", &[WA][..]), ("team-b", &[WB]), ("team_x", &[WA]), ("shared", &[WA, WB]), ("orphan", &[])]
        {
            world.space(1, path, Visibility::Private, bound);
        }
        world.space(2, "team-a", Visibility::Private, &[WB]);
        world.qualified_bindings();
        world.namespaces();
        world
    }

    /// Spaces whose bindings to `wa` do not hold now, or not for everything.
    fn qualified_bindings(&mut self) {
        let at = |seconds: i64| Some(Timestamp::from_micros(NOW.as_micros() + seconds * 1_000_000));
        let none: [&str; 0] = [];
        self.space(1, "future", Visibility::Private, &[WA]).not_before = at(60);
        self.space(1, "lapsed", Visibility::Private, &[WA]).expires_at = at(0);
        self.space(1, "partly", Visibility::Private, &[WA]).scope = Some(BindingScope::new(&["in"], &none).unwrap());
    }

    fn namespaces(&mut self) {
        for (id, name, workspace) in [(1, "ns-a", Some(WA)), (2, "ns-b", Some(WB)), (3, "ns-none", None)] {
            self.map(id, name, workspace);
            self.appear(name);
        }
        self.appear("kube-system");
        let (cluster, namespace, reason) = ("east".into(), "kube-system".into(), "a test".into());
        self.policy.exemptions.push(Exemption { id: None, cluster, namespace, uid: None, reason, expires_at: None });
    }

    pub(crate) fn registry(&mut self, id: i64, hosts: &[&str]) {
        let (name, hosts) = (id.to_string().into(), hosts.iter().map(|host| (*host).into()).collect());
        let (kind, owner, scheme) = (RegistryKind::Harbor, Owner::Platform, Scheme::Https);
        let id = RegistryId(id);
        self.policy.registries.push(Registry {
            id,
            name,
            kind,
            owner,
            scheme,
            hosts,
            exclusive: false,
            resting: false,
        });
    }

    /// A space bound to these workspaces. Gives its last binding, for a test to qualify.
    pub(crate) fn space(
        &mut self,
        registry: i64,
        path: &str,
        visibility: Visibility,
        bound: &[WorkspaceId],
    ) -> &mut Binding {
        let id = SpaceId(i64::try_from(self.policy.spaces.len()).unwrap());
        let (registry, path) = (RegistryId(registry), path.into());
        let (upstream_visibility, declared_visibility) = (Some(visibility), None);
        let space = Space { id, registry, path, upstream_visibility, declared_visibility, present: true };
        self.policy.spaces.push(space);
        for workspace in bound {
            let number = BindingId(i64::try_from(self.policy.bindings.len()).unwrap());
            let (not_before, expires_at, scope) = (None, None, None);
            let binding = Binding { id: number, space: id, workspace: *workspace, not_before, expires_at, scope };
            self.policy.bindings.push(binding);
        }
        if self.policy.bindings.is_empty() {
            // The first space has none, and no test qualifies it.
            let (space, workspace) = (SpaceId(-1), WorkspaceId(-1));
            let (not_before, expires_at, scope) = (None, None, None);
            self.policy.bindings.push(Binding { id: BindingId(-1), space, workspace, not_before, expires_at, scope });
        }
        self.policy.bindings.last_mut().unwrap()
    }

    /// Writes down that the namespace is in this workspace.
    pub(crate) fn map(&mut self, id: i64, name: &str, workspace: Option<WorkspaceId>) {
        let (cluster, uid) = ("east".into(), uid(name));
        self.policy.namespaces.push(Namespace { id: NamespaceId(id), cluster, name: name.into(), uid, workspace });
    }

    /// The watch sees the namespace.
    pub(crate) fn appear(&mut self, name: &str) {
        self.live.push((name.into(), LiveNamespace { uid: uid(name), terminating: false }));
    }

    /// A namespace that is in the workspace `wa`, but that the watch has not seen.
    pub(crate) fn expecting(name: &str) -> Self {
        let mut world = Self::new();
        world.map(9, name, Some(WA));
        world
    }

    pub(crate) fn mode(mut self, mode: EnforcementMode) -> Self {
        self.policy.clusters[0].mode = mode;
        self
    }

    pub(crate) fn unknown_registries(mut self, setting: UnknownRegistries) -> Self {
        self.policy.clusters[0].unknown_registries = setting;
        self
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let overlay = Overlay::default().after("east", Sighting::Listed(self.live.clone()));
        Snapshot::build(self.policy.clone(), Arc::new(overlay))
    }
}

fn uid(name: &str) -> Box<str> {
    format!("uid-of-{name}").into()
}
