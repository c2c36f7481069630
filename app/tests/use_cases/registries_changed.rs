//! Changing registries: what has to be entered again, who may change what, and what becomes of hosts.

use std::time::Duration;

use secrecy::SecretString;
use wharfinger_app::call::Call;
use wharfinger_app::error::UserErrorCode::{Invalid, NotAllowed, NotFound, Required, StaleRevision, Taken};
use wharfinger_app::record::{RegistryRecord, Sight};
use wharfinger_app::registries::{CredentialInput, NewRegistryInput, RegistryChange, RegistryParts};
use wharfinger_domain::decision::{Reason, Verdict};
use wharfinger_domain::id::{RegistryId, SyncId};
use wharfinger_fakes::harbor::Fault;
use wharfinger_store::syncs::SyncState;

use crate::assignments::assign;
use crate::registries::{Faults, faults, input, register};
use crate::world::{PASSWORD, World};

/// Changes the registry as it is now.
async fn change(world: &World, call: &Call, id: RegistryId, parts: RegistryParts) -> Result<RegistryRecord, Faults> {
    let revision = world.registry(id).await.map_or(1, |record| record.revision);
    let change = RegistryChange { registry: id, revision, parts };
    world.app.update_registry(call, change).await.unwrap().map_err(faults)
}

fn credential(secret: &str) -> CredentialInput {
    CredentialInput { username: "admin".to_owned(), secret: SecretString::from(secret) }
}

fn moved(endpoint: &str) -> RegistryParts {
    RegistryParts { endpoint: Some(endpoint.to_owned()), ..RegistryParts::default() }
}

