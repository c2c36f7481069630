//! Why an image can or cannot be used.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use wharfinger_app::explanations::{
    Explained, ExplainedCheck, ExplainedOutcome, Explanation as AppExplanation, Subject as AppSubject,
};
use wharfinger_domain::decision::CheckKind as DomainCheck;
use wharfinger_domain::disclosure::Remedy as DomainRemedy;
use wharfinger_domain::time::Timestamp;

use super::Node;
use super::namespace::Namespace;
use crate::access::Access;
use crate::ids::ObjectId;
use crate::scalar::{DateTime, Revision};

/// The rule that settled a decision; whoever may not know more is told of every private space that it is not bound.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_domain::decision::Reason")]
pub(crate) enum Reason {
    /// The text is no image reference, or names an image id.
    ReferenceInvalid,
    /// The namespace is exempt.
    Exempt,
    /// No registry has the host; the cluster's setting decided.
    RegistryUnknown,
    /// The registry is known, and has no such space.
    SpaceUnknown,
    /// The space is public.
    SpacePublic,
    /// The cluster has no such namespace.
    NamespaceUnknown,
    /// The namespace is in no workspace.
    NamespaceNotMapped,
    /// Two workspaces claim the namespace.
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
    /// The bindings have not been confirmed for longer than is allowed.
    SnapshotStale,
}

/// The checks of the decision in the order of its rules, then those that only advise.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckKind {
    /// The cluster has the namespace.
    NamespaceKnown,
    /// The text is an image reference.
    ReferenceValid,
    /// It does not name an image by its id.
    NotAnImageId,
    /// The namespace is exempt.
    NamespaceExempt,
    /// A registry has the host.
    RegistryKnown,
    /// The path lies in a space that is there.
    SpaceKnown,
    /// The cluster lets images from unknown hosts in.
    RegistryAllowed,
    /// The space is public.
    SpacePublic,
    /// The namespace is in a workspace.
    NamespaceHasWorkspace,
    /// The registry is the workspace's own.
    RegistryAssociated,
    /// The space is bound to the workspace.
    SpaceBound,
    /// The binding has begun and has not expired.
    BindingInForce,
    /// The repository is inside the binding's scope.
    RepositoryInScope,
    /// A denial is enforced here.
    EnforcementMode,
    /// The registry answers.
    RegistryFresh,
    /// The repository was seen in its registry.
    RepositoryExists,
    /// The tag was seen in its repository.
    TagExists,
    /// The viewer has a role in the workspace.
    ViewerIsMember,
}

/// How a check came out.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_app::explanations::ExplainedOutcome")]
pub(crate) enum CheckOutcome {
    /// It holds.
    Pass,
    /// It does not hold, and that denies the image.
    Fail,
    /// It does not hold, and that denies nothing.
    Warn,
    /// It was not needed, or may not be told.
    Skipped,
}

/// What is to be done about a denial.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_domain::disclosure::RemedyAction")]
pub(crate) enum RemedyAction {
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
    /// Ask an administrator to look at the installation.
    AskAdministrator,
}

/// What to do and who can; a button for those who can, and words for the rest.
#[derive(SimpleObject)]
pub(crate) struct Remedy {
    /// What is to be done.
    action: RemedyAction,
    /// Who may do it.
    allowed_to: Vec<Access>,
    /// Whether the viewer is one of them.
    viewer_can: bool,
}

/// A check.
pub(crate) struct Check(Explained);

/// An explanation, and the instant that it holds for.
pub(crate) struct Explanation {
    told: AppExplanation,
    at: Timestamp,
}

impl Explanation {
    pub(crate) fn new(told: AppExplanation, at: Timestamp) -> Self {
        Self { told, at }
    }
}

/// Why an image can or cannot be used, as an ordered list of checks; the first that fails is the cause.
#[Object]
impl Explanation {
    /// The text that was asked about; null when the namespace itself was.
    async fn reference(&self) -> Option<&str> {
        self.told.reference.as_deref()
    }

