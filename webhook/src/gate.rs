//! The handler and what it is handed. It reads the body within its limits, has the review judged from memory, and concludes:
//! answer, record, wishes, counters and one line in the log. A panic on the way is a denial.

mod body;
mod conclusion;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, timeout_at};
use wharfinger_domain::snapshot::{Moment, Snapshot};
use wharfinger_domain::source::{Current, SnapshotSource, Wish};
use wharfinger_domain::time::Timestamp;

use crate::arrivals::Arrivals;
use crate::budget::Budget;
use crate::codec::{self, Review};
use crate::judgement::judge;
use crate::metrics::Metrics;
use crate::record::DecisionSink;
use crate::refusal::Refusal;
use crate::telling::printable;
use conclusion::Conclusion;

/// Everything that the webhook does not have from the request.
#[derive(Clone)]
pub struct Surroundings {
    /// The snapshot in force.
    pub source: Arc<dyn SnapshotSource>,
    /// The wall clock.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Draws the ids of decisions; nobody must be able to guess one.
    pub ids: Arc<dyn Fn() -> u128 + Send + Sync>,
    /// Takes the records.
    pub sink: Arc<dyn DecisionSink>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

/// How the webhook behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The longest body, in bytes. An update of the largest object that etcd takes carries it twice.
    pub max_body: usize,
    /// The age, since the store last confirmed it, beyond which a snapshot is too old to be believed about bindings; `None`:
    /// none is.
    pub max_age: Option<Duration>,
    /// What becomes of templates.
    pub templates: Templates,
    /// The longest wait for a namespace that the snapshot does not know.
    pub wait: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let wait = Duration::from_secs(1);
        Self { max_body: 7 * 1024 * 1024, max_age: None, templates: Templates::Warn, wait }
    }
}

/// What becomes of a template whose pods would be denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Templates {
    /// It is admitted with a warning.
    #[default]
    Warn,
    /// What is done with a pod is done with it.
    Deny,
}

/// The admission webhook.
pub struct Webhook {
    surroundings: Surroundings,
    settings: Settings,
    arrivals: Arrivals,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Answers one review.
pub(crate) async fn validate(
    State(webhook): State<Arc<Webhook>>,
    Path(cluster): Path<String>,
    request: Request,
) -> Response {
    let budget = Budget::begin(request.uri().query());
    let answered = match body::read(request, webhook.settings.max_body, budget.ends).await {
        Ok(body) => webhook.answer(&cluster, &body, budget).await,
        Err(refusal) => Err(refusal),
    };
    answered.unwrap_or_else(|refusal| webhook.refuse(&cluster, &refusal))
}

/// How far a judgement got.
enum Step {
    /// It is done.
    Done(Response),
    /// It would be another one if the namespace were known, which it is not at this generation.
    Unsettled(u64),
}

/// A place to wait for a namespace in.
struct Place<'w> {
    /// Ends when it is known not to be there.
    missed: Pin<Box<dyn Future<Output = ()> + Send>>,
    _permit: SemaphorePermit<'w>,
}

impl Webhook {
    /// A webhook with these settings.
    pub fn new(surroundings: Surroundings, settings: Settings) -> Self {
        Self { surroundings, settings, arrivals: Arrivals::default() }
    }

    async fn answer(&self, cluster: &str, body: &[u8], budget: Budget) -> Result<Response, Refusal> {
        let read = self.guard(|| codec::read(body)).ok_or(Refusal::Fault)?;
        let review = read?;
        Ok(match self.guard(|| self.step(&review, cluster, budget, true)) {
            Some(Step::Done(response)) => response,
            Some(Step::Unsettled(generation)) => self.settle(&review, cluster, budget, generation).await,
            None => self.answer_fault(&review, cluster, budget),
        })
    }

    /// Waits until the namespace is known, or known not to be there, or there is no time left, and then answers by what the
    /// snapshot says.
    async fn settle(&self, review: &Review<'_>, cluster: &str, budget: Budget, mut generation: u64) -> Response {
        let until = budget.until(self.settings.wait);
        let mut place = self.wait_for(cluster, review.head.namespace());
        let mut may_wait = place.is_some();
        loop {
            if let Some(Place { missed, .. }) = place.as_mut().filter(|_| may_wait) {
                let moved = timeout_at(until, self.moves_on(generation, missed));
                may_wait = Instant::now() < until && moved.await.unwrap_or(false);
                if !may_wait {
                    self.arrivals.miss(cluster, review.head.namespace());
                }
            }
            match self.guard(|| self.step(review, cluster, budget, may_wait)) {
                Some(Step::Unsettled(at)) => generation = at,
                Some(Step::Done(response)) => {
                    if place.is_some() {
                        self.surroundings.metrics.waited(!may_wait);
                    }
                    return response;
                }
                None => return self.answer_fault(review, cluster, budget),
            }
        }
    }

    /// Asks for the namespace to be looked at, and for a place to wait for it.
    fn wait_for(&self, cluster: &str, namespace: &str) -> Option<Place<'_>> {
        let (permit, source) = (self.arrivals.enter(cluster, namespace)?, &self.surroundings.source);
        // Listened for before the wish, which may be looked at at once.
        let missed = source.missed(cluster, namespace);
        source.wish(Wish::Namespace { cluster: cluster.into(), name: namespace.into() });
        Some(Place { missed, _permit: permit })
    }

    /// Waits for a newer snapshot. False when there is nothing to wait for any more.
    async fn moves_on(&self, generation: u64, missed: &mut (impl Future<Output = ()> + Unpin)) -> bool {
        tokio::select! {
            biased;
            () = self.surroundings.source.moved(generation) => true,
            () = missed => false,
        }
    }

    /// Judges by the snapshot that is in force now, and concludes unless there is something to wait for.
    fn step(&self, review: &Review<'_>, cluster: &str, budget: Budget, may_wait: bool) -> Step {
        let at = (self.surroundings.clock)();
        let current = self.surroundings.source.current();
        let judged = judge(review, cluster, self.seen(current.as_ref(), at), self.settings.templates);
        match current {
            Some(Current { generation, .. }) if may_wait && judged.is_unsettled() => Step::Unsettled(generation),
            _ => Step::Done(Conclusion { review, cluster, judged: &judged, at, budget }.draw(&self.surroundings)),
        }
    }

    /// The snapshot, and the moment it is looked at.
    fn seen<'c>(&self, current: Option<&'c Current>, at: Timestamp) -> (Option<&'c Snapshot>, Moment) {
        let age = current.map(|current| at.since(current.confirmed_at)).unwrap_or_default();
        let stale = self.settings.max_age.is_some_and(|limit| age > limit);
        (current.map(|current| &*current.snapshot), Moment { at, stale })
    }

    /// What this gives, or `None` when it panicked: the review at hand is denied, and the process goes on.
    fn guard<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let done = catch_unwind(AssertUnwindSafe(work)).ok();
        if done.is_none() {
            self.surroundings.metrics.faulted();
        }
        done
    }

    fn answer_fault(&self, review: &Review<'_>, cluster: &str, budget: Budget) -> Response {
        conclusion::fault(review, cluster, budget, &self.surroundings.metrics)
    }

    fn refuse(&self, cluster: &str, refusal: &Refusal) -> Response {
        let status = refusal.status();
        self.surroundings.metrics.refused(status);
        let cluster = &*printable(cluster, 64);
        tracing::warn!(cluster, status = status.as_u16(), error = %refusal, "a request was no review");
        (status, format!("{refusal}\n")).into_response()
    }
}
