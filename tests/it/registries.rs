//! Keeping registries from outside: changed, removed, their hosts released, and what they do not list named.

use serde_json::{Value, json};
use wharfinger_fakes::distribution::DistributionRegistry;
use wharfinger_fakes::harbor::{Account, FakeHarbor, Grant, Options as HarborOptions, Push, Scope};
use wharfinger_fakes::push::Pusher;

use crate::harness::platform::PASSWORD;
use crate::world::{ADMIN, World, text};

/// The reason of the decision about an image in `ns-a`, which the webhook has to share.
async fn reason(world: &World, image: &str) -> String {
    let explanation = world.platform.explain("ns-a", image).await;
    let allowed = world.platform.create_pod("ns-a", &[image]).await.allowed();
    assert_eq!(explanation["admissible"], json!(allowed), "{explanation:#}");
    explanation["reason"].as_str().unwrap().to_owned()
}

/// Runs a command that must be refused. Gives what it printed.
fn refused(world: &World, arguments: &[&str]) -> String {
    let output = world.platform.cli(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output));
    text(&output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_is_changed_and_removed_and_nothing_opens_until_its_hosts_are_released() {
    let world = World::start().await;
    let workspace = world.platform.workspace("wa").await;
    world.platform.assign("ns-a", Some(&workspace)).await;
    let space = world.platform.space(&world.registry, "team-a").await;
    world.platform.bind(&[&space], &[&workspace]).await;
    let image = "images.example/team-a/app:1.0";
    assert_eq!(reason(&world, image).await, "REGISTRY_UNKNOWN");
    world.runs(&["registry", "update", "harbor", "--rename", "main", "--alias", "images.example"]);
    assert_eq!(reason(&world, image).await, "BOUND");
    world.platform.wait_for_walk(&world.registry).await;

    let told = refused(&world, &["registry", "remove", "main"]);
    assert!(told.contains("IN_USE at withBindings") && told.contains("1 binding;"), "{told}");
    let told = world.runs(&["registry", "remove", "main", "--with-bindings", "--dry-run"]);
    assert!(told.contains("would be removed with 1 binding"), "{told}");
    assert_eq!(reason(&world, image).await, "BOUND");
    world.runs(&["registry", "remove", "main", "--with-bindings"]);
    for image in [image, &world.image("pub/app:1.0"), &world.image("team-a/app:1.0")] {
        assert_eq!(reason(&world, image).await, "SPACE_UNKNOWN");
    }
    let listed = world.runs(&["registry", "retired-hosts"]);
    assert!(listed.contains("images.example:80\n") && listed.contains(&world.harbor.host()), "{listed}");

    assert!(refused(&world, &["registry", "release-host", "other.example", "--reason", "r"]).contains("NOT_FOUND"));
    world.runs(&["registry", "release-host", "images.example", "--reason", "moved, ticket 4711"]);
    assert_eq!(reason(&world, image).await, "REGISTRY_UNKNOWN");
    assert_eq!(reason(&world, &world.image("pub/app:1.0")).await, "SPACE_UNKNOWN");
    let query = "{ retiredHosts auditEvents(filter: { action: \"host.release\" }) { nodes { subjectLabel details } } }";
    let data = world.platform.graphql(query, json!({})).await;
    assert_eq!(data["retiredHosts"], json!([world.harbor.host()]));
    let record = &data["auditEvents"]["nodes"][0];
    assert_eq!(record["subjectLabel"], "images.example");
    assert!(record["details"].as_str().unwrap().contains("ticket 4711"), "{record}");
}

// Case: API-14
#[tokio::test(flavor = "multi_thread")]
async fn a_stored_credential_is_sent_to_no_other_address() {
    let world = World::start().await;
    // The same projects under the same ids: it could be the same server at another address.
    let other = FakeHarbor::start(HarborOptions::default()).await.unwrap();
    for (project, public) in [("pub", "true"), ("team-a", "false"), ("team-b", "false")] {
        other.create_project(project, public);
    }
    let update = ["registry", "update", "harbor", "--url", &other.url()];
    let told = refused(&world, &update);
    assert!(told.contains("REQUIRED at credential"), "{told}");
    for trust in ["--skip-tls-verify", "--ca-file"] {
        let file = world.platform.data().join("webhook-ca.pem");
        let file = Some(file.to_str().unwrap()).filter(|_| trust == "--ca-file");
        let arguments: Vec<_> = ["registry", "update", "harbor", trust].into_iter().chain(file).collect();
        assert!(refused(&world, &arguments).contains("REQUIRED at credential"), "{trust}");
    }
    world.platform.sync(&world.registry).await;
    assert!(other.seen().is_empty());

    let password = world.platform.data().join("password");
    std::fs::write(&password, ADMIN.1).unwrap();
    let entered = ["--username", ADMIN.0, "--password-file", password.to_str().unwrap()];
    world.runs(&[&update[..], &entered].concat());
    world.platform.wait_for_walk(&world.registry).await;
    assert!(other.seen().iter().any(|seen| seen.headers.contains_key("authorization")));
    assert!(!world.platform.log().contains(ADMIN.1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_is_told_the_truth_of_what_it_may_do_with_a_registry() {
    let world = World::start().await;
    let platform = &world.platform;
    let workspace = platform.workspace("wa").await;
    let admin = platform.sign_in("admin", PASSWORD, None).await.unwrap();
    let query = "mutation($endpoint: URL!, $id: ID!) { registerRegistry(input: {
        name: \"mine\", endpoint: $endpoint, ownerWorkspaceId: $id }) { registry { id } } }";
    let variables = json!({ "endpoint": "https://mine.example", "id": workspace });
    let registry = platform.graphql(query, variables).await["registerRegistry"]["registry"]["id"].clone();
    let mut sessions = Vec::new();
    for (name, role) in [("lead", "ADMIN"), ("editor", "EDITOR")] {
        let query = "mutation($name: String!) { createUser(input: { name: $name }) { oneTimePassword } }";
        let (_, made) = platform.ask_in(&admin, query, json!({ "name": name })).await;
        let first = made["data"]["createUser"]["oneTimePassword"].as_str().unwrap();
        sessions.push(platform.sign_in(name, first, Some("a password of theirs")).await.unwrap());
        let query = "mutation($id: ID!, $name: String!, $role: WorkspaceRole!) { changeWorkspaceMembers(input: {
            workspaceId: $id, set: [{ subject: { user: $name }, role: $role }] }) { userErrors { message } } }";
        platform.graphql(query, json!({ "id": workspace, "name": name, "role": role })).await;
    }
    let reader = platform.token_of(&admin, &["READ"]).await;
    let may = async |ids: [&Value; 2], session: Option<usize>| -> Value {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Registry { viewerCanUpdate viewerCanRemove } } }";
        let (_, answer) = match session.map(|at| &sessions[at]) {
            Some(session) => platform.ask_in(session, query, json!({ "ids": ids })).await,
            None => platform.ask_by(&reader, query, json!({ "ids": ids })).await,
        };
        answer["data"]["nodes"].clone()
    };
    let told = |update: bool, remove: bool| json!({ "viewerCanUpdate": update, "viewerCanRemove": remove });
    let platforms = json!(world.registry);
    let both = [&platforms, &registry];
    assert_eq!(may(both, Some(0)).await, json!([told(false, false), told(true, true)]));
    assert_eq!(may(both, Some(1)).await, json!([told(false, false), told(false, false)]));
    assert_eq!(may(both, None).await, json!([told(false, false), told(false, false)]));

    // Its removal would open what others may not use, which is not for the workspace to do.
    world.runs(&["registry", "exclusive", "mine", "--workspace", "wa"]);
    assert_eq!(may(both, Some(0)).await, json!([told(false, false), told(true, false)]));
    let query =
        "mutation($id: ID!) { removeRegistry(input: { registryId: $id, revision: 2 }) { userErrors { code } } }";
    let (_, answer) = platform.ask_in(&sessions[0], query, json!({ "id": registry })).await;
    assert_eq!(answer["data"]["removeRegistry"]["userErrors"], json!([{ "code": "NOT_ALLOWED" }]), "{answer}");
    world.runs(&["registry", "exclusive", "mine", "--workspace", "wa", "--off"]);
    world.runs(&["registry", "remove", "mine", "--workspace", "wa"]);
    assert!(refused(&world, &["registry", "update", "mine", "--workspace", "wa", "--no-alias"]).contains("NOT_FOUND"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_registry_does_not_list_is_named_and_outlives_a_walk() {
    let world = World::start().await;
    let server = DistributionRegistry::open().await.unwrap();
    Pusher::new(&server.url(), None).unwrap().image("team/app", &["1.0"], "linux/amd64").await.unwrap();
    server.copy_repository("team/app", &["team/group/app".to_owned()]).unwrap();
    world.runs(&["registry", "add", "plain", &server.url(), "--kind", "distribution", "--wait"]);
    world.runs(&["registry", "declare-space", "plain", "team/group"]);
    world.runs(&["registry", "declare-space", "plain", "open", "--public"]);
    let told = world.runs(&["registry", "declare-repositories", "plain", "open/tool", "hidden/app", "team/app"]);
    assert!(told.contains("3 repositories") && told.contains("2 of them new"), "{told}");
    let told = refused(&world, &["registry", "declare-repositories", "plain", "fine", "Not/Fine"]);
    assert!(told.contains("INVALID at paths.1"), "{told}");
    assert!(refused(&world, &["registry", "declare-space", "harbor", "x"]).contains("READ_ONLY_SOURCE"));
    world.runs(&["registry", "sync", "plain", "--wait"]);

    let query = "{ registry(by: { name: \"plain\" }) { spaces { nodes { name visibility present
        repositories { nodes { path } } } } } }";
    let data = world.platform.graphql(query, json!({})).await;
    let spaces = data["registry"]["spaces"]["nodes"].as_array().unwrap();
    let shown: Vec<_> = spaces
        .iter()
        .map(|space| (&space["name"], &space["visibility"], &space["repositories"]["nodes"][0]["path"]))
        .map(|(name, visibility, path)| format!("{} {} {}", name.as_str().unwrap(), visibility, path))
        .collect();
    let expected = [
        "hidden \"PRIVATE\" \"hidden/app\"",
        "open \"PUBLIC\" \"open/tool\"",
        "team \"PRIVATE\" \"team/app\"",
        "team/group \"PRIVATE\" \"team/group/app\"",
    ];
    assert_eq!(shown, expected, "{data:#}");

    // Whoever may use the space around it may not use the one inside, and the picker says the same.
    let workspace = world.platform.workspace("wa").await;
    world.platform.assign("ns-a", Some(&workspace)).await;
    world.runs(&["bind", "--space", "plain/team", "--workspace", "wa"]);
    let image = |path: &str| format!("{}/{path}", server.host());
    for (path, expected) in [
        ("team/app:1.0", "BOUND"),
        ("team/group/app:1.0", "NOT_BOUND"),
        ("open/tool", "SPACE_PUBLIC"),
        ("hidden/app", "NOT_BOUND"),
    ] {
        assert_eq!(reason(&world, &image(path)).await, expected, "{path}");
    }
    assert_eq!(world.platform.selectable("ns-a").await, ["open/tool", "pub/app", "team/app"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_registry_that_lists_nothing_what_was_named_can_be_picked() {
    let world = World::start().await;
    let platform = &world.platform;
    let workspace = platform.workspace("wa").await;
    platform.assign("ns-a", Some(&workspace)).await;
    // It speaks the protocol of distribution, and keeps its catalogue to administrators.
    let registry = FakeHarbor::start(HarborOptions::default()).await.unwrap();
    registry.create_project("vendor", "false");
    for repository in ["vendor/app", "vendor/unnamed"] {
        registry.push_artifact(repository, &Push::tagged(["1.0"])).unwrap();
    }
    let rights = Grant::new(Scope::AllProjects, ["repository:pull"]);
    registry.edit(|registry| registry.set_account(Account::robot("reader", "Reader12345", vec![rights])));
    let url = registry.url().replace("127.0.0.1", "localhost");
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "Reader12345").unwrap();
    let add = ["registry", "add", "vendor", &url, "--kind", "distribution", "--username", "robot$reader"];
    let told = refused(&world, &[&add[..], &["--password-file", secret.path().to_str().unwrap(), "--wait"]].concat());
    assert!(told.contains("does not list its repositories") && told.contains("declare"), "{told}");

    world.runs(&["registry", "declare-repositories", "vendor", "vendor/app"]);
    world.runs(&["registry", "sync", "vendor", "--wait"]);
    world.runs(&["bind", "--space", "vendor/vendor", "--workspace", "wa"]);
    let image = format!("{}/vendor/app:1.0", registry.host().replace("127.0.0.1", "localhost"));
    assert_eq!(reason(&world, &image).await, "BOUND");
    let picked = world.runs(&["images", "ns-a", "--cluster", "test"]);
    assert!(picked.contains(&image) && !picked.contains("unnamed"), "{picked}");
}
