//! The administrator of the first start: made once, whichever of several replicas is first, with a one-time password that is
//! in a file and nowhere else.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use wharfinger_app::App;
use wharfinger_app::call::Call;
use wharfinger_app::users::ADMINISTRATOR;

use crate::secret_file;

/// Makes the administrator when there is no user yet. The file is there before the user is: a start that is cut off in
/// between goes on with what is in it.
pub(super) async fn administrator(app: &Arc<App>, directory: &Path, given: Option<&Path>) -> anyhow::Result<()> {
    if !app.has_no_users().await? {
        return Ok(());
    }
    let password = || app.one_time_password();
    let file = secret_file::admin_password(directory, given, &**app.random(), password)?;
    let call = Call::system("start", app.clock().now());
    let is_made =
        app.make_administrator(&call, file.reveal().to_owned().into()).await.context("making the administrator")?;
    let path = file.path().display();
    if is_made {
        tracing::info!(file = %path, user = ADMINISTRATOR, "the administrator was made; the one-time password is in this file");
    } else if file.is_new() {
        // Another replica was first, and its password is the one that counts.
        std::fs::remove_file(file.path()).map_err(|error| anyhow!("cannot remove {path}: {error}"))?;
    }
    Ok(())
}
