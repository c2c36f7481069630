//! Seals the secrets that the store keeps: ChaCha20-Poly1305 (RFC 8439) under a key of this
//! installation, bound to the row it belongs to, so that a sealed secret copied to another row does not open.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::SecretString;
use thiserror::Error;

use crate::random::Random;

/// The key of this installation.
pub struct Vault {
    key: LessSafeKey,
    id: Box<str>,
}

/// A sealed secret does not open, or no key could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VaultError {
    /// The key is not 32 bytes long.
    #[error("the data key must be 32 bytes long")]
    KeyLength,
    /// It was sealed with another key, for another row, or was altered.
    #[error("a stored secret cannot be opened with the data key of this installation")]
    DoesNotOpen,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault with this key of 32 bytes.
    pub fn new(key: &[u8]) -> Result<Self, VaultError> {
        let unbound = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| VaultError::KeyLength)?;
        // Names the key without telling anything of it: a hash of it, cut short.
        let digest = ring::digest::digest(&ring::digest::SHA256, &[b"wharfinger data key id", key].concat());
        let id = digest.as_ref().iter().take(8).fold(0_u64, |id, byte| id << 8 | u64::from(*byte));
        Ok(Self { key: LessSafeKey::new(unbound), id: format!("{id:016x}").into() })
    }

    /// Names the key, to be stored beside what it sealed.
    pub fn key_id(&self) -> &str {
        &self.id
    }

    /// Seals a secret for one row: a random nonce of 12 bytes, then the text, then the tag of 16 bytes.
    pub fn seal(&self, secret: &str, row: &str, random: &dyn Random) -> Result<Vec<u8>, VaultError> {
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let mut sealed = secret.as_bytes().to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(row.as_bytes()), &mut sealed)
            .map_err(|_| VaultError::DoesNotOpen)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Vault::seal`] sealed for this row.
    pub fn open(&self, sealed: &[u8], row: &str) -> Result<SecretString, VaultError> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or(VaultError::DoesNotOpen)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::DoesNotOpen)?;
        let mut text = text.to_vec();
        let opened = self.key.open_in_place(nonce, Aad::from(row.as_bytes()), &mut text);
        let opened = opened.map_err(|_| VaultError::DoesNotOpen)?;
        let secret = std::str::from_utf8(opened).map_err(|_| VaultError::DoesNotOpen)?;
        Ok(SecretString::from(secret))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    struct Fixed;
    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_secret_opens_for_its_own_row_and_key_only() {
        let vault = Vault::new(&[1; 32]).unwrap();
        let sealed = vault.seal("s3cret", "registry:1", &Fixed).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"s3cret"));
        assert_eq!(vault.open(&sealed, "registry:1").unwrap().expose_secret(), "s3cret");
        assert_eq!(vault.open(&sealed, "registry:2").unwrap_err(), VaultError::DoesNotOpen);
        assert_eq!(Vault::new(&[2; 32]).unwrap().open(&sealed, "registry:1").unwrap_err(), VaultError::DoesNotOpen);
        assert_eq!(vault.open(&sealed[..5], "registry:1").unwrap_err(), VaultError::DoesNotOpen);
        assert_ne!(vault.key_id(), Vault::new(&[2; 32]).unwrap().key_id());
        assert!(!format!("{vault:?}").contains("1, 1"));
    }
}
