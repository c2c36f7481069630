//! Whether this process lives and whether it is ready to answer, and the listener's routes that say so. Ready means that
//! every condition holds that somebody has laid down, and that the process is not on its way out.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::metrics::{MEDIA_TYPE, Metrics};

type Check = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

/// What must hold before this replica is ready. Clones share the conditions.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Inner>);

#[derive(Default)]
struct Inner {
    checks: Mutex<Vec<(String, Check)>>,
    leaving: AtomicBool,
}

/// A condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Its name, such as `snapshot`.
    pub condition: String,
    /// Why it does not hold: a sentence without secrets, for whoever reads the probe.
    pub reason: String,
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readiness").field("missing", &self.missing()).finish()
    }
}

impl Readiness {
    /// Ready at once, until a condition is laid down.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lays down a condition that is asked for whenever somebody looks: an error is the reason why it does not hold. It
    /// must read memory only.
    pub fn require(
        &self,
        condition: impl Into<String>,
        check: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) {
        let mut checks = self.0.checks.lock().unwrap_or_else(PoisonError::into_inner);
        checks.push((condition.into(), Box::new(check)));
    }

    /// Lays down a condition that holds from the moment it is [met](Condition::meet).
    pub fn await_condition(&self, condition: impl Into<String>, reason: impl Into<String>) -> Condition {
        let met = Condition(Arc::new(AtomicBool::new(false)));
        let (seen, reason) = (met.clone(), reason.into());
        self.require(condition, move || if seen.is_met() { Ok(()) } else { Err(reason.clone()) });
        met
    }

    /// From now on this replica is not ready, because it stops.
    pub fn leave(&self) {
        self.0.leaving.store(true, Ordering::Relaxed);
    }

    /// What is missing; nothing when this replica is ready.
    pub fn missing(&self) -> Vec<Missing> {
        let leaving = self
            .0
            .leaving
            .load(Ordering::Relaxed)
            .then(|| Missing { condition: "shutdown".to_owned(), reason: "this replica stops".to_owned() });
        let checks = self.0.checks.lock().unwrap_or_else(PoisonError::into_inner);
        let unmet = checks.iter().filter_map(|(condition, check)| {
            let reason = check().err()?;
            Some(Missing { condition: condition.clone(), reason })
        });
        leaving.into_iter().chain(unmet).collect()
    }
}

/// A condition that is met once and for all.
#[derive(Debug, Clone)]
pub struct Condition(Arc<AtomicBool>);

impl Condition {
    /// From now on it holds.
    pub fn meet(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it holds.
    pub fn is_met(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// `/healthz`: the process answers. `/readyz`: 200, or 503 with what is missing. `/metrics`: the numbers.
pub fn router(readiness: Readiness, metrics: Metrics) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready).with_state(readiness))
        .route("/metrics", get(numbers).with_state(metrics))
}

#[derive(Serialize)]
struct Answer {
    ready: bool,
    missing: Vec<Missing>,
}

async fn ready(State(readiness): State<Readiness>) -> (StatusCode, Json<Answer>) {
    let missing = readiness.missing();
    let ready = missing.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Answer { ready, missing }))
}

async fn numbers(State(metrics): State<Metrics>) -> Response {
    match metrics.page() {
        Ok(page) => ([(header::CONTENT_TYPE, MEDIA_TYPE)], page).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn get_text(router: &Router, path: &str) -> (StatusCode, String) {
        let request = http::Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn readiness_says_what_is_missing_until_nothing_is() {
        let readiness = Readiness::new();
        let router = router(readiness.clone(), Metrics::new());
        let listed = readiness.await_condition("namespaces of prod", "the cluster's namespaces are not listed yet");
        readiness.require("certificate", || Ok(()));
        let (status, text) = get_text(&router, "/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            text,
            r#"{"ready":false,"missing":[{"condition":"namespaces of prod","reason":"the cluster's namespaces are not listed yet"}]}"#
        );
        listed.meet();
        assert_eq!(get_text(&router, "/readyz").await, (StatusCode::OK, r#"{"ready":true,"missing":[]}"#.to_owned()));
    }

    #[tokio::test]
    async fn a_replica_that_stops_is_alive_and_not_ready() {
        let readiness = Readiness::new();
        let router = router(readiness.clone(), Metrics::new());
        readiness.leave();
        assert_eq!(get_text(&router, "/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(get_text(&router, "/healthz").await, (StatusCode::OK, "ok\n".to_owned()));
    }

    #[tokio::test]
    async fn metrics_are_served_as_text() {
        let (status, text) = get_text(&router(Readiness::new(), Metrics::new()), "/metrics").await;
        assert_eq!(status, StatusCode::OK);
        assert!(text.contains("wharfinger_build_info"), "{text}");
    }
}
