//! The decision: may this namespace use this image? One function answers for the webhook, the picker, the explanation and
//! every other door; it follows the table of rules in `docs/decision.md` line by line.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::binding::BindingState;
use crate::cluster::UnknownRegistries;
use crate::host::CanonicalHost;
use crate::id::{BindingId, RegistryId, SpaceId, WorkspaceId};
use crate::reference::{Reference, ReferenceError, RepositoryPath, names_image_id};
use crate::registry::Owner;
use crate::snapshot::{Claim, NamespaceView};
use crate::space::{Space, Visibility};

/// Whether an image may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// It may.
    Allow,
    /// It may not.
    Deny,
}

/// Why: the rule that settled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// The text is no image reference, or names an image id.
    ReferenceInvalid,
    /// The namespace is exempt.
    Exempt,
    /// No registry in scope has the host; the cluster's setting decided.
    RegistryUnknown,
    /// The registry is known, and has no such space.
    SpaceUnknown,
    /// The space is public.
    SpacePublic,
    /// The cluster has no such namespace. Said of a namespace alone, never of an image.
    NamespaceUnknown,
    /// The namespace is in no workspace.
    NamespaceNotMapped,
    /// An assignment and a trusted carrier name two workspaces. Reserved.
    WorkspaceAmbiguous,
    /// The registry is the workspace's own.
    WorkspaceRegistry,
    /// The space is not bound to the workspace.
    NotBound,
    /// The binding has not begun.
    BindingPending,
    /// The binding has expired.
    BindingExpired,
    /// The repository is outside the binding's scope.
    RepositoryOutOfScope,
    /// The space is bound to the workspace.
    Bound,
    /// The space is bound or associated, but the store has not confirmed the snapshot for longer than configured.
    SnapshotStale,
}

/// One check of the decision, in the order of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CheckKind {
    /// The cluster has the namespace.
    NamespaceKnown,
    /// Rule 1: the reference parses.
    ReferenceValid,
    /// Rule 2: it does not name an image id.
    NotAnImageId,
    /// Rule 3: the namespace is exempt.
    NamespaceExempt,
    /// Rule 4: a registry in scope has the host, or had it.
    RegistryKnown,
    /// Rule 4: the path lies in a space that is there.
    SpaceKnown,
    /// Rule 5: the host is nobody's exclusively and the cluster's setting lets unknown ones in.
    RegistryAllowed,
    /// Rule 6: the space is public.
    SpacePublic,
    /// Rule 7: the namespace is in a workspace.
    NamespaceHasWorkspace,
    /// Rule 8: the registry is the workspace's own.
    RegistryAssociated,
    /// Rule 9: the space is bound to the workspace.
    SpaceBound,
    /// Rule 10: the binding has begun and has not expired, and the snapshot is fresh enough to say so.
    BindingInForce,
    /// Rule 11: the repository is inside the binding's scope.
    RepositoryInScope,
}

impl CheckKind {
    /// All of them, in order.
    pub const ALL: [Self; 13] = [
        Self::NamespaceKnown,
        Self::ReferenceValid,
        Self::NotAnImageId,
        Self::NamespaceExempt,
        Self::RegistryKnown,
        Self::SpaceKnown,
        Self::RegistryAllowed,
        Self::SpacePublic,
        Self::NamespaceHasWorkspace,
        Self::RegistryAssociated,
        Self::SpaceBound,
        Self::BindingInForce,
        Self::RepositoryInScope,
    ];

    /// Passing it allows the image, failing it leaves the answer to the later checks.
    fn is_alternative(self) -> bool {
        matches!(self, Self::NamespaceExempt | Self::RegistryAllowed | Self::SpacePublic | Self::RegistryAssociated)
    }
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CheckOutcome {
    /// It holds.
    Passed,
    /// It does not hold, and that denies the image. At most one check fails.
    Failed,
    /// It was not needed, or was one way of several to be allowed and not the one.
    Skipped,
}

/// What was found on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Findings {
    /// The registry in scope that has the host.
    pub registry: Option<RegistryId>,
    /// The space that the path lies in.
    pub space: Option<SpaceId>,
    /// The workspace of the namespace.
    pub workspace: Option<WorkspaceId>,
    /// The binding between the two.
    pub binding: Option<BindingId>,
}

