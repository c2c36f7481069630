//! The key of the installation: all replicas, and the same one after a restart, must seal and open with one key. Whoever
//! has another one would find every credential shut, and sign cursors that the others refuse.

use std::sync::Arc;

use secrecy::ExposeSecret as _;
use serde_json::json;
use thiserror::Error;
use wharfinger_domain::time::Timestamp;
use wharfinger_store::registries::SealedCredential;
use wharfinger_store::{Store, StoreError, Transaction};

use crate::call::Call;
use crate::random::Random;
use crate::record::Sight;
use crate::registries::seal_context;
use crate::unit::{Subject, event};
use crate::vault::{Vault, VaultError};

/// Why the data key was not accepted.
#[derive(Debug, Error)]
pub enum ClaimError {
    /// The secrets in the database are sealed with another key.
    #[error(
        "the database belongs to an installation with another data key (id {expected}; the key given here has the id {found}). \
         Give this replica the key of the others; if that key is lost, run `wharfinger adopt-data-key` and enter the \
         credentials of registries again"
    )]
    OtherKey {
        /// The id of the key that the database belongs to.
        expected: String,
        /// The id of the key at hand.
        found: String,
    },
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the credentials were not sealed with another key. Nothing was changed.
#[derive(Debug, Error)]
pub enum RekeyError {
    /// The database has neither the one key nor the other.
    #[error(
        "the database belongs to an installation with another data key (id {expected}; the key given here has the id {found}); \
         give the key that the database has now"
    )]
    OtherKey {
        /// The id of the key that the database belongs to.
        expected: String,
        /// The id of the key that it should have had.
        found: String,
    },
    /// These are sealed with a key that is lost, or were altered.
    #[error(
        "the credentials of these registries cannot be opened with the data key of the database: {}. Enter them again, or \
         remove them, and begin anew; nothing was changed", .0.join(", ")
    )]
    DoNotOpen(Vec<String>),
    /// A new one could not be sealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was sealed with another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rekeyed {
    /// The id of the key that the database had; `None` when it had the new one already.
    pub before: Option<String>,
    /// How many credentials were sealed anew.
    pub credentials: usize,
}

/// Seals every credential with another key and makes that the installation's, in one transaction. What has the other key
/// already stays as it is, so that it can be done again.
pub async fn rekey(
    store: &Store,
    (old, new): (Vault, Vault),
    random: Arc<dyn Random>,
    at: Timestamp,
) -> Result<Rekeyed, RekeyError> {
    store.write(move |tx| reseal(tx, &old, &new, &*random, at)).await
}

fn reseal(
    tx: &mut dyn Transaction,
    old: &Vault,
    new: &Vault,
    random: &dyn Random,
    at: Timestamp,
) -> Result<Rekeyed, RekeyError> {
    let installed = tx.data_key_id()?;
    let before = installed.filter(|installed| installed != new.key_id());
    if let Some(expected) = before.as_ref().filter(|installed| *installed != old.key_id()) {
        return Err(RekeyError::OtherKey { expected: expected.clone(), found: old.key_id().to_owned() });
    }
    let registries = tx.all_registries()?;
    let ids: Vec<_> = registries.iter().map(|record| record.registry.id).collect();
    let sealed = tx.credentials(&Sight::All, &ids)?;
    let (mut credentials, mut shut) = (0, Vec::new());
    for record in &registries {
        let Some(credential) = sealed.get(&record.registry.id) else { continue };
        let row = seal_context(record.registry.id);
        if new.open(&credential.sealed, &row).is_ok() {
            continue;
        }
        let Ok(secret) = old.open(&credential.sealed, &row) else {
            shut.push(record.registry.name.to_string());
            continue;
        };
        let sealed = new.seal(secret.expose_secret(), &row, random)?;
        let credential = SealedCredential { sealed, key_id: new.key_id().to_owned(), ..credential.clone() };
        tx.set_credential(record.registry.id, Some(&credential))?;
        credentials += 1;
    }
    if !shut.is_empty() {
        return Err(RekeyError::DoNotOpen(shut));
    }
    tx.set_data_key_id(new.key_id())?;
    if before.is_some() || credentials > 0 {
        let subject = Subject { kind: "installation", id: None, label: "data key", workspace: None };
        let details = json!({ "before": before, "after": new.key_id(), "credentials": credentials });
        tx.append_audit(&[event(&Call::system("rekey", at), "installation.rekey", &subject, &details)])?;
    }
    Ok(Rekeyed { before, credentials })
}

/// Makes the key the installation's at the very first start, and compares it with the installation's ever after.
pub async fn claim(store: &Store, vault: &Vault) -> Result<(), ClaimError> {
    if let Some(expected) = store.read(|tx| tx.data_key_id()).await? {
        return compare(expected, vault);
    }
    let id = vault.key_id().to_owned();
    let kept = store.write::<_, StoreError, _>(move |tx| match tx.data_key_id()? {
        // Another replica was first.
        Some(kept) => Ok(kept),
        None => tx.set_data_key_id(&id).map(|()| id),
    });
    compare(kept.await?, vault)
}

/// Makes the key the installation's, whichever it had before. Gives the id of the one before, if that was another.
pub async fn adopt(store: &Store, vault: &Vault) -> Result<Option<String>, StoreError> {
    let id = vault.key_id().to_owned();
    store
        .write(move |tx| {
            let before = tx.data_key_id()?.filter(|before| *before != id);
            tx.set_data_key_id(&id)?;
            Ok(before)
        })
        .await
}

fn compare(expected: String, vault: &Vault) -> Result<(), ClaimError> {
    if expected == vault.key_id() {
        return Ok(());
    }
    Err(ClaimError::OtherKey { expected, found: vault.key_id().to_owned() })
}
