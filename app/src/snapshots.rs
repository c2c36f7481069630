//! Keeps the snapshot in force true to the store: loads it whole at the start and whenever the revision's token is another
//! than the one in force, and notes how long ago the store confirmed it. It looks when it is told of a change, and from time
//! to time whether it is told or not.

use std::sync::Arc;
use std::time::Duration;

use crate::App;
use crate::error::AppError;

/// How often the revision's token is looked at.
const POLL: Duration = Duration::from_millis(250);

impl App {
    /// Loads everything again.
    pub async fn reload(&self) -> Result<(), AppError> {
        let at = self.clock.now();
        let policy = self.read(|tx| Ok(tx.load_policy()?)).await?;
        self.publisher.load(policy, at);
        Ok(())
    }

    /// Looks whether the store has moved on, and follows it.
    pub async fn refresh(&self) -> Result<(), AppError> {
        let at = self.clock.now();
        let stored = self.read(|tx| Ok(tx.revision()?)).await?;
        if self.publisher.revision() == Some(stored) {
            self.publisher.confirm(at);
            return Ok(());
        }
        // One of our own changes may be committed and not yet published: it is worth waiting for its turn.
        let _turn = self.turn.lock().await;
        if self.publisher.revision() == Some(stored) {
            return Ok(());
        }
        self.reload().await
    }

    /// Follows the store for ever. While it cannot be reached the last snapshot stays in force.
    pub async fn follow_store(self: Arc<Self>) {
        let changes = self.store.changes();
        let mut told = Box::pin(changes.changed());
        let mut reachable = true;
        loop {
            let refreshed = self.refresh().await;
            match (&refreshed, reachable) {
                (Err(error), true) => tracing::warn!(error = %error, cause = ?error, "the store cannot be followed"),
                (Ok(()), false) => tracing::info!("the store can be followed again"),
                _ => {}
            }
            reachable = refreshed.is_ok();
            tokio::select! {
                () = &mut told => told = Box::pin(changes.changed()),
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}