    /// The namespace, when the viewer may see it.
    async fn namespace(&self) -> Option<Namespace> {
        self.told.namespace.clone().map(Namespace::from)
    }

    /// Whether the picker offers it.
    async fn selectable(&self) -> bool {
        self.told.selectable
    }

    /// Whether the webhook lets it in.
    async fn admissible(&self) -> bool {
        self.told.admissible
    }

    /// The rule that settled it.
    async fn reason(&self) -> Option<Reason> {
        self.told.reason.map(Into::into)
    }

    /// The checks, in order.
    async fn checks(&self) -> Vec<Check> {
        self.told.checks.iter().cloned().map(Check).collect()
    }

    /// The first check that fails.
    async fn cause(&self) -> Option<Check> {
        let failed = self.told.checks.iter().find(|check| check.outcome == ExplainedOutcome::Fail);
        failed.cloned().map(Check)
    }

    /// The rules in force when it was judged; equal revisions give equal answers.
    async fn policy_revision(&self) -> Revision {
        self.told.revision.into()
    }

    /// The instant that it was judged for.
    async fn evaluated_at(&self) -> DateTime {
        self.at.into()
    }
}

/// One check of an explanation.
#[Object]
impl Check {
    /// Which.
    async fn kind(&self) -> CheckKind {
        self.0.kind.into()
    }

    /// How it came out.
    async fn outcome(&self) -> CheckOutcome {
        self.0.outcome.into()
    }

    /// The same in words.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// What it is about, when the viewer may see that.
    async fn subject(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
        let id = match self.0.subject? {
            AppSubject::Registry(id) => ObjectId::Registry(id),
            AppSubject::Space(id) => ObjectId::Space(id),
            AppSubject::Workspace(id) => ObjectId::Workspace(id),
            AppSubject::Binding(id) => ObjectId::Binding(id),
        };
        super::load(ctx, id).await.transpose()
    }

    /// What to do about it, when it fails.
    async fn remedy(&self) -> Option<Remedy> {
        self.0.remedy.map(|remedy: DomainRemedy| Remedy {
            action: remedy.action.into(),
            allowed_to: Access::of(remedy.allowed_to),
            viewer_can: self.0.viewer_can,
        })
    }
}

impl From<ExplainedCheck> for CheckKind {
    fn from(kind: ExplainedCheck) -> Self {
        match kind {
            ExplainedCheck::Decision(check) => check.into(),
            ExplainedCheck::EnforcementMode => Self::EnforcementMode,
            ExplainedCheck::RegistryFresh => Self::RegistryFresh,
            ExplainedCheck::RepositoryExists => Self::RepositoryExists,
            ExplainedCheck::TagExists => Self::TagExists,
            ExplainedCheck::ViewerIsMember => Self::ViewerIsMember,
        }
    }
}

impl From<DomainCheck> for CheckKind {
    fn from(check: DomainCheck) -> Self {
        match check {
            DomainCheck::NamespaceKnown => Self::NamespaceKnown,
            DomainCheck::ReferenceValid => Self::ReferenceValid,
            DomainCheck::NotAnImageId => Self::NotAnImageId,
            DomainCheck::NamespaceExempt => Self::NamespaceExempt,
            DomainCheck::RegistryKnown => Self::RegistryKnown,
            DomainCheck::SpaceKnown => Self::SpaceKnown,
            DomainCheck::RegistryAllowed => Self::RegistryAllowed,
            DomainCheck::SpacePublic => Self::SpacePublic,
            DomainCheck::NamespaceHasWorkspace => Self::NamespaceHasWorkspace,
            DomainCheck::RegistryAssociated => Self::RegistryAssociated,
            DomainCheck::SpaceBound => Self::SpaceBound,
            DomainCheck::BindingInForce => Self::BindingInForce,
            DomainCheck::RepositoryInScope => Self::RepositoryInScope,
        }
    }
}
