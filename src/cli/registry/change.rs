//! Changes and removes registries.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::client::{Client, read_text};
use super::super::{Failure, Format};
use super::{Account, Known, Which};

/// What is to be changed.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[derive(Debug, Args)]
pub(in super::super) struct Update {
    #[command(flatten)]
    which: Which,
    /// Another name.
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    /// The URL of its API: another address of the same server. The credential has to be entered again.
    #[arg(long)]
    url: Option<String>,
    /// Another host, with its port, that image references may carry, in place of all that it has; may be given more than once.
    #[arg(long, value_name = "HOST")]
    alias: Vec<String>,
    /// It has no host but that of its URL.
    #[arg(long, conflicts_with = "alias")]
    no_alias: bool,
    #[command(flatten)]
    account: Account,
    /// Nobody asks it any more: remove the stored credential.
    #[arg(long, conflicts_with = "username")]
    remove_credential: bool,
    /// PEM file with certificates to trust in place of the system's. The credential has to be entered again.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Trust the system's certificates again. The credential has to be entered again.
    #[arg(long, conflicts_with = "ca_file")]
    no_ca: bool,
    /// Take any certificate. The credential has to be entered again.
    #[arg(long)]
    skip_tls_verify: bool,
    /// Verify its certificate again. The credential has to be entered again.
    #[arg(long, conflicts_with = "skip_tls_verify")]
    verify_tls: bool,
}

/// What is to be removed.
#[derive(Debug, Args)]
pub(in super::super) struct Remove {
    #[command(flatten)]
    which: Which,
    /// Together with the bindings of its spaces; without it, a registry with bindings is not removed.
    #[arg(long)]
    with_bindings: bool,
    /// Let its hosts count as unknown from then on, which may open them; without it they stay known, with nothing behind them.
    #[arg(long)]
    release_hosts: bool,
    /// Only say what would be removed.
    #[arg(long)]
    dry_run: bool,
}

/// Which association is to be exclusive.
#[derive(Debug, Args)]
pub(in super::super) struct Exclusive {
    #[command(flatten)]
    which: Which,
    /// End it.
    #[arg(long)]
    off: bool,
}

#[derive(Debug, Deserialize)]
struct Changed {
    registry: Option<Value>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Removed {
    removed_registry_id: Option<String>,
    removed_binding_count: u64,
}

impl Update {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let known = self.which.find(client).await?;
        let document = include_str!("../update_registry.graphql");
        let changed: Changed = client.change(document, self.input(&known)?, "updateRegistry").await?;
        let answer = json!({ "registry": changed.registry });
        Ok(format.answer(&answer, &format!("registry {} is changed; its walk has begun", known.name), out)?)
    }

    fn input(self, known: &Known) -> Result<Value, Failure> {
        let no_certificates = self.no_ca.then(String::new);
        let certificates = self.ca_file.as_deref().map(read_text).transpose()?.or(no_certificates);
        let aliases = (self.no_alias || !self.alias.is_empty()).then_some(self.alias);
        let skip_tls_verify = (self.skip_tls_verify || self.verify_tls).then_some(self.skip_tls_verify);
        let mut input = json!({
            "registryId": known.id,
            "revision": known.revision,
            "name": self.rename,
            "endpoint": self.url,
            "aliases": aliases,
            "skipTlsVerify": skip_tls_verify,
            "credential": self.account.credential()?,
            "removeCredential": self.remove_credential,
            "caBundlePem": certificates,
        });
        // What is not to be changed is not sent.
        if let Some(fields) = input.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        Ok(input)
    }
}

impl Remove {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let Known { id, name, revision } = self.which.find(client).await?;
        let input = json!({
            "registryId": id,
            "revision": revision,
            "withBindings": self.with_bindings,
            "releaseHosts": self.release_hosts,
            "dryRun": self.dry_run,
        });
        let removed: Removed =
            client.change(include_str!("../remove_registry.graphql"), input, "removeRegistry").await?;
        let (done, count) = (if self.dry_run { "would be" } else { "is" }, removed.removed_binding_count);
        let noun = if count == 1 { "binding" } else { "bindings" };
        let hosts = if self.release_hosts { "released" } else { "retired" };
        let sentence = format!("registry {name} {done} removed with {count} {noun}; its hosts are {hosts}");
        Ok(format.answer(&removed, &sentence, out)?)
    }
}

impl Exclusive {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let Known { id, name, .. } = self.which.find(client).await?;
        let input = json!({ "registryId": id, "exclusive": !self.off });
        let document = include_str!("../set_registry_exclusive.graphql");
        let changed: Changed = client.change(document, input, "setRegistryExclusive").await?;
        let answer = json!({ "registry": changed.registry });
        let is = if self.off { "is not" } else { "is" };
        Ok(format.answer(&answer, &format!("registry {name} {is} exclusive"), out)?)
    }
}
