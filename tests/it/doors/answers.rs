//! What the doors answer, each held to the oracle.

use std::fmt::Write;

use serde_json::{Value, json};
use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::decision::{Reason, Verdict};

use super::oracle::image::{Image, Written};
use super::oracle::world::World;
use super::oracle::{Answer, Asked};
use super::placement::named;
use crate::harness::journey::creation;
use crate::harness::platform::Platform;

/// How many explanations fit into one request.
pub(super) const AT_ONCE: usize = 10;

/// How many rows of the picker are asked for at once, so that there are several pages.
const PAGE: usize = 10;

/// Who asks, in which world, and that world's seed.
type Asker<'w> = (&'w World, u64, Asked<'w>);

/// One image in one namespace.
pub(super) struct Question<'w> {
    pub(super) world: &'w World,
    pub(super) seed: u64,
    pub(super) asked: Asked<'w>,
    pub(super) written: &'w Written,
}

impl Question<'_> {
    /// What the table says.
    pub(super) fn expected(&self) -> Answer {
        self.world.answer(self.asked, self.written.image.as_ref())
    }

    fn is_allowed(&self) -> bool {
        self.expected().verdict == Verdict::Allow
    }

    /// Creates a pod with the image.
    pub(super) async fn ask_webhook(&self, platform: &Platform) {
        let response = review(platform, self.asked, &[&self.written.text]).await;
        let (expected, mode, context) = (self.expected(), mode(self.world, self.asked), || self.context());
        let allowed = self.is_allowed() || mode != EnforcementMode::Enforce;
        assert_eq!(response["allowed"], allowed, "{}\n{response:#}", context());
        // Of what is private the audit log is told no more than the user.
        let reason = serde_json::to_value(if is_private(expected.reason) { Reason::NotBound } else { expected.reason });
        assert_eq!(response["auditAnnotations"]["reason"], reason.unwrap(), "{}\n{response:#}", context());
        // Two modes are silent.
        let warned = match mode {
            EnforcementMode::Enforce => expected.warn,
            EnforcementMode::Warn => expected.warn || !self.is_allowed(),
            EnforcementMode::Audit | EnforcementMode::Off => false,
        };
        assert_eq!(response["warnings"].is_array(), warned, "{}\n{response:#}", context());
        assert_eq!(response["status"]["code"] == 403, !allowed, "{}\n{response:#}", context());
    }

    fn assert_explained(&self, explanation: &Value) {
        let context = || self.context();
        let expected = self.expected();
        let reason = serde_json::to_value(expected.reason).unwrap();
        assert_eq!(explanation["reason"], reason, "{}\n{explanation:#}", context());
        let admissible = self.is_allowed() || mode(self.world, self.asked) != EnforcementMode::Enforce;
        assert_eq!(explanation["admissible"], admissible, "{}\n{explanation:#}", context());
        let in_scope = self.written.image.as_ref().map(|image| self.world.answer_in_scope(self.asked, image));
        let selectable = in_scope.is_some_and(|answer| is_offered(answer.reason));
        assert_eq!(explanation["selectable"], selectable, "{}\n{explanation:#}", context());
        assert_eq!(explanation["cause"].is_null(), self.is_allowed(), "{}\n{explanation:#}", context());
    }

    fn context(&self) -> String {
        let Asked { cluster, namespace, .. } = self.asked;
        let (text, expected) = (&self.written.text, self.expected());
        format!("seed {}, {text:?} in {}/{namespace}: {expected:?}\n{:#?}", self.seed, cluster.name, self.world)
    }
}

/// Creates a pod with all of these images.
pub(super) async fn ask_webhook_for_all(platform: &Platform, (world, seed, asked): Asker<'_>, images: &[Written]) {
    let texts: Vec<_> = images.iter().map(|written| &*written.text).collect();
    let response = review(platform, asked, &texts).await;
    let answers = images.iter().map(|written| world.answer(asked, written.image.as_ref()));
    let denied = answers.filter(|answer| answer.verdict == Verdict::Deny).count();
    let context = || format!("seed {seed}, all images in {}/{}\n{response:#}", asked.cluster.name, asked.namespace);
    let counted = format!("decided={} denied={denied}", images.len());
    assert_eq!(response["auditAnnotations"]["images"], counted, "{}", context());
    let allowed = denied == 0 || mode(world, asked) != EnforcementMode::Enforce;
    assert_eq!(response["allowed"], allowed, "{}", context());
    if !allowed {
        let message = response["status"]["message"].as_str().unwrap();
        assert!(message.starts_with(&denied.to_string()), "{}", context());
    }
}

