//! Translates an `AdmissionReview` to decisions and back. It reads memory only: the snapshot comes through a trait of
//! `domain`, records leave through a sink that never waits, and nothing else is in reach.

mod arrivals;
mod budget;
mod codec;
mod gate;
mod ground;
mod judgement;
mod metrics;
mod record;
mod refusal;
mod response;
mod telling;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

pub use gate::{Settings, Surroundings, Templates, Webhook};
pub use metrics::{BUCKETS, Count, Durations, Metrics};
pub use record::{Account, DecisionRecord, DecisionSink, ImageRecord};

/// The routes that an API server calls: `POST /validate/{cluster}` and nothing else.
pub fn router(webhook: Webhook) -> Router {
    Router::new().route("/validate/{cluster}", post(gate::validate)).with_state(Arc::new(webhook))
}
