//! The distribution client against Debian's registry, open and with a password, and against the token flow of a Harbor.

use wharfinger_domain::registry::RegistryKind::Distribution;
use wharfinger_fakes::distribution::{DistributionRegistry, PASSWORD, USER};
use wharfinger_fakes::harbor::{Account, FakeHarbor, Fault, Grant, Options, Push, Scope, Seen};
use wharfinger_fakes::push::Pusher;
use wharfinger_registry::{Endpoint, Limits, ObservedRepository, Presence, RegistryError, connect};

use crate::{all_repositories, all_spaces, client, endpoint, limits, named};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

const SECRET: &str = "Sync-Secret-1";

fn tag_names(repository: &ObservedRepository) -> Vec<&str> {
    repository.tags.iter().map(|tag| tag.name.as_str()).collect()
}

#[tokio::test]
async fn spaces_are_first_components_and_have_no_visibility() {
    let registry = DistributionRegistry::open().await.unwrap();
    let pusher = Pusher::new(&registry.url(), None).unwrap();
    for repository in ["team/app", "team/sub/svc", "team-b/app", "rootapp"] {
        pusher.image(repository, &["v1"], "linux/amd64").await.unwrap();
    }
    let client = client(Distribution, &registry.url(), None);
    let proof = client.prove().await.unwrap();
    assert_eq!((proof.version, proof.registry_host, proof.missing_rights), (None, None, Vec::new()));
    let spaces = all_spaces(&*client).await.unwrap();
    let counts: Vec<_> = spaces.iter().map(|space| (space.path.as_str(), space.repository_count)).collect();
    assert_eq!(counts, [("rootapp", Some(1)), ("team", Some(2)), ("team-b", Some(1))]);
    assert!(spaces.iter().all(|space| space.visibility.is_none() && space.upstream_id.is_none()));
    let team = all_repositories(&*client, named(&spaces, "team")).await.unwrap();
    assert_eq!(team.iter().map(|found| found.path.as_str()).collect::<Vec<_>>(), ["team/app", "team/sub/svc"]);
    let root = all_repositories(&*client, named(&spaces, "rootapp")).await.unwrap();
    assert_eq!(root.iter().map(|found| found.path.as_str()).collect::<Vec<_>>(), ["rootapp"]);
}

#[tokio::test]
async fn tags_carry_digest_type_size_and_platforms() {
    let registry = DistributionRegistry::open().await.unwrap();
    let pusher = Pusher::new(&registry.url(), None).unwrap();
    let digest = pusher.image("team/app", &["v1", "latest"], "linux/arm64").await.unwrap();
    let index = pusher.index("team/app", "multi", &["linux/amd64", "linux/arm64"]).await.unwrap();
    let client = client(Distribution, &registry.url(), None);
    let spaces = all_spaces(&*client).await.unwrap();
    let repositories = all_repositories(&*client, named(&spaces, "team")).await.unwrap();
    let [app] = repositories.as_slice() else { panic!("one repository") };
    assert_eq!(tag_names(app), ["latest", "multi", "v1"]);
    let [latest, multi, v1] = app.tags.as_slice() else { panic!("three tags") };
    assert_eq!((&latest.digest, &v1.digest), (&digest, &digest));
    assert_eq!(v1.media_type.as_deref(), Some(MANIFEST));
    assert_eq!(v1.platforms, ["linux/arm64"]);
    assert!(v1.size_bytes > Some(100), "{v1:?}");
    assert_eq!((&multi.digest, multi.media_type.as_deref()), (&index, Some(INDEX)));
    assert_eq!(multi.platforms, ["linux/amd64", "linux/arm64"]);
}

/// The registry keeps the repository in its catalogue and gives null for its tags.
#[tokio::test]
async fn a_repository_without_tags_is_read() {
    let registry = DistributionRegistry::open().await.unwrap();
    let pusher = Pusher::new(&registry.url(), None).unwrap();
    let digest = pusher.image("team/app", &["v1"], "linux/amd64").await.unwrap();
    pusher.delete("team/app", &digest).await.unwrap();
    let client = client(Distribution, &registry.url(), None);
    let spaces = all_spaces(&*client).await.unwrap();
    let repositories = all_repositories(&*client, named(&spaces, "team")).await.unwrap();
    assert_eq!(repositories.len(), 1);
    assert_eq!(tag_names(&repositories[0]), Vec::<&str>::new());
}

