//! Bindings: made and taken away by the names of spaces and workspaces.

use std::io::Write;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::Client;
use super::output::{Row, cell};
use super::{Failure, Format, workspace};

/// Which spaces and which workspaces.
#[derive(Debug, Args)]
struct Pairs {
    /// A space as REGISTRY/SPACE; may be given more than once.
    #[arg(long = "space", required = true, value_name = "REGISTRY/SPACE", num_args = 1..)]
    spaces: Vec<String>,
    /// A workspace's name; may be given more than once.
    #[arg(long = "workspace", required = true, value_name = "WORKSPACE", num_args = 1..)]
    workspaces: Vec<String>,
    /// Why: a sentence or a ticket.
    #[arg(long)]
    reason: Option<String>,
}

/// Binds.
#[derive(Debug, Args)]
pub(super) struct Bind {
    #[command(flatten)]
    pairs: Pairs,
    /// The instant from which the bindings no longer hold, such as 2027-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

/// Unbinds.
#[derive(Debug, Args)]
pub(super) struct Unbind {
    #[command(flatten)]
    pairs: Pairs,
}

#[derive(Debug, Deserialize)]
struct Payload {
    results: Vec<PairResult>,
}

/// What became of one pair.
#[derive(Debug, Deserialize, Serialize)]
struct PairResult {
    outcome: String,
    space: Option<Space>,
    workspace: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<Value>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Space {
    name: String,
    registry: Named,
}

#[derive(Debug, Deserialize, Serialize)]
struct Named {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Found {
    id: String,
    name: String,
}

impl Row for PairResult {
    const HEAD: &'static [&'static str] = &["SPACE", "WORKSPACE", "OUTCOME"];

    fn cells(&self) -> Vec<String> {
        let space = self.space.as_ref().map(|space| format!("{}/{}", space.registry.name, space.name));
        let workspace = self.workspace.as_ref().map(|workspace| workspace.name.as_str());
        vec![cell(space.as_deref()), cell(workspace), self.outcome.clone()]
    }
}

impl Bind {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let mut input = self.pairs.input(client).await?;
        input["expiresAt"] = json!(self.expires_at);
        let done: Payload = client.change(include_str!("bind_spaces.graphql"), input, "bindSpaces").await?;
        Ok(format.list(&done.results, out)?)
    }
}

impl Unbind {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let input = self.pairs.input(client).await?;
        let done: Payload = client.change(include_str!("unbind_spaces.graphql"), input, "unbindSpaces").await?;
        Ok(format.list(&done.results, out)?)
    }
}

impl Pairs {
    async fn input(&self, client: &Client) -> Result<Value, Failure> {
        let mut spaces = Vec::new();
        for space in &self.spaces {
            spaces.push(space_id(space, client).await?);
        }
        let mut workspaces = Vec::new();
        for workspace in &self.workspaces {
            workspaces.push(workspace::id_of(workspace, client).await?);
        }
        let pairs = json!({ "spaceIds": spaces, "workspaceIds": workspaces });
        Ok(json!({ "pairs": pairs, "reason": self.reason }))
    }
}

/// The registry and the space of a text: a registry's name has no slash, a space's path may have some.
fn split(text: &str) -> Result<(&str, &str), Failure> {
    let parts = text.split_once('/').filter(|(registry, space)| !registry.is_empty() && !space.is_empty());
    parts.ok_or_else(|| Failure::Unusable(format!("--space {text}: write the registry's name, a slash, and the space")))
}

/// The id of a space that must be there.
async fn space_id(text: &str, client: &Client) -> Result<String, Failure> {
    let (registry, space) = split(text)?;
    let variables = json!({ "registry": registry, "space": space });
    let document = include_str!("spaces.graphql");
    let known: Option<Value> = client.ask(document, variables.clone(), "/registry").await?;
    if known.is_none() {
        return Err(Failure::Refused(format!("NOT_FOUND: there is no registry {registry}")));
    }
    let found: Vec<Found> = client.all(document, variables, "/registry/spaces").await?;
    let found = found.into_iter().find(|found| found.name == space);
    found.map(|found| found.id).ok_or_else(|| {
        Failure::Refused(format!("NOT_FOUND: registry {registry} has no space {space}; has it been walked?"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_may_have_slashes_and_a_registry_none() {
        assert_eq!(split("hub/team-a").unwrap(), ("hub", "team-a"));
        assert_eq!(split("plain/team/group").unwrap(), ("plain", "team/group"));
        for text in ["team-a", "/team-a", "hub/", ""] {
            assert!(matches!(split(text), Err(Failure::Unusable(_))), "{text}");
        }
    }
}
