//! The wall clock and the operating system's randomness: the one place that reads them. Everything else is handed them,
//! so that a test can fix both.

use std::time::{SystemTime, UNIX_EPOCH};

use ring::rand::SecureRandom;
use wharfinger_app::random::{Clock, Random};
use wharfinger_domain::time::Timestamp;

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    fn now(&self) -> Timestamp {
        let now = SystemTime::now();
        let micros = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
        Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

/// The random bytes of the operating system, fit for secrets.
#[derive(Debug, Clone)]
pub struct SystemRandom(ring::rand::SystemRandom);

impl SystemRandom {
    /// The generator.
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    #[expect(
        clippy::expect_used,
        reason = "an operating system that gives no randomness leaves nothing that is safe to do"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system gives random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_tells_a_time_of_this_century_in_microseconds() {
        let (first, last) = (946_684_800_000_000, 4_102_444_800_000_000);
        assert!((first..last).contains(&SystemClock.now().as_micros()));
    }

    #[test]
    fn random_bytes_differ_each_time() {
        let random: &dyn Random = &SystemRandom::new();
        assert_ne!(random.bytes::<32>(), random.bytes::<32>());
    }
}
