//! Background tasks under names: one that ends or panics is started again after a while, counted and logged, and all of
//! them end when the product stops. The only place in `src` that spawns.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The wait before a task's first restart; it doubles with each that follows.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The longest wait, and how long a task must run for its next end to count as its first.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Label {
    task: &'static str,
}

/// Starts, restarts and ends background tasks. Clones supervise the same tasks.
#[derive(Debug, Clone, Default)]
pub struct Supervisor {
    stop: CancellationToken,
    tasks: TaskTracker,
    restarts: Family<Label, Counter>,
    running: Family<Label, Gauge>,
}

impl Supervisor {
    /// A supervisor without tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows the tasks as metrics.
    pub fn register(&self, registry: &mut Registry) {
        let restarts = "Restarts of background tasks that ended or panicked";
        registry.register("task_restarts", restarts, self.restarts.clone());
        let running = "Background tasks that run now under this name; none while one waits for its restart";
        registry.register("task_running", running, self.running.clone());
    }

    /// Is cancelled when the product stops.
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Keeps a task running until the product stops; then it is dropped at its next await.
    pub fn keep<F, Fut>(&self, name: &'static str, mut start: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let stop = self.stop.clone();
        self.keep_to_its_end(name, move || {
            let (stop, task) = (stop.clone(), start());
            async move {
                stop.run_until_cancelled(task).await;
            }
        });
    }

    /// Keeps a task running that ends by itself when [`Supervisor::stopping`] is cancelled, as one does that has
    /// something to write down before. [`Supervisor::end`] waits for it.
    #[expect(clippy::disallowed_methods, reason = "this is the supervisor that tasks are to be given to")]
    pub fn keep_to_its_end<F, Fut>(&self, name: &'static str, start: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        tokio::spawn(self.tasks.track_future(self.clone().restart(name, start)));
    }

    async fn restart<F, Fut>(self, name: &'static str, mut start: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let label = Label { task: name };
        let mut wait = FIRST_WAIT;
        while !self.stop.is_cancelled() {
            let started = Instant::now();
            self.running.get_or_create(&label).inc();
            // A task that panicked is made anew, so that nothing of it that may be half done is seen again.
            let panicked = AssertUnwindSafe(async { start().await }).catch_unwind().await.is_err();
            self.running.get_or_create(&label).dec();
            if self.stop.is_cancelled() {
                break;
            }
            if started.elapsed() >= LONGEST_WAIT {
                wait = FIRST_WAIT;
            }
            self.restarts.get_or_create(&label).inc();
            tracing::error!(
                task = name,
                panicked,
                wait_ms = wait.as_millis(),
                "a background task ended; it starts again"
            );
            self.stop.run_until_cancelled(sleep(wait)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Ends all tasks and waits for them, at most so long; false when some were left.
    pub async fn end(&self, grace: Duration) -> bool {
        self.stop.cancel();
        self.tasks.close();
        timeout(grace, self.tasks.wait()).await.is_ok()
    }

    /// How often a task was started again.
    pub fn restarts(&self, name: &'static str) -> u64 {
        self.restarts.get_or_create(&Label { task: name }).get()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    async fn until(condition: impl Fn() -> bool) {
        let wait = async {
            while !condition() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, wait).await.unwrap();
    }

    #[tokio::test]
    async fn a_task_that_ends_or_panics_starts_again_and_is_counted() {
        let supervisor = Supervisor::new();
        let runs = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&runs);
        supervisor.keep("shaky", move || {
            let run = counter.fetch_add(1, Ordering::SeqCst);
            async move {
                match run {
                    0 => panic!("the first run fails"),
                    1 => {}
                    _ => std::future::pending().await,
                }
            }
        });
        until(|| runs.load(Ordering::SeqCst) == 3).await;
        assert_eq!(supervisor.restarts("shaky"), 2);
        assert!(supervisor.end(PATIENCE).await);
        assert_eq!(runs.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_panic_while_a_task_is_made_ends_nothing_else() {
        let supervisor = Supervisor::new();
        let mut first = true;
        supervisor.keep("stillborn", move || {
            assert!(!std::mem::take(&mut first), "the task cannot be made");
            std::future::pending()
        });
        until(|| supervisor.restarts("stillborn") == 1).await;
        assert!(supervisor.end(PATIENCE).await);
    }

    #[tokio::test]
    async fn the_end_waits_for_a_task_that_has_something_to_write_down() {
        let supervisor = Supervisor::new();
        let (stopping, written) = (supervisor.stopping(), Arc::new(AtomicUsize::new(0)));
        let page = Arc::clone(&written);
        supervisor.keep_to_its_end("writer", move || {
            let (stopping, page) = (stopping.clone(), Arc::clone(&page));
            async move {
                stopping.cancelled().await;
                sleep(Duration::from_millis(20)).await;
                page.fetch_add(1, Ordering::SeqCst);
            }
        });
        tokio::task::yield_now().await;
        assert!(supervisor.end(PATIENCE).await);
        assert_eq!(written.load(Ordering::SeqCst), 1);
        assert_eq!(supervisor.restarts("writer"), 0);
    }

    #[tokio::test]
    async fn a_task_that_does_not_end_is_not_waited_for_longer_than_the_grace() {
        let supervisor = Supervisor::new();
        supervisor.keep_to_its_end("deaf", std::future::pending);
        tokio::task::yield_now().await;
        assert!(!supervisor.end(Duration::from_millis(20)).await);
    }
}
