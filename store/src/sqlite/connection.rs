//! One connection to the database file: how it is opened, and one transaction on it.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::Connection as _;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::migration::{Migration, MigrationSource};
use diesel::result::Error;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Session;
use super::gate::{self, Gate};
use crate::meter::{Meter, Statements};
use crate::store::Access;
use crate::{Result, StoreError, Transaction, fault};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// Where the database is.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    /// The path as SQLite takes it, with the wish not to make the file: an empty database in place of one that was moved
    /// away would be taken for a policy that allows and denies nothing.
    url: String,
    pub(crate) busy_timeout: Duration,
    pub(crate) statements: Statements,
}

impl Place {
    /// Makes the file when there is none, readable by its owner alone. SQLite gives the same rights to the files it makes
    /// beside it.
    pub(crate) fn new(path: &Path, busy_timeout: Duration) -> Result<Self> {
        let shown = path.display();
        let unavailable = |error: io::Error| StoreError::unavailable(format!("{shown} cannot be opened: {error}"));
        let path = std::path::absolute(path).map_err(unavailable)?;
        let gate = Gate::pass(&path);
        if gate::draft(&path).exists() && !path.exists() {
            return Err(StoreError::unavailable(format!(
                "{shown} is missing: a restore was cut off; restore it again"
            )));
        }
        OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(unavailable)?;
        drop(gate);
        let text = path.to_str().ok_or_else(|| StoreError::unavailable(format!("{shown} is not UTF-8")))?;
        let url = format!("file:{}?mode=rw", escaped(text));
        Ok(Self { path, url, busy_timeout, statements: Statements::default() })
    }

    /// Tells the file that is there now from one that was there before.
    fn identity(&self) -> Result<(u64, u64)> {
        let found = std::fs::metadata(&self.path);
        let found = found.map_err(|error| StoreError::unavailable(format!("{}: {error}", self.path.display())))?;
        Ok((found.dev(), found.ino()))
    }

    /// Fails when another file has come in the place of this one.
    pub(super) fn expect(&self, identity: (u64, u64)) -> Result<()> {
        if self.identity()? == identity {
            return Ok(());
        }
        Err(StoreError::unavailable("another database has come in its place meanwhile"))
    }
}

