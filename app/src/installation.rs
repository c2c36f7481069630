//! The key of the installation: all replicas, and the same one after a restart, must seal and open with one key. Whoever
//! has another one would find every credential shut, and sign cursors that the others refuse.

use thiserror::Error;
use wharfinger_store::{Store, StoreError};

use crate::vault::Vault;

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
