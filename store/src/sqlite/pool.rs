//! A few connections, taken in turns. Waiting for one holds no thread, and each is looked at before it is used, so that a
//! database that was away serves again as soon as it is back.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::connection::{Connection, Place};
use crate::store::Access;
use crate::{Result, StoreError, Transaction};

/// Waits shorter than this are not taken off the time that a lock may be waited for.
const SLACK: Duration = Duration::from_millis(50);

/// Connections of one kind.
pub(crate) struct Pool {
    place: Arc<Place>,
    access: Access,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("access", &self.access).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool of so many connections, one of which is opened at once, to find out whether that can be done. Gives the
    /// migrations that this ran too.
    pub(crate) fn open(place: Arc<Place>, access: Access, size: usize) -> Result<(Arc<Self>, Vec<String>)> {
        let first = Connection::open(&place, access)?;
        let migrated = first.migrated().to_vec();
        let turns = Arc::new(Semaphore::new(size.max(1)));
        Ok((Arc::new(Self { place, access, turns, idle: Mutex::new(vec![first]) }), migrated))
    }

    /// Runs a closure in one transaction on a blocking thread.
    pub(crate) async fn run<T, E, F>(self: &Arc<Self>, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        let asked = Instant::now();
        let turn = tokio::time::timeout(self.place.busy_timeout, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(StoreError::unavailable("other transactions took too long").into());
        };
        let (pool, span) = (Arc::clone(self), tracing::Span::current());
        let run = move || {
            let result = span.in_scope(|| pool.run_here(asked.elapsed(), work));
            drop(turn);
            result
        };
        let done = tokio::task::spawn_blocking(run).await;
        done.unwrap_or_else(|_| Err(StoreError::internal("a transaction panicked and was rolled back").into()))
    }

    /// A connection on which a closure panicked is dropped on the way, and its transaction with it.
    fn run_here<T, E, F>(&self, waited: Duration, work: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&mut dyn Transaction) -> Result<T, E>,
    {
        let mut connection = self.take()?;
        connection.set_busy_timeout(self.patience(waited))?;
        // A restore may have come between: what is committed to a file that was moved aside would be lost.
        let file = connection.identity();
        let result = connection.transact(self.access, |tx| {
            self.place.expect(file)?;
            work(tx)
        });
        self.idle().push(connection);
        result
    }

    /// For how long a lock may be waited for by one who has waited for so long already.
    fn patience(&self, waited: Duration) -> Duration {
        let whole = self.place.busy_timeout;
        if waited < SLACK { whole } else { whole.saturating_sub(waited).max(SLACK) }
    }

    fn take(&self) -> Result<Connection> {
        loop {
            let Some(mut connection) = self.idle().pop() else {
                return Connection::open(&self.place, self.access);
            };
            if connection.is_sound(&self.place) {
                return Ok(connection);
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
