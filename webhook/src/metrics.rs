//! What the webhook counts. Plain atomics, so that counting costs nothing; the composition root renders them. No label
//! names a namespace, and each has few values, so that nobody's input makes the set grow.

mod histogram;
mod labels;

use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use wharfinger_domain::review::Action;

pub use histogram::{BUCKETS, Durations};
use labels::Labels;
pub(crate) use labels::{Subresource, Verb, word};

use crate::ground::Ground;

/// The statuses with which something that is no review is refused.
const REFUSALS: [u16; 5] = [400, 408, 413, 415, 500];

/// One series of the answers that were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// `admitted`, `warned`, `audited` or `denied`.
    pub decision: &'static str,
    /// What it rests on, as a requester may know it.
    pub reason: &'static str,
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT` or `other`.
    pub operation: &'static str,
    /// Empty, `ephemeralcontainers`, `resize`, `status` or `other`.
    pub subresource: &'static str,
    /// How many.
    pub count: u64,
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    decisions: Box<[AtomicU64]>,
    duration: Durations,
    refusals: [AtomicU64; REFUSALS.len()],
    invalid_references: AtomicU64,
    waits: AtomicU64,
    waits_in_vain: AtomicU64,
    faults: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            decisions: (0..Labels::COUNT).map(|_| AtomicU64::new(0)).collect(),
            duration: Durations::default(),
            refusals: Default::default(),
            invalid_references: AtomicU64::new(0),
            waits: AtomicU64::new(0),
            waits_in_vain: AtomicU64::new(0),
            faults: AtomicU64::new(0),
        }
    }
}

impl Metrics {
    /// The answers so far, by decision, reason, operation and subresource; series without an answer are left out.
    pub fn decisions(&self) -> impl Iterator<Item = Count> {
        let counts = self.decisions.iter().map(|count| count.load(Ordering::Relaxed)).enumerate();
        counts.filter(|(_, count)| *count > 0).map(|(index, count)| {
            let Labels { action, ground, operation, subresource } = Labels::at(index);
            let (operation, subresource) = (operation.word(), subresource.word());
            Count { decision: labels::word(action), reason: ground.word(), operation, subresource, count }
        })
    }

    /// How long answers took, waits and reading the body included.
    pub fn duration(&self) -> &Durations {
        &self.duration
    }

    /// Requests that were no reviews, by status of HTTP.
    pub fn refusals(&self) -> impl Iterator<Item = (u16, u64)> {
        REFUSALS.into_iter().zip(self.refusals.iter().map(|count| count.load(Ordering::Relaxed)))
    }

    /// Images that were denied because their text is no image reference.
    pub fn invalid_references(&self) -> u64 {
        self.invalid_references.load(Ordering::Relaxed)
    }

    /// Reviews that waited for a namespace to become known.
    pub fn waits(&self) -> u64 {
        self.waits.load(Ordering::Relaxed)
    }

    /// Those of them for which it did not.
    pub fn waits_in_vain(&self) -> u64 {
        self.waits_in_vain.load(Ordering::Relaxed)
    }

    /// Faults of this server that were caught; each review was denied.
    pub fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    pub(crate) fn answered(
        &self,
        action: Action,
        ground: Ground,
        (operation, subresource): (Verb, Subresource),
        took: std::time::Duration,
    ) {
        let labels = Labels { action, ground, operation, subresource };
        if let Some(count) = self.decisions.get(labels.index()) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.duration.observe(took);
    }

    pub(crate) fn refused(&self, status: StatusCode) {
        for (refused, count) in REFUSALS.iter().zip(&self.refusals) {
            if *refused == status.as_u16() {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn found_invalid(&self, references: u64) {
        self.invalid_references.fetch_add(references, Ordering::Relaxed);
    }

    pub(crate) fn waited(&self, in_vain: bool) {
        self.waits.fetch_add(1, Ordering::Relaxed);
        self.waits_in_vain.fetch_add(in_vain.into(), Ordering::Relaxed);
    }

    pub(crate) fn faulted(&self) {
        self.faults.fetch_add(1, Ordering::Relaxed);
    }
}
