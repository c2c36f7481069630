//! Hears that the policy data has changed: a connection of its own, outside the pool, on which the server tells it when a
//! transaction that moved the revision was committed. It makes a look at the revision sooner and never replaces it.

use std::future::{pending, poll_fn};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_postgres::{AsyncMessage, Client};

use super::Server;
use super::server::{Driver, told};
use crate::{Result, StoreError};

/// How long to wait before the server is tried again: at first, and at most.
const WAITS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(10));

/// Tells when the policy data may have changed.
#[derive(Debug)]
pub struct Changes(Option<Listener>);

impl Changes {
    /// Nobody tells.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn of(server: Server) -> Self {
        Self(Some(Listener { server, state: Mutex::new(State { line: None, wait: WAITS.0 }) }))
    }

    /// Returns when something may have changed: when the server says so, and whenever the connection was made anew, because
    /// nothing was heard meanwhile. Never returns on SQLite. May be dropped at any time and called again.
    pub async fn changed(&self) {
        match &self.0 {
            None => pending().await,
            Some(listener) => listener.changed().await,
        }
    }
}

#[derive(Debug)]
struct Listener {
    server: Server,
    state: Mutex<State>,
}

struct State {
    line: Option<Line>,
    wait: Duration,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("listening", &self.line.is_some()).finish_non_exhaustive()
    }
}

impl Listener {
    async fn changed(&self) {
        let mut state = self.state.lock().await;
        loop {
            if let Some(line) = &mut state.line {
                match line.heard().await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(%error, "changes are not told any more; listening again"),
                }
                state.line = None;
            }
            match Line::open(&self.server).await {
                Ok(line) => {
                    *state = State { line: Some(line), wait: WAITS.0 };
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "changes cannot be listened for");
                    tokio::time::sleep(state.wait).await;
                    state.wait = (state.wait * 2).min(WAITS.1);
                }
            }
        }
    }
}

/// A connection that listens.
struct Line {
    /// The connection ends when this is dropped.
    _client: Client,
    driver: Driver,
}

impl Line {
    async fn open(server: &Server) -> Result<Self> {
        let (client, mut driver) = server.connect().await?;
        let failed = |error: &tokio_postgres::Error| StoreError::unavailable(told(error));
        {
            let listening = tokio::time::timeout(server.patience, client.batch_execute("LISTEN wharfinger_changes"));
            tokio::pin!(listening);
            loop {
                tokio::select! {
                    done = &mut listening => match done {
                        Ok(done) => break done.map_err(|error| failed(&error))?,
                        Err(_) => return Err(StoreError::unavailable("the server took too long to answer")),
                    },
                    // What is told meanwhile is told by the return.
                    heard = next(&mut driver) => { heard?; }
                }
            }
        }
        Ok(Self { _client: client, driver })
    }

    async fn heard(&mut self) -> Result<()> {
        while !matches!(next(&mut self.driver).await?, AsyncMessage::Notification(_)) {}
        Ok(())
    }
}

/// What the server says next of its own accord; drives the connection meanwhile.
async fn next(driver: &mut Driver) -> Result<AsyncMessage> {
    match poll_fn(|context| driver.poll_message(context)).await {
        Some(Ok(message)) => Ok(message),
        Some(Err(error)) => Err(StoreError::unavailable(told(&error))),
        None => Err(StoreError::unavailable("the server closed the connection")),
    }
}
