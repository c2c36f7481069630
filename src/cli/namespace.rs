//! Namespaces: put them into workspaces and list them.

use std::io::Write;

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::Client;
use super::output::{Row, cell};
use super::{Failure, Format, workspace};

/// The name of the cluster that is meant when none is named.
pub(super) const DEFAULT_CLUSTER: &str = "default";

/// Commands about namespaces.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Put namespaces into a workspace, or into none; all or nothing.
    Assign {
        /// Names of namespaces.
        #[arg(required = true, value_name = "NAMESPACE")]
        namespaces: Vec<String>,
        /// The workspace's name.
        #[arg(long, required_unless_present = "none")]
        workspace: Option<String>,
        /// Into no workspace.
        #[arg(long, conflicts_with = "workspace")]
        none: bool,
        /// The cluster that the namespaces are in.
        #[arg(long, default_value = DEFAULT_CLUSTER)]
        cluster: String,
    },
    /// List the namespaces.
    List {
        /// A part of the name.
        #[arg(long)]
        search: Option<String>,
    },
}

#[derive(Debug, Deserialize, Serialize)]
struct Namespace {
    cluster: String,
    name: String,
    uid: Option<String>,
    mode: String,
    workspace: Option<Named>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Named {
    name: String,
}

impl Row for Namespace {
    const HEAD: &'static [&'static str] = &["CLUSTER", "NAME", "WORKSPACE", "MODE", "UID"];

    fn cells(&self) -> Vec<String> {
        let workspace = cell(self.workspace.as_ref().map(|workspace| workspace.name.as_str()));
        vec![self.cluster.clone(), self.name.clone(), workspace, self.mode.clone(), cell(self.uid.as_deref())]
    }
}

impl Command {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        match self {
            Self::Assign { namespaces, workspace, cluster, .. } => {
                let id = match &workspace {
                    Some(name) => Some(workspace::id_of(name, client).await?),
                    None => None,
                };
                let names: Vec<_> = namespaces.iter().map(|name| json!({ "cluster": cluster, "name": name })).collect();
                let input = json!({ "assignment": { "namespaces": names, "workspaceId": id } });
                let document = include_str!("assign_namespaces.graphql");
                let done: Value = client.change(document, input, "assignNamespaces").await?;
                let place = workspace.map_or("in no workspace".to_owned(), |name| format!("in workspace {name}"));
                let sentence = format!("{} {} {place} now", namespaces.join(", "), verb(namespaces.len()));
                Ok(format.answer(&json!({ "assignedCount": done["assignedCount"] }), &sentence, out)?)
            }
            Self::List { search } => {
                let variables = json!({ "search": search });
                let namespaces: Vec<Namespace> =
                    client.all(include_str!("namespaces.graphql"), variables, "/namespaces").await?;
                Ok(format.list(&namespaces, out)?)
            }
        }
    }
}

fn verb(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
