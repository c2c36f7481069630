//! Spaces of a Harbor: the credential, visibility, identity, and walks that something disturbs.

use futures_util::StreamExt as _;
use wharfinger_domain::registry::RegistryKind;
use wharfinger_domain::space::Visibility;
use wharfinger_fakes::harbor::{Account, FakeHarbor, Fault, Grant, Options, Push, Scope};
use wharfinger_registry::{Presence, RegistryError};

use crate::{all_spaces, client, named};

const ROBOT: (&str, &str) = ("robot$sync", "Sync-Secret-1");

/// A Harbor with a robot that may read everything.
pub(crate) async fn harbor() -> FakeHarbor {
    harbor_of("v2.15.2-0f1e2d3c").await
}

pub(crate) async fn harbor_of(version: &str) -> FakeHarbor {
    let harbor = FakeHarbor::start(Options { version: version.to_owned(), ..Options::default() }).await.unwrap();
    harbor.edit(|world| world.set_account(Account::sync_robot("sync", ROBOT.1)));
    harbor
}

pub(crate) fn sync(harbor: &FakeHarbor) -> std::sync::Arc<dyn wharfinger_registry::RegistryClient> {
    client(RegistryKind::Harbor, &harbor.url(), Some(ROBOT))
}

#[tokio::test]
async fn proves_version_host_and_rights() {
    let harbor = harbor().await;
    harbor.create_project("team", "false");
    let proof = sync(&harbor).prove().await.unwrap();
    assert_eq!(proof.version.as_deref(), Some("2.15.2-0f1e2d3c"));
    assert_eq!(proof.registry_host, Some(harbor.host()));
    assert_eq!(proof.missing_rights, Vec::<String>::new());
}

#[tokio::test]
async fn a_harbor_that_tells_no_version_is_read() {
    let harbor = harbor_of("-").await;
    assert_eq!(sync(&harbor).prove().await.unwrap().version, None);
}

#[tokio::test]
async fn a_harbor_before_2_8_is_refused() {
    let harbor = harbor_of("v2.7.4-1234abcd").await;
    let error = sync(&harbor).prove().await.unwrap_err();
    assert_eq!(error, RegistryError::TooOld { version: "2.7.4-1234abcd".to_owned(), least: "2.8" });
}

/// Harbor itself answers such callers with 200 and what everybody may see.
#[tokio::test]
async fn a_credential_that_does_not_count_reads_no_page() {
    let harbor = harbor().await;
    harbor.create_project("public", "true");
    harbor.edit(|world| {
        world.set_account(Account::sync_robot("disabled", "Disabled-1"));
        world.disable("robot$disabled");
    });
    for who in [None, Some(("robot$sync", "wrong")), Some(("robot$disabled", "Disabled-1")), Some(("nobody", "x"))] {
        let client = client(RegistryKind::Harbor, &harbor.url(), who);
        assert_eq!(client.prove().await.unwrap_err(), RegistryError::Unauthorized, "{who:?}");
        let pages: Vec<_> = client.spaces().collect().await;
        assert_eq!(pages, [Err(RegistryError::Unauthorized)], "{who:?}");
    }
}

#[tokio::test]
async fn a_credential_withdrawn_during_the_walk_fails_it_at_its_end() {
    let harbor = harbor().await;
    // All are public, so that the shorter view has the same count.
    for number in 0..150 {
        harbor.create_project(&format!("p{number:03}"), "true");
    }
    harbor.before("page=2", |world| world.set_credential("robot$sync", "Another-1"));
    let client = sync(&harbor);
    let pages: Vec<_> = client.spaces().collect().await;
    assert_eq!(pages.len(), 3);
    assert_eq!(pages[2], Err(RegistryError::Unauthorized));
}

#[tokio::test]
async fn visibility_follows_what_harbor_takes_for_public() {
    let harbor = harbor().await;
    let texts = ["true", "1", "TRUE", "True", "false", "maybe", " true", "yes"];
    for (number, text) in texts.iter().enumerate() {
        harbor.create_project(&format!("p{number}"), text);
    }
    let spaces = all_spaces(&*sync(&harbor)).await.unwrap();
    for (number, text) in texts.iter().enumerate() {
        let public = number < 4;
        let expected = if public { Visibility::Public } else { Visibility::Private };
        assert_eq!(named(&spaces, &format!("p{number}")).visibility, Some(expected), "{text:?}");
    }
    assert_eq!(spaces.len(), texts.len() + 1, "a list without filter has them all, and library");
}

#[tokio::test]
async fn every_page_is_read_and_asked_for_in_the_right_way() {
    let harbor = harbor().await;
    for number in 0..250 {
        harbor.create_project(&format!("p{number:03}"), "false");
    }
    let client = sync(&harbor);
    let pages: Vec<usize> = client.spaces().map(|page| page.unwrap().len()).collect().await;
    assert_eq!(pages, [100, 100, 51]);
    for seen in harbor.seen() {
        assert_eq!(seen.headers.get("cookie"), None, "{} carries a cookie", seen.target);
        assert!(seen.headers["user-agent"].starts_with("wharfinger/"), "{:?}", seen.headers);
        if seen.target.starts_with("/api/") {
            assert_eq!(seen.headers["x-is-resource-name"], "true");
            assert!(seen.target.contains("page_size=100") && !seen.target.contains("public="), "{}", seen.target);
        }
    }
}

