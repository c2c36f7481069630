//! Why an image can or cannot be used, check by check: the decision's own checks, then what is worth knowing beside them.

use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::decision::{CheckKind, CheckOutcome, Decision, Reason};
use wharfinger_domain::disclosure::{Knowledge, Remedy};
use wharfinger_domain::reference::{Reference, names_image_id};
use wharfinger_domain::revision::Revision;
use wharfinger_domain::rights::{Access, Action};
use wharfinger_domain::snapshot::NamespaceView;
use wharfinger_domain::source::{SnapshotSource as _, Wish};

use crate::App;
use crate::budgets::Dear;
use crate::call::Call;
use crate::error::AppError;
use crate::namespaces::NamespaceName;
use crate::record::{HealthStatus, NamespaceRecord};

/// One kind of check of an explanation: the decision's, or one that only advises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExplainedCheck {
    /// A check of the decision.
    Decision(CheckKind),
    /// What the webhook does with a denial in the namespace.
    EnforcementMode,
    /// The registry answers, and its last walk succeeded.
    RegistryFresh,
    /// The repository was seen.
    RepositoryExists,
    /// The tag was seen.
    TagExists,
    /// The caller has a role in the namespace's workspace.
    ViewerIsMember,
}

/// How a check came out. Only a check of the decision fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExplainedOutcome {
    /// It holds.
    Pass,
    /// It does not hold, and that denies the image.
    Fail,
    /// It does not hold, and that denies nothing.
    Warn,
    /// It was not needed, or may not be told.
    Skipped,
}

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A registry.
    Registry(wharfinger_domain::id::RegistryId),
    /// A space.
    Space(wharfinger_domain::id::SpaceId),
    /// A workspace.
    Workspace(wharfinger_domain::id::WorkspaceId),
    /// A binding.
    Binding(wharfinger_domain::id::BindingId),
}

/// A check of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Which.
    pub kind: ExplainedCheck,
    /// How it came out.
    pub outcome: ExplainedOutcome,
    /// The same in words.
    pub message: String,
    /// What it is about.
    pub subject: Option<Subject>,
    /// What is to be done; only where it failed.
    pub remedy: Option<Remedy>,
    /// Whether the caller may do that.
    pub viewer_can: bool,
}

/// An explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The text that was asked about; `None` when the namespace was.
    pub reference: Option<String>,
    /// The stored namespace, when the caller may see it.
    pub namespace: Option<NamespaceRecord>,
    /// The picker offers it.
    pub selectable: bool,
    /// The webhook lets it in.
    pub admissible: bool,
    /// Why, as far as the caller may know.
    pub reason: Option<Reason>,
    /// The checks, in order.
    pub checks: Vec<Explained>,
    /// The revision that was judged at.
    pub revision: Revision,
}

impl App {
    /// Why an image can or cannot be used in a namespace; without a reference, how the namespace stands.
    pub async fn explain_image(
        &self,
        call: &Call,
        namespace: NamespaceName,
        reference: Option<String>,
    ) -> Result<Explanation, AppError> {
        call.require(Action::ExplainImage, None)?;
        self.budgets.draw(Dear::Explanations, call)?;
        let snapshot = self.snapshot()?;
        let view = self.view(&snapshot, &namespace, call)?;
        let stored = self.namespace_by_name(call, namespace).await?;
        let Some(reference) = reference else { return Ok(explain_namespace(call, &view, stored)) };
        let decision = view.decide(&reference);
        if let Some(registry) = decision.findings.registry.filter(|_| decision.reason == Reason::SpaceUnknown) {
            self.publisher.wish(Wish::Registry(registry));
        }
        let decision = decision.disclosed(&view, knowledge(call));
        let mut checks: Vec<_> =
            decision.checks().map(|(kind, outcome)| explained(call, &view, &decision, kind, outcome)).collect();
        checks.extend(self.advice(call, &view, &decision, &reference).await?);
        Ok(Explanation {
            selectable: is_selectable(&view, &reference),
            admissible: decision.is_allowed() || view.mode() != EnforcementMode::Enforce,
            reason: Some(decision.reason),
            reference: Some(reference),
            namespace: stored,
            checks,
            revision: snapshot.revision(),
        })
    }

