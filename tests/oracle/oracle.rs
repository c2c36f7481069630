//! What the table of rules says, told a second time: written from the document alone, over plain lists, without the parser,
//! the index or the decision that it checks. It is slow and simple on purpose.

pub(crate) mod dice;
pub(crate) mod image;
pub(crate) mod world;

use wharfinger_domain::binding::{Binding, BindingScope};
use wharfinger_domain::cluster::{Cluster, UnknownRegistries};
use wharfinger_domain::decision::{Reason, Verdict};
use wharfinger_domain::id::{RegistryId, WorkspaceId};
use wharfinger_domain::registry::{Owner, Registry, RegistryKind};
use wharfinger_domain::snapshot::Moment;
use wharfinger_domain::space::{Space, Visibility};

use image::{Host, Image};
use world::World;

/// Whose question it is, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) namespace: &'a str,
    pub(crate) moment: Moment,
}

/// What the table says of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) verdict: Verdict,
    pub(crate) warn: bool,
    pub(crate) reason: Reason,
}

const fn allow(reason: Reason) -> Answer {
    Answer { verdict: Verdict::Allow, warn: false, reason }
}

const fn deny(reason: Reason) -> Answer {
    Answer { verdict: Verdict::Deny, warn: false, reason }
}

impl World {
    /// All rules. `None` is a text that means no image.
    pub(crate) fn answer(&self, asked: Asked<'_>, image: Option<&Image>) -> Answer {
        match image {
            None => deny(Reason::ReferenceInvalid),
            Some(_) if self.is_exempt(asked) => allow(Reason::Exempt),
            Some(image) => self.answer_in_scope(asked, image),
        }
    }

    /// Rules 4 to 11.
    pub(crate) fn answer_in_scope(&self, asked: Asked<'_>, image: &Image) -> Answer {
        let workspace = self.workspace_of(asked);
        if let Some(registry) = self.registry_at(workspace, image.host) {
            return match self.space_at(registry.id, &image.path) {
                Some(space) => self.answer_for_space(asked, registry, space, image),
                None => deny(Reason::SpaceUnknown),
            };
        }
        if self.retired.iter().any(|(host, owner)| *host == image.host && in_scope(*owner, workspace)) {
            return deny(Reason::SpaceUnknown);
        }
        self.answer_for_unknown_host(asked, workspace, image)
    }

    /// Rule 5.
    fn answer_for_unknown_host(&self, asked: Asked<'_>, workspace: Option<WorkspaceId>, image: &Image) -> Answer {
        let closed = self.policy.registries.iter().any(|registry| {
            let others = matches!(registry.owner, Owner::Workspace(owner) if Some(owner) != workspace);
            let reported_public = registry.kind == RegistryKind::Harbor
                && self
                    .space_at(registry.id, &image.path)
                    .is_some_and(|space| space.upstream_visibility == Some(Visibility::Public));
            others && registry.exclusive && self.claims(registry, image.host) && !reported_public
        });
        let settings = asked.cluster;
        let setting = if image.host.is_unnamed() { settings.unnamed_hosts } else { settings.unknown_registries };
        match setting {
            _ if closed => deny(Reason::NotBound),
            UnknownRegistries::Allow => allow(Reason::RegistryUnknown),
            UnknownRegistries::Warn => Answer { warn: true, ..allow(Reason::RegistryUnknown) },
            UnknownRegistries::Deny => deny(Reason::RegistryUnknown),
        }
    }

    /// Rules 6 to 11.
    fn answer_for_space(&self, asked: Asked<'_>, registry: &Registry, space: &Space, image: &Image) -> Answer {
        if is_public(space) {
            return allow(Reason::SpacePublic);
        }
        let Some(workspace) = self.workspace_of(asked) else {
            return deny(Reason::NamespaceNotMapped);
        };
        let when_fresh = |reason| if asked.moment.stale { deny(Reason::SnapshotStale) } else { allow(reason) };
        if registry.owner == Owner::Workspace(workspace) {
            return when_fresh(Reason::WorkspaceRegistry);
        }
        let bound = |binding: &&Binding| binding.space == space.id && binding.workspace == workspace;
        let Some(binding) = self.policy.bindings.iter().find(bound) else {
            return deny(Reason::NotBound);
        };
        let at = asked.moment.at;
        if binding.expires_at.is_some_and(|end| end <= at) {
            return deny(Reason::BindingExpired);
        }
        if binding.not_before.is_some_and(|start| start > at) {
            return deny(Reason::BindingPending);
        }
        let below = &image.path[components(&space.path).len()..];
        if binding.scope.as_ref().is_some_and(|scope| !scope_has(scope, below)) {
            return deny(Reason::RepositoryOutOfScope);
        }
        when_fresh(Reason::Bound)
    }

