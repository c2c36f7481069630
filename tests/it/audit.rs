//! The audit from outside: what was done and refused, by whom, and who may read it.

use serde_json::{Value, json};

use crate::harness::platform::PASSWORD;
use crate::world::World;

const EVENTS: &str = "query($filter: AuditFilter) { auditEvents(first: 100, filter: $filter) {
    nodes { actor authMethod action outcome subjectLabel details requestId subject { __typename } } totalCount } }";

// Case: API-27
#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_done_or_refused_has_a_record_that_outlives_it() {
    let world = World::start().await;
    let platform = &world.platform;
    let admin = platform.sign_in("admin", PASSWORD, None).await.unwrap();
    platform.sign_in("admin", "a wrong password", None).await.unwrap_err();
    let reader = platform.token_of(&admin, &["READ"]).await;
    let create =
        "mutation($name: String!) { createWorkspace(input: { name: $name }) { workspace { id } userErrors { code } } }";
    platform.ask_in(&admin, create, json!({ "name": "wa" })).await;
    platform.ask_in(&admin, create, json!({ "name": "wa" })).await;
    platform.ask_by(&reader, create, json!({ "name": "wb" })).await;

    let (_, answer) = platform.ask_in(&admin, EVENTS, json!({})).await;
    let events = answer["data"]["auditEvents"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(answer["data"]["auditEvents"]["totalCount"], Value::Null);
    let told = |action: &str, outcome: &str, method: &str| {
        let found = events
            .iter()
            .find(|event| event["action"] == action && event["outcome"] == outcome && event["authMethod"] == method);
        found.unwrap_or_else(|| panic!("no {action} {outcome} {method} in {answer:#}"))
    };
    for (action, outcome, method) in [
        ("user.create", "done", "System"),
        ("session.start", "done", "LocalAdmin"),
        ("session.start", "refused", "System"),
        ("token.create", "done", "LocalAdmin"),
        ("token.firstUse", "done", "ApiToken"),
        ("registry.register", "done", "ApiToken"),
    ] {
        told(action, outcome, method);
    }
    let made = told("workspace.create", "done", "LocalAdmin");
    assert_eq!((&made["subjectLabel"], &made["subject"]["__typename"]), (&json!("wa"), &json!("Workspace")));
    let taken = told("createWorkspace", "refused", "LocalAdmin");
    assert!(taken["details"].as_str().unwrap().contains("TAKEN"), "{taken}");
    let forbidden = told("createWorkspace", "refused", "ApiToken");
    assert!(forbidden["details"].as_str().unwrap().contains("FORBIDDEN"), "{forbidden}");
    let all = answer.to_string();
    for secret in [PASSWORD, "a wrong password", &*reader, crate::world::ADMIN.1] {
        assert!(!all.contains(secret), "{secret} is in {all}");
    }

    let filter = json!({ "filter": { "actor": "admin", "action": "token.create" } });
    let (_, answer) = platform.ask_in(&admin, EVENTS, filter).await;
    let events = answer["data"]["auditEvents"]["nodes"].as_array().unwrap();
    assert!(events.len() == 2 && events.iter().all(|event| event["action"] == "token.create"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_is_taken_away_as_lines_by_those_who_may_read_all_of_it() {
    let world = World::start().await;
    let platform = &world.platform;
    for name in ["wa", "wb", "wc"] {
        platform.workspace(name).await;
    }
    let url = format!("http://{}/audit", platform.addresses().api);
    let get = |query: &str| platform.http().get(format!("{url}{query}")).bearer_auth(platform.token());
    let answer = get("?action=workspace.create&actor=admin").send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/jsonl".parse().unwrap())
    );
    let text = answer.text().await.unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = lines.iter().map(|line| line["subjectLabel"].as_str().unwrap()).collect();
    assert_eq!(names, ["wc", "wb", "wa"], "the newest first");
    assert!(lines.iter().all(|line| line["sourceIp"] == "127.0.0.1" && line["requestId"].is_string()), "{text}");
    for (query, status) in [("?until=2000-01-01T00:00:00Z", 200), ("?since=yesterday", 400), ("?who=me", 400)] {
        assert_eq!(get(query).send().await.unwrap().status(), status, "{query}");
    }
    assert_eq!(get("?until=2000-01-01T00:00:00Z").send().await.unwrap().text().await.unwrap(), "");
    assert_eq!(platform.http().get(&url).send().await.unwrap().status(), 401);
}
