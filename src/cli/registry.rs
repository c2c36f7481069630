//! Registries: integrate, change, walk, list and remove them.

mod change;
mod declare;
mod host;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::{Client, read_text};
use super::output::{Row, cell};
use super::progress::Progress;
use super::{Failure, Format, workspace};

/// How often a walk that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Commands about registries.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Integrate a registry with the platform and start its first walk.
    Add(Add),
    /// Change a registry, and walk through it; what is not named stays.
    Update(change::Update),
    /// Remove a registry with its spaces; nothing opens by it, unless its hosts are released.
    Remove(change::Remove),
    /// Say that no other workspace may use what an associated registry does not report public, or end that.
    Exclusive(change::Exclusive),
    /// Walk through a registry now.
    Sync {
        #[command(flatten)]
        which: Which,
        /// Wait until the walk has ended; end with 1 when it failed.
        #[arg(long)]
        wait: bool,
    },
    /// List the registries.
    List,
    /// Name a space of a registry that cannot list its own.
    DeclareSpace(declare::Space),
    /// Name repositories of a registry whose catalogue is closed.
    DeclareRepositories(declare::Repositories),
    /// List the hosts that a registry once had and nobody has released.
    RetiredHosts,
    /// Release a host that a registry once had: from then on it counts as unknown.
    ReleaseHost(host::Release),
}

/// Which registry.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// The registry's name.
    name: String,
    /// The workspace that has associated it; without it, it is the platform's.
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
}

/// A registry that is there.
#[derive(Debug, Clone, Deserialize)]
struct Known {
    id: String,
    name: String,
    revision: i32,
}

/// Who asks a registry.
#[derive(Debug, clap::Args)]
struct Account {
    /// Who asks it: a user, or the full name of a robot.
    #[arg(long, requires = "password_file")]
    username: Option<String>,
    /// File with the password; `-` reads it from standard input.
    #[arg(long, value_name = "FILE", requires = "username")]
    password_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Harbor,
    Distribution,
}