    /// What is worth knowing beside the decision. Of a denied image nothing is looked up, so that no answer and no work
    /// tells whether it exists.
    async fn advice(
        &self,
        call: &Call,
        view: &NamespaceView<'_>,
        decision: &Decision,
        reference: &str,
    ) -> Result<Vec<Explained>, AppError> {
        let mode = view.mode();
        let enforced = mode == EnforcementMode::Enforce;
        let mode_words = format!("a denial is handled here in mode {mode:?}").to_lowercase();
        let mut advice = vec![advise(ExplainedCheck::EnforcementMode, Some(enforced), mode_words)];
        advice.extend(self.registry_advice(call, decision, reference).await?);
        let workspace = view.workspace().map(|workspace| workspace.id);
        let member = workspace.and_then(|workspace| call.caller.role_in(workspace)).is_some();
        let words = if member { "you have a role in this workspace" } else { "you have no role in this workspace" };
        advice.push(advise(ExplainedCheck::ViewerIsMember, workspace.map(|_| member), words.to_owned()));
        Ok(advice)
    }

    async fn registry_advice(
        &self,
        call: &Call,
        decision: &Decision,
        reference: &str,
    ) -> Result<Vec<Explained>, AppError> {
        let kinds = [ExplainedCheck::RegistryFresh, ExplainedCheck::RepositoryExists, ExplainedCheck::TagExists];
        let found = decision.findings.registry.zip(decision.findings.space).filter(|_| decision.is_allowed());
        let Some(((registry, space), parsed)) = found.zip(Reference::parse(reference).ok()) else {
            return Ok(kinds.map(|kind| advise(kind, None, "not looked up".to_owned())).into());
        };
        let sight = call.sight(Action::ReadWorkspaceSpaces);
        let (path, tag) = (parsed.path().to_string(), parsed.tag().map(str::to_owned));
        let (health, repository, tag) = self
            .read(move |tx| {
                let health = tx.health(&sight, &[registry])?.remove(&registry).map(|health| health.status);
                let repository = tx.repository_by_path(&sight, space, &path)?;
                let seen = match (&repository, &tag) {
                    (Some(repository), Some(tag)) => Some(tx.tag(&sight, repository.id, tag)?.is_some()),
                    _ => None,
                };
                Ok((health, repository.is_some(), seen))
            })
            .await?;
        let fresh = health == Some(HealthStatus::Healthy);
        let words = |holds: bool, yes: &str, no: &str| if holds { yes.to_owned() } else { no.to_owned() };
        let fresh_words = words(fresh, "the registry answers", "the registry did not answer well when last asked");
        let there = words(repository, "the repository was seen", "the repository was not seen in its registry");
        let tagged = match tag {
            Some(true) => "the tag was seen",
            Some(false) => "the tag was not seen in its repository",
            None => "no tag to look up",
        };
        Ok(vec![
            advise(ExplainedCheck::RegistryFresh, Some(fresh), fresh_words),
            advise(ExplainedCheck::RepositoryExists, Some(repository), there),
            advise(ExplainedCheck::TagExists, tag, tagged.to_owned()),
        ])
    }
}

fn knowledge(call: &Call) -> Knowledge {
    if call.permits(Action::ReadPreciseReasons, None) { Knowledge::Precise } else { Knowledge::NamespaceState }
}

/// The picker offers it: its space is known and the decision, exemptions aside, allows it. What names an image by its id is
/// never offered, although it would parse.
fn is_selectable(view: &NamespaceView<'_>, reference: &str) -> bool {
    !names_image_id(reference)
        && Reference::parse(reference).is_ok_and(|parsed| {
            let decision = view.decide_in_scope(&parsed);
            decision.is_allowed() && decision.findings.space.is_some()
        })
}