fn aliased(aliases: &[&str]) -> RegistryParts {
    let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
    RegistryParts { aliases: Some(aliases), ..RegistryParts::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_of_one_revision_and_leaves_what_it_does_not_name() {
    let world = World::start().await;
    let before = world.register().await;
    let id = before.registry.id;
    let named = RegistryParts { name: Some("renamed".to_owned()), ..RegistryParts::default() };
    let after = change(&world, &world.admin(), id, named.clone()).await.unwrap();
    assert_eq!((&*after.registry.name, after.revision), ("renamed", before.revision + 1));
    assert_eq!((&after.endpoint, &after.registry.hosts), (&before.endpoint, &before.registry.hosts));
    world.assert_published().await;
    // The walk that was asked for signs in as before.
    assert_eq!(world.walked(id).await.state, SyncState::Succeeded);
    assert_eq!(world.decide("harbor.example/pub/app").verdict, Verdict::Allow);

    let change = RegistryChange { registry: id, revision: before.revision, parts: named };
    let stale = world.app.update_registry(&world.admin(), change).await.unwrap().map_err(faults);
    assert_eq!(stale.unwrap_err(), [(StaleRevision, "revision".to_owned())]);
    let details = world.audited("registry.update").await;
    assert_eq!(details.len(), 1);
    assert!(details[0].contains("\"before\"") && details[0].contains("\"renamed\""), "{details:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_that_asks_as_it_was_before_the_change_counts_no_longer() {
    let world = World::start().await;
    let id = world.register().await.registry.id;
    world.harbor.fail_next("/projects", Fault::Delay(Duration::from_millis(500)));
    let slow = world.app.sync_registry(&world.admin(), id).await.unwrap().unwrap();
    let named = RegistryParts { name: Some("renamed".to_owned()), ..RegistryParts::default() };
    change(&world, &world.admin(), id, named).await.unwrap();
    let last = async || world.app.last_syncs(&world.admin(), vec![id]).await.unwrap().remove(&id).unwrap();
    assert_eq!(last().await.id, slow.id, "what it asks has not changed");
    for secret in ["wrong", PASSWORD] {
        let entered = RegistryParts { credential: Some(credential(secret)), ..RegistryParts::default() };
        change(&world, &world.admin(), id, entered).await.unwrap();
    }
    assert!(last().await.id.0 >= slow.id.0 + 2);
    assert_eq!(world.walked(id).await.state, SyncState::Succeeded);
    let walks = world.app.syncs_by_id(&world.admin(), vec![slow.id, SyncId(slow.id.0 + 1)]).await.unwrap();
    assert!(walks.values().all(|walk| walk.state == SyncState::Cancelled), "{walks:?}");
    // Nothing waits for ever.
    assert!(world.app.store().read(|tx| tx.unfinished_syncs()).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_credential_goes_nowhere_else_unless_it_is_entered_again() {
    let world = World::start().await;
    let id = world.register().await.registry.id;
    let elsewhere = "https://elsewhere.example";
    for parts in [
        moved(elsewhere),
        moved(&world.harbor.url().replace("http://", "https://")),
        moved(&format!("{}/below", world.harbor.url())),
        RegistryParts { skip_tls_verify: Some(true), ..RegistryParts::default() },
        RegistryParts { ca_bundle_pem: Some("PEM".to_owned()), ..RegistryParts::default() },
    ] {
        let refused = change(&world, &world.admin(), id, parts.clone()).await.unwrap_err();
        assert_eq!(refused, [(Required, "credential".to_owned())], "{parts:?}");
    }
    // The same address in another spelling is no other address.
    let same = RegistryParts { skip_tls_verify: Some(false), ..moved(&format!("{}/", world.harbor.url())) };
    change(&world, &world.admin(), id, same).await.unwrap();
    let entered = RegistryParts { credential: Some(credential("Secret-4711")), ..moved(elsewhere) };
    change(&world, &world.admin(), id, entered).await.unwrap();
    let sealed = world.app.store().read(move |tx| tx.credentials(&Sight::All, &[id])).await.unwrap();
    assert!(sealed[&id].rotated_at > world.registry(id).await.unwrap().created_at);
    let details = world.audited("registry.update").await;
    assert!(details.iter().all(|details| !details.contains("Secret-4711") && !details.contains(PASSWORD)));

    let removed = RegistryParts { remove_credential: true, ..moved("https://third.example") };
    change(&world, &world.admin(), id, removed).await.unwrap();
    assert!(world.app.store().read(move |tx| tx.credentials(&Sight::All, &[id])).await.unwrap().is_empty());
    change(&world, &world.admin(), id, moved(elsewhere)).await.unwrap();
    let both = RegistryParts { credential: Some(credential("x")), remove_credential: true, ..RegistryParts::default() };
    let refused = change(&world, &world.admin(), id, both).await.unwrap_err();
    assert_eq!(refused, [(Invalid, "removeCredential".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_dropped_is_retired_and_one_that_comes_back_is_not() {
    let world = World::start().await;
    let id = world.register().await.registry.id;
    let image = "harbor.example/pub/app:1.0";
    assert_eq!(world.decide(image).verdict, Verdict::Allow);
    change(&world, &world.admin(), id, aliased(&["other.example"])).await.unwrap();
    assert_eq!(world.decide(image).reason, Reason::SpaceUnknown);
    assert_eq!(world.decide("other.example/pub/app:1.0").reason, Reason::SpacePublic);
    let retired = world.app.retired_hosts(&world.admin()).await.unwrap();
    // It is reached in the clear, and that is its default port.
    assert_eq!(retired, ["harbor.example", "harbor.example:80"]);
    world.assert_published().await;

    change(&world, &world.admin(), id, aliased(&["harbor.example"])).await.unwrap();
    assert_eq!(world.decide(image).reason, Reason::SpacePublic);
    assert_eq!(world.decide("other.example/pub/app:1.0").reason, Reason::SpaceUnknown);
    let retired = world.app.retired_hosts(&world.admin()).await.unwrap();
    assert_eq!(retired, ["other.example", "other.example:80"]);
    world.assert_published().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_are_added_are_checked_as_those_of_a_new_registry() {
    let world = World::start().await;
    let workspace = world.workspace("wa").await;
    let one = register(&world, input("one", "https://one.example", None)).await.unwrap().registry.id;
    register(&world, input("two", "https://two.example", None)).await.unwrap();
    let mine = register(&world, input("mine", "https://mine.example", Some(workspace))).await.unwrap().registry.id;
    let admin = world.admin();
    let refused = change(&world, &admin, one, aliased(&["a.example", "two.example"])).await.unwrap_err();
    assert_eq!(refused, [(Taken, "aliases.1".to_owned())]);
    let refused = change(&world, &admin, mine, moved("https://two.example:8443")).await.unwrap_err();
    assert_eq!(refused, [(Taken, "endpoint".to_owned())]);
    let named = RegistryParts { name: Some("two".to_owned()), ..RegistryParts::default() };
    assert_eq!(change(&world, &admin, one, named).await.unwrap_err(), [(Taken, "name".to_owned())]);
    let refused = change(&world, &admin, one, aliased(&["one.example"])).await.unwrap_err();
    assert_eq!(refused, [(Invalid, "aliases.0".to_owned())]);

    // The platform takes over, and the association moves away from it.
    change(&world, &admin, one, aliased(&["mine.example"])).await.unwrap();
    assert!(world.registry(mine).await.unwrap().resting_reason.is_some());
    world.assert_published().await;
    change(&world, &admin, mine, moved("https://elsewhere.example")).await.unwrap();
    assert_eq!(world.registry(mine).await.unwrap().resting_reason, None);
    world.assert_published().await;
    // What the endpoint has now is no alias beside it.
    let swapped = change(&world, &admin, one, moved("https://mine.example")).await.unwrap();
    assert_eq!(swapped.registry.hosts, ["mine.example".into()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_of_a_workspace_changes_the_own_association_within_bounds() {
    let world = World::start().await;
    let (wa, wb) = (world.workspace("wa").await, world.workspace("wb").await);
    let new = NewRegistryInput {
        aliases: vec!["alias.example".to_owned()],
        skip_tls_verify: true,
        ..input("mine", "https://mine.example", Some(wa))
    };
    let id = register(&world, new).await.unwrap().registry.id;
    let lead = world.lead(wa);
    let named = RegistryParts { name: Some("ours".to_owned()), ..aliased(&["alias.example"]) };
    change(&world, &lead, id, named.clone()).await.unwrap();
    for (parts, place) in [
        (aliased(&[]), "aliases"),
        (aliased(&["alias.example", "more.example"]), "aliases"),
        (RegistryParts { skip_tls_verify: Some(false), ..RegistryParts::default() }, "skipTlsVerify"),
        (RegistryParts { ca_bundle_pem: Some("PEM".to_owned()), ..RegistryParts::default() }, "caBundlePem"),
        // An administrator has said whom to believe at the present address.
        (moved("https://elsewhere.example"), "endpoint"),
    ] {
        let refused = change(&world, &lead, id, parts.clone()).await.unwrap_err();
        assert_eq!(refused, [(NotAllowed, place.to_owned())], "{parts:?}");
        change(&world, &world.admin(), id, parts).await.unwrap();
        let back = RegistryParts {
            endpoint: Some("https://mine.example".to_owned()),
            skip_tls_verify: Some(true),
            ca_bundle_pem: Some(String::new()),
            ..aliased(&["alias.example"])
        };
        change(&world, &world.admin(), id, back).await.unwrap();
    }
    let refused = change(&world, &world.lead(wb), id, named.clone()).await.unwrap_err();
    assert_eq!(refused, [(NotFound, "registryId".to_owned())]);
    let platform = world.register().await.registry.id;
    assert_eq!(change(&world, &lead, platform, named).await.unwrap_err(), [(NotAllowed, "registryId".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exclusive_mark_stays_with_the_hosts_that_an_administrator_gave_it_to() {
    let world = World::start().await;
    let (wa, wb) = (world.workspace("wa").await, world.workspace("wb").await);
    let id = register(&world, input("mine", "https://mine.example", Some(wa))).await.unwrap().registry.id;
    assign(&world, Some(wb)).await;
    let image = "mine.example/team/app";
    assert_eq!(world.decide(image).reason, Reason::RegistryUnknown);
    let marked = world.app.set_registry_exclusive(&world.admin(), id, true).await.unwrap().unwrap();
    assert!(marked.registry.exclusive);
    assert_eq!(world.decide(image).reason, Reason::NotBound);
    world.assert_published().await;
    for (call, parts, place) in [
        (world.lead(wa), moved("https://elsewhere.example"), "endpoint"),
        (world.admin(), moved("https://elsewhere.example"), "endpoint"),
        (world.admin(), aliased(&["elsewhere.example"]), "aliases"),
    ] {
        let refused = change(&world, &call, id, parts).await.unwrap_err();
        assert_eq!(refused, [(NotAllowed, place.to_owned())]);
    }
    change(&world, &world.lead(wa), id, moved("https://mine.example/below")).await.unwrap();
    assert_eq!(world.decide(image).reason, Reason::NotBound);

    world.app.set_registry_exclusive(&world.admin(), id, false).await.unwrap().unwrap();
    assert_eq!(world.decide(image).reason, Reason::RegistryUnknown);
    assert_eq!(world.audited("registry.exclusive").await.len(), 2);
    let call = world.lead(wa);
    assert!(world.app.set_registry_exclusive(&call, id, true).await.is_err(), "the role may never");
    let platform = world.register().await.registry.id;
    let refused = world.app.set_registry_exclusive(&world.admin(), platform, true).await.unwrap().unwrap_err();
    assert_eq!(faults(refused), [(NotAllowed, "registryId".to_owned())]);
    let missing = world.app.set_registry_exclusive(&world.admin(), RegistryId(99), true).await.unwrap().unwrap_err();
    assert_eq!(faults(missing), [(NotFound, "registryId".to_owned())]);
}
