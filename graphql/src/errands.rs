//! What is loaded for a request is loaded within its own task: after all resolvers that can go on have gone on, so that what
//! they ask for comes in one statement whatever the machine's load, and never after the request was given up.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_graphql::futures_util::future::{BoxFuture, poll_fn, ready};
use async_graphql::futures_util::stream::FuturesUnordered;
use async_graphql::futures_util::task::{FutureObj, Spawn, SpawnError};
use async_graphql::futures_util::{FutureExt, StreamExt};
use async_graphql::runtime::Timer;
use tokio::sync::mpsc;

/// Takes what is to be done beside the execution of a request.
pub(crate) struct Errands(mpsc::UnboundedSender<FutureObj<'static, ()>>);

/// What was taken.
pub(crate) struct Taken(mpsc::UnboundedReceiver<FutureObj<'static, ()>>);

/// Waits for nothing: that an errand is run late enough is a matter of order here, not of time.
pub(crate) struct AtOnce;

impl Errands {
    /// The two ends. What is taken is bounded by the fields of a request.
    pub(crate) fn new() -> (Self, Taken) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), Taken(receiver))
    }
}

impl Spawn for Errands {
    fn spawn_obj(&self, future: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.0.send(future).map_err(|_| SpawnError::shutdown())
    }
}

impl Timer for AtOnce {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        ready(()).boxed()
    }
}

impl Taken {
    /// Runs the execution to its end and, whenever it cannot go on, what was taken from it.
    pub(crate) async fn beside<T>(mut self, execution: impl Future<Output = T>) -> T {
        let mut execution = pin!(execution);
        let mut running = FuturesUnordered::new();
        poll_fn(|cx| {
            let bell = Arc::new(Bell { rung: AtomicBool::new(false), waker: cx.waker().clone() });
            if let Poll::Ready(done) = execution.as_mut().poll(&mut Context::from_waker(&bell.clone().into())) {
                return Poll::Ready(done);
            }
            // A long list lets others have their turn before all its items had theirs: it goes on first.
            if bell.rung.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            loop {
                while let Poll::Ready(Some(errand)) = self.0.poll_recv(cx) {
                    running.push(errand);
                }
                // One that has ended has woken the execution.
                if !matches!(running.poll_next_unpin(cx), Poll::Ready(Some(()))) {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}

/// Remembers that the task was woken, and wakes it.
struct Bell {
    rung: AtomicBool,
    waker: Waker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.waker.wake_by_ref();
    }
}