/// How the namespace itself stands. One that is not there, foreign, or in no workspace is the same to whoever may not see
/// namespaces.
fn explain_namespace(call: &Call, view: &NamespaceView<'_>, stored: Option<NamespaceRecord>) -> Explanation {
    let workspace = view.workspace().filter(|workspace| {
        call.permits(Action::ReadAllNamespaces, None) || call.permits(Action::ReadWorkspace, Some(workspace.id))
    });
    let precise = call.permits(Action::ReadPreciseReasons, None);
    let known = view.is_known();
    let reason = match workspace {
        Some(_) => None,
        None if precise && !known => Some(Reason::NamespaceUnknown),
        None => Some(Reason::NamespaceNotMapped),
    };
    let mut checks = Vec::new();
    if precise {
        let words = if known { "the cluster has this namespace" } else { "the cluster has no such namespace" };
        checks.push(simple(ExplainedCheck::Decision(CheckKind::NamespaceKnown), known, words.to_owned()));
    }
    let words = match workspace {
        Some(workspace) => format!("the namespace is in workspace \"{}\"", workspace.name),
        None => "the namespace is not in a workspace of yours".to_owned(),
    };
    checks.push(simple(ExplainedCheck::Decision(CheckKind::NamespaceHasWorkspace), workspace.is_some(), words));
    let mapped = workspace.is_some();
    let revision = view.snapshot().revision();
    Explanation { reference: None, namespace: stored, selectable: mapped, admissible: mapped, reason, checks, revision }
}

fn simple(kind: ExplainedCheck, holds: bool, message: String) -> Explained {
    let outcome = if holds { ExplainedOutcome::Pass } else { ExplainedOutcome::Fail };
    Explained { kind, outcome, message, subject: None, remedy: None, viewer_can: false }
}

fn advise(kind: ExplainedCheck, holds: Option<bool>, message: String) -> Explained {
    let outcome = match holds {
        Some(true) => ExplainedOutcome::Pass,
        Some(false) => ExplainedOutcome::Warn,
        None => ExplainedOutcome::Skipped,
    };
    Explained { kind, outcome, message, subject: None, remedy: None, viewer_can: false }
}

fn explained(
    call: &Call,
    view: &NamespaceView<'_>,
    decision: &Decision,
    kind: CheckKind,
    outcome: CheckOutcome,
) -> Explained {
    let settles = kind == decision.settled_by;
    let outcome = match outcome {
        CheckOutcome::Passed if settles && decision.warn => ExplainedOutcome::Warn,
        CheckOutcome::Passed => ExplainedOutcome::Pass,
        CheckOutcome::Failed => ExplainedOutcome::Fail,
        CheckOutcome::Skipped => ExplainedOutcome::Skipped,
    };
    let message = match outcome {
        _ if settles => format!("the image {}", decision.words(view)),
        ExplainedOutcome::Skipped => "not needed, or not the way in which the image is allowed".to_owned(),
        _ => "this holds".to_owned(),
    };
    let remedy = if outcome == ExplainedOutcome::Fail { decision.remedy() } else { None };
    let viewer_can = remedy.is_some_and(|remedy| can(call, &remedy));
    Explained {
        kind: ExplainedCheck::Decision(kind),
        outcome,
        message,
        subject: subject(decision, kind).filter(|_| outcome != ExplainedOutcome::Skipped),
        remedy,
        viewer_can,
    }
}

/// Whether the caller is one of those who may do what the remedy says.
fn can(call: &Call, remedy: &Remedy) -> bool {
    let admin = call.permits(Action::BindSpaces, None);
    remedy.allowed_to.iter().any(|access| match access {
        Access::Viewer => true,
        _ => admin,
    })
}

fn subject(decision: &Decision, kind: CheckKind) -> Option<Subject> {
    let findings = decision.findings;
    match kind {
        CheckKind::RegistryKnown | CheckKind::RegistryAssociated => findings.registry.map(Subject::Registry),
        CheckKind::SpaceKnown | CheckKind::SpacePublic | CheckKind::SpaceBound => findings.space.map(Subject::Space),
        CheckKind::NamespaceHasWorkspace => findings.workspace.map(Subject::Workspace),
        CheckKind::BindingInForce | CheckKind::RepositoryInScope => findings.binding.map(Subject::Binding),
        _ => None,
    }
}
