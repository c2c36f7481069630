//! Waits for namespaces that the snapshot does not know yet. A pod can be created in the same breath as its namespace, before
//! this replica's watch has seen it; few may wait, never for long, and not again for a name that did not come.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// How many reviews may wait at once. Beyond it the answer is what the snapshot says now.
const WAITERS: usize = 64;

/// For how long a name that did not come is not waited for again.
const REMEMBERED_FOR: Duration = Duration::from_secs(5);

/// How many such names are remembered; more are not waited for at all.
const REMEMBERED: usize = 1024;

/// Who waits, and what was waited for in vain.
#[derive(Debug)]
pub(crate) struct Arrivals {
    places: Semaphore,
    missed: Mutex<HashMap<Box<str>, Instant>>,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self { places: Semaphore::new(WAITERS), missed: Mutex::default() }
    }
}

impl Arrivals {
    /// A place to wait for this namespace; `None` when it is not to be waited for.
    pub(crate) fn enter(&self, cluster: &str, namespace: &str) -> Option<SemaphorePermit<'_>> {
        let now = Instant::now();
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if missed.len() >= REMEMBERED {
            missed.retain(|_, until| *until > now);
        }
        let full = missed.len() >= REMEMBERED;
        let in_vain = missed.get(&*name(cluster, namespace)).is_some_and(|until| *until > now);
        if full || in_vain { None } else { self.places.try_acquire().ok() }
    }

    /// Remembers that this namespace did not come.
    pub(crate) fn miss(&self, cluster: &str, namespace: &str) {
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if missed.len() < REMEMBERED {
            missed.insert(name(cluster, namespace), Instant::now() + REMEMBERED_FOR);
        }
    }
}

/// One text for both names. A slash is in neither, and two pairs that share one would only share a wait.
fn name(cluster: &str, namespace: &str) -> Box<str> {
    format!("{cluster}/{namespace}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_may_wait_at_once() {
        let arrivals = Arrivals::default();
        let waiting: Vec<_> = (0..WAITERS).map(|n| arrivals.enter("east", &n.to_string())).collect();
        assert!(waiting.iter().all(Option::is_some));
        assert!(arrivals.enter("east", "late").is_none());
        drop(waiting);
        assert!(arrivals.enter("east", "late").is_some());
    }

    #[test]
    fn a_name_that_did_not_come_is_not_waited_for_again() {
        let arrivals = Arrivals::default();
        arrivals.miss("east", "ghost");
        assert!(arrivals.enter("east", "ghost").is_none());
        assert!(arrivals.enter("west", "ghost").is_some());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let arrivals = Arrivals::default();
        for n in 0..2 * REMEMBERED {
            arrivals.miss("east", &n.to_string());
        }
        assert_eq!(arrivals.missed.lock().unwrap().len(), REMEMBERED);
        assert!(arrivals.enter("east", "new").is_none());
    }
}
