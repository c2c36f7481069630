//! Records of what the webhook answered: queued by the door, stored by a task, found again by their id.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, mpsc};
use wharfinger_domain::rights::Action;
pub use wharfinger_store::decisions::DecisionRecord;

use crate::App;
use crate::call::Call;
use crate::error::AppError;

/// How many records may wait to be stored.
const WAITING: usize = 4096;

/// How many are stored in one transaction.
const AT_ONCE: usize = 256;

/// Where doors put their records. Never waits: a full queue drops the record and counts it.
#[derive(Debug, Clone)]
pub struct DecisionQueue {
    sender: mpsc::Sender<DecisionRecord>,
    dropped: Arc<AtomicU64>,
}

impl DecisionQueue {
    /// A queue, and the end from which it is stored.
    pub fn new() -> (Self, mpsc::Receiver<DecisionRecord>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self { sender, dropped: Arc::default() }, receiver)
    }

    /// Puts a record into the queue.
    pub fn put(&self, record: DecisionRecord) {
        if self.sender.try_send(record).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many records were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl App {
    /// Stores for ever what is put into the queue. What cannot be stored is dropped: a record is worth less than a queue
    /// that never empties.
    pub async fn store_decisions(self: Arc<Self>, records: Arc<Mutex<mpsc::Receiver<DecisionRecord>>>) {
        let mut records = records.lock().await;
        let (mut batch, mut lost) = (Vec::new(), 0);
        while records.recv_many(&mut batch, AT_ONCE).await > 0 {
            let taken = std::mem::take(&mut batch);
            let count = taken.len();
            let stored: Result<_, AppError> = self.store.write(move |tx| Ok(tx.insert_decisions(&taken)?)).await;
            match stored {
                // Said once, and then again when it is over: an outage under load would fill the log.
                Err(error) if lost == 0 => {
                    tracing::warn!(error = %error, "records of decisions cannot be stored and are dropped");
                    lost = count;
                }
                Err(_) => lost += count,
                Ok(()) if lost > 0 => {
                    tracing::info!(lost, "records of decisions can be stored again");
                    lost = 0;
                }
                Ok(()) => {}
            }
        }
    }

    /// The record of a decision, with its precise reasons.
    pub async fn decision(&self, call: &Call, id: String) -> Result<Option<DecisionRecord>, AppError> {
        call.require(Action::ReadPreciseReasons, None)?;
        let sight = call.sight(Action::ReadDecisions);
        self.read(move |tx| Ok(tx.decision(&sight, &id)?)).await
    }
}
