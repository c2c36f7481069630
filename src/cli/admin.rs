//! The administrator of the first start, on the machine of the database.

use std::io::Write;
use std::sync::Arc;

use clap::Subcommand;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use wharfinger_app::call::Call;
use wharfinger_app::publisher::Publisher;
use wharfinger_app::users::ADMINISTRATOR;
use wharfinger_app::vault::Vault;
use wharfinger_app::{App, Bounds, Reaches, random::Clock as _};

use super::Failure;
use super::database::{Place, open, unusable};
use crate::clock::{SystemClock, SystemRandom};
use crate::config::Environment;
use crate::secret_file::{self, ADMIN_PASSWORD};

/// Commands about the administrator.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Give the administrator of the first start a new one-time password, and its rights again.
    Reset {
        #[command(flatten)]
        place: Place,
        /// Print the password rather than put it into a file of the data directory.
        #[arg(long)]
        show: bool,
    },
}

/// What was done.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reset {
    user: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_time_password: Option<String>,
}

impl Command {
    pub(super) fn run(self, environment: &Environment, out: &mut impl Write) -> Result<(), Failure> {
        let Self::Reset { place, show } = self;
        let (config, random) = (place.configuration(environment)?, SystemRandom::new());
        let directory = config.data.directory.clone();
        let key = secret_file::data_key(&directory, config.data.key_file.as_deref(), &random).map_err(unusable)?;
        let (store, vault) = (open(&config.database())?, Vault::new(&key).map_err(unusable)?);
        let (publisher, _wishes) = Publisher::new(Vec::new());
        let bounds = Bounds { rates: config.budgets, reaches: Reaches::default() };
        let (app, _walks) = App::new(store, publisher, vault, Arc::new(random.clone()), Arc::new(SystemClock), bounds);
        let password = app.one_time_password();
        let call = Call::system("admin reset", SystemClock.now());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(app.reset_administrator(&call, password.clone())).map_err(unusable)?;
        let (file, sentence) = if show {
            (None, format!("{ADMINISTRATOR} signs in with {} and sets another password then", password.expose_secret()))
        } else {
            let file = directory.join(ADMIN_PASSWORD);
            let line = format!("{}\n", password.expose_secret());
            secret_file::replace(&file, line.as_bytes(), &random).map_err(unusable)?;
            let words =
                format!("{ADMINISTRATOR} signs in with the password in {} and sets another then", file.display());
            (Some(file.display().to_string()), words)
        };
        let shown = show.then(|| password.expose_secret().to_owned());
        Ok(place.output.answer(&Reset { user: ADMINISTRATOR, file, one_time_password: shown }, &sentence, out)?)
    }
}