    /// Rule 3. A namespace that is being emptied is still the one that was exempted.
    fn is_exempt(&self, asked: Asked<'_>) -> bool {
        let uid = self.live(asked).map(|live| &live.uid);
        self.policy.exemptions.iter().any(|exemption| {
            let here = exemption.cluster == asked.cluster.name && *exemption.namespace == *asked.namespace;
            let configured = exemption.id.is_none() && exemption.uid.is_none();
            let same = configured || (exemption.uid.is_some() && exemption.uid.as_ref() == uid);
            here && same && exemption.expires_at.is_none_or(|end| asked.moment.at < end)
        })
    }

    /// The workspace of the namespace that lives now, if it has one that exists.
    pub(crate) fn workspace_of(&self, asked: Asked<'_>) -> Option<WorkspaceId> {
        let live = self.live(asked).filter(|live| !live.terminating)?;
        let this = |uid: &str, name: &str, cluster: &str| {
            uid == &*live.uid && name == asked.namespace && cluster == &*asked.cluster.name
        };
        let row = self.policy.namespaces.iter().find(|row| this(&row.uid, &row.name, &row.cluster))?;
        row.workspace.filter(|id| self.policy.workspaces.iter().any(|workspace| workspace.id == *id))
    }

    /// The registry in scope that has the host: the platform's before the workspace's, the lowest id of several. A host that
    /// the platform has retired is the platform's still.
    pub(crate) fn registry_at(&self, workspace: Option<WorkspaceId>, host: Host) -> Option<&Registry> {
        let of = |owner: Owner| {
            let claiming =
                self.policy.registries.iter().filter(|registry| registry.owner == owner && self.claims(registry, host));
            claiming.min_by_key(|registry| registry.id)
        };
        let retired = self.retired.contains(&(host, Owner::Platform));
        of(Owner::Platform).or_else(|| workspace.filter(|_| !retired).and_then(|id| of(Owner::Workspace(id))))
    }

    /// The space that is there with the longest prefix of the path; the youngest, if several have that prefix.
    pub(crate) fn space_at(&self, registry: RegistryId, path: &[&str]) -> Option<&Space> {
        let lies_in =
            |space: &&Space| space.registry == registry && space.present && path.starts_with(&components(&space.path));
        let rank = |space: &&Space| (components(&space.path).len(), space.id);
        self.policy.spaces.iter().filter(lies_in).max_by_key(rank)
    }
}

/// Whether what this owner has counts for a namespace of this workspace.
fn in_scope(owner: Owner, workspace: Option<WorkspaceId>) -> bool {
    match owner {
        Owner::Platform => true,
        Owner::Workspace(owner) => Some(owner) == workspace,
    }
}

fn is_public(space: &Space) -> bool {
    let declared = space.declared_visibility;
    match space.upstream_visibility {
        Some(Visibility::Public) => declared != Some(Visibility::Private),
        Some(Visibility::Private) => false,
        None => declared == Some(Visibility::Public),
    }
}

pub(crate) fn components(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

/// Whether a scope covers the repository that lies so below the space.
pub(crate) fn scope_has(scope: &BindingScope, below: &[&str]) -> bool {
    let names = |entry: &str| match entry.strip_suffix('/') {
        Some(folder) => below.len() > components(folder).len() && below.starts_with(&components(folder)),
        None => below == components(entry),
    };
    scope.include().iter().any(|entry| names(entry)) && !scope.exclude().iter().any(|entry| names(entry))
}
