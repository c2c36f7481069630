//! The store as the rest of the program holds it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::postgres::{self, Changes, DatabaseUrl, Server};
use crate::sqlite;
use crate::{Result, StoreError, Transaction};

/// Which database it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// SQLite, in this file. It is made when it does not exist; its directory must exist.
    File(PathBuf),
    /// PostgreSQL, 13 or later.
    Postgres {
        /// Its address.
        url: DatabaseUrl,
        /// A file with the certificates of the authorities to trust, in PEM; without one, those of the system.
        trust: Option<PathBuf>,
    },
}

impl fmt::Display for Place {
    /// The path of the file, or what kind of server it is: its address has a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres { .. } => f.write_str("the PostgreSQL database"),
        }
    }
}

/// Where the database is and how long to wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOptions {
    /// Where it is.
    pub place: Place,
    /// How long an operation waits for a connection, and for a lock that another process holds.
    pub busy_timeout: Duration,
    /// How many read transactions may run at once.
    pub readers: usize,
}

impl StoreOptions {
    /// The usual options for a file: 5 seconds of waiting, 4 readers.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::at(Place::File(path.into()))
    }

    /// The usual options: 5 seconds of waiting, 4 readers.
    pub fn at(place: Place) -> Self {
        Self { place, busy_timeout: Duration::from_secs(5), readers: 4 }
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It only reads.
    Read,
    /// It also writes.
    Write,
}

/// The store. Cloning it gives another handle of the same one.
#[derive(Debug, Clone)]
pub struct Store {
    backend: Backend,
    migrated: Arc<[String]>,
}

#[derive(Debug, Clone)]
enum Backend {
    Sqlite { writer: Arc<sqlite::Pool>, readers: Arc<sqlite::Pool>, place: Arc<sqlite::Place> },
    Postgres(Arc<postgres::Pool>),
}

impl Store {
    /// Opens the database, making the file (readable by its owner alone) when there is none, and brings its tables up to
    /// date. Blocks; for the start of the process.
    pub fn open(options: &StoreOptions) -> Result<Self> {
        match &options.place {
            Place::File(path) => {
                let place = Arc::new(sqlite::Place::new(path, options.busy_timeout)?);
                let (writer, migrated) = sqlite::Pool::open(Arc::clone(&place), Access::Write, 1)?;
                let (readers, _) = sqlite::Pool::open(Arc::clone(&place), Access::Read, options.readers)?;
                Ok(Self { backend: Backend::Sqlite { writer, readers, place }, migrated: migrated.into() })
            }
            Place::Postgres { url, trust } => {
                let server = Server::new(url, trust.as_deref(), options.busy_timeout)?;
                let (pool, migrated) = postgres::Pool::open(server, options.readers)?;
                Ok(Self { backend: Backend::Postgres(pool), migrated: migrated.into() })
            }
        }
    }

    /// The migrations that were run when it was opened, in their order.
    pub fn migrated(&self) -> &[String] {
        &self.migrated
    }

    /// Runs a closure in one transaction that may write; such transactions take turns. Committed when it returns `Ok`,
    /// rolled back otherwise. Once started it always finishes, whatever becomes of the future.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite { writer, .. } => writer.run(work).await,
            Backend::Postgres(pool) => pool.run(Access::Write, work).await,
        }
    }

    /// Runs a closure in one transaction that only reads, and sees one state of the store throughout.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite { readers, .. } => readers.run(work).await,
            Backend::Postgres(pool) => pool.run(Access::Read, work).await,
        }
    }

    /// Whether other replicas may use the same database.
    pub fn is_shared(&self) -> bool {
        matches!(self.backend, Backend::Postgres(_))
    }

    /// Tells when another replica may have changed the policy data. On SQLite there is none.
    pub fn changes(&self) -> Changes {
        match &self.backend {
            Backend::Sqlite { .. } => Changes::none(),
            Backend::Postgres(pool) => Changes::of(pool.server().clone()),
        }
    }

    /// How many statements have been run, those that begin and end transactions left out.
    pub fn statements(&self) -> u64 {
        match &self.backend {
            Backend::Sqlite { place, .. } => place.statements.count(),
            Backend::Postgres(pool) => pool.statements().count(),
        }
    }
}
