//! Budgets from outside: whoever asks too often for what is dear is told when to come back, and nobody else notices. The
//! budgets are so small that what was drawn is not there again before a minute has passed.

use std::fs;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};
use wharfinger_fakes::kube::FakeKube;

use crate::harness::platform::{CLUSTER, Options, PASSWORD, Platform};
use crate::harness::session::Session;
use crate::sign_in::create_user;
use crate::world::World;

/// What is dear beside cost, once a minute for each caller.
const ONCE: [(&str, &str); 3] = [
    ("WHARFINGER_BUDGETS_EXPLANATIONS", "1"),
    ("WHARFINGER_BUDGETS_SYNCS", "1"),
    ("WHARFINGER_BUDGETS_REGISTRY_TESTS", "1"),
];

const EXPLAIN: &str = "query($ns: NamespaceRef!) { explainImage(namespace: $ns, reference: \"a/b\") { reason } }";
const TEST: &str = "mutation($endpoint: URL!, $workspace: ID!) {
    testRegistry(input: { endpoint: $endpoint, ownerWorkspaceId: $workspace }) { ok } }";
const SYNC: &str = "mutation($registry: ID!) {
    syncRegistry(input: { registryId: $registry }) { sync { id } userErrors { code } } }";
const REGISTER: &str = "mutation($endpoint: URL!, $workspace: ID!) {
    registerRegistry(input: { name: \"mine\", endpoint: $endpoint, ownerWorkspaceId: $workspace }) {
        registry { id } userErrors { code message } } }";
const UPDATE: &str = "mutation($registry: ID!) {
    updateRegistry(input: { registryId: $registry, revision: 1, name: \"ours\" }) { registry { name } } }";

/// So many rows of so many fields cost 1,800 points.
const LISTS: &str = "a: workspaces(first: 100) { nodes { id name } } b: workspaces(first: 100) { nodes { id name } }
    c: workspaces(first: 100) { nodes { id name } } d: workspaces(first: 100) { nodes { id name } }
    e: workspaces(first: 100) { nodes { id name } } f: workspaces(first: 100) { nodes { id name } }";

/// Asks for as much of a workspace that it makes.
const CREATE: &str = "mutation { createWorkspace(input: { name: \"w\" }) { workspace {
    bindings(first: 100) { nodes { id reason createdAt expiresAt revision state } }
    namespaces(first: 100) { nodes { id name uid source mode } }
    members(first: 100) { nodes { role source workspace { id } } } } } }";

fn environment(variables: &[(&'static str, &str)]) -> Options {
    let environment = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Options { environment, ..crate::place::options() }
}

/// Makes users with this role, who sign in.
async fn hire<const N: usize>(platform: &Platform, admin: &Session, role: &str, names: [&str; N]) -> [Session; N] {
    let mut hired = Vec::new();
    for name in names {
        let (_, first) = create_user(platform, admin, json!({ "name": name, "platformRole": role })).await;
        hired.push(platform.sign_in(name, &first, Some("a password of theirs")).await.unwrap());
    }
    hired.try_into().unwrap_or_else(|_| panic!("each is hired"))
}

#[expect(clippy::disallowed_methods, reason = "the product reads the same clock")]
fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// Fails unless an error says that the caller asks too often, and when to come back. Gives after how many milliseconds.
fn wait(error: &Value) -> u64 {
    assert_eq!(error["extensions"]["code"], "RATE_LIMITED", "{error}");
    let wait = error["extensions"]["retryAfterMs"].as_u64().unwrap_or_else(|| panic!("{error}"));
    assert!((1..=60_000).contains(&wait), "{error}");
    wait
}

// Case: API-28
#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_too_often_for_what_is_dear_waits_and_waits_alone() {
    let world = World::start_with(environment(&ONCE)).await;
    let platform = &world.platform;
    let admin = platform.sign_in("admin", PASSWORD, None).await.unwrap();
    let [lead, deputy] = hire(platform, &admin, "NONE", ["lead", "deputy"]).await;
    let workspace = platform.workspace("wa").await;
    let set = json!([
        { "subject": { "user": "lead" }, "role": "ADMIN" }, { "subject": { "user": "deputy" }, "role": "ADMIN" },
    ]);
    let query = "mutation($id: ID!, $set: [MemberInput!]!) {
        changeWorkspaceMembers(input: { workspaceId: $id, set: $set }) { userErrors { message } } }";
    let (_, answer) = platform.ask_in(&admin, query, json!({ "id": workspace, "set": set })).await;
    assert_eq!(answer["data"]["changeWorkspaceMembers"]["userErrors"], json!([]), "{answer}");
    let token = platform.token_of(&lead, &["REGISTRY_ADMIN"]).await;

    let endpoint = world.harbor.url().replace("127.0.0.1", "localhost");
    let variables = json!({ "endpoint": endpoint, "workspace": workspace });
    // Whoever registers a registry asks for a walk through it.
    let (_, answer) = platform.ask_in(&lead, REGISTER, variables.clone()).await;
    let registry = answer["data"]["registerRegistry"]["registry"]["id"].clone();
    assert!(registry.is_string(), "{answer}");
    let ns = json!({ "name": { "cluster": CLUSTER, "name": "ns-a" } });
    for (budget, query, variables) in [
        ("explanations", EXPLAIN, json!({ "ns": ns })),
        ("registryTests", TEST, variables.clone()),
        ("syncs", SYNC, json!({ "registry": registry })),
    ] {
        if budget != "syncs" {
            let (_, answer) = platform.ask_in(&lead, query, variables.clone()).await;
            assert_eq!(answer["errors"], Value::Null, "{budget}: {answer}");
        }
        let refused = [
            platform.ask_in(&lead, query, variables.clone()).await,
            platform.ask_by(&token, query, variables.clone()).await,
        ];
        for (status, answer) in refused {
            assert_eq!((status, &answer["data"]), (200, &Value::Null), "{budget}: {answer}");
            wait(&answer["errors"][0]);
        }
        let (_, answer) = platform.ask_in(&deputy, query, variables).await;
        assert_eq!(answer["errors"], Value::Null, "{budget}: {answer}");
        let metric = format!("wharfinger_budget_refusals_total{{budget=\"{budget}\"}} 2\n");
        assert!(platform.metrics().await.contains(&metric), "{}", platform.metrics().await);
    }
    // So does whoever changes one, and nothing is changed.
    let changed = json!({ "registry": registry });
    for (query, variables) in [(REGISTER, variables), (UPDATE, changed.clone())] {
        let (_, answer) = platform.ask_in(&lead, query, variables).await;
        wait(&answer["errors"][0]);
    }
    let query = "query($registry: ID!) { node(id: $registry) { ... on Registry { name } } }";
    let (_, answer) = platform.ask_in(&admin, query, changed).await;
    assert_eq!(answer["data"]["node"]["name"], "mine", "{answer}");
}

