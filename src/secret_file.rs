//! Secrets that the product makes for itself at first start and keeps in the data directory: each in a file of its own
//! that its owner alone may read, made once and never overwritten. What is in them is shown nowhere, only where they lie.

use std::fmt::{self, Write as _};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use wharfinger_app::random::Random;
use wharfinger_identity::password::{LONGEST as LONGEST_PASSWORD, SHORTEST};

/// The file with the one-time password of the administrator of the first start.
pub const ADMIN_PASSWORD: &str = "admin-password";

/// The file with the token that the command line shows when none is named.
pub const TOKEN: &str = "token";

/// The file with the key that seals the credentials in the store.
pub const DATA_KEY: &str = "data-key";

/// The file with the key that is to take its place, until it has.
const NEXT_DATA_KEY: &str = "data-key.next";

/// Bytes in the data key: 256 bits.
const STRENGTH: usize = 32;

/// The longest secret file that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// What anybody but the owner and the group may do. The group is left alone: Kubernetes opens the files of a volume to
/// the pod's own group (`fsGroup`) whenever it mounts it.
const OTHERS: u32 = 0o007;

/// Why a secret cannot be had.
#[derive(Debug, Error)]
pub enum SecretFileError {
    /// The directory cannot be made or entered.
    #[error("cannot make the data directory {path}: {source}; make it writable or set `data.directory` to another")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be read or written.
    #[error("cannot {what} {path}: {source}")]
    File {
        /// `read` or `write`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Anybody on this machine may read or change the file.
    #[error("{path} has the mode {mode:03o}, so that others may use the secret in it; run `chmod 600 {path}`")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// What is in the file is not what should be.
    #[error(
        "{path} does not hold {expected}; restore it from a backup, or remove it to have a new one made ({consequence})"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        expected: &'static str,
        /// What a new one means.
        consequence: &'static str,
    },
}

/// A secret and where it lies.
#[derive(Clone)]
pub struct SecretFile {
    path: PathBuf,
    text: String,
    is_new: bool,
}

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SecretFile {
    /// Reads a secret: text, without white space at its ends.
    pub fn read(path: &Path) -> Result<Self, SecretFileError> {
        let failed = |source| SecretFileError::File { what: "read", path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if mode & OTHERS != 0 {
            return Err(SecretFileError::Exposed { path: path.to_owned(), mode });
        }
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
        Ok(Self { path: path.to_owned(), text: text.trim().to_owned(), is_new: false })
    }

    /// Reads the secret of this name, or makes it when there is none. Of two processes that start at once, both get the
    /// secret of the first.
    pub fn read_or_make(
        directory: &Path,
        name: &str,
        random: &dyn Random,
        make: impl FnOnce() -> String,
    ) -> Result<Self, SecretFileError> {
        let path = directory.join(name);
        match Self::read(&path) {
            Err(SecretFileError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {}
            read => return read,
        }
        let is_new = write_new(&path, make().as_bytes(), random).map_err(|source| SecretFileError::File {
            what: "write",
            path: path.clone(),
            source,
        })?;
        Ok(Self { is_new, ..Self::read(&path)? })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The secret itself; not for logs.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Whether it was made now, so that somebody should be told where it lies.
    pub fn is_new(&self) -> bool {
        self.is_new
    }
}

/// Makes the data directory if it is not there, for its owner alone.
pub fn make_directory(path: &Path) -> Result<(), SecretFileError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| SecretFileError::Directory { path: path.to_owned(), source })
}

/// The secret in the file that was named, which is never made; else the one of the data directory.
fn given_or_made(
    given: Option<&Path>,
    (directory, name): (&Path, &str),
    random: &dyn Random,
    make: impl FnOnce() -> String,
) -> Result<SecretFile, SecretFileError> {
    match given {
        Some(path) => SecretFile::read(path),
        None => SecretFile::read_or_make(directory, name, random, make),
    }
}

/// Whether a text is neither too short nor too long to be the password of the first start.
pub fn is_password(text: &str) -> bool {
    (SHORTEST..=LONGEST_PASSWORD).contains(&text.len())
}

/// The one-time password of the administrator of the first start, unless a file with one is given.
pub fn admin_password(
    directory: &Path,
    given: Option<&Path>,
    random: &dyn Random,
    make: impl FnOnce() -> SecretString,
) -> Result<SecretFile, SecretFileError> {
    let make = || format!("{}\n", make().expose_secret());
    let file = given_or_made(given, (directory, ADMIN_PASSWORD), random, make)?;
    if is_password(&file.text) {
        return Ok(file);
    }
    Err(SecretFileError::Damaged {
        path: file.path,
        expected: "a password of 12 to 1024 bytes",
        consequence: "the administrator signs in with the new one for the first time",
    })
}

/// Puts these bytes into a file, for its owner alone, in place of what is there: whole or not at all.
pub fn replace(path: &Path, bytes: &[u8], random: &dyn Random) -> Result<(), SecretFileError> {
    let draft = draft(path, random);
    let written = write_private(&draft, bytes).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // The error of the writing is the one that is told.
        let _ = fs::remove_file(&draft);
    }
    let written = written.and_then(|()| sync_directory(path));
    written.map_err(|source| SecretFileError::File { what: "write", path: path.to_owned(), source })
}

