//! Backup and restore of the database file, both while a server works on it. A copy is made by SQLite itself in one read
//! transaction, is checked, and takes its place by a rename, so that there is never half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use thiserror::Error;
use wharfinger_domain::revision::Revision;

use super::connection::{escaped, is_from_newer, migrate};
use super::fault;
use super::gate::{Gate, beside, directory, draft};
use super::queries::schema::revision;
use crate::StoreError;

/// For how long a lock on a database is waited for, in milliseconds.
const PATIENCE: u32 = 10_000;

/// What SQLite keeps beside a database while it is in use.
const SIDE_FILES: [&str; 2] = ["-wal", "-shm"];

/// Tables by which a database is known to be ours.
const OURS: [&str; 3] = ["__diesel_schema_migrations", "bindings", "revision"];

diesel::table! {
    pragma_integrity_check (integrity_check) {
        integrity_check -> Text,
    }
}

diesel::table! {
    sqlite_master (name) {
        name -> Text,
    }
}

/// A copy that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// The state of the policy in it.
    pub revision: Revision,
    /// Its size in bytes.
    pub size: u64,
}

/// Why a backup or a restore was not made. The database in use is as it was.
#[derive(Debug, Error)]
pub enum BackupError {
    /// There is no database to read.
    #[error("there is no database at {}", .0.display())]
    Missing(PathBuf),
    /// The backup's file is there already.
    #[error("{} exists already; name another file, or add --force to replace it", .0.display())]
    Exists(PathBuf),
    /// It is no SQLite database, or that of another program.
    #[error("{} is not a database of Wharfinger", .0.display())]
    Foreign(PathBuf),
    /// A newer version of this program has written it.
    #[error("{} was written by a newer version of Wharfinger; use that version", .0.display())]
    Newer(PathBuf),
    /// What is in it contradicts itself.
    #[error("{} is damaged: {reason}", .path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What SQLite found first.
        reason: String,
    },
    /// Another process has been writing to it for too long.
    #[error("{} is held by another process; try again, or stop that process", .0.display())]
    Held(PathBuf),
    /// A file cannot be made, moved or read.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite failed.
    #[error("copying {} to {}: {source}", .from.display(), .to.display())]
    Copy {
        /// What was read.
        from: PathBuf,
        /// What was written.
        to: PathBuf,
        /// Why.
        source: StoreError,
    },
}

/// Copies the database to a file that its owner alone may read: all that was committed before, and nothing by half. A file
/// that is there is replaced only with `force`. Blocks.
pub fn backup(database: &Path, to: &Path, force: bool) -> Result<Copied, BackupError> {
    if !force && to.try_exists().map_err(failed(to))? {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let unfinished = beside(to, ".unfinished");
    let copied = copy(database, &unfinished).and_then(|copied| {
        fs::rename(&unfinished, to).map_err(failed(to))?;
        settle(to)?;
        Ok(copied)
    });
    if copied.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    copied
}

/// Puts a backup in the place of the database, whose files are kept under the name of `aside`. A server that works on the
/// database goes over to the new one by itself: it opens the file anew when it finds another in its place. Blocks.
pub fn restore(from: &Path, database: &Path, aside: &Path) -> Result<Copied, BackupError> {
    if aside.try_exists().map_err(failed(aside))? {
        return Err(BackupError::Exists(aside.to_owned()));
    }
    let draft = draft(database);
    let cut_off = draft.exists() && !database.exists();
    let restored = prepare(from, &draft).and_then(|copied| {
        let _held = hold(database)?;
        let _closed = Gate::close(database).map_err(failed(directory(database)))?;
        replace(database, &draft, aside)?;
        Ok(copied)
    });
    // Where the database is missing because a restore was cut off, a draft has to go on telling so.
    if restored.is_err() && (database.exists() || !cut_off && !aside.exists()) {
        let _ = fs::remove_file(&draft);
    }
    restored
}

/// Copies the backup and brings its tables up to date, so that those who only read can use it at once.
fn prepare(from: &Path, draft: &Path) -> Result<Copied, BackupError> {
    let copied = copy(from, draft)?;
    let lost = |source| BackupError::Copy { from: from.to_owned(), to: draft.to_owned(), source };
    let mut connection = open(draft, "rw").map_err(lost)?;
    migrate(&mut connection).map_err(lost)?;
    drop(connection);
    settle(draft)?;
    Ok(copied)
}

/// Keeps everybody from writing to the database that is about to go. One that cannot be read needs no keeping.
fn hold(database: &Path) -> Result<Option<SqliteConnection>, BackupError> {
    let held = open(database, "rw").and_then(|mut connection| {
        // Whatever the log holds moves into the file as far as its readers let it: then that file alone is the old state.
        let _ = connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)");
        connection.batch_execute("BEGIN IMMEDIATE")?;
        Ok(connection)
    });
    match held {
        Err(StoreError::Unavailable { reason }) if reason.contains("locked") => {
            Err(BackupError::Held(database.to_owned()))
        }
        held => Ok(held.ok()),
    }
}

