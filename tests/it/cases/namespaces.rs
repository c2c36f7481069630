//! Namespaces and spaces that change while pods are created: new ones, and spaces that were public for a moment.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::journey::Answer;
use crate::world::World;

/// What a pod's creator reads whose namespace is in no workspace.
const UNMAPPED: &str = "is in no public space, and the namespace is in no workspace";

/// A denial in these words, and no failure of any other kind.
fn assert_denied(answer: &Answer, words: &str) {
    assert!(!answer.allowed(), "{answer:?}");
    assert_eq!(answer.0["status"]["code"], 403, "{answer:?}");
    assert!(answer.message().contains(words), "{}", answer.message());
}

// Case: NS-1
#[tokio::test(flavor = "multi_thread")]
async fn a_new_namespace_has_what_its_workspace_has_as_soon_as_it_is_assigned() {
    let world = World::start().await;
    let (platform, image) = (&world.platform, world.image("team-a/app:1.0"));
    let workspace = platform.workspace("wa").await;
    let space = platform.space(&world.registry, "team-a").await;
    platform.bind(&[&space], &[&workspace]).await;
    for round in 0..20 {
        let name = format!("ns-new-{round}");
        world.kube.create(&name).unwrap();
        assert_denied(&platform.create_pod(&name, &[&image]).await, UNMAPPED);
        platform.assign(&name, Some(&workspace)).await;
        let answer = platform.create_pod(&name, &[&image]).await;
        assert!(answer.allowed(), "{name}: {answer:?}");
    }
}

/// How long a walk through a small registry may take, from when it is asked for until verdicts follow; on a busy machine
/// many times what it does take.
const WALK: Duration = Duration::from_secs(30);

/// How old the rules in force may be while nothing is away, in seconds. The store is asked four times a second.
const FRESH: f64 = 15.0;

/// Shows a space to everybody or to nobody, and walks. Gives how long it took.
async fn show(world: &World, space: &str, public: &str) -> Duration {
    world.harbor.set_public(space, public);
    let asked = Instant::now();
    world.platform.sync(&world.registry).await;
    asked.elapsed()
}

// Case: NS-7
#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_was_public_for_a_moment_is_private_again_with_the_next_walk() {
    let world = World::start().await;
    let (platform, image) = (&world.platform, world.image("team-b/app:1.0"));
    let workspace = platform.workspace("wa").await;
    platform.assign("ns-a", Some(&workspace)).await;
    for _ in 0..3 {
        assert_denied(&platform.create_pod("ns-a", &[&image]).await, "is in no public space");
        assert!(show(&world, "team-b", "true").await < WALK);
        assert!(platform.create_pod("ns-a", &[&image]).await.allowed());
        assert_eq!(platform.explain("ns-a", &image).await["reason"], json!("SPACE_PUBLIC"));
        assert!(show(&world, "team-b", "false").await < WALK);
    }
    assert_denied(&platform.create_pod("ns-a", &[&image]).await, "is in no public space");
    assert_eq!(platform.explain("ns-a", &image).await["reason"], json!("NOT_BOUND"));
    let age = platform.metric("wharfinger_snapshot_age_seconds").await;
    assert!((0.0..FRESH).contains(&age), "{age}");
}
