//! How often callers were refused because a budget was used up, read from the use cases when somebody asks.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use wharfinger_app::App;
use wharfinger_app::budgets::Dear;

/// Shows the refusals as a metric.
#[derive(Debug)]
pub struct Refusals(Arc<App>);

impl Refusals {
    /// Shows those of these use cases.
    pub fn new(app: Arc<App>) -> Self {
        Self(app)
    }
}

impl Collector for Refusals {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "What callers were refused because they had used up a budget, by the budget";
        let mut family = encoder.encode_descriptor("budget_refusals", help, None, MetricType::Counter)?;
        for what in Dear::ALL {
            let labels = [("budget", what.name())];
            ConstCounter::new(self.0.budgets().refused(what)).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