/// Moves the old files away and the new one in, each by a rename. The log goes after its database and before the new one
/// comes, so that no database ever lies beside the log of another.
fn replace(database: &Path, draft: &Path, aside: &Path) -> Result<(), BackupError> {
    for ending in ["", SIDE_FILES[0], SIDE_FILES[1]] {
        let old = beside(database, ending);
        match fs::rename(&old, beside(aside, ending)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                put_back(database, aside);
                return Err(BackupError::File { path: old, source: error });
            }
            _ => {}
        }
    }
    fs::rename(draft, database).map_err(|error| {
        put_back(database, aside);
        BackupError::File { path: database.to_owned(), source: error }
    })?;
    settle(database)
}

fn put_back(database: &Path, aside: &Path) {
    for ending in [SIDE_FILES[1], SIDE_FILES[0], ""] {
        let _ = fs::rename(beside(aside, ending), beside(database, ending));
    }
}

/// Checks a database and copies it, in one state throughout.
fn copy(from: &Path, to: &Path) -> Result<Copied, BackupError> {
    if !from.try_exists().map_err(failed(from))? {
        return Err(BackupError::Missing(from.to_owned()));
    }
    let mut source = open(from, "ro").map_err(|error| unreadable(from, to, error))?;
    check(&mut source, from, to)?;
    let _ = fs::remove_file(to);
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(failed(to))?;
    let quoted = to.to_str().map(|path| path.replace('\'', "''"));
    let quoted = quoted.ok_or_else(|| failed(to)(io::Error::new(ErrorKind::InvalidInput, "its name is not UTF-8")))?;
    let made = source.batch_execute(&format!("VACUUM INTO '{quoted}'"));
    made.map_err(|error| unreadable(from, to, error.into()))?;
    let mut copy = open(to, "ro").map_err(|error| unreadable(to, to, error))?;
    let revision = check(&mut copy, to, to)?;
    File::open(to).and_then(|file| file.sync_all()).map_err(failed(to))?;
    Ok(Copied { revision, size: fs::metadata(to).map_err(failed(to))?.len() })
}

/// Whether this is a database of ours, of a version that is known here, and sound.
fn check(connection: &mut SqliteConnection, path: &Path, to: &Path) -> Result<Revision, BackupError> {
    let lost = |error: diesel::result::Error| unreadable(path, to, error.into());
    let tables = sqlite_master::table.filter(sqlite_master::name.eq_any(OURS));
    let tables: i64 = tables.count().get_result(connection).map_err(lost)?;
    if usize::try_from(tables) != Ok(OURS.len()) {
        return Err(BackupError::Foreign(path.to_owned()));
    }
    if is_from_newer(connection).map_err(|error| unreadable(path, to, error))? {
        return Err(BackupError::Newer(path.to_owned()));
    }
    let findings = pragma_integrity_check::table.select(pragma_integrity_check::integrity_check);
    let found: Vec<String> = findings.load(connection).map_err(lost)?;
    if let Some(reason) = found.into_iter().find(|line| line != "ok") {
        return Err(BackupError::Damaged { path: path.to_owned(), reason });
    }
    let (number, token) =
        revision::table.select((revision::number, revision::token)).first(connection).map_err(lost)?;
    Ok(Revision { number, token })
}

fn open(path: &Path, mode: &str) -> Result<SqliteConnection, StoreError> {
    let shown = path.display();
    let absolute = std::path::absolute(path).map_err(|error| StoreError::unavailable(format!("{shown}: {error}")))?;
    let text = absolute.to_str().ok_or_else(|| StoreError::unavailable(format!("{shown} is not UTF-8")))?;
    let _gate = Gate::pass(path);
    let connection = SqliteConnection::establish(&format!("file:{}?mode={mode}", escaped(text)));
    let mut connection = connection.map_err(|error| fault::said(&error.to_string()))?;
    connection.batch_execute(&format!("PRAGMA busy_timeout = {PATIENCE}; PRAGMA trusted_schema = OFF"))?;
    Ok(connection)
}

fn unreadable(from: &Path, to: &Path, error: StoreError) -> BackupError {
    match error {
        StoreError::Damaged { reason } if reason.contains("not a database") => BackupError::Foreign(from.to_owned()),
        StoreError::Damaged { reason } => BackupError::Damaged { path: from.to_owned(), reason },
        source => BackupError::Copy { from: from.to_owned(), to: to.to_owned(), source },
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File { path: path.clone(), source }
}

/// Makes a file and its name outlive a power failure.
fn settle(path: &Path) -> Result<(), BackupError> {
    for it in [path, directory(path)] {
        File::open(it).and_then(|file| file.sync_all()).map_err(failed(it))?;
    }
    Ok(())
}
