//! Tokens of the API: make, list and revoke them. Making and revoking is for people, who sign in with their password for the
//! moment that it takes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use clap::{Args, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wharfinger_app::random::Clock as _;

use super::client::{Client, ClientArgs, read_text, token_file};
use super::output::{Row, cell};
use super::{Failure, workspace};
use crate::clock::{SystemClock, SystemRandom};
use crate::config::Environment;
use crate::secret_file;

/// Commands about tokens.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token of one's own and put it into a file that only its owner may read.
    Create {
        /// What it is called.
        name: String,
        #[command(flatten)]
        person: Person,
        /// What it may be used for, at most; every one also reads.
        #[arg(long, value_enum, value_delimiter = ',', default_value = "read")]
        scope: Vec<Scope>,
        /// The one workspace that it is for [default: all that its owner has rights in].
        #[arg(long)]
        workspace: Option<String>,
        /// In how many days it ends, at most 366.
        #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
        /// The file to write [default: the one of `--token-file`].
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// List one's own tokens, by the token that is shown.
    List,
    /// Revoke a token: from then on it opens nothing.
    Revoke {
        /// Its id, as `token list` tells it.
        id: String,
        #[command(flatten)]
        person: Person,
    },
}

/// Who signs in.
#[derive(Debug, Args)]
pub(super) struct Person {
    /// The user's name.
    #[arg(long, value_name = "NAME")]
    user: String,
    /// File with the password, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
    /// File with the password to have from now on; needed when the other one is good for one time.
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Scope {
    /// To read.
    Read,
    /// To bind and unbind spaces.
    Bind,
    /// To integrate, associate, change and synchronize registries.
    RegistryAdmin,
    /// To make and change workspaces, their namespaces and members.
    WorkspaceAdmin,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    id: String,
    name: String,
    prefix: String,
    scopes: Vec<String>,
    expires_at: String,
    last_used_at: Option<String>,
    workspace: Option<Workspace>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Workspace {
    name: String,
}

impl Row for Token {
    const HEAD: &'static [&'static str] = &["NAME", "PREFIX", "SCOPES", "WORKSPACE", "EXPIRES", "LAST USED", "ID"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.prefix.clone(),
            self.scopes.join(","),
            cell(self.workspace.as_ref().map(|workspace| &*workspace.name)),
            self.expires_at.clone(),
            cell(self.last_used_at.as_deref()),
            self.id.clone(),
        ]
    }
}

impl Command {
    pub(super) async fn run(
        self,
        arguments: &ClientArgs,
        environment: &Environment,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        match self {
            Self::Create { name, person, scope, workspace, days, to, force } => {
                let file = to.map_or_else(|| token_file(arguments, environment), Ok)?;
                refuse_to_replace(&file, force)?;
                let form = person.form()?;
                let wanted = (name, scope, workspace, days);
                let created =
                    Client::signed_in(arguments, environment, form, async |client| create(client, wanted).await);
                let created = created.await?;
                keep(&file, &created)?;
                let sentence = format!("the token is in {}", file.display());
                let answer = json!({ "token": created["token"], "file": file });
                Ok(arguments.output.answer(&answer, &sentence, out)?)
            }
            Self::List => {
                let client = Client::new(arguments, environment)?;
                let tokens: Vec<Token> =
                    client.all(include_str!("api_tokens.graphql"), json!({}), "/apiTokens").await?;
                Ok(arguments.output.list(&tokens, out)?)
            }
            Self::Revoke { id, person } => {
                let (form, input) = (person.form()?, json!({ "tokenId": id }));
                let revoke = async |client: &Client| -> Result<Value, Failure> {
                    client.change(include_str!("revoke_api_token.graphql"), input, "revokeApiToken").await
                };
                let revoked = Client::signed_in(arguments, environment, form, revoke).await?;
                let answer = json!({ "revokedTokenId": revoked["revokedTokenId"] });
                Ok(arguments.output.answer(&answer, "the token is revoked", out)?)
            }
        }
    }
}

impl Person {
    fn form(&self) -> Result<Value, Failure> {
        let read = |path: &Path| Ok::<_, Failure>(read_text(path)?.trim_end_matches(['\r', '\n']).to_owned());
        let new = self.new_password_file.as_deref().map(read).transpose()?;
        Ok(json!({ "name": self.user, "password": read(&self.password_file)?, "newPassword": new }))
    }
}

async fn create(
    client: &Client,
    (name, scopes, of, days): (String, Vec<Scope>, Option<String>, u16),
) -> Result<Value, Failure> {
    let workspace = match of {
        Some(name) => Some(workspace::id_of(&name, client).await?),
        None => None,
    };
    let end = SystemClock.now().saturating_add(Duration::from_hours(24 * u64::from(days)));
    let end = DateTime::from_timestamp_micros(end.as_micros()).unwrap_or_default();
    let input = json!({
        "name": name,
        "scopes": scopes.into_iter().map(word).collect::<Vec<_>>(),
        "workspaceId": workspace,
        "expiresAt": end.to_rfc3339_opts(SecondsFormat::Micros, true),
    });
    client.change(include_str!("create_api_token.graphql"), input, "createApiToken").await
}

fn word(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "READ",
        Scope::Bind => "BIND",
        Scope::RegistryAdmin => "REGISTRY_ADMIN",
        Scope::WorkspaceAdmin => "WORKSPACE_ADMIN",
    }
}

/// Before anything is made: a token that cannot be kept is one too many.
fn refuse_to_replace(file: &Path, force: bool) -> Result<(), Failure> {
    if file.exists() && !force {
        return Err(Failure::Refused(format!("{} is there; name another file or give --force", file.display())));
    }
    Ok(())
}

fn keep(file: &Path, created: &Value) -> Result<(), Failure> {
    let line = format!("{}\n", created["secret"].as_str().unwrap_or_default());
    secret_file::replace(file, line.as_bytes(), &SystemRandom::new()).map_err(|error| {
        let id = created["token"]["id"].as_str().unwrap_or_default();
        Failure::Unusable(format!("{error}; the token with the id {id} is of no use: revoke it"))
    })
}