#[tokio::test]
async fn a_catalogue_of_more_than_a_page_is_read_to_its_end() {
    let registry = DistributionRegistry::open().await.unwrap();
    let pusher = Pusher::new(&registry.url(), None).unwrap();
    pusher.image("team/app", &["v1"], "linux/amd64").await.unwrap();
    let copies: Vec<String> = (0..40).map(|number| format!("bulk{}/app{number:04}", number % 7)).collect();
    registry.copy_repository("team/app", &copies).unwrap();
    for names in [1, 7, 40, 41, 42] {
        let client = connect(&endpoint(Distribution, &registry.url()), &Limits { names, ..limits() }).unwrap();
        let spaces = all_spaces(&*client).await.unwrap();
        assert_eq!(spaces.len(), 8, "{names} at a time");
        assert_eq!(spaces.iter().filter_map(|space| space.repository_count).sum::<u32>(), 41, "{names} at a time");
    }
}

#[tokio::test]
async fn a_space_is_confirmed_by_its_path() {
    let registry = DistributionRegistry::open().await.unwrap();
    let pusher = Pusher::new(&registry.url(), None).unwrap();
    pusher.image("team-b/app", &["v1"], "linux/amd64").await.unwrap();
    let client = client(Distribution, &registry.url(), None);
    assert!(matches!(client.space("team-b").await.unwrap(), Presence::Present(space) if space.path == "team-b"));
    assert_eq!(client.space("team").await.unwrap(), Presence::Gone);
}

#[tokio::test]
async fn a_password_is_presented_when_asked_for_and_a_wrong_one_refused() {
    let registry = DistributionRegistry::with_password().await.unwrap();
    let pusher = Pusher::new(&registry.url(), Some((USER, PASSWORD))).unwrap();
    pusher.image("team/app", &["v1"], "linux/amd64").await.unwrap();
    let right = client(Distribution, &registry.url(), Some((USER, PASSWORD)));
    right.prove().await.unwrap();
    let spaces = all_spaces(&*right).await.unwrap();
    assert_eq!(tag_names(&all_repositories(&*right, named(&spaces, "team")).await.unwrap()[0]), ["v1"]);
    for who in [None, Some((USER, "wrong")), Some(("nobody", PASSWORD))] {
        let wrong = client(Distribution, &registry.url(), who);
        assert_eq!(wrong.prove().await.unwrap_err(), RegistryError::Unauthorized, "{who:?}");
        assert_eq!(all_spaces(&*wrong).await.unwrap_err(), RegistryError::Unauthorized, "{who:?}");
    }
}

#[tokio::test]
async fn of_a_closed_catalogue_what_was_declared_is_read() {
    let harbor = FakeHarbor::start(Options::default()).await.unwrap();
    harbor.create_project("team", "false");
    harbor.push_artifact("team/app", &Push::tagged(["v1"])).unwrap();
    harbor.push_artifact("team/other", &Push::tagged(["v1"])).unwrap();
    let rights = ["repository:pull", "project:read", "repository:list"];
    let reader = Account::robot("reader", SECRET, vec![Grant::new(Scope::AllProjects, rights)]);
    harbor.edit(|world| world.set_account(reader));
    let declared = ["team/app", "team/gone"].map(str::to_owned).to_vec();
    let credential = Some(crate::credential("robot$reader", SECRET));
    let endpoint = Endpoint { credential, declared, ..endpoint(Distribution, &harbor.url()) };
    let client = connect(&endpoint, &limits()).unwrap();
    assert_eq!(client.prove().await.unwrap().missing_rights, Vec::<String>::new());
    let spaces = all_spaces(&*client).await.unwrap();
    assert_eq!(spaces.iter().map(|space| &*space.path).collect::<Vec<_>>(), ["team"]);
    let found = all_repositories(&*client, named(&spaces, "team")).await.unwrap();
    assert_eq!(found.iter().map(|found| &*found.path).collect::<Vec<_>>(), ["team/app"]);
    assert_eq!(tag_names(&found[0]), ["v1"]);
}

