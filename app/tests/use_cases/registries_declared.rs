//! Naming what a registry does not list: where it lies, who may, and that no walk loses it.

use wharfinger_app::bindings::{Manner, Pairs, Terms};
use wharfinger_app::error::UserErrorCode::{Invalid, NotAllowed, ReadOnlySource, Required, Taken, TooMany};
use wharfinger_app::record::{RegistryRecord, SpaceRecord};
use wharfinger_app::registries::NewRegistryInput;
use wharfinger_domain::decision::{Reason, Verdict};
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::registry::RegistryKind;
use wharfinger_domain::space::Visibility;
use wharfinger_fakes::distribution::DistributionRegistry;
use wharfinger_fakes::push::Pusher;
use wharfinger_store::syncs::SyncState;

use crate::assignments::assign;
use crate::registries::{Faults, faults, input, register};
use crate::world::World;

/// A registry that knows no spaces.
async fn plain(world: &World, endpoint: &str, owner: Option<WorkspaceId>) -> RegistryRecord {
    let new = NewRegistryInput { kind: RegistryKind::Distribution, ..input("plain", endpoint, owner) };
    register(world, new).await.unwrap()
}

async fn declare(world: &World, record: &RegistryRecord, path: &str) -> Result<SpaceRecord, Faults> {
    let (call, private) = (world.admin(), Visibility::Private);
    let done = world.app.declare_space(&call, record.registry.id, path.to_owned(), private).await;
    done.unwrap().map_err(faults)
}

async fn name(world: &World, record: &RegistryRecord, paths: &[&str]) -> Result<usize, Faults> {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    world.app.declare_repositories(&world.admin(), record.registry.id, paths).await.unwrap().map_err(faults)
}

/// The spaces that are there, and how many repositories each has.
async fn counts(world: &World) -> Vec<(String, i64)> {
    let spaces = world.spaces().await;
    spaces.into_iter().map(|record| (record.space.path.to_string(), record.repository_count)).collect()
}

