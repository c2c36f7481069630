//! Registering registries: who may have which host.

use secrecy::SecretString;
use wharfinger_app::error::{UserError, UserErrorCode};
use wharfinger_app::record::RegistryRecord;
use wharfinger_app::registries::{CredentialInput, NewRegistryInput, RegistryTestInput};
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::registry::RegistryKind;
use wharfinger_store::sight::Sight;

use crate::world::{PASSWORD, World};

/// A Harbor to be registered, without a credential.
pub(crate) fn input(name: &str, endpoint: &str, owner: Option<WorkspaceId>) -> NewRegistryInput {
    NewRegistryInput {
        name: name.to_owned(),
        kind: RegistryKind::Harbor,
        endpoint: endpoint.to_owned(),
        aliases: Vec::new(),
        skip_tls_verify: false,
        credential: None,
        ca_bundle_pem: None,
        owner,
    }
}

/// What is to be put right: the codes, and the places of the input.
pub(crate) type Faults = Vec<(UserErrorCode, String)>;

pub(crate) fn faults(errors: Vec<UserError>) -> Faults {
    errors.into_iter().map(|error| (error.code, error.path.join("."))).collect()
}

pub(crate) async fn register(world: &World, input: NewRegistryInput) -> Result<RegistryRecord, Faults> {
    let done = world.app.register_registry(&world.admin(), input).await.unwrap();
    done.map(|(record, _)| record).map_err(faults)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_registries_of_the_platform_share_no_host() {
    let world = World::start().await;
    register(&world, input("one", "https://harbor.corp.example", None)).await.unwrap();
    for endpoint in ["https://HARBOR.corp.example:443", "http://harbor.corp.example"] {
        let refused = register(&world, input("two", endpoint, None)).await.unwrap_err();
        assert_eq!(refused, [(UserErrorCode::Taken, "endpoint".to_owned())], "{endpoint}");
    }
    let aliased = NewRegistryInput {
        aliases: vec!["other.example".to_owned(), "harbor.corp.example".to_owned()],
        ..input("two", "https://elsewhere.example", None)
    };
    assert_eq!(register(&world, aliased).await.unwrap_err(), [(UserErrorCode::Taken, "aliases.1".to_owned())]);
    register(&world, input("two", "https://harbor.corp.example:8443", None)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_associates_no_host_that_the_platform_has_under_any_port() {
    let world = World::start().await;
    let (wa, wb) = (world.workspace("wa").await, world.workspace("wb").await);
    register(&world, input("one", "https://harbor.corp.example", None)).await.unwrap();
    let refused = register(&world, input("mine", "https://harbor.corp.example:8443", Some(wa))).await.unwrap_err();
    assert_eq!(refused, [(UserErrorCode::Taken, "endpoint".to_owned())]);
    register(&world, input("mine", "https://quay.example", Some(wa))).await.unwrap();
    register(&world, input("mine", "https://quay.example", Some(wb))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_association_rests_when_the_platform_integrates_its_host() {
    let world = World::start().await;
    let workspace = world.workspace("wa").await;
    register(&world, input("mine", "https://quay.example", Some(workspace))).await.unwrap();
    register(&world, input("quay", "https://quay.example", None)).await.unwrap();
    let all = world.app.store().read(|tx| tx.all_registries()).await.unwrap();
    let resting: Vec<_> = all.iter().map(|record| (&*record.registry.name, record.registry.resting)).collect();
    assert_eq!(resting, [("mine", true), ("quay", false)]);
    assert!(all[0].resting_reason.is_some());
    let snapshot = world.app.publisher().snapshot().unwrap();
    assert!(snapshot.registry(all[0].registry.id).unwrap().resting);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_entered_wrong_is_named_with_its_place() {
    let world = World::start().await;
    let refused = register(&world, input("Bad Name", "https://user:pw@h.example", None)).await.unwrap_err();
    let places: Vec<_> = refused.iter().map(|(_, place)| place.as_str()).collect();
    assert_eq!(places, ["name", "endpoint"]);
    let missing = register(&world, input("one", "https://h.example", Some(WorkspaceId(99)))).await.unwrap_err();
    assert_eq!(missing, [(UserErrorCode::NotFound, "ownerWorkspaceId".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn testing_tells_a_wrong_credential_from_a_right_one() {
    let world = World::start().await;
    let test = async |secret: &str| {
        let credential = CredentialInput { username: "admin".to_owned(), secret: SecretString::from(secret) };
        let input = RegistryTestInput::Entered {
            kind: RegistryKind::Harbor,
            endpoint: world.harbor.url(),
            ca_bundle_pem: None,
            skip_tls_verify: false,
            credential: Some(credential),
            owner: None,
        };
        world.app.test_registry(&world.admin(), input).await.unwrap()
    };
    assert!(test(PASSWORD).await.unwrap().version.is_some());
    let refused = test("wrong").await.unwrap_err();
    assert_eq!(refused[0].code, UserErrorCode::UnauthorizedUpstream);
    assert!(!refused[0].message.contains("wrong\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_secret_is_in_no_page_of_the_database() {
    let world = World::start().await;
    let registry = world.register().await.registry.id;
    let sealed = world.app.store().read(move |tx| tx.credentials(&Sight::All, &[registry])).await.unwrap();
    let credential = &sealed[&registry];
    assert_eq!(credential.username, "admin");
    assert!(!credential.sealed.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()));
}
