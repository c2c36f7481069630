//! Listens to what a connection does: counts its statements, and remembers what the surroundings did to it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent};

use super::fault;
use crate::StoreError;

/// How many statements the connections of a store have run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statements(Arc<AtomicU64>);

impl Statements {
    /// How many so far.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The first fault of the surroundings that a connection met.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<StoreError>>>);

impl Trouble {
    pub(super) fn met(&self) -> Option<StoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, error: StoreError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// Listens to one connection.
pub(super) struct Meter {
    statements: Statements,
    trouble: Trouble,
    /// Whether the next statement begins or ends a transaction.
    control: bool,
}

impl Meter {
    pub(super) fn new(statements: Statements, trouble: Trouble) -> Self {
        Self { statements, trouble, control: false }
    }
}

impl Instrumentation for Meter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::BeginTransaction { .. }
            | InstrumentationEvent::CommitTransaction { .. }
            | InstrumentationEvent::RollbackTransaction { .. } => self.control = true,
            InstrumentationEvent::StartQuery { .. } => {
                let counted = u64::from(!std::mem::take(&mut self.control));
                self.statements.0.fetch_add(counted, Ordering::Relaxed);
            }
            InstrumentationEvent::FinishQuery { error: Some(error), .. } => {
                let error = fault::said(&error.to_string());
                if fault::is_of_surroundings(&error) {
                    self.trouble.note(error);
                }
            }
            _ => {}
        }
    }
}
