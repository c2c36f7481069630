//! The webhook's door: its snapshot, its records and its numbers, wired to the rest of the product.

use std::sync::Arc;

use serde_json::json;
use wharfinger_app::decisions::{DecisionQueue, DecisionRecord as StoredRecord};
use wharfinger_domain::source::SnapshotSource;
use wharfinger_webhook::{DecisionRecord, DecisionSink, Metrics, Settings, Surroundings, Templates, Webhook};

use super::Product;
use crate::config;
use crate::metrics::Reviews;

impl Product {
    /// The routes that an API server calls.
    pub(super) fn admission(&self) -> axum::Router {
        let (clock, random) = (Arc::clone(&self.clock), Arc::clone(&self.random));
        let metrics = Arc::new(Metrics::default());
        let counted = Arc::clone(&metrics);
        self.metrics.register(|registry| registry.register_collector(Box::new(Reviews::new(counted))));
        let queue = self.queues.decisions.clone();
        #[expect(clippy::cast_precision_loss, reason = "so many records are never dropped")]
        let dropped = move || queue.dropped() as f64;
        self.metrics.counter("decision_records_dropped", "Records of decisions that found the queue full", dropped);
        let surroundings = Surroundings {
            source: Arc::clone(&self.publisher) as Arc<dyn SnapshotSource>,
            clock: Arc::new(move || clock.now()),
            ids: Arc::new(move || u128::from_be_bytes(random.bytes())),
            sink: Arc::new(Records(self.queues.decisions.clone())),
            metrics,
        };
        wharfinger_webhook::router(Webhook::new(surroundings, self.settings()))
    }

    fn settings(&self) -> Settings {
        let webhook = &self.config.webhook;
        let templates = match webhook.templates {
            config::Templates::Warn => Templates::Warn,
            config::Templates::Deny => Templates::Deny,
        };
        Settings { max_body: webhook.max_body, max_age: self.config.snapshot.max_age, templates, ..Settings::default() }
    }
}

/// Puts the webhook's records into the queue from which they are stored.
struct Records(DecisionQueue);

impl DecisionSink for Records {
    fn record(&self, record: DecisionRecord) {
        self.0.put(stored(record));
    }
}

/// A record as it is stored: what is never searched for as a JSON text.
fn stored(record: DecisionRecord) -> StoredRecord {
    let body = json!({
        "images": record.images,
        "fault": record.fault,
        "workload": record.workload,
        "requestedBy": record.requested_by,
        "requestUid": record.request_uid,
        "latencyMs": record.latency.as_secs_f64() * 1000.0,
    });
    let separator = if record.subresource.is_empty() { "" } else { "/" };
    StoredRecord {
        operation: format!("{}{separator}{}", record.operation, record.subresource),
        id: record.id,
        at: record.at,
        cluster: record.cluster,
        namespace: record.namespace,
        namespace_uid: record.namespace_uid,
        workspace: record.workspace,
        verdict: record.verdict,
        mode: record.mode,
        action: record.action,
        dry_run: false,
        revision: record.revision,
        body: body.to_string(),
    }
}
