//! Keeps a database file from being opened while a restore puts another in its place: a connection that had the old file
//! open and took the new one's log for its own would mix the two. The gate is a lock on the directory, which is there
//! anyway and which a crash opens again.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Held while a file is opened or replaced.
pub(super) struct Gate {
    _directory: File,
}

impl Gate {
    /// Waits until no restore is putting a file in place. `None` where the file system has no such locks; a restore is
    /// refused there.
    pub(super) fn pass(database: &Path) -> Option<Self> {
        let directory = File::open(directory(database)).ok()?;
        directory.lock_shared().ok()?;
        Some(Self { _directory: directory })
    }

    /// Waits until nobody is opening the file, and keeps everybody from it.
    pub(super) fn close(database: &Path) -> io::Result<Self> {
        let directory = File::open(directory(database))?;
        directory.lock()?;
        Ok(Self { _directory: directory })
    }
}

/// The directory that a file lies in.
pub(super) fn directory(file: &Path) -> &Path {
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

/// A file's name with more at its end, as SQLite names what it keeps beside a database.
pub(super) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Where a restore prepares the new file. One that lies there while the database itself is missing tells that a restore
/// was cut off in between.
pub(super) fn draft(database: &Path) -> PathBuf {
    beside(database, ".restoring")
}
