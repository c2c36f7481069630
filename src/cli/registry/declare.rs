//! Names what a registry does not list by itself.

use std::io::Write;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::client::Client;
use super::super::{Failure, Format};
use super::{Known, Which};

/// A space.
#[derive(Debug, Args)]
pub(in super::super) struct Space {
    #[command(flatten)]
    which: Which,
    /// A prefix of repository paths in whole components, such as `team` or `team/group`.
    path: String,
    /// For everybody; without it, for the workspaces that it is bound to.
    #[arg(long)]
    public: bool,
}

/// Repositories.
#[derive(Debug, Args)]
pub(in super::super) struct Repositories {
    #[command(flatten)]
    which: Which,
    /// The paths of the repositories below the host, without tags.
    #[arg(required = true)]
    paths: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Declared {
    space: Option<Value>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    added_count: u64,
}

impl Space {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let Known { id, name, .. } = self.which.find(client).await?;
        let visibility = if self.public { "PUBLIC" } else { "PRIVATE" };
        let input = json!({ "registryId": id, "path": self.path, "visibility": visibility });
        let declared: Declared = client.change(include_str!("../declare_space.graphql"), input, "declareSpace").await?;
        let answer = json!({ "space": declared.space });
        Ok(format.answer(&answer, &format!("registry {name} has the space {}", self.path), out)?)
    }
}

impl Repositories {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let Known { id, name, .. } = self.which.find(client).await?;
        let input = json!({ "registryId": id, "paths": self.paths });
        let document = include_str!("../declare_repositories.graphql");
        let added: Added = client.change(document, input, "declareRepositories").await?;
        let (count, all) = (added.added_count, self.paths.len());
        Ok(format.answer(
            &added,
            &format!("registry {name} has {all} repositories that are named, {count} of them new"),
            out,
        )?)
    }
}
