//! Everything that follows from a judgement: the answer, the record for those who may know more, wishes for what was not
//! known, the counters, and one line in the log.

use std::borrow::Cow;
use std::collections::BTreeSet;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::decision::Reason;
use wharfinger_domain::review::Action;
use wharfinger_domain::snapshot::NamespaceView;
use wharfinger_domain::source::{SnapshotSource, Wish};
use wharfinger_domain::time::Timestamp;

use super::Surroundings;
use crate::budget::Budget;
use crate::codec::{Head, Review};
use crate::ground::Ground;
use crate::judgement::{Finding, Judged, Obstacle, Tally};
use crate::metrics::{self, Metrics, Subresource};
use crate::record::{DecisionRecord, ImageRecord};
use crate::response::{Annotations, Answer};
use crate::telling::{Telling, printable};

/// The most spaces that one review asks to be looked for.
const WISHES: usize = 8;

/// The longest text of a request in the log and in records.
const SHOWN: usize = 253;

/// A judgement with what it was made of.
pub(super) struct Conclusion<'c> {
    pub(super) review: &'c Review<'c>,
    pub(super) cluster: &'c str,
    pub(super) judged: &'c Judged<'c, 'c>,
    pub(super) at: Timestamp,
    pub(super) budget: Budget,
}

impl Conclusion<'_> {
    /// Draws it.
    pub(super) fn draw(&self, surroundings: &Surroundings) -> Response {
        let id = self.judged.is_notable().then(|| format!("{:032x}", (surroundings.ids)()));
        let response = self.response(id.as_deref());
        // A dry run leaves nothing behind.
        if !self.review.head.is_dry_run() {
            if let (Some(id), Some(view)) = (&id, &self.judged.view) {
                surroundings.sink.record(self.record(id.clone(), view));
            }
            self.wish_for_spaces(&*surroundings.source);
        }
        self.count(&surroundings.metrics);
        log(&self.review.head, self.cluster, &self.account(id.as_deref()), self.budget);
        response
    }

    fn response(&self, id: Option<&str>) -> Response {
        let (head, judged) = (&self.review.head, self.judged);
        let telling = Telling { judged, head, cluster: self.cluster, id };
        let annotations = self.annotations(id);
        match judged.action {
            Action::Denied => Answer::denied(head.uid(), (self.status(), telling.message()), annotations),
            _ if self.warns() => Answer::admitted(head.uid(), telling.warnings(), annotations),
            _ => Answer::admitted(head.uid(), Vec::new(), annotations),
        }
        .into_response()
    }

    /// Whether the user is warned: of what would have been denied, or of what was allowed with a warning. Two modes are
    /// silent.
    fn warns(&self) -> bool {
        let mode = self.judged.view.map(|view| view.mode());
        self.judged.is_notable() && matches!(mode, Some(EnforcementMode::Enforce | EnforcementMode::Warn))
    }

    fn status(&self) -> StatusCode {
        match self.judged.finding {
            Finding::Obstacle(Obstacle::NotReady) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::FORBIDDEN,
        }
    }

    fn annotations<'a>(&'a self, id: Option<&'a str>) -> Annotations<'a> {
        let Tally { decided, denied, grandfathered } = self.judged.tally();
        let view = self.judged.view.as_ref();
        Annotations {
            decision: metrics::word(self.judged.action),
            reason: self.judged.ground().word(),
            images: format!("decided={decided} denied={denied}"),
            grandfathered: (grandfathered > 0).then(|| grandfathered.to_string()),
            workspace: view.and_then(NamespaceView::workspace).map(|workspace| &*workspace.name),
            revision: view.map(|view| view.snapshot().revision().to_string()),
            decision_id: id,
        }
    }

    fn record(&self, id: String, view: &NamespaceView<'_>) -> DecisionRecord {
        let (head, judged) = (&self.review.head, self.judged);
        let (images, fault) = match &judged.finding {
            Finding::Images { decision, prefix } => {
                (decision.images.iter().map(|image| ImageRecord::of(image, prefix, view)).collect(), None)
            }
            Finding::Obstacle(Obstacle::Object(fault)) => {
                (Vec::new(), Some(format!("{}: {}", fault.path, fault.problem)))
            }
            Finding::Obstacle(_) | Finding::Nothing => (Vec::new(), None),
        };
        DecisionRecord {
            id,
            at: self.at,
            cluster: view.cluster().name.to_string(),
            namespace: shown(head.namespace()).into_owned(),
            namespace_uid: view.uid().map(str::to_owned),
            workspace: view.workspace().map(|workspace| workspace.id),
            operation: head.verb().word(),
            subresource: shown(head.subresource()).into_owned(),
            verdict: judged.verdict(),
            mode: view.exemption().is_none().then(|| view.mode()),
            action: judged.action,
            revision: view.snapshot().revision(),
            workload: workload(head),
            requested_by: shown(head.username()).into_owned(),
            request_uid: shown(head.uid()).into_owned(),
            latency: self.budget.spent(),
            images,
            fault,
        }
    }

    /// Asks for the spaces that their registry does not have yet to be looked for. It waits for none.
    fn wish_for_spaces(&self, source: &dyn SnapshotSource) {
        let decisions = self.judged.images().iter().filter_map(|image| image.decision);
        let unknown = decisions.filter(|decision| decision.reason == Reason::SpaceUnknown);
        let registries: BTreeSet<_> = unknown.filter_map(|decision| decision.findings.registry).collect();
        registries.into_iter().take(WISHES).for_each(|registry| source.wish(Wish::Registry(registry)));
    }

    fn count(&self, metrics: &Metrics) {
        let invalid = self.judged.images().iter().filter_map(|image| image.decision);
        let invalid = invalid.filter(|decision| decision.reason == Reason::ReferenceInvalid).count();
        metrics.found_invalid(u64::try_from(invalid).unwrap_or(u64::MAX));
        let head = &self.review.head;
        let labels = (head.verb(), Subresource::of(head.subresource()));
        metrics.answered(self.judged.action, self.judged.ground(), labels, self.budget.spent());
    }

    fn account<'a>(&self, id: Option<&'a str>) -> Account<'a> {
        Account { action: self.judged.action, ground: self.judged.ground(), tally: self.judged.tally(), id }
    }
}

