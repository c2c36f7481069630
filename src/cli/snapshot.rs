//! Exports the snapshot of a server into a file, and reads such files.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Subcommand;
use serde_json::json;
use wharfinger_domain::export::{Export, FORMAT, Head};
use wharfinger_domain::time::Timestamp;

use super::client::Client;
use super::database::unusable;
use super::{Failure, Format};
use crate::clock::SystemRandom;
use crate::secret_file::replace;

/// Commands about snapshots.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write what decisions need into a file, for `check --snapshot`. Needs the rights of an administrator or auditor.
    Export {
        /// A workspace to export; repeatable. Without it the whole platform is exported.
        #[arg(long, value_name = "NAME")]
        workspace: Vec<String>,
        /// The instant at which the file is to be judged (RFC 3339), when it is another than that of the check.
        #[arg(long, value_name = "TIME", value_parser = instant)]
        at: Option<Timestamp>,
        /// The file to write; only its owner may read it. An export that is there is replaced, anything else left alone.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}

impl Command {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let Self::Export { workspace, at, to } = self;
        let bytes = fetch(client, &workspace, at).await?;
        let export = parse(&bytes, "the server's answer")?;
        write(&to, &bytes)?;
        let (file, taken_at) = (to.display().to_string(), rfc3339(export.taken_at()));
        let workspaces = export.workspaces();
        let of = workspaces.map_or_else(|| "the whole platform".to_owned(), |names| names.join(", "));
        let sentence = format!("exported {of} as of {taken_at} to {file}");
        let answer = json!({ "file": file, "takenAt": taken_at, "workspaces": workspaces });
        Ok(format.answer(&answer, &sentence, out)?)
    }
}

/// The export of a server, as it stands in the file.
pub(super) async fn fetch(client: &Client, workspaces: &[String], at: Option<Timestamp>) -> Result<Vec<u8>, Failure> {
    let names = workspaces.iter().map(|name| ("workspace", name.clone()));
    let parameters: Vec<_> = names.chain(at.map(|at| ("at", rfc3339(at)))).collect();
    client.fetch("/export", &parameters).await
}

/// The export in a file.
pub(super) fn read(path: &Path) -> Result<Export, Failure> {
    let bytes = fs::read(path).map_err(|error| failed("read", path, &error))?;
    parse(&bytes, &path.display().to_string())
}

/// The export that these bytes are. What it says it is, and in which version, is looked at first.
pub(super) fn parse(bytes: &[u8], place: &str) -> Result<Export, Failure> {
    let unusable = |words: String| Failure::Unusable(format!("{place}: {words}"));
    let head: Head = serde_json::from_slice(bytes)
        .map_err(|error| unusable(format!("this is no exported snapshot, or not the whole of it: {error}")))?;
    head.check().map_err(|error| unusable(error.to_string()))?;
    serde_json::from_slice(bytes)
        .map_err(|error| unusable(format!("the snapshot is damaged: {error}; export it again")))
}

/// Writes the file in one step, for its owner alone.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if !is_free(path).map_err(|error| failed("read", path, &error))? {
        let words = "is there and is no export; name another file, or remove this one";
        return Err(Failure::Unusable(format!("{} {words}", path.display())));
    }
    replace(path, bytes, &SystemRandom::new()).map_err(unusable)
}

/// Whether a file may be put here: nothing is, or another export.
fn is_free(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
        Ok(there) if !there.is_file() => Ok(false),
        Ok(_) => {
            let head: Result<Head, _> = serde_json::from_slice(&fs::read(path)?);
            Ok(head.is_ok_and(|head| head.format == FORMAT))
        }
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::Unusable(format!("cannot {what} {}: {error}", path.display()))
}

/// An instant of the command line.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    let at = DateTime::parse_from_rfc3339(text)
        .map_err(|_| "write the instant as RFC 3339 does, such as 2026-01-31T12:00:00Z".to_owned())?;
    Ok(Timestamp::from_micros(at.timestamp_micros()))
}

/// An instant as it is told.
pub(super) fn rfc3339(at: Timestamp) -> String {
    let at = DateTime::<Utc>::from_timestamp_micros(at.as_micros()).unwrap_or(DateTime::<Utc>::MAX_UTC);
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn head(version: u32) -> Vec<u8> {
        format!("{{\"format\":\"{FORMAT}\",\"version\":{version}}}").into_bytes()
    }

    #[test]
    fn an_export_is_written_for_its_owner_alone_and_over_an_export_only() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("export.json");
        for text in [head(1), head(2)] {
            write(&file, &text).unwrap();
            assert_eq!(fs::read(&file).unwrap(), text);
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let other = directory.path().join("letter");
        fs::write(&other, "dear all").unwrap();
        for taken in [&*other, directory.path(), &other.join("below"), Path::new("/")] {
            assert!(write(taken, &head(1)).is_err(), "{taken:?}");
        }
        assert_eq!(fs::read(&other).unwrap(), b"dear all");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "nothing else is left there");
    }

    #[test]
    fn an_open_file_of_an_earlier_export_is_closed_to_others_when_it_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("export.json");
        fs::write(&file, head(1)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        write(&file, &head(1)).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_no_export_or_of_another_version_is_told_apart() {
        let words = |bytes: &[u8]| match parse(bytes, "f") {
            Err(Failure::Unusable(words)) => words,
            other => panic!("{other:?}"),
        };
        assert!(words(b"kind: Pod").starts_with("f: this is no exported snapshot"));
        assert!(words(b"{\"format\":\"x\",\"version\":1}").contains("its format is \"x\""));
        assert!(words(&head(9)).contains("version 9"));
        assert!(words(&head(1)).contains("damaged"));
    }

    #[test]
    fn an_instant_is_read_and_told_alike() {
        assert_eq!(instant("2026-01-31T13:00:00+01:00").map(rfc3339).unwrap(), "2026-01-31T12:00:00.000000Z");
        assert!(instant("tomorrow").is_err());
    }
}