/// What is to be integrated.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// Its name: lower-case letters, digits and inner hyphens.
    name: String,
    /// The URL of its API.
    url: String,
    /// What kind of server it is.
    #[arg(long, value_enum, default_value_t = Kind::Harbor)]
    kind: Kind,
    /// Another host, with its port, that image references may carry; may be given more than once.
    #[arg(long, value_name = "HOST")]
    alias: Vec<String>,
    #[command(flatten)]
    account: Account,
    /// PEM file with certificates to trust in place of the system's.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Take any certificate.
    #[arg(long, conflicts_with = "ca_file")]
    skip_tls_verify: bool,
    /// Wait until the first walk has ended; end with 1 when it failed.
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Registry {
    name: String,
    kind: String,
    scope: String,
    endpoint: String,
    hosts: Vec<String>,
    tls_verification: bool,
    health: Health,
    last_sync: Option<LastSync>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Health {
    status: String,
    reason: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct LastSync {
    state: String,
    started_at: String,
    finished_at: Option<String>,
    spaces_seen: u64,
    repositories_seen: u64,
    error: Option<String>,
}

impl Row for Registry {
    const HEAD: &'static [&'static str] =
        &["NAME", "KIND", "ENDPOINT", "HOSTS", "HEALTH", "LAST WALK", "SPACES", "REPOSITORIES"];

    fn cells(&self) -> Vec<String> {
        let walk = self.last_sync.as_ref();
        let number = |read: fn(&LastSync) -> u64| walk.map_or("-".to_owned(), |walk| read(walk).to_string());
        vec![
            self.name.clone(),
            self.kind.clone(),
            self.endpoint.clone(),
            self.hosts.join(","),
            self.health.status.clone(),
            cell(walk.map(|walk| walk.state.as_str())),
            number(|walk| walk.spaces_seen),
            number(|walk| walk.repositories_seen),
        ]
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Walk {
    id: String,
    state: String,
    #[serde(default)]
    spaces_seen: u64,
    #[serde(default)]
    repositories_seen: u64,
    #[serde(default, skip_serializing)]
    repositories_total: Option<u64>,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Registered {
    registry: Option<Value>,
    sync: Option<Walk>,
}

#[derive(Debug, Deserialize)]
struct Started {
    sync: Option<Walk>,
}

impl Command {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(client, format, out).await,
            Self::Update(update) => update.run(client, format, out).await,
            Self::Remove(remove) => remove.run(client, format, out).await,
            Self::Exclusive(exclusive) => exclusive.run(client, format, out).await,
            Self::Sync { which, wait } => sync(&which, wait, client, format, out).await,
            Self::List => {
                let registries: Vec<Registry> =
                    client.all(include_str!("registries.graphql"), json!({}), "/registries").await?;
                Ok(format.list(&registries, out)?)
            }
            Self::DeclareSpace(space) => space.run(client, format, out).await,
            Self::DeclareRepositories(repositories) => repositories.run(client, format, out).await,
            Self::RetiredHosts => host::list(client, format, out).await,
            Self::ReleaseHost(release) => release.run(client, format, out).await,
        }
    }
}

impl Add {
    async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let (name, wait) = (self.name.clone(), self.wait);
        let document = include_str!("register_registry.graphql");
        let added: Registered = client.change(document, self.input()?, "registerRegistry").await?;
        let sync = finish(added.sync, wait, client).await?;
        let answer = json!({ "registry": added.registry, "sync": sync });
        format.answer(&answer, &format!("registry {name} is integrated{}", told(sync.as_ref())), out)?;
        check(sync.as_ref())
    }

    fn input(self) -> Result<Value, Failure> {
        let kind = match self.kind {
            Kind::Harbor => "HARBOR",
            Kind::Distribution => "DISTRIBUTION",
        };
        Ok(json!({
            "name": self.name,
            "kind": kind,
            "endpoint": self.url,
            "aliases": self.alias,
            "skipTlsVerify": self.skip_tls_verify,
            "credential": self.account.credential()?,
            "caBundlePem": self.ca_file.as_deref().map(read_text).transpose()?,
        }))
    }
}

impl Account {
    /// The credential as it is sent; `None` when nobody is named.
    fn credential(self) -> Result<Option<Value>, Failure> {
        let password = self.password_file.as_deref().map(read_text).transpose()?;
        Ok(self.username.zip(password).map(|(username, password)| {
            let secret = password.strip_suffix('\n').unwrap_or(&password);
            json!({ "username": username, "secret": secret.strip_suffix('\r').unwrap_or(secret) })
        }))
    }
}

async fn sync(which: &Which, wait: bool, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
    let Known { id, name, .. } = which.find(client).await?;
    let input = json!({ "registryId": id });
    let started: Started = client.change(include_str!("sync_registry.graphql"), input, "syncRegistry").await?;
    let sync = finish(started.sync, wait, client).await?;
    format.answer(&json!({ "sync": sync }), &format!("registry {name}{}", told(sync.as_ref())), out)?;
    check(sync.as_ref())
}

impl Which {
    /// The registry, which must be there.
    async fn find(&self, client: &Client) -> Result<Known, Failure> {
        let (name, document) = (&self.name, include_str!("associated_registries.graphql"));
        let found: Option<Known> = match &self.workspace {
            None => client.ask(include_str!("registry.graphql"), json!({ "name": name }), "/registry").await?,
            Some(workspace) => {
                workspace::id_of(workspace, client).await?;
                let variables = json!({ "workspace": workspace });
                let all: Vec<Known> = client.all(document, variables, "/workspace/associatedRegistries").await?;
                all.into_iter().find(|known| known.name == *name)
            }
        };
        let of = self.workspace.as_ref().map_or_else(String::new, |workspace| format!(" of workspace {workspace}"));
        found.ok_or_else(|| Failure::Refused(format!("NOT_FOUND: there is no registry {name}{of}")))
    }
}

/// The walk when it has ended, or as it was begun when nobody waits.
async fn finish(sync: Option<Walk>, wait: bool, client: &Client) -> Result<Option<Walk>, Failure> {
    let Some(mut walk) = sync else { return Ok(None) };
    let progress = wait.then(Progress::new);
    while wait && matches!(walk.state.as_str(), "QUEUED" | "RUNNING") {
        tokio::time::sleep(LOOK).await;
        walk = client.ask(include_str!("sync.graphql"), json!({ "id": walk.id }), "/node").await?;
        if let Some(progress) = &progress {
            progress.show(walk.spaces_seen, walk.repositories_seen, walk.repositories_total);
        }
    }
    Ok(Some(walk))
}

fn told(sync: Option<&Walk>) -> String {
    match sync {
        None => String::new(),
        Some(Walk { state, .. }) if state == "QUEUED" || state == "RUNNING" => "; its walk has begun".to_owned(),
        Some(Walk { spaces_seen, repositories_seen, state, .. }) => {
            format!("; walk {state}: {spaces_seen} spaces, {repositories_seen} repositories")
        }
    }
}

fn check(sync: Option<&Walk>) -> Result<(), Failure> {
    match sync {
        Some(Walk { state, error, .. }) if state == "FAILED" || state == "CANCELLED" => Err(Failure::Refused(format!(
            "the walk ended with {state}: {}",
            error.as_deref().unwrap_or("no reason is known")
        ))),
        _ => Ok(()),
    }
}
