//! The store as the rest of the program holds it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::sqlite::{Access, Place, Pool, Statements};
use crate::{Result, StoreError, Transaction};

/// Where the database is and how long to wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOptions {
    /// The database file. It is made when it does not exist; its directory must exist.
    pub path: PathBuf,
    /// How long an operation waits for a connection, and for a lock that another process holds.
    pub busy_timeout: Duration,
    /// How many read transactions may run at once.
    pub readers: usize,
}

impl StoreOptions {
    /// The usual options: 5 seconds of waiting, 4 readers.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), busy_timeout: Duration::from_secs(5), readers: 4 }
    }
}

/// The store. Cloning it gives another handle of the same one.
#[derive(Debug, Clone)]
pub struct Store {
    writer: Arc<Pool>,
    readers: Arc<Pool>,
    statements: Statements,
}

impl Store {
    /// Opens the database, making the file (readable by its owner alone) when there is none, and brings its tables up to
    /// date. Blocks; for the start of the process.
    pub fn open(options: &StoreOptions) -> Result<Self> {
        let place = Arc::new(Place::new(&options.path, options.busy_timeout)?);
        let statements = place.statements.clone();
        let writer = Pool::open(Arc::clone(&place), Access::Write, 1)?;
        let readers = Pool::open(place, Access::Read, options.readers)?;
        Ok(Self { writer, readers, statements })
    }

    /// Runs a closure in one transaction that may write; such transactions take turns. Committed when it returns `Ok`,
    /// rolled back otherwise. Once started it always finishes, whatever becomes of the future.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        self.writer.run(work).await
    }

    /// Runs a closure in one transaction that only reads, and sees one state of the store throughout.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        self.readers.run(work).await
    }

    /// How many statements have been run, those that begin and end transactions left out.
    pub fn statements(&self) -> u64 {
        self.statements.count()
    }
}
