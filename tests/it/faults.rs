//! What a registry may do wrong: in each case the webhook decides as before, what was known stays known, and an administrator
//! is told the fault by its name.

use std::time::Duration;

use serde_json::json;
use wharfinger_fakes::harbor::{FakeHarbor, Fault, Options as HarborOptions, Push, World as HarborWorld};

use crate::outage::within;
use crate::world::World;

const MINUTE: Duration = Duration::from_mins(1);

/// So many projects fill three pages.
const PROJECTS: usize = 210;

/// A fault fails every attempt of a request.
const ATTEMPTS: usize = 3;

/// A world with a bound space, and a registry of three pages of projects.
async fn start() -> World {
    let world = World::start().await;
    let workspace = world.platform.workspace("wa").await;
    world.platform.assign("ns-a", Some(&workspace)).await;
    let space = world.platform.space(&world.registry, "team-a").await;
    world.platform.bind(&[&space], &[&workspace]).await;
    for number in 0..PROJECTS {
        world.harbor.create_project(&format!("p{number:03}"), "false");
    }
    world.platform.sync(&world.registry).await;
    world
}

/// The webhook decides as it did, and as many spaces are known.
async fn assert_unmoved(world: &World) {
    for (namespace, path, allowed) in [
        ("ns-a", "pub/app:1.0", true),
        ("ns-b", "pub/app:1.0", true),
        ("ns-a", "team-a/app:1.0", true),
        ("ns-b", "team-a/app:1.0", false),
        ("ns-a", "team-b/app:1.0", false),
    ] {
        let answer = world.platform.create_pod(namespace, &[&world.image(path)]).await;
        assert_eq!(answer.allowed(), allowed, "{path} in {namespace}: {answer:?}");
    }
    let query = "query($id: ID!) { node(id: $id) { ... on Registry { spaces(first: 0, filter: { present: true }) { totalCount } } } }";
    let data = world.platform.graphql(query, json!({ "id": world.registry })).await;
    assert_eq!(data["node"]["spaces"]["totalCount"], PROJECTS + 4, "{data}");
}

/// Has the registry walked, and gives what is told of the failure.
async fn failure(world: &World) -> String {
    let (platform, id) = (&world.platform, json!({ "id": world.registry }));
    let sync = "mutation($id: ID!) { syncRegistry(input: { registryId: $id }) { sync { id } userErrors { message } } }";
    platform.graphql(sync, id.clone()).await;
    let query = "query($id: ID!) { node(id: $id) { ... on Registry { health { reason } lastSync { state error } } } }";
    let told = async || platform.graphql(query, id.clone()).await["node"].take();
    within(MINUTE, async || told().await["lastSync"]["state"] == "FAILED").await;
    let node = told().await;
    assert_eq!(node["health"]["reason"], node["lastSync"]["error"]);
    node["health"]["reason"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_fails_or_lies_changes_no_decision() {
    let world = start().await;
    assert_unmoved(&world).await;
    let list = |total: u32| Fault::Listing(total, "[]".to_owned());
    let page = |text: &str| Fault::Answer(200, "application/json", text.to_owned());
    for (what, part, fault, words) in [
        ("a page that fails", "&page=2", Fault::status(500), "status 500"),
        ("a page that is none", "&page=2", page("<html>"), "cannot be read"),
        ("a page of something else", "&page=3", page("{}"), "cannot be read"),
        ("a list that lacks its end", "&page=3", list(10_000), "announced"),
        ("a list without end", "&page=1", list(u32::MAX), "announced"),
        ("nobody signed in", "/service/token", Fault::status(401), "does not accept the credential"),
        ("something else", "/service/token", page("{\"status\":\"ok\"}"), "answers without a token"),
        ("a redirect", "&page=1", Fault::Redirect("http://elsewhere.example/".to_owned()), "redirects to"),
        ("a wish for fewer requests", "&page=1", Fault::status(429), "fewer requests"),
    ] {
        for _ in 0..ATTEMPTS {
            world.harbor.fail_next(part, fault.clone());
        }
        let told = failure(&world).await;
        assert!(told.contains(words), "{what}: {told}");
        assert_unmoved(&world).await;
        // What is left of the fault is used up.
        world.harbor.edit(HarborWorld::forget_faults);
    }
    world.platform.sync(&world.registry).await;
    assert_unmoved(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_registry_at_the_address_takes_nothing_away() {
    let world = start().await;
    // One with ids of its own, in which none is what it was, and one that has the same ids for other projects.
    for (skipped, words) in [(10_000, "none of the"), (0, "what was")] {
        let other = FakeHarbor::start(HarborOptions::default()).await.unwrap();
        other.edit(|other| other.skip_project_ids(skipped));
        for name in ["their-a", "their-b", "their-c"] {
            other.create_project(name, "true");
            other.push_artifact(&format!("{name}/app"), &Push::tagged(["1.0"])).unwrap();
        }
        world.harbor.edit(|ours| other.edit(|theirs| std::mem::swap(ours, theirs)));
        let told = failure(&world).await;
        assert!(told.contains("another registry answers") && told.contains(words), "{told}");
        assert_unmoved(&world).await;
        world.harbor.edit(|ours| other.edit(|theirs| std::mem::swap(ours, theirs)));
    }
    world.platform.sync(&world.registry).await;
    assert_unmoved(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_ends_takes_nothing_away() {
    let world = start().await;
    world.harbor.set_credential(crate::world::ADMIN.0, "Another12345");
    let told = failure(&world).await;
    assert!(told.contains("does not accept the credential"), "{told}");
    assert_unmoved(&world).await;
}
