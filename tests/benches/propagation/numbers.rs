//! What was measured, in order.

use std::fmt;
use std::time::Duration;

/// How long something took, each time.
pub(crate) struct Numbers(Vec<Duration>);

impl Numbers {
    /// There must be one at least.
    pub(crate) fn of(mut numbers: Vec<Duration>) -> Self {
        assert!(!numbers.is_empty());
        numbers.sort();
        Self(numbers)
    }

    /// So many of a hundred took this long at most.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent).div_ceil(100) - 1]
    }

    pub(crate) fn maximum(&self) -> Duration {
        self.percentile(100)
    }

    /// How many times as long as the other it took, of which a faster machine changes little.
    pub(crate) fn median_by(&self, other: &Self) -> f64 {
        self.percentile(50).as_secs_f64() / other.percentile(50).as_secs_f64()
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |duration: Duration| format!("{:.1} ms", duration.as_secs_f64() * 1e3);
        let [median, p99, maximum] = [50, 99, 100].map(|percent| milliseconds(self.percentile(percent)));
        write!(f, "{median:>11}{p99:>11}{maximum:>11}")
    }
}
