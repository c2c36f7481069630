//! Assigning namespaces to workspaces.

use wharfinger_app::error::UserErrorCode;
use wharfinger_app::namespaces::{Assignment, NamespaceName};
use wharfinger_domain::decision::Reason;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::overlay::{LiveNamespace, Sighting};

use crate::world::World;

fn named(name: &str) -> NamespaceName {
    NamespaceName { cluster: "test".to_owned(), name: name.to_owned() }
}

/// Puts the namespace `ns-a` into a workspace.
pub(crate) async fn assign(world: &World, workspace: Option<WorkspaceId>) {
    let assignment = Assignment { namespaces: vec![named("ns-a")], workspace, dry_run: false };
    assert_eq!(world.app.assign_namespaces(&world.admin(), assignment).await.unwrap(), Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_nobody_has_seen_cannot_be_assigned() {
    let world = World::start().await;
    let workspace = world.workspace("wa").await;
    let namespaces = vec![named("ns-a"), named("ns-new")];
    let assignment = Assignment { namespaces, workspace: Some(workspace), dry_run: false };
    let errors = world.app.assign_namespaces(&world.admin(), assignment).await.unwrap().unwrap_err();
    assert_eq!(errors[0].code, UserErrorCode::NotFound);
    assert_eq!(errors[0].path, ["assignment", "namespaces", "1"]);
    let found = world.app.namespace_by_name(&world.admin(), named("ns-a")).await.unwrap().unwrap();
    assert_eq!(found.namespace.workspace, None, "all or nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_made_again_is_in_no_workspace() {
    let world = World::start().await;
    world.register().await;
    assign(&world, Some(world.workspace("wa").await)).await;
    assert_eq!(world.decide("harbor.example/team-a/app").reason, Reason::NotBound);
    let again = LiveNamespace { uid: "uid-2".into(), terminating: false };
    world.app.publisher().sight("test", Sighting::Seen("ns-a".into(), again));
    assert_eq!(world.decide("harbor.example/team-a/app").reason, Reason::NamespaceNotMapped);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mapping_ends_when_the_namespace_terminates() {
    let world = World::start().await;
    world.register().await;
    assign(&world, Some(world.workspace("wa").await)).await;
    let ending = LiveNamespace { uid: "uid-1".into(), terminating: true };
    world.app.publisher().sight("test", Sighting::Seen("ns-a".into(), ending));
    assert_eq!(world.decide("harbor.example/team-a/app").reason, Reason::NamespaceNotMapped);
}

#[tokio::test(flavor = "multi_thread")]
async fn unassigning_ends_what_was_allowed() {
    let world = World::start().await;
    world.register().await;
    assign(&world, Some(world.workspace("wa").await)).await;
    assign(&world, None).await;
    assert_eq!(world.decide("harbor.example/team-a/app").reason, Reason::NamespaceNotMapped);
}
