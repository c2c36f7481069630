//! What may be told of a decision, and in which words. Whoever may not know more is told what follows from the state of
//! the namespace alone: a private space that is not there, not bound, or bound in another way gives one and the same
//! answer, so that no answer tells whether such a space exists.

use crate::decision::{CheckKind, Decision, Findings, Reason, Verdict};
use crate::rights::Access;
use crate::snapshot::NamespaceView;

/// How much somebody may know of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// Everything: administrators and auditors.
    Precise,
    /// The state of the namespace: whoever creates a pod there, its members, and anybody else.
    NamespaceState,
}

/// Who is to do what about a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// What is to be done.
    pub action: RemedyAction,
    /// Who may do it.
    pub allowed_to: &'static [Access],
    /// The same in words.
    pub words: &'static str,
}

/// What is to be done about a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RemedyAction {
    /// Bind the space to the workspace, or renew or widen the binding.
    BindSpace,
    /// Assign the namespace to a workspace.
    AssignNamespace,
    /// Integrate the registry, or change the cluster's setting.
    RegisterRegistry,
    /// Synchronize the registry.
    SyncRegistry,
    /// Write the reference in another way.
    FixReference,
    /// Wait for, or mend, the store.
    AskAdministrator,
}

impl Reason {
    /// Whether it says something about a private space that only its workspaces may know.
    fn is_private(self) -> bool {
        matches!(
            self,
            Self::SpaceUnknown
                | Self::NamespaceNotMapped
                | Self::NotBound
                | Self::BindingPending
                | Self::BindingExpired
                | Self::RepositoryOutOfScope
        )
    }
}

impl Decision {
    /// The decision as somebody may know it.
    #[must_use]
    pub fn disclosed(self, view: &NamespaceView<'_>, knowledge: Knowledge) -> Self {
        if knowledge == Knowledge::Precise || !self.reason.is_private() {
            return self;
        }
        let workspace = view.workspace().map(|workspace| workspace.id);
        let settled_by = if workspace.is_some() { CheckKind::SpaceBound } else { CheckKind::NamespaceHasWorkspace };
        Self {
            verdict: Verdict::Deny,
            warn: false,
            reason: Reason::NotBound,
            settled_by,
            fault: None,
            findings: Findings { workspace, ..Findings::default() },
            masked: true,
        }
    }

    /// Why, in one clause without a full stop, to stand behind the reference.
    pub fn words(&self, view: &NamespaceView<'_>) -> String {
        let workspace = view.workspace().map_or("", |workspace| &workspace.name);
        match self.reason {
            Reason::ReferenceInvalid => match self.fault {
                Some(fault) => format!("is not an image reference: {fault}"),
                None => "names an image by its id, which resolves to any image that is already on the node".to_owned(),
            },
            Reason::Exempt => "is allowed, because the namespace is exempt".to_owned(),
            Reason::RegistryUnknown if self.is_allowed() => {
                "comes from a host that no registry has, which the cluster lets in".to_owned()
            }
            Reason::RegistryUnknown => "comes from a host that no registry has".to_owned(),
            Reason::SpaceUnknown => "is in no space that its registry has".to_owned(),
            Reason::SpacePublic => "is in a public space".to_owned(),
            Reason::NamespaceUnknown => "cannot be judged: the cluster has no such namespace".to_owned(),
            Reason::WorkspaceAmbiguous => "cannot be judged: the namespace is claimed by two workspaces".to_owned(),
            Reason::WorkspaceRegistry => format!("is in a registry of workspace \"{workspace}\""),
            Reason::Bound => format!("is in a space bound to workspace \"{workspace}\""),
            Reason::NamespaceNotMapped => unmapped(view),
            Reason::NotBound if self.settled_by == CheckKind::NamespaceHasWorkspace => unmapped(view),
            Reason::NotBound => {
                format!("is in no public space and in none that is bound to workspace \"{workspace}\"")
            }
            Reason::BindingPending => format!("is in a space whose binding to workspace \"{workspace}\" has not begun"),
            Reason::BindingExpired => format!("is in a space whose binding to workspace \"{workspace}\" has expired"),
            Reason::RepositoryOutOfScope => {
                format!("is outside the repositories that are bound to workspace \"{workspace}\"")
            }
            Reason::SnapshotStale => {
                "needs a binding, and the bindings have not been confirmed for too long".to_owned()
            }
        }
    }

    /// Who is to do what about it; `None` when it is allowed.
    pub fn remedy(&self) -> Option<Remedy> {
        const ADMIN: &[Access] = &[Access::Admin];
        let (action, allowed_to, words) = match self.reason {
            _ if self.is_allowed() => return None,
            Reason::ReferenceInvalid => (
                RemedyAction::FixReference,
                &[Access::Viewer][..],
                "write the image as host/path, with a tag or a digest",
            ),
            Reason::RegistryUnknown => {
                (RemedyAction::RegisterRegistry, ADMIN, "ask a platform administrator to integrate the registry")
            }
            Reason::SpaceUnknown => {
                (RemedyAction::SyncRegistry, ADMIN, "check the name, or synchronize the registry if the space is new")
            }
            Reason::NotBound if self.settled_by == CheckKind::NamespaceHasWorkspace => assign(),
            Reason::NamespaceNotMapped | Reason::NamespaceUnknown | Reason::WorkspaceAmbiguous => assign(),
            Reason::SnapshotStale => {
                (RemedyAction::AskAdministrator, ADMIN, "ask a platform administrator to look at the database")
            }
            _ => (RemedyAction::BindSpace, ADMIN, "ask a platform administrator to bind the space to the workspace"),
        };
        Some(Remedy { action, allowed_to, words })
    }
}

fn unmapped(view: &NamespaceView<'_>) -> String {
    let whose = if view.is_foreign() { " of yours" } else { "" };
    format!("is in no public space, and the namespace is in no workspace{whose}")
}

fn assign() -> (RemedyAction, &'static [Access], &'static str) {
    let words = "ask a platform administrator to assign the namespace to a workspace";
    (RemedyAction::AssignNamespace, &[Access::Admin], words)
}