#[tokio::test]
async fn a_list_that_changes_during_the_walk_is_not_taken_as_complete() {
    let harbor = harbor().await;
    for number in 0..150 {
        harbor.create_project(&format!("p{number:03}"), "false");
    }
    harbor.before("page=2", |world| world.delete_project("p000"));
    let error = all_spaces(&*sync(&harbor)).await.unwrap_err();
    assert_eq!(error, RegistryError::Unsettled { counted: 150, seen: 150 });
}

#[tokio::test]
async fn a_name_made_again_is_another_space_and_the_old_one_is_gone() {
    let harbor = harbor().await;
    let first = harbor.create_project("team", "false").to_string();
    let client = sync(&harbor);
    let Presence::Present(space) = client.space(&first).await.unwrap() else { panic!("it is there") };
    assert_eq!((space.path.as_str(), space.upstream_id.as_deref()), ("team", Some(first.as_str())));
    harbor.delete_project("team");
    let second = harbor.create_project("team", "false").to_string();
    assert_eq!(client.space(&first).await.unwrap(), Presence::Gone);
    assert_eq!(named(&all_spaces(&*client).await.unwrap(), "team").upstream_id, Some(second));
}

#[tokio::test]
async fn a_project_named_like_a_number_does_not_stand_for_that_id() {
    let harbor = harbor().await;
    let id = harbor.create_project("team", "false").to_string();
    harbor.create_project(&id, "true");
    let client = sync(&harbor);
    let Presence::Present(space) = client.space(&id).await.unwrap() else { panic!("it is there") };
    assert_eq!(space.path, "team");
    harbor.delete_project("team");
    assert_eq!(client.space(&id).await.unwrap(), Presence::Gone);
}

#[tokio::test]
async fn only_harbors_own_word_makes_a_space_gone() {
    let harbor = harbor().await;
    let id = harbor.create_project("team", "false").to_string();
    let client = sync(&harbor);
    let proxy = Fault::Answer(404, "text/html", "<h1>404 Not Found</h1>".to_owned());
    let unknown = r#"{"errors":[{"code":"NOT_FOUND","message":"path /api/v2.0/projects/2 was not found"}]}"#;
    for fault in [proxy, Fault::Answer(404, "application/json", unknown.to_owned())] {
        harbor.fail_next("/projects/", fault);
        assert!(matches!(client.space(&id).await, Err(RegistryError::Failed { status: 404, .. })));
    }
    harbor.set_credential("robot$sync", "Another-1");
    assert_eq!(client.space(&id).await, Err(RegistryError::Unauthorized));
    assert_eq!(client.space("999").await, Err(RegistryError::Unauthorized));
    assert!(matches!(client.space("team").await, Err(RegistryError::Malformed { .. })));
}

#[tokio::test]
async fn an_account_that_may_not_read_a_project_does_not_make_it_gone() {
    let harbor = harbor().await;
    let id = harbor.create_project("team", "false").to_string();
    harbor.edit(|world| world.set_account(Account::member("mia", "Mia-Secret-1", Vec::new())));
    let client = client(RegistryKind::Harbor, &harbor.url(), Some(("mia", "Mia-Secret-1")));
    let missing = RegistryError::MissingRight("project:read".to_owned());
    assert_eq!(client.space(&id).await, Err(missing.clone()));
    assert_eq!(client.space("999").await, Err(missing));
}

#[tokio::test]
async fn a_proof_names_the_rights_that_a_robot_lacks() {
    let harbor = harbor().await;
    harbor.create_project("team", "false");
    let grants = vec![Grant::new(Scope::System, ["project:list"])];
    harbor.edit(|world| world.set_account(Account::robot("lister", "Lister-1", grants)));
    let client = client(RegistryKind::Harbor, &harbor.url(), Some(("robot$lister", "Lister-1")));
    assert_eq!(client.prove().await.unwrap().missing_rights, ["project:read", "repository:list", "artifact:list"]);
}

#[tokio::test]
async fn something_else_at_the_address_is_no_harbor() {
    let harbor = harbor().await;
    let other = [
        Fault::Answer(200, "text/html", "<html>".to_owned()),
        Fault::Answer(404, "text/html", "<html>".to_owned()),
        Fault::Answer(200, "application/json", "{}".to_owned()),
    ];
    for fault in other {
        harbor.fail_next("/service/token", fault);
        let error = sync(&harbor).prove().await.unwrap_err();
        assert!(matches!(error, RegistryError::NotThatKind { expected: RegistryKind::Harbor, .. }), "{error}");
    }
}

#[tokio::test]
async fn a_proxy_cache_and_the_number_of_repositories_are_told() {
    let harbor = harbor().await;
    harbor.create_project("mirror", "false");
    harbor.edit(|world| world.set_registry("mirror", 1));
    harbor.push_artifact("mirror/library/redis", &Push::tagged(["7"]));
    let spaces = all_spaces(&*sync(&harbor)).await.unwrap();
    assert!(named(&spaces, "mirror").proxy_cache && !named(&spaces, "library").proxy_cache);
    assert_eq!(named(&spaces, "mirror").repository_count, Some(1));
}
