//! From a registry that nobody knows to an image in the picker, through the API alone.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Mutex;
use wharfinger_app::replicas::Standing;
use wharfinger_app::syncs::Pace;
use wharfinger_fakes::harbor::{FakeHarbor, Options, Push};

use crate::world::World;

const PASSWORD: &str = "Harbor12345";

const REGISTER: &str = "mutation($input: RegisterRegistryInput!) { registerRegistry(input: $input) {
    registry { id name kind scope endpoint hosts tlsVerification credential { configured username rotatedAt } viewerCanSync }
    sync { id state trigger } userErrors { code message path } } }";

async fn harbor() -> FakeHarbor {
    let harbor = FakeHarbor::start(Options::default()).await.unwrap();
    for (project, public) in [("pub", "true"), ("team-a", "false")] {
        harbor.create_project(project, public);
        harbor.push_artifact(&format!("{project}/app"), &Push::tagged(["1.0"])).unwrap();
    }
    harbor
}

fn credential(secret: &str) -> Value {
    json!({ "username": "admin", "secret": secret })
}

/// Starts the walks through registries.
fn walking(world: &mut World) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let walks = Arc::new(Mutex::new(world.walks.take().unwrap()));
    let following = Arc::clone(&world.app)
        .follow_registries(walks, Pace { spaces: Duration::from_hours(1), contents: Duration::from_hours(1) });
    let standing = Standing {
        name: "replica".to_owned(),
        ready: Box::new(|| true),
        certificate_expires_at: Box::new(|| None),
        clusters: Vec::new(),
    };
    let beating = Arc::clone(&world.app).follow_replica(Arc::new(standing));
    #[expect(clippy::disallowed_methods, reason = "they end with the test's runtime")]
    tokio::spawn(async { tokio::join!(following, beating) });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_registry_is_walked_and_its_images_can_be_picked() {
    let mut world = World::start().await;
    world.plant_harbor(&[], Vec::new()).await;
    walking(&mut world);
    let harbor = harbor().await;
    let input = json!({ "name": "fresh", "endpoint": harbor.url(), "aliases": ["fresh.example"], "credential": credential(PASSWORD) });
    let wrong = json!({ "input": { "endpoint": harbor.url(), "credential": credential("wrong") } });
    let test =
        "mutation($input: TestRegistryInput!) { testRegistry(input: $input) { ok version userErrors { code path } } }";
    let refused = world.data(test, wrong).await;
    assert_eq!(
        refused["testRegistry"]["userErrors"],
        json!([{ "code": "UNAUTHORIZED_UPSTREAM", "path": ["credential"] }])
    );
    let good = json!({ "input": { "endpoint": harbor.url(), "credential": credential(PASSWORD) } });
    assert_eq!(world.data(test, good).await["testRegistry"]["ok"], true);

    let made = world.data(REGISTER, json!({ "input": input })).await["registerRegistry"].take();
    assert_eq!(made["userErrors"], json!([]));
    let registry = &made["registry"];
    assert_eq!((&registry["kind"], &registry["scope"]), (&json!("HARBOR"), &json!("PLATFORM")));
    assert_eq!(registry["credential"]["username"], "admin");
    assert_eq!(registry["hosts"][1], "fresh.example");
    assert!(!made.to_string().contains(PASSWORD));
    let again = world.data(REGISTER, json!({ "input": input })).await;
    assert_eq!(again["registerRegistry"]["registry"], json!(null));
    assert!(!again["registerRegistry"]["userErrors"].as_array().unwrap().is_empty());
    walked(&world, &made["sync"]["id"]).await;

    let data = world.data("{ registry(by: { name: \"fresh\" }) { health { status } lastSync { state } spaces { nodes { name visibility repositoryCount present } } } }", json!({})).await;
    assert_eq!(data["registry"]["health"]["status"], "HEALTHY");
    let spaces = data["registry"]["spaces"]["nodes"].as_array().unwrap();
    let private = spaces.iter().find(|space| space["name"] == "team-a").unwrap();
    assert_eq!(private, &json!({ "name": "team-a", "visibility": "PRIVATE", "repositoryCount": 1, "present": true }));

    let picker = "{ selectableImages(namespace: { name: { name: \"ns-a\" } }, filter: { search: \"team-a\" }) { nodes { repository { path } } totalCount } }";
    assert_eq!(world.data(picker, json!({})).await["selectableImages"]["totalCount"], 0);
    let (spaces, workspaces) = (world.spaces("fresh").await, world.ids("workspaces").await);
    let bind = "mutation($space: ID!, $workspace: ID!) { bindSpaces(input: { pairs: { spaceIds: [$space], workspaceIds: [$workspace] } }) { createdCount userErrors { code } } }";
    let bound = world.data(bind, json!({ "space": spaces["team-a"], "workspace": workspaces["wa"] })).await;
    assert_eq!(bound["bindSpaces"]["createdCount"], 1);
    let offered = world.data(picker, json!({})).await;
    assert_eq!(offered["selectableImages"]["nodes"], json!([{ "repository": { "path": "team-a/app" } }]));
}

