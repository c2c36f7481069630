//! A whole pod: which of its images are decided, which were there before and are left alone, and what the answers come to.

use std::collections::HashSet;

use crate::cluster::EnforcementMode;
use crate::decision::Decision;
use crate::images::{Image, Place, PodImages, TemplateImages, WorkloadKind};
use crate::reference::{Reference, names_image_id};
use crate::snapshot::NamespaceView;

/// What is being done to the pod. Deleting and connecting need no decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// It is created: every image is decided.
    Create,
    /// It is changed, itself or through a subresource that carries it: only images that it did not have are decided.
    Update,
}

/// What became of one image of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JudgedImage<'a> {
    /// Where in the pod it stands.
    pub place: Place,
    /// The text.
    pub reference: &'a str,
    /// The decision; `None` for an image that the old pod had already, which is left alone.
    pub decision: Option<Decision>,
}

impl JudgedImage<'_> {
    /// Whether the image was decided and denied.
    pub fn is_denied(&self) -> bool {
        self.decision.is_some_and(|decision| !decision.is_allowed())
    }
}

/// What the answers for a pod's images come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodDecision<'a> {
    /// Every image, in the pod's order.
    pub images: Vec<JudgedImage<'a>>,
}

impl<'a> PodDecision<'a> {
    /// The denied images, in the pod's order.
    pub fn denied(&self) -> impl Iterator<Item = (&JudgedImage<'a>, &Decision)> {
        self.images.iter().filter(|image| image.is_denied()).filter_map(|image| Some((image, image.decision.as_ref()?)))
    }

    /// The allowed images that the user is to be warned of.
    pub fn warned(&self) -> impl Iterator<Item = (&JudgedImage<'a>, &Decision)> {
        let decided = self.images.iter().filter_map(|image| Some((image, image.decision.as_ref()?)));
        decided.filter(|(_, decision)| decision.is_allowed() && decision.warn)
    }

    /// How many images were left alone.
    pub fn grandfathered(&self) -> usize {
        self.images.iter().filter(|image| image.decision.is_none()).count()
    }

    /// What the webhook does in this mode.
    pub fn action(&self, mode: EnforcementMode) -> Action {
        self.denied().next().map_or(Action::Admitted, |_| Action::on_denial(mode))
    }
}

/// What the webhook did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// The pod was let in.
    Admitted,
    /// It was let in with a warning.
    Warned,
    /// It was let in and recorded.
    Audited,
    /// It was refused.
    Denied,
}

impl Action {
    /// What the webhook does with a denial in this mode.
    pub fn on_denial(mode: EnforcementMode) -> Self {
        match mode {
            EnforcementMode::Enforce => Self::Denied,
            EnforcementMode::Warn => Self::Warned,
            EnforcementMode::Audit => Self::Audited,
            EnforcementMode::Off => Self::Admitted,
        }
    }
}

impl NamespaceView<'_> {
    /// Decides the images of a pod. An image that the old pod had anywhere is left alone, whatever has been unbound since,
    /// so that labels, finalizers and status can always be written; a new ephemeral container is always decided.
    pub fn review<'a>(
        &self,
        operation: Operation,
        pod: &'a PodImages<'a>,
        old: Option<&PodImages<'_>>,
    ) -> PodDecision<'a> {
        let old = old.filter(|_| operation == Operation::Update).map(|old| Before::of(old.images()));
        self.judge(pod.images(), old.as_ref())
    }

    /// Decides the images of a template in the same way. An image that is left empty there is skipped: something fills it
    /// in before a pod is made, and the pod is decided then.
    pub fn review_template<'a>(
        &self,
        operation: Operation,
        kind: WorkloadKind,
        template: &'a TemplateImages<'a>,
        old: Option<&TemplateImages<'_>>,
    ) -> PodDecision<'a> {
        let old = old.filter(|_| operation == Operation::Update).map(|old| Before::of(old.images(kind)));
        self.judge(template.images(kind).filter(|image| !image.reference.is_empty()), old.as_ref())
    }

    fn judge<'a>(&self, images: impl Iterator<Item = Image<'a>>, old: Option<&Before<'_>>) -> PodDecision<'a> {
        let judge = |image: Image<'a>| {
            let kept = old.is_some_and(|old| old.had(&image));
            let decision = if kept { None } else { Some(self.decide(image.reference)) };
            JudgedImage { place: image.place, reference: image.reference, decision }
        };
        PodDecision { images: images.map(judge).collect() }
    }
}

/// What the old pod or template had.
struct Before<'o> {
    references: HashSet<String>,
    ephemeral: HashSet<&'o str>,
}

impl<'o> Before<'o> {
    fn of(images: impl Iterator<Item = Image<'o>>) -> Self {
        let mut before = Self { references: HashSet::new(), ephemeral: HashSet::new() };
        for image in images {
            before.references.insert(canonical(image.reference));
            before.ephemeral.extend(image.ephemeral_name);
        }
        before
    }

    fn had(&self, image: &Image<'_>) -> bool {
        let added = image.ephemeral_name.is_some_and(|name| !self.ephemeral.contains(name));
        !added && self.references.contains(&canonical(image.reference))
    }
}

/// The canonical form of a reference. A text that is none stands for itself, and so does an image id: it parses like the
/// repository of the same name, and yet means any image that is on the node.
fn canonical(raw: &str) -> String {
    match Reference::parse(raw) {
        Ok(reference) if !names_image_id(raw) => reference.canonical(),
        _ => raw.to_owned(),
    }
}
