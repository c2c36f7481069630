//! A namespace that the snapshot does not know yet: waited for shortly, and only where its workspace matters.

use std::time::{Duration, Instant};

use wharfinger_domain::id::RegistryId;
use wharfinger_domain::source::Wish;
use wharfinger_domain::space::Visibility;

use crate::door::{Answer, Door, create, r1, waiting, within};
use crate::world::{NOW, World};

fn wish(name: &str) -> Wish {
    Wish::Namespace { cluster: "east".into(), name: name.into() }
}

fn arrived(name: &str) -> World {
    let mut world = World::expecting(name);
    world.appear(name);
    world
}

/// A door before the namespace `ns-new` has come, which waits this long.
fn door(wait: Duration) -> Door {
    Door::with(&World::expecting("ns-new"), waiting(wait), NOW)
}

async fn ask(door: &Door, image: &str) -> (Answer, Duration) {
    let started = Instant::now();
    let answer = door.ask(&within(create(&[image]), "ns-new")).await;
    (answer, started.elapsed())
}

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(30);

#[tokio::test]
async fn admits_once_the_namespace_is_seen() {
    let door = door(LONG);
    let image = r1("team-a/x");
    let news = async {
        tokio::task::yield_now().await;
        // A change of something else does not end the wait.
        door.source.move_on(&World::expecting("ns-new"));
        tokio::time::sleep(SHORT).await;
        door.source.move_on(&arrived("ns-new"));
    };
    let ((answer, _), ()) = tokio::join!(ask(&door, &image), news);
    answer.admits("BOUND");
    assert_eq!(door.wishes(), [wish("ns-new")]);
    assert_eq!((door.metrics.waits(), door.metrics.waits_in_vain()), (1, 0));
}

#[tokio::test]
async fn denies_when_the_namespace_does_not_come_and_does_not_wait_again() {
    let door = door(SHORT);
    let (answer, took) = ask(&door, &r1("team-a/x")).await;
    answer.denies("NOT_BOUND", &["the namespace is in no workspace"]);
    assert!(took >= SHORT, "{took:?}");
    assert_eq!((door.metrics.waits(), door.metrics.waits_in_vain()), (1, 1));
    ask(&door, &r1("team-a/x")).await.0.denies("NOT_BOUND", &[]);
    assert_eq!((door.metrics.waits(), door.wishes().len()), (1, 1));
}

#[tokio::test]
async fn denies_as_soon_as_the_cluster_has_no_such_namespace() {
    let door = door(LONG);
    let image = r1("team-a/x");
    let news = async {
        tokio::task::yield_now().await;
        // That another one is not there does not end the wait.
        door.source.miss("west", "ns-new");
        tokio::time::sleep(SHORT).await;
        door.source.miss("east", "ns-new");
    };
    let ((answer, took), ()) = tokio::join!(ask(&door, &image), news);
    answer.denies("NOT_BOUND", &["the namespace is in no workspace"]);
    assert!((SHORT..Duration::from_secs(4)).contains(&took), "{took:?}");
    assert_eq!((door.metrics.waits(), door.metrics.waits_in_vain()), (1, 1));
    ask(&door, &r1("team-a/x")).await.0.denies("NOT_BOUND", &[]);
    assert_eq!((door.metrics.waits(), door.wishes().len()), (1, 1));
}

#[tokio::test]
async fn waits_for_every_private_reason_alike() {
    for path in ["team-a/x", "team-b/x", "nope/x", "lapsed/x"] {
        let door = door(SHORT);
        ask(&door, &r1(path)).await.0.denies("NOT_BOUND", &[]);
        assert_eq!(door.metrics.waits(), 1, "{path}");
    }
}

#[tokio::test]
async fn does_not_wait_where_the_workspace_cannot_matter() {
    let door = door(LONG);
    ask(&door, &r1("pub/x")).await.0.admits("SPACE_PUBLIC");
    ask(&door, "not a reference").await.0.denies("REFERENCE_INVALID", &[]);
    door.ask(&within(create(&[&r1("team-a/x")]), "ns-none")).await.denies("NOT_BOUND", &[]);
    assert_eq!((door.metrics.waits(), door.wishes()), (0, vec![]));
}

#[tokio::test]
async fn answers_before_the_api_server_gives_up() {
    let door = door(LONG);
    let started = Instant::now();
    let review = within(create(&[&r1("team-a/x")]), "ns-new");
    door.ask_at("/validate/east?timeout=100ms", &review).await.denies("NOT_BOUND", &[]);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn asks_for_the_registry_of_an_unknown_space_and_never_waits_for_it() {
    let door = Door::with(&World::new(), waiting(LONG), NOW);
    door.ask(&create(&[&r1("nope/x/y:1"), "unknown.example/a/b"])).await.denies("NOT_BOUND", &[]);
    assert_eq!((door.wishes(), door.metrics.waits()), (vec![Wish::Registry(RegistryId(1))], 0));
}

#[tokio::test]
async fn asks_for_a_registry_once_in_a_review() {
    let images: Vec<_> = (0..100).map(|n| r1(&format!("nope-{n}/x"))).collect();
    let images: Vec<_> = images.iter().map(String::as_str).collect();
    let door = Door::of(&World::new());
    door.ask(&create(&images)).await.denies("NOT_BOUND", &[]);
    assert_eq!(door.wishes().len(), 1);
}

#[tokio::test]
async fn follows_the_snapshot_that_is_in_force() {
    let door = Door::of(&World::new());
    let review = create(&[&r1("nope/x")]);
    door.ask(&review).await.denies("NOT_BOUND", &[]);
    let mut world = World::new();
    world.space(1, "nope", Visibility::Public, &[]);
    door.source.move_on(&world);
    door.ask(&review).await.admits("SPACE_PUBLIC");
}
