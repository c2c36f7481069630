//! What is kept of an answer, for those who may look up the precise reason by the id that a denial carries.

use std::time::Duration;

use serde::Serialize;
use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::decision::{Decision, Reason, Verdict};
use wharfinger_domain::disclosure::Knowledge;
use wharfinger_domain::id::{BindingId, SpaceId, WorkspaceId};
use wharfinger_domain::review::{Action, JudgedImage};
use wharfinger_domain::revision::Revision;
use wharfinger_domain::snapshot::NamespaceView;
use wharfinger_domain::time::Timestamp;

/// Takes records. It must never wait: what cannot be taken at once is dropped and counted there.
pub trait DecisionSink: Send + Sync + 'static {
    /// Takes this record.
    fn record(&self, record: DecisionRecord);
}

/// What was answered, and why in full. Written for every review in which an image was denied or warned of, or that could
/// not be judged, unless it was a dry run.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionRecord {
    /// The id that the answer carried: 32 hexadecimal digits.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The cluster that asked.
    pub cluster: String,
    /// The namespace that it asked about.
    pub namespace: String,
    /// The UID that the namespace had, as far as it was known.
    pub namespace_uid: Option<String>,
    /// The workspace that the namespace was in.
    pub workspace: Option<WorkspaceId>,
    /// `CREATE` or `UPDATE`; empty where the review did not say it readably.
    pub operation: &'static str,
    /// The subresource, empty for the object itself.
    pub subresource: String,
    /// Whether all images might be used.
    pub verdict: Verdict,
    /// The mode that was in force; `None` where the namespace was exempt.
    pub mode: Option<EnforcementMode>,
    /// What was done.
    pub action: Action,
    /// The revision that the answer stands for.
    pub revision: Revision,
    /// The kind of the object and, where it had one already, its name: `Pod/web-1`, `Job`.
    pub workload: String,
    /// The user who asked the API server.
    pub requested_by: String,
    /// The uid of the review.
    pub request_uid: String,
    /// How long the review had taken when this was written.
    pub latency: Duration,
    /// Every image, in the pod's order.
    pub images: Vec<ImageRecord>,
    /// Why the object could not be judged, where that is what it was denied for.
    pub fault: Option<String>,
}

/// One image of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageRecord {
    /// The path of the field, from the root of the object.
    pub field_path: String,
    /// The text that stood there.
    pub reference: String,
    /// The decision for those who may know everything; `None` for an image that was there before.
    pub precise: Option<Account>,
    /// The decision as its workspace's members, and everybody else, may know it.
    pub told: Option<Account>,
}

/// A decision as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Whether the image might be used.
    pub verdict: Verdict,
    /// Allowed, with a warning.
    pub warn: bool,
    /// Why.
    pub reason: Reason,
    /// Why, in a clause that stands behind the reference.
    pub message: String,
    /// The space.
    pub space: Option<SpaceId>,
    /// The binding.
    pub binding: Option<BindingId>,
}

impl ImageRecord {
    /// The record of an image below the field of this path.
    pub(crate) fn of(image: &JudgedImage<'_>, prefix: &str, view: &NamespaceView<'_>) -> Self {
        let account = |knowledge| image.decision.map(|decision| Account::of(decision, knowledge, view));
        Self {
            field_path: image.place.below(prefix).to_string(),
            reference: image.reference.to_owned(),
            precise: account(Knowledge::Precise),
            told: account(Knowledge::NamespaceState),
        }
    }
}

impl Account {
    fn of(decision: Decision, knowledge: Knowledge, view: &NamespaceView<'_>) -> Self {
        let decision = decision.disclosed(view, knowledge);
        Self {
            verdict: decision.verdict,
            warn: decision.warn,
            reason: decision.reason,
            message: decision.words(view),
            space: decision.findings.space,
            binding: decision.findings.binding,
        }
    }
}
