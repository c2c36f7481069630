//! The key of the installation.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use wharfinger_app::error::UserErrorCode;
use wharfinger_app::installation::{ClaimError, RekeyError, Rekeyed, adopt, claim, rekey};
use wharfinger_app::record::{SealedCredential, Sight};
use wharfinger_app::registries::{CredentialInput, RegistryChange, RegistryParts};
use wharfinger_app::vault::Vault;
use wharfinger_domain::id::RegistryId;
use wharfinger_store::{Store, StoreOptions};

use crate::place;
use crate::registries::{faults, input, register};
use crate::world::{PASSWORD, World};

#[tokio::test(flavor = "multi_thread")]
async fn of_two_keys_that_come_at_once_one_becomes_the_installations() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::at(place::new(directory.path()))).unwrap();
    let vaults = [1, 2].map(|key| Vault::new(&[key; 32]).unwrap());
    let (one, other) = tokio::join!(claim(&store, &vaults[0]), claim(&store, &vaults[1]));
    let (first, second) = if one.is_ok() { (&vaults[0], &vaults[1]) } else { (&vaults[1], &vaults[0]) };
    let refusals: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    let [ClaimError::OtherKey { expected, found }] = &*refusals else { panic!("{refusals:?}") };
    assert_eq!((&**expected, &**found), (first.key_id(), second.key_id()));

    claim(&store, first).await.unwrap();
    assert_eq!(adopt(&store, first).await.unwrap(), None);
    assert_eq!(adopt(&store, second).await.unwrap().as_deref(), Some(first.key_id()));
    claim(&store, second).await.unwrap();
    claim(&store, first).await.unwrap_err();
}

/// The key that the use cases of a [`World`] seal with.
fn present() -> Vault {
    Vault::new(&[7; 32]).unwrap()
}

async fn credential(world: &World, id: RegistryId) -> SealedCredential {
    let found = world.app.store().read(move |tx| tx.credentials(&Sight::All, &[id])).await.unwrap();
    found[&id].clone()
}

async fn reseal(world: &World, old: Vault, new: Vault) -> Result<Rekeyed, RekeyError> {
    let (random, at) = (Arc::clone(world.app.random()), world.app.clock().now());
    rekey(world.app.store(), (old, new), random, at).await
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_sealed_with_another_key_together_with_its_id_and_only_once() {
    let world = World::start().await;
    let (old, new) = (present(), Vault::new(&[9; 32]).unwrap());
    claim(world.app.store(), &old).await.unwrap();
    let id = world.register().await.registry.id;
    register(&world, input("open", "https://open.example", None)).await.unwrap();
    let (row, before) = (format!("registry:{id}"), credential(&world, id).await);
    let done = reseal(&world, present(), Vault::new(&[9; 32]).unwrap()).await.unwrap();
    assert_eq!(done, Rekeyed { before: Some(old.key_id().to_owned()), credentials: 1 });

    let after = credential(&world, id).await;
    assert_eq!((&*after.key_id, &after.username), (new.key_id(), &before.username));
    assert_eq!(after.rotated_at, before.rotated_at, "it is the same one");
    assert!(old.open(&after.sealed, &row).is_err());
    assert_eq!(new.open(&after.sealed, &row).unwrap().expose_secret(), PASSWORD);
    claim(world.app.store(), &new).await.unwrap();
    claim(world.app.store(), &old).await.unwrap_err();
    let details = world.audited("installation.rekey").await;
    assert!(details[0].contains(new.key_id()) && !details[0].contains(PASSWORD), "{details:?}");

    // Done again, it does nothing; and what has neither key is left alone.
    let again = reseal(&world, present(), Vault::new(&[9; 32]).unwrap()).await.unwrap();
    assert_eq!(again, Rekeyed { before: None, credentials: 0 });
    assert_eq!(credential(&world, id).await, after);
    assert_eq!(world.audited("installation.rekey").await.len(), 1);
    let other = reseal(&world, present(), Vault::new(&[8; 32]).unwrap()).await.unwrap_err();
    assert!(matches!(&other, RekeyError::OtherKey { expected, .. } if expected == new.key_id()), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_does_not_open_is_named_and_nothing_is_changed() {
    let world = World::start().await;
    claim(world.app.store(), &present()).await.unwrap();
    let id = world.register().await.registry.id;
    let other = register(&world, input("other", "https://other.example", None)).await.unwrap().registry.id;
    let lost = Vault::new(&[1; 32]).unwrap();
    let sealed = lost.seal("secret", &format!("registry:{other}"), &**world.app.random()).unwrap();
    let before = credential(&world, id).await;
    let credential_of_other = SealedCredential { sealed, key_id: lost.key_id().to_owned(), ..before.clone() };
    world.app.store().write(move |tx| tx.set_credential(other, Some(&credential_of_other))).await.unwrap();
    let refused = reseal(&world, present(), Vault::new(&[9; 32]).unwrap()).await.unwrap_err();
    assert!(matches!(&refused, RekeyError::DoNotOpen(names) if *names == ["other"]), "{refused}");
    assert_eq!(credential(&world, id).await, before);
    claim(world.app.store(), &present()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_with_the_key_from_before_seals_nothing_more() {
    let world = World::start().await;
    claim(world.app.store(), &present()).await.unwrap();
    let record = world.register().await;
    reseal(&world, present(), Vault::new(&[9; 32]).unwrap()).await.unwrap();
    let credential = CredentialInput { username: "u".to_owned(), secret: SecretString::from("s") };
    let parts = RegistryParts { credential: Some(credential), ..RegistryParts::default() };
    let change = RegistryChange { registry: record.registry.id, revision: record.revision, parts };
    let refused = world.app.update_registry(&world.admin(), change).await.unwrap().unwrap_err();
    assert!(refused[0].message.contains("start it anew"), "{refused:?}");
    assert_eq!(faults(refused), [(UserErrorCode::NotAllowed, "credential".to_owned())]);
}