/// Waits until a walk has succeeded.
async fn walked(world: &World, id: &Value) {
    for _ in 0..1000 {
        let document = "query($id: ID!) { node(id: $id) { ... on Sync { state spacesSeen error registry { name } } } }";
        let sync = world.data(document, json!({ "id": id })).await["node"].take();
        match sync["state"].as_str().unwrap() {
            "SUCCEEDED" => return assert_eq!(sync["registry"]["name"], "fresh"),
            "QUEUED" | "RUNNING" => tokio::time::sleep(Duration::from_millis(10)).await,
            _ => panic!("{sync}"),
        }
    }
    panic!("the walk does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_registry_is_tested_by_its_id_alone() {
    let world = World::start().await;
    let both = json!({ "input": { "registryId": "AQEAAAAAAAAAAQ", "endpoint": "https://elsewhere.example" } });
    let test = "mutation($input: TestRegistryInput!) { testRegistry(input: $input) { ok userErrors { code path } } }";
    assert_eq!(world.code(test, both).await, "BAD_USER_INPUT");
    assert_eq!(world.code(test, json!({ "input": {} })).await, "BAD_USER_INPUT");
    let missing = json!({ "input": { "registryId": "AQEAAAAAAAAAAQ" } });
    let told = world.data(test, missing).await;
    assert_eq!(told["testRegistry"]["userErrors"], json!([{ "code": "NOT_FOUND", "path": ["registryId"] }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_is_treated_as_private_and_no_more() {
    let world = World::start().await;
    world.plant_harbor(&[("pub", true), ("team", false)], Vec::new()).await;
    let spaces = world.spaces("harbor").await;
    let set = "mutation($input: SetSpaceVisibilityInput!) { setSpaceVisibility(input: $input) { space { visibility upstreamVisibility } userErrors { code path } } }";
    let input = |space: &str, visibility: &str, dry_run: bool| json!({ "input": { "spaceId": spaces[space], "visibility": visibility, "reason": "r", "dryRun": dry_run } });
    let private = json!({ "visibility": "PRIVATE", "upstreamVisibility": "PUBLIC" });
    for (dry_run, then) in [(true, "SPACE_PUBLIC"), (false, "NOT_BOUND")] {
        let done = world.data(set, input("pub", "PRIVATE", dry_run)).await;
        assert_eq!(done["setSpaceVisibility"]["space"], private);
        let explain = "{ explainImage(namespace: { name: { name: \"ns-a\" } }, reference: \"harbor.example/pub/app\") { reason } }";
        assert_eq!(world.data(explain, json!({})).await["explainImage"]["reason"], then);
    }
    let refused = world.data(set, input("team", "PUBLIC", false)).await;
    assert_eq!(refused["setSpaceVisibility"]["userErrors"], json!([{ "code": "NOT_ALLOWED", "path": ["visibility"] }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_is_assigned_once_it_was_seen() {
    let world = World::start().await;
    world.plant_harbor(&[("team", false)], Vec::new()).await;
    let workspaces = world.ids("workspaces").await;
    let assign = "mutation($names: [NamespaceName!]!, $workspace: ID, $dryRun: Boolean) { assignNamespaces(input: { assignment: { namespaces: $names, workspaceId: $workspace }, dryRun: $dryRun }) { assignedCount userErrors { code path } } }";
    let both = json!({ "names": [{ "name": "ns-free" }, { "cluster": "default", "name": "ns-new" }], "workspace": workspaces["wb"] });
    let refused = world.data(assign, both).await;
    let expected = json!([{ "code": "NOT_FOUND", "path": ["assignment", "namespaces", "1"] }]);
    assert_eq!(refused["assignNamespaces"], json!({ "assignedCount": 0, "userErrors": expected }));
    let find = "{ namespace(by: { name: { name: \"ns-free\" } }) { uid source mode workspace { name } } }";
    for (dry_run, workspace) in [(true, json!(null)), (false, json!({ "name": "wb" }))] {
        let one = json!({ "names": [{ "name": "ns-free" }], "workspace": workspaces["wb"], "dryRun": dry_run });
        assert_eq!(world.data(assign, one).await["assignNamespaces"]["assignedCount"], 1);
        let found = world.data(find, json!({})).await;
        assert_eq!(found["namespace"]["workspace"], workspace);
        assert_eq!((&found["namespace"]["uid"], &found["namespace"]["mode"]), (&json!("uid-free"), &json!("ENFORCE")));
    }
}
