//! The main job from outside: a registry registered, its space bound, a pod refused before and admitted after.

use serde_json::json;

use crate::world::{ADMIN, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_is_refused_until_its_space_is_bound_and_refused_again_after() {
    let world = World::start().await;
    let (platform, image) = (&world.platform, world.image("team-a/app:1.0"));
    let workspace = platform.workspace("wa").await;
    platform.assign("ns-a", Some(&workspace)).await;
    let refused = platform.create_pod("ns-a", &[&image]).await;
    assert!(!refused.allowed());
    for told in ["spec.containers[0].image", &*image, "\"wa\"", "bind the space"] {
        assert!(refused.message().contains(told), "{told} is not in {}", refused.message());
    }
    let space = platform.space(&world.registry, "team-a").await;
    let bound = platform.bind(&[&space], &[&workspace]).await;
    assert_eq!(bound["createdCount"], 1);
    assert!(platform.create_pod("ns-a", &[&image]).await.allowed());
    assert!(!platform.create_pod("ns-b", &[&image]).await.allowed());
    platform.unbind(&[&space], &[&workspace]).await;
    assert!(!platform.create_pod("ns-a", &[&image]).await.allowed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picker_the_explanation_and_the_webhook_say_the_same() {
    let world = World::start().await;
    let platform = &world.platform;
    let workspace = platform.workspace("wa").await;
    platform.assign("ns-a", Some(&workspace)).await;
    let space = platform.space(&world.registry, "team-a").await;
    assert_eq!(platform.selectable("ns-a").await, ["pub/app"]);
    platform.bind(&[&space], &[&workspace]).await;
    assert_eq!(platform.selectable("ns-a").await, ["pub/app", "team-a/app"]);
    assert_eq!(platform.selectable("ns-b").await, ["pub/app"]);
    for (path, reason) in [("pub/app", "SPACE_PUBLIC"), ("team-a/app", "BOUND"), ("team-b/app", "NOT_BOUND")] {
        let explanation = platform.explain("ns-a", &world.image(path)).await;
        assert_eq!(explanation["reason"], reason, "{explanation:#}");
        let allowed = platform.create_pod("ns-a", &[&world.image(path)]).await.allowed();
        assert_eq!(explanation["selectable"], json!(allowed), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binding_is_in_force_for_the_next_review_a_thousand_times() {
    let world = World::start().await;
    let (platform, image) = (&world.platform, world.image("team-a/app:1.0"));
    let workspace = platform.workspace("wa").await;
    platform.assign("ns-a", Some(&workspace)).await;
    let space = platform.space(&world.registry, "team-a").await;
    for round in 0..1000 {
        platform.bind(&[&space], &[&workspace]).await;
        assert!(platform.create_pod("ns-a", &[&image]).await.allowed(), "round {round}");
        platform.unbind(&[&space], &[&workspace]).await;
        assert!(!platform.create_pod("ns-a", &[&image]).await.allowed(), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_spaces_are_bound_to_many_workspaces_with_a_result_for_each_pair() {
    let world = World::start().await;
    let platform = &world.platform;
    let mut workspaces = Vec::new();
    for name in ["w1", "w2", "w3", "w4"] {
        workspaces.push(platform.workspace(name).await);
    }
    let mut spaces = Vec::new();
    for path in ["team-a", "team-b", "pub"] {
        spaces.push(platform.space(&world.registry, path).await);
    }
    let workspaces: Vec<_> = workspaces.iter().map(String::as_str).collect();
    let spaces: Vec<_> = spaces.iter().map(String::as_str).collect();
    platform.bind(&spaces[1..2], &workspaces[..1]).await;
    let bound = platform.bind(&spaces, &workspaces).await;
    let outcomes: Vec<_> =
        bound["results"].as_array().unwrap().iter().map(|result| result["outcome"].as_str()).collect();
    let mut expected = vec![Some("CREATED"); 12];
    expected[4] = Some("ALREADY_BOUND");
    assert_eq!(outcomes, expected);
    assert_eq!(bound["results"][4]["space"]["name"], "team-b");
    assert_eq!(bound["createdCount"], 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_bound_is_bound_after_a_restart() {
    let mut world = World::start().await;
    let image = world.image("team-a/app:1.0");
    let workspace = world.platform.workspace("wa").await;
    world.platform.assign("ns-a", Some(&workspace)).await;
    let space = world.platform.space(&world.registry, "team-a").await;
    world.platform.bind(&[&space], &[&workspace]).await;
    let token = world.platform.token().to_owned();
    world.platform.stop().await;
    world.platform.run().await;
    assert_eq!(world.platform.token(), token);
    assert!(world.platform.create_pod("ns-a", &[&image]).await.allowed());
}

// Case: NS-10
#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_made_again_inherits_no_workspace() {
    let world = World::start().await;
    let (platform, image) = (&world.platform, world.image("team-a/app:1.0"));
    let workspace = platform.workspace("wa").await;
    platform.assign("ns-a", Some(&workspace)).await;
    let space = platform.space(&world.registry, "team-a").await;
    platform.bind(&[&space], &[&workspace]).await;
    let before = platform.wait_for_namespace("ns-a").await;
    assert!(platform.create_pod("ns-a", &[&image]).await.allowed());
    world.kube.delete("ns-a");
    world.kube.create("ns-a").unwrap();
    while platform.wait_for_namespace("ns-a").await == before {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(!platform.create_pod("ns-a", &[&image]).await.allowed());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_answered_without_the_token() {
    let world = World::start().await;
    let url = format!("http://{}/graphql", world.platform.addresses().api);
    for token in [None, Some("whf_wrong")] {
        let request = world.platform.http().post(&url).json(&json!({ "query": "{ __typename }" }));
        let request =
            token.map_or_else(|| request.try_clone().unwrap(), |token| request.try_clone().unwrap().bearer_auth(token));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    }
}

// Case: API-17
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_logged() {
    let world = World::start().await;
    let log = world.platform.log();
    assert!(!log.contains(ADMIN.1) && !log.contains(world.platform.token()), "{log}");
}
