//! Judges what a review is about: hands the images to `domain`, which decides, and denies what cannot be judged. Whatever is
//! denied meets the mode of the namespace.

use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::decision::{Decision, Reason, Verdict};
use wharfinger_domain::disclosure::Knowledge;
use wharfinger_domain::images::{PodImages, WorkloadKind};
use wharfinger_domain::review::{Action, JudgedImage, PodDecision};
use wharfinger_domain::snapshot::{Moment, NamespaceView, Snapshot};

use crate::codec::{Fault, Review, Subject};
use crate::gate::Templates;
use crate::ground::Ground;

/// What a review came to.
#[derive(Debug)]
pub(crate) struct Judged<'s, 'r> {
    /// The namespace, as far as there is a snapshot and it has the cluster.
    pub(crate) view: Option<NamespaceView<'s>>,
    /// What was found.
    pub(crate) finding: Finding<'r>,
    /// What is done.
    pub(crate) action: Action,
}

/// What was found.
#[derive(Debug)]
pub(crate) enum Finding<'r> {
    /// There was nothing to judge.
    Nothing,
    /// The images were decided; they stand below the field with this path.
    Images { decision: PodDecision<'r>, prefix: &'static str },
    /// It could not be judged, and that is a denial.
    Obstacle(Obstacle<'r>),
}

/// Why something could not be judged.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Obstacle<'r> {
    NotReady,
    ClusterUnknown,
    KindUnknown,
    Object(&'r Fault),
}

/// How many images there were, and what became of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) decided: usize,
    pub(crate) denied: usize,
    pub(crate) grandfathered: usize,
}

/// Judges a review by a snapshot, at a moment.
pub(crate) fn judge<'s, 'r>(
    review: &'r Review<'r>,
    cluster: &str,
    (snapshot, moment): (Option<&'s Snapshot>, Moment),
    templates: Templates,
) -> Judged<'s, 'r> {
    if matches!(review.subject, Subject::Nothing) {
        return Judged { view: None, finding: Finding::Nothing, action: Action::Admitted };
    }
    let blind = |obstacle| Judged { view: None, finding: Finding::Obstacle(obstacle), action: Action::Denied };
    let Some(snapshot) = snapshot else {
        return blind(Obstacle::NotReady);
    };
    match snapshot.view(cluster, review.head.namespace(), moment) {
        Some(view) => judge_in(view, review, templates),
        None => blind(Obstacle::ClusterUnknown),
    }
}

fn judge_in<'s, 'r>(view: NamespaceView<'s>, review: &'r Review<'r>, templates: Templates) -> Judged<'s, 'r> {
    let is_template = WorkloadKind::parse(review.head.kind()).is_some();
    let mode = if is_template { templates.soften(view.mode()) } else { view.mode() };
    let images = |decision: PodDecision<'r>, prefix| {
        let action = decision.action(mode);
        Judged { view: Some(view), finding: Finding::Images { decision, prefix }, action }
    };
    let obstacle = |obstacle| {
        let action = Action::on_denial(mode);
        Judged { view: Some(view), finding: Finding::Obstacle(obstacle), action }
    };
    match &review.subject {
        Subject::Pod { operation, new, old } => images(view.review(*operation, new, old.as_ref()), PodImages::PREFIX),
        Subject::Template { kind, operation, new, old } => {
            images(view.review_template(*operation, *kind, new, old.as_deref()), kind.prefix())
        }
        // A rule that is too wide must not stop the namespaces that keep the cluster running.
        Subject::UnknownKind if view.exemption().is_none() => obstacle(Obstacle::KindUnknown),
        Subject::Nothing | Subject::UnknownKind => {
            Judged { view: Some(view), finding: Finding::Nothing, action: Action::Admitted }
        }
        Subject::Broken(fault) => obstacle(Obstacle::Object(fault)),
    }
}

impl Templates {
    /// The mode for a template in a namespace of this mode.
    fn soften(self, mode: EnforcementMode) -> EnforcementMode {
        match (self, mode) {
            (Self::Warn, EnforcementMode::Enforce) => EnforcementMode::Warn,
            (_, mode) => mode,
        }
    }
}

impl<'r> Judged<'_, 'r> {
    /// Whether the answer might be another one if the namespace were known: it is not, and an image was decided by more
    /// than its text and what is open to everybody.
    pub(crate) fn is_unsettled(&self) -> bool {
        let open = |decision: Decision| {
            matches!(decision.reason, Reason::ReferenceInvalid | Reason::Exempt | Reason::SpacePublic)
        };
        let unknown = self.view.is_some_and(|view| !view.is_known());
        unknown && self.images().iter().filter_map(|image| image.decision).any(|decision| !open(decision))
    }

    pub(crate) fn images(&self) -> &[JudgedImage<'r>] {
        match &self.finding {
            Finding::Images { decision, .. } => &decision.images,
            Finding::Nothing | Finding::Obstacle(_) => &[],
        }
    }

    /// The verdict before the mode.
    pub(crate) fn verdict(&self) -> Verdict {
        let denied = matches!(self.finding, Finding::Obstacle(_)) || self.images().iter().any(JudgedImage::is_denied);
        if denied { Verdict::Deny } else { Verdict::Allow }
    }

    /// Whether there is something to look up later: a denial, whatever was done with it, or a warning. Where the webhook is
    /// off nothing is kept.
    pub(crate) fn is_notable(&self) -> bool {
        let warned = || self.images().iter().filter_map(|image| image.decision).any(|decision| decision.warn);
        let is_on = self.view.is_some_and(|view| view.mode() != EnforcementMode::Off);
        is_on && (self.verdict() == Verdict::Deny || warned())
    }

    pub(crate) fn tally(&self) -> Tally {
        self.images().iter().fold(Tally::default(), |tally, image| match image.decision {
            None => Tally { grandfathered: tally.grandfathered + 1, ..tally },
            Some(_) => {
                Tally { decided: tally.decided + 1, denied: tally.denied + usize::from(image.is_denied()), ..tally }
            }
        })
    }

    /// What the answer rests on, as the requester may know it.
    pub(crate) fn ground(&self) -> Ground {
        match self.finding {
            Finding::Nothing => Ground::NotJudged,
            Finding::Images { .. } => self.ground_of_images(),
            Finding::Obstacle(Obstacle::NotReady) => Ground::NotReady,
            Finding::Obstacle(Obstacle::ClusterUnknown) => Ground::ClusterUnknown,
            Finding::Obstacle(Obstacle::KindUnknown) => Ground::KindUnknown,
            Finding::Obstacle(Obstacle::Object(_)) => Ground::ObjectInvalid,
        }
    }

    fn ground_of_images(&self) -> Ground {
        let decisions = || self.images().iter().filter_map(|image| image.decision);
        let first = decisions().find(|decision| !decision.is_allowed());
        let first = first.or_else(|| decisions().find(|decision| decision.warn)).or_else(|| decisions().next());
        match (first, &self.view) {
            (Some(decision), Some(view)) => Ground::Image(decision.disclosed(view, Knowledge::NamespaceState).reason),
            _ if self.images().is_empty() => Ground::NoImage,
            _ => Ground::Grandfathered,
        }
    }
}
