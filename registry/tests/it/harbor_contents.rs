//! Repositories and tags of a Harbor's project, in versions that list a project's artifacts and in older ones.

use wharfinger_domain::space::Visibility;
use wharfinger_fakes::harbor::{FakeHarbor, Fault, OCI_INDEX, OCI_MANIFEST, Push};
use wharfinger_registry::{ObservedRepository, ObservedSpace, RegistryError};

use crate::all_repositories;
use crate::harbor::{harbor, harbor_of, sync};

fn space(harbor: &FakeHarbor, path: &str) -> ObservedSpace {
    let id = harbor.edit(|world| world.project_named(path).map(|project| project.id.to_string()));
    let (path, visibility) = (path.to_owned(), Some(Visibility::Private));
    ObservedSpace { upstream_id: id, path, visibility, proxy_cache: false, repository_count: None }
}

fn fill(harbor: &FakeHarbor) {
    harbor.create_project("team", "false");
    harbor.push_artifact("team/app", &Push { size: Some(4711), ..Push::tagged(["v1", "latest"]) });
    harbor.push_artifact("team/app", &Push::tagged(["v2"]));
    let platforms = vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()];
    harbor.push_artifact("team/sub/dir/multi", &Push { platforms, ..Push::tagged(["m1"]) });
    harbor.push_artifact("team/untagged", &Push::default());
}

fn tags(repository: &ObservedRepository) -> Vec<&str> {
    let mut names: Vec<&str> = repository.tags.iter().map(|tag| tag.name.as_str()).collect();
    names.sort_unstable();
    names
}

fn check(repositories: &[ObservedRepository]) {
    let paths: Vec<&str> = repositories.iter().map(|repository| repository.path.as_str()).collect();
    assert_eq!(paths, ["team/app", "team/sub/dir/multi", "team/untagged"]);
    let [app, multi, untagged] = repositories else { panic!("three repositories") };
    assert_eq!(tags(app), ["latest", "v1", "v2"]);
    assert_eq!(tags(multi), ["m1"]);
    assert_eq!(tags(untagged), Vec::<&str>::new());
    assert_eq!((app.pull_count, app.updated_at.is_some()), (Some(0), true));
    let v1 = app.tags.iter().find(|tag| tag.name == "v1").unwrap();
    let latest = app.tags.iter().find(|tag| tag.name == "latest").unwrap();
    assert_eq!((v1.size_bytes, v1.media_type.as_deref()), (Some(4711), Some(OCI_MANIFEST)));
    assert_eq!(v1.platforms, ["linux/amd64"]);
    assert_eq!(v1.digest, latest.digest);
    assert!(v1.pushed_at.is_some());
    assert_eq!(multi.tags[0].platforms, ["linux/amd64", "linux/arm64"]);
    assert_eq!(multi.tags[0].media_type.as_deref(), Some(OCI_INDEX));
}

#[tokio::test]
async fn repositories_come_with_their_tags_in_two_requests() {
    let harbor = harbor().await;
    fill(&harbor);
    check(&all_repositories(&*sync(&harbor), &space(&harbor, "team")).await.unwrap());
    let seen = harbor.seen();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen[0].target.starts_with("/api/v2.0/projects/team/artifacts?with_tag=true&"), "{}", seen[0].target);
    for slow in ["label", "scan_overview", "immutable_status", "accessory"] {
        assert!(seen[0].target.contains(&format!("with_{slow}=false")), "{}", seen[0].target);
    }
}

#[tokio::test]
async fn a_harbor_before_2_11_is_asked_for_each_repository_by_its_twice_encoded_name() {
    let harbor = harbor_of("v2.10.3-1234abcd").await;
    fill(&harbor);
    check(&all_repositories(&*sync(&harbor), &space(&harbor, "team")).await.unwrap());
    let targets: Vec<String> = harbor.seen().into_iter().map(|seen| seen.target).collect();
    let wanted = "/api/v2.0/projects/team/repositories/sub%252Fdir%252Fmulti/artifacts?";
    assert!(targets.iter().any(|target| target.starts_with(wanted)), "{targets:?}");
}

#[tokio::test]
async fn more_than_a_page_of_artifacts_and_repositories_is_read() {
    let harbor = harbor().await;
    harbor.create_project("team", "false");
    for number in 0..230 {
        harbor.push_artifact(&format!("team/app{number:03}"), &Push::tagged(["v1"]));
    }
    let repositories = all_repositories(&*sync(&harbor), &space(&harbor, "team")).await.unwrap();
    assert_eq!(repositories.len(), 230);
    assert!(repositories.iter().all(|repository| tags(repository) == ["v1"]));
}

