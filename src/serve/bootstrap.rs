//! The administrator of the first start: made once, whichever of several replicas is first, with a one-time password that is
//! in a file or a Secret of Kubernetes and nowhere else.

use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use secrecy::{ExposeSecret as _, SecretString};
use wharfinger_app::App;
use wharfinger_app::call::Call;
use wharfinger_app::users::ADMINISTRATOR;
use wharfinger_cluster::SecretPlace;

use super::access;
use crate::config::{Config, own_namespace};
use crate::secret_file::{self, ADMIN_PASSWORD};

/// Makes the administrator when there is no user yet. The password is there before the user is: a start that is cut off in
/// between goes on with it.
pub(super) async fn administrator(app: &Arc<App>, config: &Config) -> anyhow::Result<()> {
    if !app.has_no_users().await? {
        return Ok(());
    }
    match config.identity.password_secret.name.clone() {
        Some(name) => by_secret(app, config, name).await,
        None => by_file(app, config).await,
    }
}

async fn by_file(app: &Arc<App>, config: &Config) -> anyhow::Result<()> {
    let (directory, given) = (&config.data.directory, config.identity.password_file.as_deref());
    let file = secret_file::admin_password(directory, given, &**app.random(), || app.one_time_password())?;
    let path = file.path().display();
    if make(app, file.reveal().into()).await? {
        tracing::info!(file = %path, user = ADMINISTRATOR, "the administrator was made; the one-time password is in this file");
    } else if file.is_new() {
        // Another replica was first, and its password is the one that counts.
        std::fs::remove_file(file.path()).map_err(|error| anyhow!("cannot remove {path}: {error}"))?;
    }
    Ok(())
}

async fn by_secret(app: &Arc<App>, config: &Config, name: String) -> anyhow::Result<()> {
    let cluster = config.password_cluster().context("identity.passwordSecret.cluster names no cluster")?;
    let access = access(cluster).context("the cluster of identity.passwordSecret cannot be reached")?;
    let namespace = config.identity.password_secret.namespace.clone().or_else(own_namespace);
    let namespace = namespace.context("the namespace of this pod is unknown; set identity.passwordSecret.namespace")?;
    let place = SecretPlace { namespace, name, key: ADMIN_PASSWORD.to_owned() };
    let connected = wharfinger_cluster::connect(&access).await?;
    let asked = connected.secret_or_create(&place, || app.one_time_password()).await;
    let (password, is_new) = asked.context("the first password of the administrator cannot be had")?;
    if !secret_file::is_password(password.expose_secret()) {
        bail!("{ADMIN_PASSWORD} in the Secret {place} is no password of 12 to 1024 bytes; put another there");
    }
    if make(app, password).await? {
        let words = "the administrator was made; the one-time password is in this Secret";
        tracing::info!(secret = %place, key = ADMIN_PASSWORD, user = ADMINISTRATOR, "{words}");
    } else if is_new {
        // It has no right to delete it.
        tracing::warn!(secret = %place, "another replica has made the administrator with another password; delete this Secret");
    }
    Ok(())
}

/// Makes the administrator; false when another replica was first.
async fn make(app: &Arc<App>, password: SecretString) -> anyhow::Result<bool> {
    let call = Call::system("start", app.clock().now());
    app.make_administrator(&call, password).await.context("making the administrator")
}