/// The answer to a review that could not be judged because of a fault of this server.
pub(super) fn fault(review: &Review<'_>, cluster: &str, budget: Budget, metrics: &Metrics) -> Response {
    let (head, action, ground) = (&review.head, Action::Denied, Ground::Fault);
    metrics.answered(action, ground, (head.verb(), Subresource::of(head.subresource())), budget.spent());
    log(head, cluster, &Account { action, ground, tally: Tally::default(), id: None }, budget);
    let annotations = Annotations { decision: metrics::word(action), reason: ground.word(), ..Annotations::default() };
    let message = "it could not be judged, because of a fault in this server; its log has more".to_owned();
    Answer::denied(head.uid(), (StatusCode::INTERNAL_SERVER_ERROR, message), annotations).into_response()
}

/// What the log says of an answer.
struct Account<'a> {
    action: Action,
    ground: Ground,
    tally: Tally,
    id: Option<&'a str>,
}

/// The one line of a review: its reason as the requester may know it, and never anything of the object.
fn log(head: &Head<'_>, cluster: &str, account: &Account<'_>, budget: Budget) {
    tracing::info!(
        cluster = &*shown(cluster),
        namespace = &*shown(head.namespace()),
        operation = head.verb().word(),
        subresource = &*shown(head.subresource()),
        kind = &*shown(head.kind()),
        verdict = metrics::word(account.action),
        reason = account.ground.word(),
        images = account.tally.decided,
        denied = account.tally.denied,
        grandfathered = account.tally.grandfathered,
        dry_run = head.is_dry_run(),
        duration_us = u64::try_from(budget.spent().as_micros()).unwrap_or(u64::MAX),
        decision = account.id,
        "review"
    );
}

fn workload(head: &Head<'_>) -> String {
    let kind = shown(head.kind());
    if head.name().is_empty() { kind.into_owned() } else { format!("{kind}/{}", shown(head.name())) }
}

/// A text of the request, as it is shown elsewhere. What is printable and short, as it nearly always is, is not copied.
fn shown(text: &str) -> Cow<'_, str> {
    let plain = text.len() <= SHOWN && text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { Cow::Borrowed(text) } else { Cow::Owned(printable(text, SHOWN)) }
}
