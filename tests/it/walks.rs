//! Walks through a registry from outside: what is asked of it when nothing has changed, what makes one come early, and who is
//! told of what.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use wharfinger_fakes::harbor::{Account, FakeHarbor, Fault, Grant, Options as HarborOptions, Push, Scope};

use crate::harness::platform::{Options, PASSWORD};
use crate::harness::session::Session;
use crate::outage::within;
use crate::world::World;

const MINUTE: Duration = Duration::from_mins(1);

/// A world whose registries are walked at this pace.
async fn start(spaces: &str, contents: &str) -> World {
    let mut options: Options = crate::place::options();
    options
        .environment
        .extend([("WHARFINGER_SYNC_INTERVAL", spaces.to_owned()), ("WHARFINGER_SYNC_CONTENTS", contents.to_owned())]);
    World::start_with(options).await
}

/// The requests for what is in spaces that the Harbor has had since the first so many.
fn contents(world: &World, since: usize) -> Vec<String> {
    let seen = world.harbor.seen();
    let of_contents = |target: &String| {
        let path = target.split('?').next().unwrap_or_default();
        path.contains("/projects/")
            && path.ends_with("/artifacts")
            && !target.contains("page_size=1&")
            && !target.ends_with("page_size=1")
    };
    seen.iter().skip(since).map(|asked| asked.target.clone()).filter(of_contents).collect()
}

