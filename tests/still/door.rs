//! The webhook before a policy that stands still, without a socket: nothing moves between one review and the next, and no
//! record is kept.

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::Request;
use wharfinger_domain::policy::Policy;
use wharfinger_domain::snapshot::Snapshot;
use wharfinger_domain::source::{Current, SnapshotSource, Wish};
use wharfinger_domain::time::Timestamp;
use wharfinger_webhook::{DecisionRecord, DecisionSink, Metrics, Settings, Surroundings, Webhook};

use crate::rows;

/// When everything is asked.
const NOW: Timestamp = Timestamp::from_micros(1_000_000);

struct Still(Current);

impl SnapshotSource for Still {
    fn current(&self) -> Option<Current> {
        Some(self.0.clone())
    }

    fn wish(&self, _: Wish) {}

    /// A namespace that is not known does not become so.
    fn moved(&self, _: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

impl DecisionSink for Still {
    fn record(&self, _: DecisionRecord) {}
}

/// The webhook that decides by this policy, of which every namespace is alive.
pub(crate) fn router(policy: Policy) -> Router {
    let overlay = rows::overlay(&policy);
    let snapshot = Arc::new(Snapshot::build(policy, overlay));
    let still = Arc::new(Still(Current { snapshot, generation: 1, confirmed_at: NOW }));
    let surroundings = Surroundings {
        source: Arc::clone(&still) as Arc<dyn SnapshotSource>,
        clock: Arc::new(|| NOW),
        ids: Arc::new(|| 1),
        sink: still,
        metrics: Arc::new(Metrics::default()),
    };
    wharfinger_webhook::router(Webhook::new(surroundings, Settings::default()))
}

/// A review as an API server sends it.
pub(crate) fn post(body: impl Into<Body>) -> Request<Body> {
    let request = Request::post("/validate/east?timeout=5s").header("content-type", "application/json");
    request.body(body.into()).unwrap()
}
