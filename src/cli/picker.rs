//! What a namespace may use, and why it may or may not use an image.

use std::io::{self, Write};

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::Client;
use super::namespace::DEFAULT_CLUSTER;
use super::output::{Row, cell, printable};
use super::{Failure, Format, read_or_not};

/// Which namespace.
#[derive(Debug, Args)]
struct Place {
    /// The namespace's name.
    namespace: String,
    /// The cluster that it is in.
    #[arg(long, default_value = DEFAULT_CLUSTER)]
    cluster: String,
}

/// Lists what may be used.
#[derive(Debug, Args)]
pub(super) struct Images {
    #[command(flatten)]
    place: Place,
    /// A part of the repository's path.
    #[arg(long)]
    search: Option<String>,
}

/// Explains one image.
#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    place: Place,
    /// The image as it would stand in a pod.
    image: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Image {
    repository: Repository,
    via: String,
    latest: Option<Tag>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Repository {
    path: String,
    space: Space,
}

#[derive(Debug, Deserialize, Serialize)]
struct Space {
    name: String,
    registry: Registry,
}

#[derive(Debug, Deserialize, Serialize)]
struct Registry {
    name: String,
    hosts: Vec<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tag {
    name: String,
    reference: String,
    pinned_reference: String,
}

impl Row for Image {
    const HEAD: &'static [&'static str] = &["IMAGE", "SPACE", "VIA"];

    fn cells(&self) -> Vec<String> {
        let Repository { path, space } = &self.repository;
        let host = space.registry.hosts.first().map_or("-", String::as_str);
        let image = self.latest.as_ref().map_or_else(|| format!("{host}/{path}"), |tag| tag.reference.clone());
        vec![image, format!("{}/{}", space.registry.name, space.name), self.via.clone()]
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Explanation {
    reference: Option<String>,
    selectable: bool,
    admissible: bool,
    reason: Option<String>,
    checks: Vec<Check>,
    policy_revision: Value,
    evaluated_at: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Check {
    kind: String,
    outcome: String,
    message: String,
    remedy: Option<Remedy>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Remedy {
    action: String,
}

impl Row for Check {
    const HEAD: &'static [&'static str] = &["CHECK", "OUTCOME", "REMEDY", "MESSAGE"];

    fn cells(&self) -> Vec<String> {
        let remedy = cell(self.remedy.as_ref().map(|remedy| remedy.action.as_str()));
        vec![self.kind.clone(), self.outcome.clone(), remedy, self.message.clone()]
    }
}

impl Place {
    fn reference(&self) -> Value {
        json!({ "name": { "cluster": self.cluster, "name": self.namespace } })
    }
}

impl Images {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let variables = json!({ "namespace": self.place.reference(), "search": self.search });
        let images: Vec<Image> =
            client.all(include_str!("selectable_images.graphql"), variables, "/selectableImages").await?;
        Ok(format.list(&images, out)?)
    }
}

impl Explain {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let variables = json!({ "namespace": self.place.reference(), "reference": self.image });
        let told: Explanation = client.ask(include_str!("explain_image.graphql"), variables, "/explainImage").await?;
        let admissible = told.admissible;
        read_or_not(self.print(told, format, out))?;
        // The answer has been printed: there is nothing more to say, only the exit code.
        if admissible { Ok(()) } else { Err(Failure::Refused(String::new())) }
    }

    fn print(&self, told: Explanation, format: Format, out: &mut impl Write) -> io::Result<()> {
        format.answer(&told, &self.sentence(&told), out)?;
        if format == Format::Text {
            let settled: Vec<Check> = told.checks.into_iter().filter(|check| check.outcome != "SKIPPED").collect();
            format.list(&settled, out)?;
        }
        out.flush()
    }

    fn sentence(&self, told: &Explanation) -> String {
        let Self { place: Place { namespace, .. }, image } = self;
        let reason = told.reason.as_deref().unwrap_or("no reason is told");
        printable(&match (told.selectable, told.admissible) {
            (true, _) => format!("namespace {namespace} may use {image}: {reason}"),
            (false, true) => {
                format!("namespace {namespace} may run {image}, which is not offered to be picked: {reason}")
            }
            (false, false) => format!("namespace {namespace} may not use {image}: {reason}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(selectable: bool, admissible: bool) -> String {
        let told = json!({
            "reference": "nginx", "selectable": selectable, "admissible": admissible, "reason": "NOT_BOUND", "checks": [],
            "policyRevision": "1-a", "evaluatedAt": "2026-01-01T00:00:00Z",
        });
        let place = Place { namespace: "shop".to_owned(), cluster: DEFAULT_CLUSTER.to_owned() };
        Explain { place, image: "nginx".to_owned() }.sentence(&serde_json::from_value(told).unwrap())
    }

    #[test]
    fn an_image_that_runs_without_being_offered_is_not_called_denied() {
        assert_eq!(sentence(true, true), "namespace shop may use nginx: NOT_BOUND");
        assert_eq!(sentence(false, true), "namespace shop may run nginx, which is not offered to be picked: NOT_BOUND");
        assert_eq!(sentence(false, false), "namespace shop may not use nginx: NOT_BOUND");
    }
}