/// The key that seals the credentials of registries in the store; made unless a file with one is given.
pub fn data_key(
    directory: &Path,
    given: Option<&Path>,
    random: &dyn Random,
) -> Result<[u8; STRENGTH], SecretFileError> {
    key_of(given_or_made(given, (directory, DATA_KEY), random, || made_key(random))?)
}

/// The data key that is there; never made.
pub fn data_key_at(path: &Path) -> Result<[u8; STRENGTH], SecretFileError> {
    key_of(SecretFile::read(path)?)
}

/// The data key that is to take the place of the one in the data directory: the one that was made before, if that was cut off.
pub fn next_data_key(directory: &Path, random: &dyn Random) -> Result<[u8; STRENGTH], SecretFileError> {
    key_of(SecretFile::read_or_make(directory, NEXT_DATA_KEY, random, || made_key(random))?)
}

/// Puts a data key in the place of the one in the data directory, and keeps that one beside it under the id that it has. Gives
/// the file that it is kept in.
pub fn replace_data_key(
    directory: &Path,
    key: &[u8; STRENGTH],
    old_id: &str,
    random: &dyn Random,
) -> Result<PathBuf, SecretFileError> {
    let kept = directory.join(format!("{DATA_KEY}.{old_id}"));
    match fs::hard_link(directory.join(DATA_KEY), &kept) {
        Err(source) if source.kind() != ErrorKind::AlreadyExists => {
            return Err(SecretFileError::File { what: "write", path: kept, source });
        }
        _ => {}
    }
    replace(&directory.join(DATA_KEY), format!("{}\n", hexadecimal(key)).as_bytes(), random)?;
    // It is only in the way when it is not this key, and then it was never used.
    let _ = fs::remove_file(directory.join(NEXT_DATA_KEY));
    Ok(kept)
}

fn made_key(random: &dyn Random) -> String {
    format!("{}\n", hexadecimal(&random.bytes::<STRENGTH>()))
}

fn key_of(file: SecretFile) -> Result<[u8; STRENGTH], SecretFileError> {
    from_hexadecimal(&file.text).ok_or(SecretFileError::Damaged {
        path: file.path,
        expected: "a key of 64 hexadecimal digits",
        consequence: "credentials that were sealed with the old key must then be entered again",
    })
}

/// Writes a file that is not there yet, whole or not at all, for its owner alone; false when it was there. The last step
/// is a link and no renaming, because a link never takes the place of a file.
fn write_new(path: &Path, bytes: &[u8], random: &dyn Random) -> io::Result<bool> {
    let draft = draft(path, random);
    let linked = write_private(&draft, bytes).and_then(|()| fs::hard_link(&draft, path));
    let _ = fs::remove_file(&draft);
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        linked => {
            linked?;
            sync_directory(path)?;
            Ok(true)
        }
    }
}

/// Where a file is written before it takes its place beside it.
fn draft(path: &Path, random: &dyn Random) -> PathBuf {
    path.with_extension(format!("{}.new", hexadecimal(&random.bytes::<8>())))
}