#[tokio::test]
async fn a_project_of_the_same_name_does_not_lend_its_repositories() {
    let harbor = harbor().await;
    fill(&harbor);
    let old = space(&harbor, "team");
    harbor.delete_project("team");
    fill(&harbor);
    let error = all_repositories(&*sync(&harbor), &old).await.unwrap_err();
    assert_eq!(error, RegistryError::SpaceGone("team".to_owned()));
}

#[tokio::test]
async fn a_project_that_is_gone_is_told_from_a_right_that_is_missing() {
    let harbor = harbor().await;
    fill(&harbor);
    let space = space(&harbor, "team");
    harbor.delete_project("team");
    let error = all_repositories(&*sync(&harbor), &space).await.unwrap_err();
    assert_eq!(error, RegistryError::SpaceGone("team".to_owned()));
}

#[tokio::test]
async fn a_numeric_name_is_read_as_a_name() {
    let harbor = harbor().await;
    let id = harbor.create_project("other", "false");
    harbor.push_artifact("other/app", &Push::tagged(["other"]));
    harbor.create_project(&id.to_string(), "false");
    harbor.push_artifact(&format!("{id}/app"), &Push::tagged(["mine"]));
    let repositories = all_repositories(&*sync(&harbor), &space(&harbor, &id.to_string())).await.unwrap();
    assert_eq!(repositories.len(), 1);
    assert_eq!(repositories[0].path, format!("{id}/app"));
    assert_eq!(tags(&repositories[0]), ["mine"]);
}

#[tokio::test]
async fn a_repository_outside_its_project_is_refused() {
    let harbor = harbor().await;
    fill(&harbor);
    let space = space(&harbor, "team");
    let id = space.upstream_id.clone().unwrap();
    for name in ["other/app", "team-b/app", "team/../other", "team"] {
        let row = format!(r#"[{{"id":1,"project_id":{id},"name":"{name}"}}]"#);
        harbor.fail_next("/projects/team/repositories", Fault::Listing(1, row));
        let error = all_repositories(&*sync(&harbor), &space).await.unwrap_err();
        assert!(matches!(error, RegistryError::Malformed { .. }), "{name}: {error}");
    }
}

#[tokio::test]
async fn an_image_pushed_during_the_walk_is_shown_without_its_repositorys_row() {
    let harbor = harbor().await;
    fill(&harbor);
    let space = space(&harbor, "team");
    let id = space.upstream_id.clone().unwrap();
    let row = format!(r#"[{{"id":1,"project_id":{id},"name":"team/app"}}]"#);
    harbor.fail_next("/projects/team/repositories", Fault::Listing(1, row));
    let repositories = all_repositories(&*sync(&harbor), &space).await.unwrap();
    let paths: Vec<&str> = repositories.iter().map(|repository| repository.path.as_str()).collect();
    assert_eq!(paths, ["team/app", "team/sub/dir/multi", "team/untagged"]);
    assert_eq!(tags(&repositories[1]), ["m1"]);
}

#[tokio::test]
async fn a_push_during_the_walk_does_not_spoil_it_and_a_deletion_does() {
    let harbor = harbor().await;
    harbor.create_project("team", "false");
    for number in 0..150 {
        harbor.push_artifact("team/app", &Push::tagged([&format!("v{number}")]));
    }
    let space = space(&harbor, "team");
    harbor.before("page=2", |world| drop(world.push_artifact("team/app", &Push::tagged(["late"]))));
    let repositories = all_repositories(&*sync(&harbor), &space).await.unwrap();
    assert_eq!(repositories[0].tags.len(), 151);
    harbor.before("page=2", |world| world.delete_artifact("team/app", "v0"));
    let error = all_repositories(&*sync(&harbor), &space).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unsettled { .. }), "{error}");
}

#[tokio::test]
async fn null_lists_are_empty_lists() {
    let harbor = harbor().await;
    fill(&harbor);
    let space = space(&harbor, "team");
    harbor.fail_next("/projects/team/artifacts", Fault::Listing(0, "null".to_owned()));
    harbor.fail_next("/projects/team/repositories", Fault::Listing(0, "null".to_owned()));
    assert_eq!(all_repositories(&*sync(&harbor), &space).await.unwrap(), []);
}
