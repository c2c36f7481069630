//! Counts the statements that connections run, so that tests can hold a list to a number of them that does not grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// How many statements the connections of a store have run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statements(Arc<AtomicU64>);

impl Statements {
    /// How many so far.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Listens to one connection.
pub(crate) struct Meter {
    statements: Statements,
    /// Whether the next statement begins or ends a transaction.
    control: bool,
}

impl Meter {
    pub(crate) fn new(statements: Statements) -> Self {
        Self { statements, control: false }
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
            _ => {}
        }
    }
}
