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

/// Listens to one connection, and counts what is run in transactions: what comes between them, such as the time that a lock is
/// waited for on a busy machine, is nobody's list.
pub(crate) struct Meter {
    statements: Statements,
    state: State,
}

/// What the next statement is.
enum State {
    /// None of a transaction, or its end.
    Outside,
    /// The beginning of a transaction.
    Beginning,
    /// A part of one.
    Inside,
}

impl Meter {
    pub(crate) fn new(statements: Statements) -> Self {
        Self { statements, state: State::Outside }
    }
}

impl Instrumentation for Meter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::BeginTransaction { .. } => self.state = State::Beginning,
            InstrumentationEvent::CommitTransaction { .. } | InstrumentationEvent::RollbackTransaction { .. } => {
                self.state = State::Outside;
            }
            InstrumentationEvent::StartQuery { .. } => match self.state {
                State::Outside => {}
                State::Beginning => self.state = State::Inside,
                State::Inside => {
                    self.statements.0.fetch_add(1, Ordering::Relaxed);
                }
            },
            _ => {}
        }
    }
}
