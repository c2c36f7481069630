//! A budget for each of many: so much at once, and as much again within a minute, evenly. Time is the product's clock, which a
//! test moves as it likes.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use wharfinger_domain::time::Timestamp;

use crate::random::Clock;

/// In which time a budget that was used up is whole again.
const WHOLE: Duration = Duration::from_mins(1);

/// How many are remembered at least before those are forgotten whose budget is whole again.
const REMEMBERED: usize = 10_000;

/// What is counted by key, such as a user or an address. Holds only those keys that have drawn within about the last minute,
/// and some thousands of others at most.
pub struct Budget<K: Hash + Eq + Clone> {
    rate: NonZeroU32,
    limiter: RateLimiter<K, HashMapStateStore<K>, Watch, StateInformationMiddleware>,
    /// How many keys there may be before they are looked through.
    crowd: AtomicUsize,
}

/// What is left of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// So many points.
    pub points: u32,
    /// So long until it is whole again.
    pub whole_in: Duration,
}

impl<K: Hash + Eq + Clone> Budget<K> {
    /// So many points for each key, and as many a minute.
    pub fn new(rate: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        let limiter = RateLimiter::hashmap_with_clock(Quota::per_minute(rate), Watch::new(clock));
        Self { rate, limiter: limiter.with_middleware(), crowd: AtomicUsize::new(REMEMBERED) }
    }

    /// Takes points from the budget of a key. When there are fewer nothing is taken; the error is how long to wait.
    pub fn draw(&self, key: &K, points: NonZeroU32) -> Result<Left, Duration> {
        self.forget();
        match self.limiter.check_key_n(key, points) {
            Ok(Ok(state)) => {
                let left = state.remaining_burst_capacity();
                let missing = self.rate.get().saturating_sub(left);
                Ok(Left { points: left, whole_in: state.quota().replenish_interval().saturating_mul(missing) })
            }
            Ok(Err(until)) => Err(until.wait_time_from(self.limiter.clock().now())),
            // More than a whole budget is never there.
            Err(_) => Err(WHOLE),
        }
    }

    /// Forgets whose budget is whole again, whenever there are twice as many keys as were left the last time.
    fn forget(&self) {
        if self.limiter.len() <= self.crowd.load(Ordering::Relaxed) {
            return;
        }
        self.limiter.retain_recent();
        self.crowd.store(self.limiter.len().saturating_mul(2).max(REMEMBERED), Ordering::Relaxed);
    }
}

/// The time that has passed by the product's clock. It never goes back: when the clock is set back, what has passed until then
/// has passed, so that nobody waits for the clock to come round again.
struct Watch {
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
}

struct Seen {
    at: Timestamp,
    passed: Duration,
}

impl Watch {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let at = clock.now();
        Self { clock, seen: Mutex::new(Seen { at, passed: Duration::ZERO }) }
    }
}

impl governor::clock::Clock for Watch {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        // After this time every budget is whole: no leap of the clock needs to count for more.
        seen.passed = seen.passed.saturating_add(now.since(seen.at).min(WHOLE));
        seen.at = now;
        seen.passed
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A clock that is moved by hand.
    pub(in crate::budgets) struct Hand(Mutex<Timestamp>);

    impl Hand {
        pub(in crate::budgets) fn at(now: Timestamp) -> Self {
            Self(Mutex::new(now))
        }

        pub(in crate::budgets) fn wind(&self, by: Duration) {
            let mut now = self.0.lock().unwrap();
            *now = now.saturating_add(by);
        }

        fn set_back(&self, by: Duration) {
            let mut now = self.0.lock().unwrap();
            *now = now.saturating_sub(by);
        }
    }

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    fn points(points: u32) -> NonZeroU32 {
        NonZeroU32::new(points).unwrap()
    }

    fn budget(rate: u32) -> (Budget<u32>, Arc<Hand>) {
        let hand = Arc::new(Hand::at(Timestamp::from_micros(1_700_000_000_000_000)));
        (Budget::new(points(rate), hand.clone()), hand)
    }

    /// How many single points there are for this key.
    fn there_are(budget: &Budget<u32>, key: u32) -> usize {
        (0..1_000).take_while(|_| budget.draw(&key, NonZeroU32::MIN).is_ok()).count()
    }

    #[test]
    fn so_much_is_there_at_once_and_comes_back_evenly() {
        let (budget, hand) = budget(10);
        assert_eq!(there_are(&budget, 1), 10);
        assert_eq!(budget.draw(&1, points(1)), Err(Duration::from_secs(6)));
        assert_eq!(budget.draw(&1, points(3)), Err(Duration::from_secs(18)));
        assert_eq!(there_are(&budget, 2), 10, "another key has its own");
        hand.wind(Duration::from_millis(17_999));
        assert_eq!(budget.draw(&1, points(3)), Err(Duration::from_millis(1)));
        hand.wind(Duration::from_millis(1));
        assert_eq!(budget.draw(&1, points(3)), Ok(Left { points: 0, whole_in: WHOLE }));
        hand.wind(Duration::from_hours(24));
        assert_eq!(there_are(&budget, 1), 10, "never more than the whole");
    }

    #[test]
    fn more_than_the_whole_is_never_there() {
        let (budget, _) = budget(10);
        assert_eq!(budget.draw(&1, points(11)), Err(WHOLE));
        assert_eq!(there_are(&budget, 1), 10);
    }

    #[test]
    fn a_clock_that_is_set_back_holds_up_nobody() {
        let (budget, hand) = budget(10);
        assert_eq!(there_are(&budget, 1), 10);
        hand.set_back(Duration::from_hours(24));
        assert_eq!(budget.draw(&1, points(1)), Err(Duration::from_secs(6)));
        hand.wind(Duration::from_secs(6));
        assert!(budget.draw(&1, points(1)).is_ok());
    }

    #[test]
    fn keys_whose_budget_is_whole_again_are_forgotten() {
        let (budget, hand) = budget(10);
        let many = u32::try_from(REMEMBERED).unwrap();
        for key in 0..=many {
            budget.draw(&key, points(1)).unwrap();
        }
        hand.wind(WHOLE);
        budget.draw(&(many + 1), points(1)).unwrap();
        assert_eq!(budget.limiter.len(), 1);
        for key in 2 * many..5 * many {
            budget.draw(&key, points(10)).unwrap();
        }
        assert_eq!(there_are(&budget, 2 * many), 0, "what is not whole is remembered, however many there are");
    }
}