/// A verdict with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether the image may be used.
    pub verdict: Verdict,
    /// Allowed, but the user is to be warned.
    pub warn: bool,
    /// Why.
    pub reason: Reason,
    /// The check that settled it.
    pub settled_by: CheckKind,
    /// What is wrong with the text, when it is no reference.
    pub fault: Option<ReferenceError>,
    /// What was found on the way.
    pub findings: Findings,
    /// Told to somebody who may not know more than the state of the namespace; see [`crate::disclosure`].
    pub masked: bool,
}

impl Decision {
    fn new(verdict: Verdict, reason: Reason, settled_by: CheckKind) -> Self {
        Self { verdict, warn: false, reason, settled_by, fault: None, findings: Findings::default(), masked: false }
    }

    fn allow(reason: Reason, settled_by: CheckKind) -> Self {
        Self::new(Verdict::Allow, reason, settled_by)
    }

    fn deny(reason: Reason, settled_by: CheckKind) -> Self {
        Self::new(Verdict::Deny, reason, settled_by)
    }

    fn with(self, findings: Findings) -> Self {
        Self { findings, ..self }
    }

    /// Whether the image may be used.
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allow
    }

    /// The checks behind it, in order.
    pub fn checks(&self) -> impl Iterator<Item = (CheckKind, CheckOutcome)> + use<> {
        let decision = *self;
        CheckKind::ALL.into_iter().map(move |kind| (kind, decision.outcome(kind)))
    }

    /// How a check came out, told from the one that settled the decision: everything before it either passed or was a way
    /// that did not apply, everything after it was not needed.
    fn outcome(&self, kind: CheckKind) -> CheckOutcome {
        let host_gate = matches!(kind, CheckKind::RegistryKnown | CheckKind::SpaceKnown);
        let hidden = self.masked || self.settled_by == CheckKind::RegistryAllowed;
        match kind.cmp(&self.settled_by) {
            Ordering::Equal if self.verdict == Verdict::Deny => CheckOutcome::Failed,
            Ordering::Greater => CheckOutcome::Skipped,
            // Nothing is asked of the namespace before its workspace matters.
            Ordering::Less if kind == CheckKind::NamespaceKnown => CheckOutcome::Skipped,
            Ordering::Less if kind.is_alternative() || (hidden && host_gate) => CheckOutcome::Skipped,
            Ordering::Equal | Ordering::Less => CheckOutcome::Passed,
        }
    }
}

