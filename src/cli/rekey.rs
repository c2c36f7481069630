//! Another data key in place of the one that the database has, without entering a credential again.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use wharfinger_app::installation::{self, RekeyError};
use wharfinger_app::random::Clock as _;
use wharfinger_app::vault::Vault;

use super::Failure;
use super::database::{Place, open, unusable};
use crate::clock::{SystemClock, SystemRandom};
use crate::config::Environment;
use crate::secret_file::{self, DATA_KEY};

/// What seals credentials with another data key.
#[derive(Debug, Args)]
pub(super) struct Rekey {
    #[command(flatten)]
    place: Place,
    /// File with the new key, 64 hexadecimal digits [default: one is made and put in the place of the old one in the data
    /// directory; needed where `data.keyFile` names the key].
    #[arg(long, value_name = "FILE")]
    new_key: Option<PathBuf>,
}

/// What was done.
#[derive(Debug, Serialize)]
struct Done {
    /// The id of the key that the database has now.
    id: String,
    /// That of the key before, if it was another.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// How many credentials were sealed anew.
    credentials: usize,
    /// Where the old key is kept, when it was replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<PathBuf>,
}

impl Rekey {
    pub(super) fn run(&self, environment: &Environment, out: &mut impl Write) -> Result<(), Failure> {
        let (config, random) = (self.place.configuration(environment)?, SystemRandom::new());
        let (directory, key_file) = (&config.data.directory, config.data.key_file.as_deref());
        let old = secret_file::data_key_at(key_file.unwrap_or(&directory.join(DATA_KEY))).map_err(unusable)?;
        let key = self.key(directory, key_file, &random)?;
        let (old, new) = (Vault::new(&old).map_err(unusable)?, Vault::new(&key).map_err(unusable)?);
        let (old_id, id) = (old.key_id().to_owned(), new.key_id().to_owned());
        let database = config.database();
        let store = open(&database)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let rekeyed = installation::rekey(&store, (old, new), Arc::new(random.clone()), SystemClock.now());
        let rekeyed = runtime.block_on(rekeyed)?;

        // The database has the new key from here on: what is left is to be done again until it is done.
        let is_replaced = key_file.is_none() && old_id != id;
        let replace = || secret_file::replace_data_key(directory, &key, &old_id, &random);
        let kept = is_replaced.then(replace).transpose().map_err(unusable)?;
        let done = Done { id, before: rekeyed.before, credentials: rekeyed.credentials, kept };
        let sentence = done.sentence(&database.to_string(), key_file);
        Ok(self.place.output.answer(&done, &sentence, out)?)
    }

    /// The key that the database is to have.
    fn key(&self, directory: &Path, key_file: Option<&Path>, random: &SystemRandom) -> Result<[u8; 32], Failure> {
        match (&self.new_key, key_file) {
            (Some(given), _) => secret_file::data_key_at(given).map_err(unusable),
            (None, None) => secret_file::next_data_key(directory, random).map_err(unusable),
            (None, Some(file)) => Err(Failure::Unusable(format!(
                "the data key is in {}, which `data.keyFile` names and this command leaves alone; make a file with another \
                 one, `openssl rand -hex 32`, and name it with --new-key",
                file.display()
            ))),
        }
    }
}

impl Done {
    fn sentence(&self, database: &str, key_file: Option<&Path>) -> String {
        let Self { id, before, credentials, kept } = self;
        let sealed = match before {
            None if *credentials == 0 => format!("{database} has the data key {id} already"),
            None => format!("{database} has the data key {id} already; {credentials} credentials were sealed anew"),
            Some(before) => {
                format!(
                    "{database} has the data key {id} now in place of {before}; {credentials} credentials were sealed anew"
                )
            }
        };
        let next = match (kept, key_file) {
            (Some(kept), _) => format!(
                "; start the server anew, and keep {} for as long as you keep backups from before",
                kept.display()
            ),
            (None, Some(file)) => format!(
                "; put the new key in the place of the one in {} on every replica, and start each anew",
                file.display()
            ),
            (None, None) => String::new(),
        };
        format!("{sealed}{next}")
    }
}

impl From<RekeyError> for Failure {
    fn from(error: RekeyError) -> Self {
        match error {
            RekeyError::DoNotOpen(_) => Self::Refused(error.to_string()),
            other => Self::Unusable(other.to_string()),
        }
    }
}