// Case: API-28
#[tokio::test(flavor = "multi_thread")]
async fn a_request_beyond_the_budget_of_its_caller_is_refused_before_it_is_executed() {
    let (kube, directory) = (FakeKube::start().await.unwrap(), tempfile::tempdir().unwrap());
    let kubeconfig = directory.path().join("kubeconfig");
    fs::write(&kubeconfig, kube.kubeconfig()).unwrap();
    let options = environment(&[("WHARFINGER_BUDGETS_COST", "2000")]);
    let platform = Platform::start(&Options { kubeconfig, ..options }).await;
    let admin = platform.sign_in("admin", PASSWORD, None).await.unwrap();
    let [ada, ben] = hire(&platform, &admin, "ADMIN", ["ada", "ben"]).await;
    let token = platform.token_of(&ada, &["WORKSPACE_ADMIN"]).await;

    let lists = format!("{{ viewer {{ requestCost {{ cost limit remaining resetAt }} }} {LISTS} }}");
    let before = now();
    let (_, answer) = platform.ask_in(&ada, &lists, json!({})).await;
    let cost = &answer["data"]["viewer"]["requestCost"];
    assert_eq!((&cost["cost"], &cost["limit"]), (&json!(1806), &json!(2000)), "{answer}");
    let remaining = cost["remaining"].as_u64().unwrap();
    assert!(remaining <= 194, "{answer}");
    let whole: DateTime<Utc> = cost["resetAt"].as_str().unwrap().parse().unwrap();
    assert!((before + Duration::from_secs(50)..=now() + Duration::from_mins(1)).contains(&whole), "{answer}");

    let url = format!("http://{}", platform.addresses().api);
    let http = platform.http();
    for query in [&*lists, CREATE] {
        for accept in ["application/json", "application/graphql-response+json"] {
            let body = json!({ "query": query });
            let by_session = http.post(format!("{url}/graphql")).header("cookie", &ada.cookie).header("x-csrf", "1");
            let by_token = http.post(format!("{url}/graphql")).bearer_auth(&token);
            for request in [by_session, by_token] {
                let answer = request.header("accept", accept).json(&body).send().await.unwrap();
                assert_refused(answer).await;
            }
        }
    }
    for file in ["export", "audit"] {
        assert_refused(http.get(format!("{url}/{file}")).bearer_auth(&token).send().await.unwrap()).await;
    }
    let (status, answer) = platform.ask_in(&ben, &lists, json!({})).await;
    assert_eq!((status, &answer["errors"]), (200, &Value::Null), "another has a budget of its own: {answer}");
    assert_eq!(answer["data"]["a"]["nodes"], json!([]), "nothing was changed");
}

/// Fails unless nothing was executed, and the answer says when to come back.
async fn assert_refused(answer: reqwest::Response) {
    assert_eq!(answer.status(), 429);
    let seconds: u64 = answer.headers()[RETRY_AFTER].to_str().unwrap().parse().unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer.get("data"), None, "{answer}");
    assert_eq!(seconds, wait(&answer["errors"][0]).div_ceil(1000), "{answer}");
}

// Case: API-28
#[tokio::test(flavor = "multi_thread")]
async fn whoever_tries_tokens_is_told_to_wait_and_a_right_one_counts_all_the_same() {
    let world = World::start().await;
    let platform = &world.platform;
    let mut tries = 0;
    loop {
        let answer = platform.http().post(format!("http://{}/graphql", platform.addresses().api));
        let answer = answer.bearer_auth("whf_wrong").json(&json!({ "query": "{ __typename }" })).send().await.unwrap();
        tries += 1;
        match answer.status().as_u16() {
            401 => assert!(tries < 10_000, "nobody is told to wait"),
            _ => break assert_refused(answer).await,
        }
    }
    assert!(tries > 60, "sixty a minute are let pass, and {tries} were");
    platform.graphql("{ viewer { user { name } } }", json!({})).await;
}