/// Asks why these images can or cannot be used, in one request.
pub(super) async fn ask_for_explanations(platform: &Platform, questions: &[Question<'_>]) {
    assert!(questions.len() <= AT_ONCE);
    let (mut arguments, mut fields, mut variables) = (String::new(), String::new(), json!({}));
    for (index, question) in questions.iter().enumerate() {
        write!(arguments, "$n{index}: NamespaceRef!, $r{index}: String!, ").unwrap();
        writeln!(fields, "e{index}: explainImage(namespace: $n{index}, reference: $r{index}) {{ ...Told }}").unwrap();
        variables[format!("n{index}")] = namespace(question.asked);
        variables[format!("r{index}")] = json!(question.written.text);
    }
    let fragment = "fragment Told on Explanation { reason admissible selectable cause { kind } }";
    let answer = platform.graphql(&format!("query({arguments}) {{ {fields} }}\n{fragment}"), variables).await;
    for (index, question) in questions.iter().enumerate() {
        question.assert_explained(&answer[format!("e{index}")]);
    }
}

/// Reads all pages of the picker. Gives how many images it offers and how many it withholds.
pub(super) async fn ask_picker(platform: &Platform, (world, seed, asked): Asker<'_>) -> (usize, usize) {
    let offered = selectable(platform, asked).await;
    let mut sorted = offered.clone();
    sorted.sort();
    assert_eq!(
        sorted.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        offered.iter().map(|(path, _)| path).collect::<Vec<_>>()
    );
    let repositories = world.repositories();
    let mut expected = Vec::new();
    for repository in &repositories {
        let registry = world.policy.registries.iter().find(|it| it.id == repository.registry).unwrap();
        let (host, path) = (world.reference_host(registry), repository.path.clone());
        let reached = world.registry_at(world.workspace_of(asked), host).is_some_and(|found| found.id == registry.id);
        let image = Image { host, path, tag: Some("latest"), digest: None };
        if reached && world.answer_in_scope(asked, &image).verdict == Verdict::Allow {
            let path = repository.path.join("/");
            expected.push((path.clone(), format!("{}/{path}:latest", host.canonical())));
        }
    }
    expected.sort();
    let context = || format!("seed {seed}, the picker of {}/{}\n{world:#?}", asked.cluster.name, asked.namespace);
    assert_eq!(sorted, expected, "{}", context());
    (expected.len(), repositories.len() - expected.len())
}

/// The path and the reference of each image that is offered, page after page.
async fn selectable(platform: &Platform, asked: Asked<'_>) -> Vec<(String, String)> {
    let query = "query($ns: NamespaceRef!, $first: Int, $after: String) {
        selectableImages(namespace: $ns, first: $first, after: $after) {
            nodes { repository { path } latest { reference } } pageInfo { hasNextPage endCursor } } }";
    let (mut rows, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "ns": namespace(asked), "first": PAGE, "after": after });
        let answer = platform.graphql(query, variables).await;
        let list = &answer["selectableImages"];
        for node in list["nodes"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            rows.push((text(&node["repository"]["path"]), text(&node["latest"]["reference"])));
        }
        if list["pageInfo"]["hasNextPage"] != true {
            return rows;
        }
        after = list["pageInfo"]["endCursor"].clone();
    }
}

async fn review(platform: &Platform, asked: Asked<'_>, images: &[&str]) -> Value {
    let url = format!("https://{}/validate/{}?timeout=5s", platform.addresses().webhook, named(&asked.cluster.name));
    let answer = platform.http().post(url).json(&creation(asked.namespace, images)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut answer: Value = answer.json().await.unwrap();
    answer["response"].take()
}

fn namespace(asked: Asked<'_>) -> Value {
    json!({ "name": { "cluster": named(&asked.cluster.name), "name": asked.namespace } })
}

/// The mode of the namespace's workspace, else of its cluster.
fn mode(world: &World, asked: Asked<'_>) -> EnforcementMode {
    let own = world.workspace_of(asked);
    let workspace = world.policy.workspaces.iter().find(|workspace| Some(workspace.id) == own);
    workspace.and_then(|workspace| workspace.mode).unwrap_or(asked.cluster.mode)
}

/// An image of a space that is there, and may be used.
fn is_offered(reason: Reason) -> bool {
    matches!(reason, Reason::SpacePublic | Reason::WorkspaceRegistry | Reason::Bound)
}

/// What only the workspaces of a private space may know.
fn is_private(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::SpaceUnknown
            | Reason::NamespaceNotMapped
            | Reason::BindingPending
            | Reason::BindingExpired
            | Reason::RepositoryOutOfScope
    )
}
