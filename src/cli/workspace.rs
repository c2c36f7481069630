//! Workspaces: create and list them.

use std::io::Write;

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::Client;
use super::output::{Row, cell};
use super::{Failure, Format};

/// Commands about workspaces.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a workspace.
    Create {
        /// Its name: lower-case letters, digits and inner hyphens.
        name: String,
        /// How people call it.
        #[arg(long)]
        display_name: Option<String>,
    },
    /// List the workspaces.
    List,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Workspace {
    name: String,
    display_name: Option<String>,
}

impl Row for Workspace {
    const HEAD: &'static [&'static str] = &["NAME", "DISPLAY NAME"];

    fn cells(&self) -> Vec<String> {
        vec![self.name.clone(), cell(self.display_name.as_deref())]
    }
}

impl Command {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        match self {
            Self::Create { name, display_name } => {
                let input = json!({ "name": name, "displayName": display_name });
                let created: Value =
                    client.change(include_str!("create_workspace.graphql"), input, "createWorkspace").await?;
                let answer = json!({ "workspace": created["workspace"] });
                Ok(format.answer(&answer, &format!("workspace {name} is created"), out)?)
            }
            Self::List => {
                let workspaces: Vec<Workspace> =
                    client.all(include_str!("workspaces.graphql"), json!({}), "/workspaces").await?;
                Ok(format.list(&workspaces, out)?)
            }
        }
    }
}

/// The id of a workspace that must be there.
pub(super) async fn id_of(name: &str, client: &Client) -> Result<String, Failure> {
    let id: Option<String> =
        client.ask(include_str!("workspace.graphql"), json!({ "name": name }), "/workspace/id").await?;
    id.ok_or_else(|| Failure::Refused(format!("NOT_FOUND: there is no workspace {name}")))
}
