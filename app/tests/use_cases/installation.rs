//! The key of the installation.

use wharfinger_app::installation::{ClaimError, adopt, claim};
use wharfinger_app::vault::Vault;
use wharfinger_store::{Store, StoreOptions};

use crate::place;

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