/// Waits until so many requests more have read the list of projects from its beginning.
async fn walks(world: &World, more: usize) {
    let begun =
        || world.harbor.seen().iter().filter(|asked| asked.target.clone().contains("/projects?with_detail")).count();
    let before = begun();
    within(MINUTE, async || begun() >= before + more).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_has_changed_is_read_again() {
    let world = start("300ms", "300ms").await;
    world.platform.sync(&world.registry).await;
    walks(&world, 3).await;
    let since = world.harbor.seen().len();
    walks(&world, 3).await;
    assert_eq!(contents(&world, since), Vec::<String>::new());

    let since = world.harbor.seen().len();
    world.harbor.push_artifact("team-a/fresh", &Push::tagged(["1.0"])).unwrap();
    let query = "query($id: ID!) { node(id: $id) { ... on RegistrySpace { repositories { nodes { path } } } } }";
    let space = world.platform.space(&world.registry, "team-a").await;
    within(MINUTE, async || {
        let data = world.platform.graphql(query, json!({ "id": space })).await;
        data["node"]["repositories"]["nodes"].as_array().unwrap().iter().any(|node| node["path"] == "team-a/fresh")
    })
    .await;
    let asked = contents(&world, since);
    assert!(!asked.is_empty() && asked.iter().all(|target| target.contains("/team-a/")), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_nobody_has_seen_yet_is_looked_for_when_it_is_named() {
    let world = start("1h", "1h").await;
    world.harbor.create_project("brand-new", "true");
    world.harbor.push_artifact("brand-new/app", &Push::tagged(["1.0"])).unwrap();
    let image = world.image("brand-new/app:1.0");
    assert!(!world.platform.create_pod("ns-a", &[&image]).await.allowed());
    within(MINUTE, async || world.platform.create_pod("ns-a", &[&image]).await.allowed()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_walk_failed_is_told_to_those_who_may_look_into_the_registry() {
    let world = start("1h", "1h").await;
    let platform = &world.platform;
    world.harbor.set_public("team-b", "true");
    for _ in 0..16 {
        world.harbor.fail_next("team-a/artifacts?with_tag", Fault::status(500));
    }
    let sync = "mutation($id: ID!) { syncRegistry(input: { registryId: $id }) { userErrors { message } } }";
    platform.graphql(sync, json!({ "id": world.registry })).await;
    let query = "{ registries { nodes { health { status reason } lastSync { state error spacesSeen } } } }";
    let told = async || platform.graphql(query, json!({})).await["registries"]["nodes"][0].take();
    within(MINUTE, async || told().await["lastSync"]["state"] == "FAILED").await;
    let precise = told().await;
    for text in [&precise["lastSync"]["error"], &precise["health"]["reason"]] {
        assert!(text.as_str().unwrap().contains("1 of 4 spaces could not be read; of team-a"), "{precise}");
    }
    // What turned public is in force although the walk failed afterwards, and raised an alarm.
    let pod = [world.image("team-b/app:1.0")];
    assert!(platform.create_pod("ns-a", &[&pod[0]]).await.allowed());
    assert!(platform.metrics().await.contains("wharfinger_spaces_turned_public_total 1"));
    assert!(platform.log().contains("a private space is public now"));

    let admin = platform.sign_in("admin", PASSWORD, None).await.unwrap();
    let make = "mutation { createUser(input: { name: \"ada\" }) { oneTimePassword } }";
    let (_, answer) = platform.ask_in(&admin, make, json!({})).await;
    let first = answer["data"]["createUser"]["oneTimePassword"].as_str().unwrap_or_else(|| panic!("{answer}"));
    let ada = platform.sign_in("ada", first, Some("another password")).await.unwrap();
    let (_, answer) = platform.ask_in(&ada, query, json!({})).await;
    let seen = &answer["data"]["registries"]["nodes"][0];
    assert_eq!((&seen["health"]["status"], &seen["lastSync"]), (&json!("DEGRADED"), &Value::Null), "{answer}");
    assert_eq!(seen["health"]["reason"], "its administrators are told why");
    assert!(!answer.to_string().contains("team-a"), "{answer}");
}

/// Associates a registry with a workspace as the administrator of that. Gives its id.
async fn associate(world: &World, session: &Session, workspace: &str, url: &str, credential: (&str, &str)) -> String {
    let register = "mutation($input: RegisterRegistryInput!) { registerRegistry(input: $input) {
        registry { id } userErrors { code message } } }";
    let input = json!({ "name": "ours", "endpoint": url, "ownerWorkspaceId": workspace,
        "credential": { "username": credential.0, "secret": credential.1 } });
    let (_, answer) = world.platform.ask_in(session, register, json!({ "input": input })).await;
    let id = &answer["data"]["registerRegistry"]["registry"]["id"];
    id.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// What is told of the last walk of a registry, when it has ended: its error, and the paths of the spaces that are there.
async fn walked(world: &World, session: &Session, id: &str) -> (Value, Vec<String>) {
    let query = "query($id: ID!) { node(id: $id) { ... on Registry { lastSync { finishedAt error }
        spaces(first: 50, filter: { present: true }) { nodes { name } } } } }";
    let told = async || world.platform.ask_in(session, query, json!({ "id": id })).await.1["data"]["node"].take();
    within(MINUTE, async || told().await["lastSync"]["finishedAt"].is_string()).await;
    let node = told().await;
    let names = node["spaces"]["nodes"].as_array().unwrap().iter();
    (node["lastSync"]["error"].clone(), names.map(|space| space["name"].as_str().unwrap().to_owned()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_association_counts_what_its_credential_may_pull() {
    let world = start("1h", "1h").await;
    let (lead, workspace) = world.lead().await;
    let harbor = FakeHarbor::start(HarborOptions::default()).await.unwrap();
    let mut ids = BTreeMap::new();
    for (project, public) in [("open", "true"), ("ours", "false"), ("theirs", "false")] {
        ids.insert(project, harbor.create_project(project, public));
        harbor.push_artifact(&format!("{project}/app"), &Push::tagged(["1.0"])).unwrap();
    }
    // It lists every project, and pulls from one.
    let lists = |pulls: &str| {
        let list = Grant::new(Scope::System, ["project:list"]);
        let read = Grant::new(Scope::AllProjects, ["project:read", "repository:list", "artifact:list", "tag:list"]);
        let pull = Grant::new(Scope::Project(ids[pulls]), ["repository:pull"]);
        Account::robot("ours", "Sync-Secret-1", vec![list, read, pull])
    };
    harbor.edit(|harbor| harbor.set_account(lists("ours")));
    let url = harbor.url().replace("127.0.0.1", "localhost");
    let id = associate(&world, &lead, &workspace, &url, ("robot$ours", "Sync-Secret-1")).await;
    assert_eq!(walked(&world, &lead, &id).await, (Value::Null, ["library", "open", "ours"].map(str::to_owned).into()));

    harbor.edit(|harbor| harbor.set_account(lists("theirs")));
    let sync = "mutation($id: ID!) { syncRegistry(input: { registryId: $id }) { userErrors { message } } }";
    world.platform.ask_in(&lead, sync, json!({ "id": id })).await;
    assert_eq!(
        walked(&world, &lead, &id).await,
        (Value::Null, ["library", "open", "theirs"].map(str::to_owned).into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_has_is_associated_under_no_other_name() {
    let world = start("1h", "1h").await;
    let (lead, workspace) = world.lead().await;
    // The same server; it says itself that its images are at the address that the platform has.
    let host = world.harbor.host();
    world.harbor.edit(|harbor| harbor.external_host = Some(host));
    let url = world.harbor.url().replace("127.0.0.1", "localhost");
    let id = associate(&world, &lead, &workspace, &url, crate::world::ADMIN).await;
    let (error, spaces) = walked(&world, &lead, &id).await;
    assert!(error.as_str().unwrap().contains("the platform has this registry already"), "{error}");
    assert_eq!(spaces, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_that_is_killed_loses_nothing_and_begins_no_half_picture() {
    let mut world = start("1s", "1s").await;
    let space = world.platform.space(&world.registry, "team-a").await;
    let workspace = world.platform.workspace("wa").await;
    world.platform.assign("ns-a", Some(&workspace)).await;
    world.platform.bind(&[&space], &[&workspace]).await;
    for number in 0..40 {
        world.harbor.create_project(&format!("p{number:02}"), "false");
        world.harbor.push_artifact(&format!("p{number:02}/app"), &Push::tagged(["1.0"])).unwrap();
    }
    world.harbor.edit(|harbor| harbor.latency = Duration::from_millis(200));
    let query = "query($id: ID!) { node(id: $id) { ... on Registry {
        lastSync { state spacesSeen repositoriesSeen repositoriesTotal } spaces(first: 0) { totalCount } } } }";
    let counted =
        "{ selectableImages(namespace: { name: { cluster: \"test\", name: \"ns-a\" } }, first: 0) { totalCount } }";
    let before = world.platform.graphql(counted, json!({})).await;
    let id = json!({ "id": world.registry });
    let is_half = async |world: &World| {
        let sync = world.platform.graphql(query, id.clone()).await["node"]["lastSync"].take();
        sync["state"] == "RUNNING" && sync["repositoriesSeen"].as_u64().unwrap_or(0) > 4
    };
    within(MINUTE, async || is_half(&world).await).await;
    world.platform.kill();
    world.harbor.edit(|harbor| harbor.latency = Duration::from_mins(1));
    world.platform.run().await;
    for (path, allowed) in
        [("team-a/app:1.0", true), ("pub/app:1.0", true), ("team-b/app:1.0", false), ("p39/app:1.0", false)]
    {
        assert_eq!(world.platform.create_pod("ns-a", &[&world.image(path)]).await.allowed(), allowed, "{path}");
    }
    assert_eq!(world.platform.graphql(counted, json!({})).await, before, "what may be picked");
    world.harbor.edit(|harbor| harbor.latency = Duration::ZERO);
    let whole = async || {
        let node = world.platform.graphql(query, id.clone()).await["node"].take();
        node["lastSync"]["state"] == "SUCCEEDED" && node["spaces"]["totalCount"] == 44
    };
    within(Duration::from_mins(3), whole).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_a_walk_at_a_terminal_sees_how_far_it_is() {
    let world = start("1h", "1h").await;
    world.harbor.edit(|harbor| harbor.latency = Duration::from_millis(100));
    let quiet = world.platform.cli(&["registry", "sync", "harbor", "--wait"]);
    assert_eq!(String::from_utf8_lossy(&quiet.stderr), "", "no terminal, no drawing");
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("token");
    std::fs::write(&token, world.platform.token()).unwrap();
    let command = format!("{} registry sync harbor --wait", env!("CARGO_BIN_EXE_wharfinger"));
    let drawn = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .env("WHARFINGER_SERVER", format!("http://{}", world.platform.addresses().api))
        .env("WHARFINGER_TOKEN_FILE", token)
        .stdin(Stdio::null())
        .output()
        .expect("script, of util-linux, gives a program a terminal");
    let text = String::from_utf8_lossy(&drawn.stdout);
    assert!(drawn.status.success() && text.contains("4 spaces") && text.contains("repositories"), "{text}");
    assert!(text.contains("walk SUCCEEDED: 4 spaces, 3 repositories"), "{text}");
}