fn counted(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_inside_another_has_what_lies_in_it_and_no_walk_loses_it() {
    let world = World::start().await;
    let server = DistributionRegistry::open().await.unwrap();
    let pusher = Pusher::new(&server.url(), None).unwrap();
    pusher.image("team/app", &["1.0"], "linux/amd64").await.unwrap();
    server.copy_repository("team/app", &["team/group/app".to_owned(), "team/group/deep/app".to_owned()]).unwrap();
    let record = plain(&world, &server.url(), None).await;
    let id = record.registry.id;
    assert_eq!(world.walked(id).await.state, SyncState::Succeeded);
    assert_eq!(counts(&world).await, counted(&[("team", 3)]));

    let workspace = world.workspace("wa").await;
    assign(&world, Some(workspace)).await;
    let team = world.space("team").await.space.id;
    let pairs = Pairs { spaces: vec![team], workspaces: vec![workspace] };
    world.app.bind_spaces(&world.admin(), pairs, Terms::default(), Manner::default()).await.unwrap().unwrap();
    let image = format!("{}/team/group/app:1.0", server.host());
    assert_eq!(world.decide(&image).verdict, Verdict::Allow);

    // The deeper one first: the one around it leaves it what it has.
    declare(&world, &record, "team/group/deep").await.unwrap();
    let group = declare(&world, &record, "team/group").await.unwrap();
    assert_eq!((group.declared, group.repository_count, group.space.visibility()), (true, 1, Visibility::Private));
    assert_eq!(world.decide(&image).reason, Reason::NotBound);
    world.assert_published().await;
    let expected = counted(&[("team", 1), ("team/group", 1), ("team/group/deep", 1)]);
    assert_eq!(counts(&world).await, expected);
    declare(&world, &record, "empty").await.unwrap();

    world.app.sync_registry(&world.admin(), id).await.unwrap().unwrap();
    assert_eq!(world.walked(id).await.state, SyncState::Succeeded);
    let expected = counted(&[("empty", 0), ("team", 1), ("team/group", 1), ("team/group/deep", 1)]);
    assert_eq!(counts(&world).await, expected);
    assert_eq!(world.decide(&image).reason, Reason::NotBound);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_inside_a_space_of_an_association_goes_with_that() {
    let world = World::start().await;
    let server = DistributionRegistry::open().await.unwrap();
    Pusher::new(&server.url(), None).unwrap().image("team/app", &["1.0"], "linux/amd64").await.unwrap();
    server.copy_repository("team/app", &["other/app".to_owned()]).unwrap();
    let workspace = world.workspace("wa").await;
    assign(&world, Some(workspace)).await;
    let record = plain(&world, &server.url(), Some(workspace)).await;
    let (id, lead) = (record.registry.id, world.lead(workspace));
    assert_eq!(world.walked(id).await.error, None);
    let inside = world.app.declare_space(&lead, id, "team/group".to_owned(), Visibility::Private).await.unwrap();
    inside.unwrap();
    declare(&world, &record, "hidden").await.unwrap();
    let image = |path: &str| format!("{}/{path}", server.host());
    let reasons = || ["team/group/app", "other/app", "hidden/app"].map(|path| world.decide(&image(path)).reason);
    assert_eq!(reasons(), [Reason::WorkspaceRegistry; 3]);

    // The credential does not see the space any more, which is all that a registry tells of a right that is gone.
    std::fs::remove_dir_all(server.folder().join("contents/docker/registry/v2/repositories/team")).unwrap();
    world.app.sync_registry(&world.admin(), id).await.unwrap().unwrap();
    assert_eq!(world.walked(id).await.error, None);
    assert_eq!(reasons(), [Reason::SpaceUnknown, Reason::WorkspaceRegistry, Reason::WorkspaceRegistry]);
    world.assert_published().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_lists_none_of_what_was_declared_is_no_other_registry() {
    let world = World::start().await;
    let server = DistributionRegistry::open().await.unwrap();
    let record = plain(&world, &server.url(), None).await;
    world.walked(record.registry.id).await;
    assert_eq!(name(&world, &record, &["one/app", "two/app", "three/app", "four/app"]).await, Ok(4));
    world.app.sync_registry(&world.admin(), record.registry.id).await.unwrap().unwrap();
    let sync = world.walked(record.registry.id).await;
    assert_eq!((sync.state, sync.error), (SyncState::Succeeded, None));
    assert_eq!(counts(&world).await, counted(&[("four", 1), ("one", 1), ("three", 1), ("two", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn repositories_are_named_in_the_spaces_that_they_lie_in() {
    let world = World::start().await;
    let record = plain(&world, "https://plain.example", None).await;
    declare(&world, &record, "team/group").await.unwrap();
    let paths = ["team/group/app", "team/app", "team/group/app", "alone", "team/groups"];
    assert_eq!(name(&world, &record, &paths).await, Ok(4));
    assert_eq!(counts(&world).await, counted(&[("alone", 1), ("team", 2), ("team/group", 1)]));
    assert!(world.spaces().await.iter().all(|space| space.declared && !space.space.is_public()));
    world.assert_published().await;
    assert_eq!(name(&world, &record, &paths).await, Ok(0));
    assert_eq!(world.audited("registry.declare").await.len(), 2);
    assert_eq!(world.audited("space.declare").await.len(), 3);

    let refused = name(&world, &record, &["good/path", "Bad/Path", "tag/ged:1.0", "a//b", "", "x@sha256:0"]).await;
    let places: Vec<_> = refused.unwrap_err().into_iter().map(|(code, place)| (code == Invalid, place)).collect();
    assert_eq!(places, [1, 2, 3, 4, 5].map(|index| (true, format!("paths.{index}"))));
    assert!(world.spaces().await.iter().all(|space| &*space.space.path != "good"), "all or nothing");
    assert_eq!(name(&world, &record, &[]).await.unwrap_err(), [(Required, "paths".to_owned())]);
    assert_eq!(name(&world, &record, &["a"; 501]).await.unwrap_err(), [(TooMany, "paths".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_name_of_docker_hub_is_in_its_library() {
    let world = World::start().await;
    let record = plain(&world, "https://docker.io", None).await;
    assert_eq!(name(&world, &record, &["nginx", "library/nginx", "grafana/grafana"]).await, Ok(2));
    assert_eq!(counts(&world).await, counted(&[("grafana", 1), ("library", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_name_spaces_and_of_which_registries() {
    let world = World::start().await;
    let harbor = world.register().await;
    assert_eq!(declare(&world, &harbor, "more").await.unwrap_err(), [(ReadOnlySource, "registryId".to_owned())]);
    assert_eq!(name(&world, &harbor, &["team-a/x"]).await.unwrap_err(), [(ReadOnlySource, "registryId".to_owned())]);
    let wa = world.workspace("wa").await;
    let record = plain(&world, "https://plain.example", Some(wa)).await;
    let (lead, id) = (world.lead(wa), record.registry.id);
    let public = world.app.declare_space(&lead, id, "team".to_owned(), Visibility::Public).await.unwrap();
    assert_eq!(faults(public.unwrap_err()), [(NotAllowed, "visibility".to_owned())]);
    // Nobody has tried whether the credential of the association may pull from there.
    let outside = world.app.declare_space(&lead, id, "team".to_owned(), Visibility::Private).await.unwrap();
    assert_eq!(faults(outside.unwrap_err()), [(NotAllowed, "path".to_owned())]);
    declare(&world, &record, "team").await.unwrap();
    let inside = world.app.declare_space(&lead, id, "team/group".to_owned(), Visibility::Private).await.unwrap();
    assert!(!inside.unwrap().space.is_public());
    let paths = ["team/app", "teams/app", "team/group/app", "team"].map(str::to_owned);
    let outside = world.app.declare_repositories(&lead, id, paths.to_vec()).await.unwrap().unwrap_err();
    assert_eq!(faults(outside), [(NotAllowed, "paths.1".to_owned())]);
    let inside = paths.into_iter().filter(|path| !path.starts_with("teams")).collect();
    assert_eq!(world.app.declare_repositories(&lead, id, inside).await.unwrap(), Ok(3));
    let public = world.app.declare_space(&world.admin(), id, "open".to_owned(), Visibility::Public).await.unwrap();
    assert!(public.unwrap().space.is_public());
    world.assert_published().await;
    assert_eq!(declare(&world, &record, "team").await.unwrap_err(), [(Taken, "path".to_owned())]);
    let long = "a".repeat(256);
    for path in ["", "/team", "team/", "Team", "te am", "a//b", long.as_str()] {
        assert_eq!(declare(&world, &record, path).await.unwrap_err(), [(Invalid, "path".to_owned())], "{path:?}");
    }
}
