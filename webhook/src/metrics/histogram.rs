//! How long answers take, in buckets that begin well below a millisecond: an answer that takes one is slow.

use std::sync::atomic::{AtomicU64, Ordering};

/// The upper ends of the buckets, in microseconds; what took longer is in the count alone.
pub const BUCKETS: [u64; 13] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000];

/// A histogram of durations.
#[derive(Debug, Default)]
pub struct Durations {
    buckets: [AtomicU64; BUCKETS.len()],
    longer: AtomicU64,
    sum: AtomicU64,
}

impl Durations {
    pub(super) fn observe(&self, took: std::time::Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS.iter().position(|end| micros <= *end).and_then(|index| self.buckets.get(index));
        bucket.unwrap_or(&self.longer).fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many took at most so long, for each of [`BUCKETS`].
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        let counts = self.buckets.iter().scan(0, |sum, bucket| {
            *sum += bucket.load(Ordering::Relaxed);
            Some(*sum)
        });
        BUCKETS.into_iter().zip(counts)
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        let counted: u64 = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).sum();
        counted + self.longer.load(Ordering::Relaxed)
    }

    /// How long all of them took, in microseconds.
    pub fn sum(&self) -> u64 {
        self.sum.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_everything_up_to_its_end() {
        let duration = Durations::default();
        for micros in [1, 250, 251, 9_000_000] {
            duration.observe(std::time::Duration::from_micros(micros));
        }
        let counts: Vec<_> = duration.cumulative().collect();
        assert_eq!(counts[..2], [(250, 2), (500, 3)]);
        assert_eq!(counts.last(), Some(&(2_500_000, 3)));
        assert_eq!((duration.count(), duration.sum()), (4, 9_000_502));
    }
}
