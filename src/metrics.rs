//! The registry of metrics, in the text format that Prometheus reads. Rooms count for themselves and know no registry;
//! here their numbers get a name.

mod budgets;
mod reviews;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub use self::budgets::Refusals;
pub use self::reviews::Reviews;

/// What the names of all metrics begin with.
const PREFIX: &str = "wharfinger";

/// The media type of what [`Metrics::page`] gives.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics of this process. Clones are the same registry.
#[derive(Clone)]
pub struct Metrics(Arc<Mutex<Registry>>);

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// A registry that knows the version of the product.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version of the product", version);
        Self(Arc::new(Mutex::new(registry)))
    }

    /// Lets a part of the product add metrics of its own. Names get the prefix `wharfinger_`.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Adds a number that goes up and down and is read when somebody asks, such as an age in seconds.
    pub fn gauge(&self, name: &'static str, help: &'static str, read: impl Fn() -> f64 + Send + Sync + 'static) {
        let reading = Reading { name, help, kind: MetricType::Gauge, read };
        self.register(|registry| registry.register_collector(Box::new(reading)));
    }

    /// Adds a number that only grows and is read when somebody asks. Its name gets the suffix `_total`.
    pub fn counter(&self, name: &'static str, help: &'static str, read: impl Fn() -> f64 + Send + Sync + 'static) {
        let reading = Reading { name, help, kind: MetricType::Counter, read };
        self.register(|registry| registry.register_collector(Box::new(reading)));
    }

    /// All metrics now, as text.
    pub fn page(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        encode(&mut page, &self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(page)
    }
}

/// A number that is read when somebody asks.
struct Reading<F> {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    read: F,
}

impl<F> fmt::Debug for Reading<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reading").field(&self.name).finish()
    }
}

impl<F: Fn() -> f64 + Send + Sync + 'static> Collector for Reading<F> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let encoder = encoder.encode_descriptor(self.name, self.help, None, self.kind)?;
        match self.kind {
            MetricType::Counter => ConstCounter::new((self.read)()).encode(encoder),
            _ => ConstGauge::new((self.read)()).encode(encoder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_when_the_page_is_made() {
        let metrics = Metrics::new();
        let age = Arc::new(Mutex::new(1.5));
        let read = Arc::clone(&age);
        metrics.gauge("snapshot_age_seconds", "Age", move || *read.lock().unwrap());
        metrics.counter("dropped", "Dropped", || 7.0);
        assert!(metrics.page().unwrap().contains("\nwharfinger_snapshot_age_seconds 1.5\n"));
        *age.lock().unwrap() = 2.5;
        let page = metrics.page().unwrap();
        assert!(page.contains("\nwharfinger_snapshot_age_seconds 2.5\n"), "{page}");
        assert!(page.contains("\nwharfinger_dropped_total 7.0\n"), "{page}");
        assert!(page.contains("# TYPE wharfinger_dropped counter\n"), "{page}");
        assert!(page.contains("wharfinger_build_info{version=\"0.1.0\"} 1\n"), "{page}");
        assert!(page.ends_with("# EOF\n"));
    }
}