/// Makes sure that a file's name lasts as the file does.
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Writes a file that is not there yet, for its owner alone.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hexadecimal<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn password(directory: &Path, given: Option<&Path>) -> Result<SecretFile, SecretFileError> {
        admin_password(directory, given, &SystemRandom::new(), || "a one-time password".into())
    }

    #[test]
    fn a_password_is_made_once_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("deep/data");
        make_directory(&data).unwrap();
        let first = password(&data, None).unwrap();
        assert!(first.is_new());
        assert_eq!(first.reveal(), "a one-time password");
        assert_eq!((mode(&data), mode(first.path())), (0o700, 0o600));
        let second = password(&data, None).unwrap();
        assert_eq!((second.is_new(), second.reveal()), (false, first.reveal()));
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "nothing else is left behind");
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused_with_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let token = password(directory.path(), None).unwrap();
        fs::set_permissions(token.path(), fs::Permissions::from_mode(0o644)).unwrap();
        let error = password(directory.path(), None).unwrap_err().to_string();
        assert!(error.contains("has the mode 644") && error.contains("chmod 600"), "{error}");
        assert!(!error.contains(token.reveal()));
    }

    #[test]
    fn a_secret_of_the_pods_group_is_taken() {
        let directory = tempfile::tempdir().unwrap();
        let key = data_key(directory.path(), None, &SystemRandom::new()).unwrap();
        fs::set_permissions(directory.path().join(DATA_KEY), fs::Permissions::from_mode(0o660)).unwrap();
        assert_eq!(data_key(directory.path(), None, &SystemRandom::new()).unwrap(), key);
    }

    #[test]
    fn a_damaged_secret_is_refused_and_kept() {
        let directory = tempfile::tempdir().unwrap();
        for name in [ADMIN_PASSWORD, DATA_KEY] {
            write_private(&directory.path().join(name), b"short\n").unwrap();
        }
        assert!(password(directory.path(), None).is_err());
        let error = data_key(directory.path(), None, &SystemRandom::new()).unwrap_err().to_string();
        assert!(error.contains("64 hexadecimal digits") && error.contains("entered again"), "{error}");
        assert_eq!(fs::read(directory.path().join(DATA_KEY)).unwrap(), b"short\n");
    }

    #[test]
    fn secrets_in_files_that_are_named_are_read_and_never_made() {
        let (directory, given) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (key, token) = (given.path().join("key"), given.path().join("password"));
        let random = SystemRandom::new();
        let missing = data_key(directory.path(), Some(&key), &random).unwrap_err().to_string();
        assert!(missing.contains("cannot read"), "{missing}");
        assert!(password(directory.path(), Some(&token)).is_err());
        write_private(&key, "ab".repeat(STRENGTH).as_bytes()).unwrap();
        write_private(&token, b"given by a Secret").unwrap();
        assert_eq!(data_key(directory.path(), Some(&key), &random).unwrap(), [0xab; STRENGTH]);
        assert_eq!(password(directory.path(), Some(&token)).unwrap().path(), token);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "the data directory is left alone");
    }

    #[test]
    fn whoever_comes_second_gets_the_secret_of_the_first() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        assert!(write_new(&path, b"first", &SystemRandom::new()).unwrap());
        assert!(!write_new(&path, b"second", &SystemRandom::new()).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }

    #[test]
    fn a_secret_that_is_replaced_is_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        for text in ["first", "second"] {
            replace(&path, text.as_bytes(), &SystemRandom::new()).unwrap();
            assert_eq!((fs::read_to_string(&path).unwrap(), mode(&path)), (text.to_owned(), 0o600));
        }
        assert!(replace(directory.path(), b"third", &SystemRandom::new()).is_err(), "no file");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing else is left behind");
    }

    #[test]
    fn debug_shows_the_place_and_not_the_secret() {
        let directory = tempfile::tempdir().unwrap();
        let file = password(directory.path(), None).unwrap();
        let shown = format!("{file:?}");
        assert!(shown.contains("admin-password") && !shown.contains("one-time"), "{shown}");
    }
}
