//! The numbers of the webhook, read from its own counters when somebody asks.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use wharfinger_webhook::Metrics;

/// Shows the webhook's counters as metrics.
#[derive(Debug)]
pub struct Reviews(Arc<Metrics>);

impl Reviews {
    /// Shows these.
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self(metrics)
    }
}

impl Collector for Reviews {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        self.decisions(&mut encoder)?;
        self.durations(&mut encoder)?;
        let counts = [
            (
                "admission_invalid_references",
                "Images denied because they are no references",
                self.0.invalid_references(),
            ),
            ("admission_waits", "Reviews that waited for a namespace to become known", self.0.waits()),
            (
                "admission_waits_in_vain",
                "Reviews that waited for a namespace and did not see it",
                self.0.waits_in_vain(),
            ),
            ("admission_faults", "Faults of this server that were caught; each review was denied", self.0.faults()),
        ];
        for (name, help, count) in counts {
            let series = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            ConstCounter::new(count).encode(series)?;
        }
        Ok(())
    }
}

impl Reviews {
    fn decisions(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let name = "admission_decisions";
        let help = "Reviews by what was done, why, and to what";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for series in self.0.decisions() {
            let labels = [
                ("decision", series.decision),
                ("reason", series.reason),
                ("operation", series.operation),
                ("subresource", series.subresource),
            ];
            ConstCounter::new(series.count).encode(family.encode_family(&labels)?)?;
        }
        let name = "admission_refusals";
        let help = "Requests that were no reviews, by the status they were answered with";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (status, count) in self.0.refusals() {
            ConstCounter::new(count).encode(family.encode_family(&[("status", status.to_string())])?)?;
        }
        Ok(())
    }

    fn durations(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let name = "admission_duration_seconds";
        let help = "How long answers took, waits and reading the body included";
        let mut series = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        let durations = self.0.duration();
        // Each bucket of the text format is given without those below it; the encoder adds them up.
        let mut below = 0;
        let mut buckets: Vec<_> = durations
            .cumulative()
            .map(|(micros, count)| {
                let own = count.saturating_sub(below);
                below = count;
                (seconds(micros), own)
            })
            .collect();
        let count = durations.count();
        buckets.push((f64::INFINITY, count.saturating_sub(below)));
        series.encode_histogram::<NoLabelSet>(seconds(durations.sum()), count, &buckets, None)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a sum of 2^53 microseconds is three hundred years")]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}
