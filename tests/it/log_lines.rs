//! What strangers write is inert in the log: whatever a name, a reason, an id of a request or an answer of a registry holds, it
//! begins no line of its own, moves no cursor and turns no writing.

use std::time::Duration;

use serde_json::{Value, json};
use wharfinger_fakes::harbor::Fault;

use crate::harness::journey::creation;
use crate::harness::platform::Options;
use crate::outage::within;
use crate::world::World;

/// A line that the product never wrote, behind a line break; then what erases a screen, colours it, and turns the writing.
const HOSTILE: &str =
    "a\n2026-11-25T10:00:00.000000Z  INFO wharfinger: FORGED\r\u{1b}[2J\u{9b}31m\u{7}\u{7f}\u{202e}\u{2028}z";

/// The same as a part of a URL.
fn encoded() -> String {
    HOSTILE.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"))
}

/// What the API is sent.
async fn ask_the_api(world: &World) {
    let platform = &world.platform;
    let space = platform.space(&world.registry, "team-a").await;
    let create = "mutation($input: CreateWorkspaceInput!) { createWorkspace(input: $input) { userErrors { code } } }";
    let named = platform.graphql(create, json!({ "input": { "name": "wb", "displayName": HOSTILE } })).await;
    assert_eq!(named["createWorkspace"]["userErrors"], json!([]));
    platform.ask(create, json!({ "input": { "name": HOSTILE } })).await;
    let declare =
        "mutation($input: SetSpaceVisibilityInput!) { setSpaceVisibility(input: $input) { userErrors { code } } }";
    let input = json!({ "spaceId": space, "visibility": "PRIVATE", "reason": HOSTILE });
    platform.ask(declare, json!({ "input": input })).await;
    platform.ask(&format!("{{ {HOSTILE} }}"), json!({ HOSTILE: HOSTILE })).await;
    let register =
        "mutation($input: RegisterRegistryInput!) { registerRegistry(input: $input) { userErrors { code } } }";
    let credential = json!({ "username": HOSTILE, "secret": HOSTILE });
    let input =
        json!({ "name": HOSTILE, "endpoint": world.harbor.url(), "aliases": [HOSTILE], "credential": credential });
    platform.ask(register, json!({ "input": input })).await;
    let (api, http) = (format!("http://{}", platform.addresses().api), platform.http());
    let visible: Vec<u8> = HOSTILE.bytes().filter(|byte| *byte >= b' ' && *byte != 0x7f).collect();
    let id = reqwest::header::HeaderValue::from_bytes(&visible).unwrap();
    for path in [format!("/export?workspace={}", encoded()), format!("/{}", encoded()), "/graphql".to_owned()] {
        let request = http.get(format!("{api}{path}")).bearer_auth(platform.token()).header("x-request-id", &id);
        let answer = request.header("user-agent", id.clone()).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{path}: {answer:?}");
    }
}

/// What the webhook is sent.
async fn ask_the_webhook(world: &World) {
    let base = format!("https://{}/validate", world.platform.addresses().webhook);
    let send = async |url: String, body: String| {
        let request = world.platform.http().post(url).header("content-type", "application/json");
        request.body(body).send().await.unwrap();
    };
    let mut reviews = vec![creation("ns-a", &[HOSTILE]), creation(HOSTILE, &["nginx"])];
    for pointer in
        ["/request/uid", "/request/name", "/request/operation", "/request/kind/kind", "/request/subResource", "/kind"]
    {
        let mut review = creation("ns-a", &["nginx"]);
        review["request"]["subResource"] = json!("");
        *review.pointer_mut(pointer).unwrap() = json!(HOSTILE);
        reviews.push(review);
    }
    reviews.push(json!({ HOSTILE: HOSTILE }));
    reviews.push(json!(HOSTILE));
    for review in reviews {
        send(format!("{base}/test"), review.to_string()).await;
        send(format!("{base}/{}", encoded()), review.to_string()).await;
    }
    send(format!("{base}/test"), HOSTILE.to_owned()).await;
}

/// What a registry and a cluster tell.
async fn tell(world: &World) {
    world.harbor.create_project(HOSTILE, "false");
    // Whatever the walk makes of such a name, it ends.
    let sync = "mutation($id: ID!) { syncRegistry(input: { registryId: $id }) { userErrors { message } } }";
    let last = "query($id: ID!) { node(id: $id) { ... on Registry { lastSync { state } } } }";
    let state = async || {
        let data = world.platform.graphql(last, json!({ "id": world.registry })).await;
        data["node"]["lastSync"]["state"].as_str().unwrap().to_owned()
    };
    for fault in [None, Some(Fault::Answer(418, "text/html", HOSTILE.to_owned()))] {
        let fails = fault.is_some();
        if let Some(fault) = fault {
            world.harbor.fail_next("projects", fault);
        }
        world.platform.graphql(sync, json!({ "id": world.registry })).await;
        within(Duration::from_mins(1), async || {
            let state = state().await;
            state == "FAILED" || (!fails && state == "SUCCEEDED")
        })
        .await;
    }
    let _ = world.kube.create(HOSTILE);
    let _ = world.kube.create("ns-after");
    world.platform.wait_for_namespace("ns-after").await;
}

/// Drives everything that writes to the log with what strangers write. Gives the log.
async fn provoke(format: &str) -> String {
    let configuration = format!("log:\n  format: {format}\n  level: info");
    let world = World::start_with(Options { configuration, ..crate::place::options() }).await;
    ask_the_api(&world).await;
    ask_the_webhook(&world).await;
    tell(&world).await;
    world.platform.log()
}

/// Fails at a character that does something to whoever reads it.
fn assert_inert(line: &str) {
    let active = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{202e}');
    assert!(!line.chars().any(active), "{line:?}");
}

/// How many of these lines tell of what was sent.
fn told<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    lines.filter(|line| line.contains("FORGED")).count()
}

// Case: API-26
#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_write_a_line_of_the_log_for_people() {
    let log = provoke("text").await;
    for line in log.lines() {
        assert_inert(line);
        let words: Vec<_> = line.split_whitespace().take(2).collect();
        let [instant, level] = words[..] else { panic!("{line:?}") };
        assert!(chrono::DateTime::parse_from_rfc3339(instant).is_ok(), "{line:?}");
        assert!(["INFO", "WARN", "ERROR"].contains(&level), "{line:?}");
        assert_ne!(instant, "2026-11-25T10:00:00.000000Z", "{line:?}");
    }
    assert!(told(log.lines()) >= 5, "what was sent is not in the log: {log}");
}

// Case: API-26
#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_write_a_line_of_the_log_for_programs() {
    let log = provoke("json").await;
    for line in log.lines() {
        assert_inert(line);
        let read: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        assert!(read["timestamp"].is_string() && read["level"].is_string(), "{line:?}");
    }
    assert!(told(log.lines()) >= 5, "what was sent is not in the log: {log}");
}