impl NamespaceView<'_> {
    /// Whether this namespace may use the image that this text names. Rules 1 to 11.
    pub fn decide(&self, raw: &str) -> Decision {
        // Rule 1.
        match Reference::parse(raw) {
            Ok(reference) => self.decide_reference(&reference),
            Err(fault) => {
                Decision { fault: Some(fault), ..Decision::deny(Reason::ReferenceInvalid, CheckKind::ReferenceValid) }
            }
        }
    }

    /// The same for a text that parses. Rules 2 to 11.
    pub fn decide_reference(&self, reference: &Reference<'_>) -> Decision {
        // Rule 2.
        if names_image_id(reference.raw()) {
            return Decision::deny(Reason::ReferenceInvalid, CheckKind::NotAnImageId);
        }
        // Rule 3.
        if self.exemption.is_some() {
            return Decision::allow(Reason::Exempt, CheckKind::NamespaceExempt);
        }
        self.decide_in_scope(reference)
    }

    /// Rules 4 to 11: what the picker offers, whatever the namespace is exempt from.
    pub fn decide_in_scope(&self, reference: &Reference<'_>) -> Decision {
        let workspace = self.workspace.map(|workspace| workspace.id);
        let host = reference.canonical_host();
        // Rule 4.
        let registry = match self.snapshot.registries().claim(host.as_str(), workspace) {
            Claim::Unknown => return self.decide_unknown_host(&host, &reference.path()),
            Claim::Retired => None,
            Claim::Registry(id) => Some(id),
        };
        let findings = Findings { registry, workspace, ..Findings::default() };
        let Some((space, below)) = registry.and_then(|registry| self.space_of(registry, &reference.path())) else {
            return Decision::deny(Reason::SpaceUnknown, CheckKind::SpaceKnown).with(findings);
        };
        self.decide_space(space, below, findings)
    }

    /// The space that a path lies in, by the longest prefix of whole components, and the path below it.
    fn space_of<'p>(&self, registry: RegistryId, path: &RepositoryPath<'p>) -> Option<(&Space, &'p str)> {
        let spaces = self.snapshot.spaces();
        let paths = spaces.of(registry)?;
        let too_long = path.components().saturating_sub(paths.deepest());
        let (id, below) =
            path.prefixes().skip(too_long).find_map(|(prefix, below)| Some((paths.at(&prefix)?, below)))?;
        Some((spaces.get(id)?, below))
    }

    /// Rule 5.
    fn decide_unknown_host(&self, host: &CanonicalHost<'_>, path: &RepositoryPath<'_>) -> Decision {
        let settled_by = CheckKind::RegistryAllowed;
        let findings = Findings { workspace: self.workspace.map(|workspace| workspace.id), ..Findings::default() };
        let reported_public = |registry| {
            let space = self.space_of(registry, path);
            space.is_some_and(|(space, _)| space.upstream_visibility == Some(Visibility::Public))
        };
        if self.snapshot.registries().exclusive(host.as_str()).any(|registry| !reported_public(registry)) {
            return Decision::deny(Reason::NotBound, settled_by).with(findings);
        }
        let setting = if host.is_unnamed() { self.cluster.unnamed_hosts } else { self.cluster.unknown_registries };
        let decision = match setting {
            UnknownRegistries::Allow => Decision::allow(Reason::RegistryUnknown, settled_by),
            UnknownRegistries::Warn => Decision { warn: true, ..Decision::allow(Reason::RegistryUnknown, settled_by) },
            UnknownRegistries::Deny => Decision::deny(Reason::RegistryUnknown, settled_by),
        };
        decision.with(findings)
    }

    /// Rules 6 to 11, for a repository of a space that is there.
    fn decide_space(&self, space: &Space, below: &str, findings: Findings) -> Decision {
        let mut findings = Findings { space: Some(space.id), ..findings };
        // Rule 6.
        if space.is_public() {
            return Decision::allow(Reason::SpacePublic, CheckKind::SpacePublic).with(findings);
        }
        // Rule 7.
        let Some(workspace) = self.workspace else {
            return Decision::deny(Reason::NamespaceNotMapped, CheckKind::NamespaceHasWorkspace).with(findings);
        };
        // Rule 8.
        let owner = self.snapshot.registry(space.registry).map(|registry| registry.owner);
        if owner == Some(Owner::Workspace(workspace.id)) {
            return self.unless_stale(Reason::WorkspaceRegistry, CheckKind::RegistryAssociated).with(findings);
        }
        // Rule 9.
        let Some(binding) = self.snapshot.binding(space.id, workspace.id) else {
            return Decision::deny(Reason::NotBound, CheckKind::SpaceBound).with(findings);
        };
        findings.binding = Some(binding.id);
        // Rules 10 and 11.
        let decision = match binding.state(self.moment.at) {
            BindingState::Pending => Decision::deny(Reason::BindingPending, CheckKind::BindingInForce),
            BindingState::Expired => Decision::deny(Reason::BindingExpired, CheckKind::BindingInForce),
            BindingState::Active if !binding.covers(below) => {
                Decision::deny(Reason::RepositoryOutOfScope, CheckKind::RepositoryInScope)
            }
            BindingState::Active => self.unless_stale(Reason::Bound, CheckKind::RepositoryInScope),
        };
        decision.with(findings)
    }

    /// Allows for this reason, unless the snapshot is too old to be believed about bindings and associations.
    fn unless_stale(&self, reason: Reason, settled_by: CheckKind) -> Decision {
        if self.moment.stale {
            Decision::deny(Reason::SnapshotStale, CheckKind::BindingInForce)
        } else {
            Decision::allow(reason, settled_by)
        }
    }
}