#[tokio::test]
async fn a_token_is_fetched_and_a_closed_catalogue_told() {
    let harbor = FakeHarbor::start(Options::default()).await.unwrap();
    harbor.edit(|world| world.set_account(Account::sync_robot("sync", SECRET)));
    let robot = client(Distribution, &harbor.url(), Some(("robot$sync", SECRET)));
    assert_eq!(robot.prove().await.unwrap().missing_rights, ["registry:catalog:*"]);
    assert_eq!(all_spaces(&*robot).await.unwrap_err(), RegistryError::CatalogueClosed);
    let seen = harbor.seen();
    let bearer = |seen: &Seen| seen.headers.get("authorization").is_some_and(|value| value.starts_with("Bearer "));
    assert!(seen.iter().any(|seen| seen.target == "/v2/" && bearer(seen)), "{seen:?}");
    let admin = client(Distribution, &harbor.url(), Some(("admin", "Harbor12345")));
    assert_eq!(admin.prove().await.unwrap().missing_rights, Vec::<String>::new());
    let wrong = client(Distribution, &harbor.url(), Some(("admin", "wrong")));
    assert_eq!(wrong.prove().await.unwrap_err(), RegistryError::Unauthorized);
}

#[tokio::test]
async fn tokens_are_kept_by_scope_and_fetched_again_when_one_is_refused() {
    let harbor = FakeHarbor::start(Options::default()).await.unwrap();
    harbor.edit(|world| world.catalogue_takes_tokens = true);
    harbor.push_artifact("library/app", &Push::tagged(["v1", "v2"]));
    harbor.push_artifact("library/app", &Push::tagged(["v3"]));
    let client = client(Distribution, &harbor.url(), Some(("admin", "Harbor12345")));
    let spaces = all_spaces(&*client).await.unwrap();
    let repositories = all_repositories(&*client, named(&spaces, "library")).await.unwrap();
    assert_eq!(tag_names(&repositories[0]), ["v1", "v2", "v3"]);
    let fetched = |harbor: &FakeHarbor| {
        let targets = harbor.seen().into_iter().map(|seen| seen.target);
        targets.filter(|target| target.starts_with("/service/token")).collect::<Vec<_>>()
    };
    let token = "/service/token?service=harbor-registry";
    let catalogue = format!("{token}&scope=registry%3Acatalog%3A*");
    let repository = format!("{token}&scope=repository%3Alibrary%2Fapp%3Apull");
    assert_eq!(fetched(&harbor), [token.to_owned(), catalogue.clone(), repository]);
    let challenge = format!(r#"Bearer realm="{}/service/token",service="harbor-registry""#, harbor.url());
    harbor.fail_next("/v2/_catalog", Fault::Challenge(challenge));
    all_spaces(&*client).await.unwrap();
    assert_eq!(fetched(&harbor).len(), 4);
    assert_eq!(fetched(&harbor)[3], catalogue);
}

#[tokio::test]
async fn no_credential_goes_to_a_token_service_on_another_host() {
    let harbor = FakeHarbor::start(Options::default()).await.unwrap();
    let elsewhere = FakeHarbor::start(Options::default()).await.unwrap();
    let realm = elsewhere.url().replace("127.0.0.1", "localhost") + "/service/token";
    harbor.fail_next("/v2/", Fault::Challenge(format!(r#"Bearer realm="{realm}",service="harbor-registry""#)));
    let client = client(Distribution, &harbor.url(), Some(("admin", "Harbor12345")));
    assert_eq!(client.prove().await.unwrap_err(), RegistryError::ForeignRealm { realm });
    assert_eq!(elsewhere.seen().len(), 0);
}

#[tokio::test]
async fn something_else_at_the_address_is_no_registry() {
    let harbor = FakeHarbor::start(Options::default()).await.unwrap();
    harbor.fail_next("/v2/", Fault::Answer(404, "text/html", "<html>".to_owned()));
    let error = client(Distribution, &harbor.url(), None).prove().await.unwrap_err();
    assert!(matches!(error, RegistryError::NotThatKind { expected: Distribution, .. }), "{error}");
}
