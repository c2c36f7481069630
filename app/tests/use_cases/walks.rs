//! Walks through a registry: what they bring, and what a bad one must not take away.

use wharfinger_domain::decision::{Reason, Verdict};
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::space::Visibility;
use wharfinger_fakes::harbor::Fault;
use wharfinger_store::syncs::SyncState;

use crate::world::World;

async fn walk(world: &World, registry: RegistryId) -> SyncState {
    world.app.sync_registry(&world.admin(), registry).await.unwrap().unwrap();
    world.walked(registry).await.state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_brings_spaces_with_their_visibility_and_contents() {
    let world = World::start().await;
    let registry = world.register().await.registry.id;
    let sync = world.walked(registry).await;
    assert_eq!((sync.state, sync.error), (SyncState::Succeeded, None));
    let spaces = world.spaces().await;
    let seen: Vec<_> =
        spaces.iter().map(|record| (&*record.space.path, record.space.visibility(), record.repository_count)).collect();
    let expected = [
        ("library", Visibility::Public, 0),
        ("pub", Visibility::Public, 1),
        ("team-a", Visibility::Private, 1),
        ("team-b", Visibility::Private, 1),
    ];
    assert_eq!(seen, expected);
    assert_eq!(world.decide("harbor.example/pub/app").verdict, Verdict::Allow);
    assert_eq!(world.decide("harbor.example/nothere/app").reason, Reason::SpaceUnknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_no_longer_counts_takes_nothing_away() {
    let world = World::start().await;
    let registry = world.register().await.registry.id;
    world.harbor.set_credential("admin", "changed");
    assert_eq!(walk(&world, registry).await, SyncState::Failed);
    assert_eq!(world.spaces().await.len(), 4);
    let health = world.app.registry_health(&world.admin(), vec![registry]).await.unwrap().remove(&registry).unwrap();
    assert_eq!(health.status, wharfinger_app::record::HealthStatus::Unauthorized);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_turns_private_is_private_even_if_the_walk_fails_later() {
    let world = World::start().await;
    let registry = world.register().await.registry.id;
    world.harbor.set_public("pub", "false");
    world.harbor.set_public("team-a", "true");
    for _ in 0..16 {
        world.harbor.fail_next("artifacts", Fault::status(500));
    }
    assert_eq!(walk(&world, registry).await, SyncState::Failed);
    assert_eq!(world.decide("harbor.example/pub/app").verdict, Verdict::Deny);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_turns_public_is_public_after_the_whole_walk() {
    let world = World::start().await;
    let registry = world.register().await.registry.id;
    world.harbor.set_public("team-a", "true");
    assert_eq!(walk(&world, registry).await, SyncState::Succeeded);
    assert_eq!(world.decide("harbor.example/team-a/app").reason, Reason::SpacePublic);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_project_is_gone_and_one_made_again_is_another_space() {
    let world = World::start().await;
    let registry = world.register().await.registry.id;
    let before = world.space("team-b").await.space.id;
    world.harbor.delete_project("team-b");
    assert_eq!(walk(&world, registry).await, SyncState::Succeeded);
    assert_eq!(world.decide("harbor.example/team-b/app").reason, Reason::SpaceUnknown);
    world.harbor.create_project("team-b", "false");
    assert_eq!(walk(&world, registry).await, SyncState::Succeeded);
    assert_ne!(world.space("team-b").await.space.id, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_down_changes_no_decision() {
    let world = World::start().await;
    let registry = world.register().await.registry.id;
    for _ in 0..16 {
        world.harbor.fail_next("projects", Fault::status(500));
    }
    assert_eq!(walk(&world, registry).await, SyncState::Failed);
    assert_eq!(world.decide("harbor.example/pub/app").verdict, Verdict::Allow);
    assert_eq!(world.spaces().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_registry_changes_no_revision() {
    let world = World::start().await;
    let registry = world.register().await.registry.id;
    let before = world.app.publisher().revision();
    assert_eq!(walk(&world, registry).await, SyncState::Succeeded);
    assert_eq!(world.app.publisher().revision(), before);
}