/// The path in a URI (<https://www.sqlite.org/uri.html>).
pub(super) fn escaped(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

/// A connection.
pub(super) struct Connection {
    inner: SqliteConnection,
    identity: (u64, u64),
    busy_timeout: Duration,
    migrated: Vec<String>,
}

impl Connection {
    /// Opens a connection. One that writes brings the tables up to date.
    pub(super) fn open(place: &Place, access: Access) -> Result<Self> {
        let _gate = Gate::pass(&place.path);
        let identity = place.identity()?;
        let mut connection =
            SqliteConnection::establish(&place.url).map_err(|error| StoreError::unavailable(error.to_string()))?;
        prepare(&mut connection, access, place.busy_timeout)?;
        let migrated = if access == Access::Write { migrate(&mut connection)? } else { Vec::new() };
        connection.set_instrumentation(Meter::new(place.statements.clone()));
        Ok(Self { inner: connection, identity, busy_timeout: place.busy_timeout, migrated })
    }

    /// The migrations that were run when it was opened.
    pub(super) fn migrated(&self) -> &[String] {
        &self.migrated
    }

    /// Whether it can carry another transaction: none was left open on it, and its file is still the one that is there. A
    /// file that was moved away would otherwise be written to wherever it is.
    pub(super) fn is_sound(&mut self, place: &Place) -> bool {
        let broken = AnsiTransactionManager::is_broken_transaction_manager(&mut self.inner);
        !broken && place.identity().is_ok_and(|identity| identity == self.identity)
    }

    /// The file that it is open on.
    pub(super) fn identity(&self) -> (u64, u64) {
        self.identity
    }

    /// Sets for how long it waits for a lock, when it is not so already.
    pub(super) fn set_busy_timeout(&mut self, timeout: Duration) -> Result<()> {
        if self.busy_timeout != timeout {
            self.inner.batch_execute(&format!("PRAGMA busy_timeout = {}", timeout.as_millis()))?;
            self.busy_timeout = timeout;
        }
        Ok(())
    }

    /// Runs a closure in one transaction.
    pub(super) fn transact<T, E, F>(&mut self, access: Access, work: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&mut dyn Transaction) -> Result<T, E>,
    {
        let mut refusal = None;
        let run = |connection: &mut SqliteConnection| {
            work(&mut Session::new(connection)).map_err(|error| {
                refusal = Some(error);
                Failure(Error::RollbackTransaction)
            })
        };
        let done = match access {
            // One that read first and wanted to write then would fail when another process has written in between.
            Access::Write => self.inner.immediate_transaction(run),
            Access::Read => self.inner.transaction(run),
        };
        // What the closure said comes first: SQLite ends a transaction by itself when the disk fails, and that there was
        // none left to roll back says nothing.
        done.map_err(|Failure(error)| refusal.unwrap_or_else(|| StoreError::from(error).into()))
    }
}

/// Why a transaction was not committed; nothing of the closure's own.
struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// The settings of a connection. `synchronous = FULL` syncs the log with every commit: a binding that was removed must not
/// come back after a power failure, which `NORMAL` would permit.
fn prepare(connection: &mut SqliteConnection, access: Access, busy_timeout: Duration) -> Result<()> {
    let own = match access {
        Access::Write => "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;",
        // Reading the version opens the log here and now, while the file is known to be the one in its place.
        Access::Read => "PRAGMA query_only = ON; PRAGMA schema_version;",
    };
    let settings = format!(
        "PRAGMA busy_timeout = {}; {own} PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; \
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;",
        busy_timeout.as_millis()
    );
    Ok(connection.batch_execute(&settings)?)
}

/// Brings the tables up to date and gives the migrations that took. A database that a newer program has written is left alone.
pub(super) fn migrate(connection: &mut SqliteConnection) -> Result<Vec<String>> {
    if is_from_newer(connection)? {
        return Err(StoreError::internal(
            "a newer version of this program has written the database; start that version",
        ));
    }
    let run = connection.run_pending_migrations(MIGRATIONS).map_err(|error| fault::said(&error.to_string()))?;
    Ok(run.iter().map(ToString::to_string).collect())
}

/// Whether a newer program has written the database.
pub(super) fn is_from_newer(connection: &mut SqliteConnection) -> Result<bool> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| fault::said(&error.to_string());
    let known: Vec<Box<dyn Migration<Sqlite>>> = MIGRATIONS.migrations().map_err(failed)?;
    let is_known = |version: &_| known.iter().any(|migration| migration.name().version() == *version);
    Ok(!connection.applied_migrations().map_err(failed)?.iter().all(is_known))
}

#[cfg(test)]
mod tests {
    use wharfinger_domain::time::Timestamp;

    use super::*;

    #[test]
    fn a_full_disk_is_told_as_such_and_keeps_nothing_until_there_is_room() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(&dir.path().join("store.db"), Duration::from_millis(50)).unwrap();
        let mut connection = Connection::open(&place, Access::Write).unwrap();
        connection.inner.batch_execute("PRAGMA max_page_count = 1").unwrap();
        let long = "x".repeat(1 << 20);
        let insert = |tx: &mut dyn Transaction| tx.insert_workspace("team", Some(&long), Timestamp::from_micros(1));
        assert_eq!(connection.transact::<_, StoreError, _>(Access::Write, insert), Err(StoreError::Full));
        let found = connection
            .transact::<_, StoreError, _>(Access::Read, |tx| tx.workspace_by_name(&crate::sight::Sight::All, "team"));
        assert_eq!(found, Ok(None));
        connection.inner.batch_execute("PRAGMA max_page_count = 100000").unwrap();
        assert!(connection.is_sound(&place));
        assert!(connection.transact::<_, StoreError, _>(Access::Write, insert).is_ok());
    }

    #[test]
    fn a_path_cannot_add_to_the_uri() {
        assert_eq!(escaped("/a b/50%?mode=memory#c"), "/a b/50%25%3fmode=memory%23c");
    }
}
