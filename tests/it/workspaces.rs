//! Workspaces from outside: made by a platform administrator, called by their own.

use serde_json::{Value, json};

use crate::harness::platform::PASSWORD;
use crate::world::World;

const UPDATE: &str = "mutation($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) {
    workspace { name displayName revision viewerCanUpdate } userErrors { code message path } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_is_called_by_its_administrator_who_may_not_overwrite_what_was_not_read() {
    let world = World::start().await;
    let platform = &world.platform;
    let (lead, id) = world.lead().await;

    let update = async |input: Value| platform.ask_in(&lead, UPDATE, json!({ "input": input })).await.1;
    let done = update(json!({ "workspaceId": id, "revision": 1, "displayName": "Payments" })).await;
    let payload = &done["data"]["updateWorkspace"];
    let expected = json!({ "name": "wa", "displayName": "Payments", "revision": 2, "viewerCanUpdate": true });
    assert_eq!((&payload["workspace"], &payload["userErrors"]), (&expected, &json!([])), "{done}");

    for (revision, name, code, path) in
        [(1, "Theirs".to_owned(), "STALE_REVISION", "revision"), (2, "x".repeat(201), "TOO_LONG", "displayName")]
    {
        let refused = update(json!({ "workspaceId": id, "revision": revision, "displayName": name })).await;
        let payload = &refused["data"]["updateWorkspace"];
        assert_eq!(payload["workspace"], Value::Null);
        let error = &payload["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!([path])), "{refused}");
    }
    let none = update(json!({ "workspaceId": id, "revision": 2, "displayName": null })).await;
    assert_eq!(none["data"]["updateWorkspace"]["workspace"]["displayName"], Value::Null, "{none}");

    let admin = platform.sign_in("admin", PASSWORD, None).await.unwrap();
    let query = "{ auditEvents(filter: { action: \"workspace.update\" }) { nodes { actor subjectLabel details } } }";
    let (_, answer) = platform.ask_in(&admin, query, json!({})).await;
    let oldest = &answer["data"]["auditEvents"]["nodes"][1];
    assert_eq!((&oldest["actor"], &oldest["subjectLabel"]), (&json!("lead"), &json!("wa")), "{answer}");
    let details: Value = serde_json::from_str(oldest["details"].as_str().unwrap()).unwrap();
    assert_eq!(details, json!({ "before": { "displayName": null }, "after": { "displayName": "Payments" } }));
}
