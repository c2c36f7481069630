//! Backup and restore of the database, on the machine of the server, which need not be stopped for either.

use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;

use chrono::DateTime;
use clap::Args;
use serde::Serialize;
use wharfinger_app::installation;
use wharfinger_app::random::Clock as _;
use wharfinger_app::vault::Vault;
use wharfinger_store::{BackupError, Copied, Place as Database, Store, StoreOptions};

use super::{Failure, Format};
use crate::clock::{SystemClock, SystemRandom};
use crate::config::{Config, DATABASE_URL, Environment};
use crate::secret_file;

/// Which database is meant.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The server's configuration file [default: that of `WHARFINGER_CONFIG`, else none].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The server's data directory [default: that of the configuration].
    #[arg(long, value_name = "DIRECTORY")]
    data_directory: Option<PathBuf>,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) output: Format,
}

impl Place {
    fn database(&self, environment: &Environment) -> Result<PathBuf, Failure> {
        match self.configured(environment)? {
            Database::File(path) => Ok(path),
            Database::Postgres { .. } => Err(Failure::Unusable(format!(
                "{DATABASE_URL} is set, and this command is for the embedded database; use pg_dump and pg_restore for \
                 PostgreSQL, or unset it"
            ))),
        }
    }

    fn configured(&self, environment: &Environment) -> Result<Database, Failure> {
        Ok(self.configuration(environment)?.database())
    }

    pub(super) fn configuration(&self, environment: &Environment) -> Result<Config, Failure> {
        let config = Config::load(self.config.as_deref(), environment);
        let mut config = config.map_err(|error| Failure::Unusable(error.to_string()))?;
        if let Some(directory) = &self.data_directory {
            config.data.directory.clone_from(directory);
        }
        Ok(config)
    }
}

/// What backs a database up.
#[derive(Debug, Args)]
pub(super) struct Backup {
    #[command(flatten)]
    place: Place,
    /// The file to write; only its owner may read it.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
}

impl Backup {
    pub(super) fn run(&self, environment: &Environment, out: &mut impl Write) -> Result<(), Failure> {
        let database = self.place.database(environment)?;
        let copied = wharfinger_store::backup(&database, &self.to, self.force)?;
        let done = Done { file: self.to.clone(), kept: None, revision: copied.revision.number, bytes: copied.size };
        let sentence = format!("{} holds {}", done.file.display(), state(&copied));
        Ok(self.place.output.answer(&done, &sentence, out)?)
    }
}

/// What puts a backup in the database's place.
#[derive(Debug, Args)]
pub(super) struct Restore {
    #[command(flatten)]
    place: Place,
    /// The backup; it is left as it is.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

impl Restore {
    pub(super) fn run(&self, environment: &Environment, out: &mut impl Write) -> Result<(), Failure> {
        let database = self.place.database(environment)?;
        let aside = PathBuf::from(format!("{}.before-restore-{}", database.display(), stamp()));
        let copied = wharfinger_store::restore(&self.from, &database, &aside)?;
        let kept = aside.exists().then_some(aside);
        let old =
            kept.as_ref().map_or_else(String::new, |kept| format!("; the old database is kept in {}", kept.display()));
        let sentence = format!("{} holds {}{old}", database.display(), state(&copied));
        let done = Done { file: database, kept, revision: copied.revision.number, bytes: copied.size };
        Ok(self.place.output.answer(&done, &sentence, out)?)
    }
}

/// What brings the tables of a database up to date.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    place: Place,
}

impl Migrate {
    pub(super) fn run(&self, environment: &Environment, out: &mut impl Write) -> Result<(), Failure> {
        let database = self.place.configured(environment)?;
        let store = open(&database)?;
        let applied = store.migrated().to_vec();
        let sentence = match &*applied {
            [] => format!("the tables of {database} are up to date"),
            applied => format!("the tables of {database} have been brought up to date: {}", applied.join(", ")),
        };
        Ok(self.place.output.answer(&Migrated { applied }, &sentence, out)?)
    }
}

/// What makes the data key at hand that of the database.
#[derive(Debug, Args)]
pub(super) struct AdoptDataKey {
    #[command(flatten)]
    place: Place,
}

impl AdoptDataKey {
    pub(super) fn run(&self, environment: &Environment, out: &mut impl Write) -> Result<(), Failure> {
        let config = self.place.configuration(environment)?;
        let (directory, given) = (&config.data.directory, config.data.key_file.as_deref());
        let key = secret_file::data_key(directory, given, &SystemRandom::new()).map_err(unusable)?;
        let vault = Vault::new(&key).map_err(unusable)?;
        let database = config.database();
        let store = open(&database)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let before = runtime.block_on(installation::adopt(&store, &vault)).map_err(unusable)?;
        let id = vault.key_id().to_owned();
        let sentence = match &before {
            None => format!("{database} has the data key {id} already"),
            Some(before) => format!(
                "{database} has the data key {id} now in place of {before}; start every replica anew with it, and enter \
                 the credentials of registries again"
            ),
        };
        Ok(self.place.output.answer(&Adopted { id, before }, &sentence, out)?)
    }
}

/// The ids of the data keys.
#[derive(Debug, Serialize)]
struct Adopted {
    id: String,
    /// That of the key before, if it was another.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
}

pub(super) fn unusable(error: impl Display) -> Failure {
    Failure::Unusable(error.to_string())
}

pub(super) fn open(database: &Database) -> Result<Store, Failure> {
    let store = Store::open(&StoreOptions::at(database.clone()));
    store.map_err(|error| Failure::Unusable(format!("{database}: {error}")))
}

/// What was brought up to date.
#[derive(Debug, Serialize)]
struct Migrated {
    /// The migrations that were run now, in their order.
    applied: Vec<String>,
}

/// What was done.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    /// The file that was written.
    file: PathBuf,
    /// Where the database is that was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<PathBuf>,
    revision: i64,
    bytes: u64,
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Missing(_) | BackupError::File { .. } | BackupError::Copy { .. } | BackupError::Held(_) => {
                Self::Unusable(error.to_string())
            }
            refusal => Self::Refused(refusal.to_string()),
        }
    }
}

fn state(copied: &Copied) -> String {
    format!("the state of revision {} in {} bytes", copied.revision.number, copied.size)
}

/// This instant, for the name of a file.
fn stamp() -> String {
    let now = DateTime::from_timestamp_micros(SystemClock.now().as_micros()).unwrap_or_default();
    now.format("%Y%m%dT%H%M%S%.6fZ").to_string()
}
