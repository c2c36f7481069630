//! Cursors: where a page ends, as the key of its last item in one ordering. They are signed, so that nobody can make one up,
//! and carry the name of their list and order, so that one of another ordering is refused rather than giving a wrong page.

use async_graphql::Error;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wharfinger_app::record::{NameKey, NamespaceKey, SpaceKey, TagKey, Within};
use wharfinger_domain::id::{AuditEventId, BindingId, MembershipId, NamespaceId, SpaceId, TokenId, WorkspaceId};
use wharfinger_domain::time::Timestamp;

use crate::error::{bad_input, internal};

/// The first byte of every cursor.
const VERSION: u8 = 1;

/// The length of a signature, in bytes.
const SIGNATURE: usize = 32;

/// The longest cursor that is looked at, in characters: the longest path and then some.
const MAX_LENGTH: usize = 4096;

/// Signs cursors and knows its own again (HMAC-SHA256, RFC 2104).
pub(crate) struct CursorSigner(hmac::Key);

/// A key of an item that can be written into a cursor.
pub(crate) trait CursorKey: Sized {
    /// What is written.
    type Packed: Serialize + DeserializeOwned;

    /// The key as it is written.
    fn pack(&self) -> Self::Packed;

    /// The key that was written.
    fn unpack(packed: Self::Packed) -> Self;
}

impl CursorSigner {
    /// A signer whose key follows from this secret, and from nothing else.
    pub(crate) fn new(secret: &[u8]) -> Self {
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"wharfinger cursors");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// The cursor of this key in the list and order of this name.
    pub(crate) fn encode<K: CursorKey>(&self, order: &str, key: &K) -> Result<String, Error> {
        let mut bytes = vec![VERSION];
        serde_json::to_writer(&mut bytes, &(order, key.pack())).map_err(|_| internal("a cursor cannot be written"))?;
        let signature = hmac::sign(&self.0, &bytes);
        bytes.extend_from_slice(signature.as_ref());
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The key in a cursor of the list and order of this name.
    pub(crate) fn decode<K: CursorKey>(&self, order: &str, cursor: &str) -> Result<K, Error> {
        let forged = || bad_input("this is no cursor; use one that this API has given");
        if cursor.len() > MAX_LENGTH {
            return Err(forged());
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| forged())?;
        let length = bytes.len().checked_sub(SIGNATURE).ok_or_else(forged)?;
        let (signed, signature) = bytes.split_at(length);
        hmac::verify(&self.0, signed, signature).map_err(|_| forged())?;
        let Some((&VERSION, text)) = signed.split_first() else { return Err(forged()) };
        let other = || bad_input("this cursor belongs to another list or order; begin again without a cursor");
        let (of, _): (String, serde_json::Value) = serde_json::from_slice(text).map_err(|_| forged())?;
        if of != order {
            return Err(other());
        }
        let (_, packed): (String, K::Packed) = serde_json::from_slice(text).map_err(|_| other())?;
        Ok(K::unpack(packed))
    }
}

impl CursorKey for NameKey {
    type Packed = (String, i64);

    fn pack(&self) -> Self::Packed {
        (self.name.clone(), self.id)
    }

    fn unpack((name, id): Self::Packed) -> Self {
        Self { name, id }
    }
}

impl CursorKey for NamespaceKey {
    type Packed = (String, String, NamespaceId);

    fn pack(&self) -> Self::Packed {
        (self.cluster.clone(), self.name.clone(), self.id)
    }

    fn unpack((cluster, name, id): Self::Packed) -> Self {
        Self { cluster, name, id }
    }
}

impl CursorKey for SpaceKey {
    type Packed = (i64, String, SpaceId);

    fn pack(&self) -> Self::Packed {
        (self.number, self.path.clone(), self.id)
    }

    fn unpack((number, path, id): Self::Packed) -> Self {
        Self { number, path, id }
    }
}

/// Keys that are ids.
macro_rules! ids {
    ($($id:ty),+) => {$(
        impl CursorKey for $id {
            type Packed = Self;

            fn pack(&self) -> Self {
                *self
            }

            fn unpack(packed: Self) -> Self {
                packed
            }
        }
    )+};
}

ids!(AuditEventId, BindingId, MembershipId, TokenId, WorkspaceId);

impl CursorKey for TagKey {
    type Packed = (Option<Timestamp>, String);

    fn pack(&self) -> Self::Packed {
        (self.pushed_at, self.name.clone())
    }

    fn unpack((pushed_at, name): Self::Packed) -> Self {
        Self { pushed_at, name }
    }
}

/// The cursor of a list below a parent names that parent: it means nothing in the list of another.
impl<P: Copy + Serialize + DeserializeOwned, K: CursorKey> CursorKey for Within<P, K> {
    type Packed = (P, K::Packed);

    fn pack(&self) -> Self::Packed {
        (self.parent, self.key.pack())
    }

    fn unpack((parent, packed): Self::Packed) -> Self {
        Self { parent, key: K::unpack(packed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> NameKey {
        NameKey { name: name.to_owned(), id: 7 }
    }

    #[test]
    fn a_cursor_is_read_back_in_its_own_order_only() {
        let signer = CursorSigner::new(b"secret");
        let cursor = signer.encode("registries", &key("a")).unwrap();
        assert_eq!(signer.decode::<NameKey>("registries", &cursor).unwrap(), key("a"));
        let refused = signer.decode::<NameKey>("workspaces", &cursor).unwrap_err();
        assert!(refused.message.contains("another list"), "{}", refused.message);
        assert!(signer.decode::<BindingId>("registries", &cursor).is_err());
    }

    #[test]
    fn a_forged_cursor_is_refused() {
        let signer = CursorSigner::new(b"secret");
        let cursor = signer.encode("registries", &key("a")).unwrap();
        let foreign = CursorSigner::new(b"other").encode("registries", &key("a")).unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        bytes[20] ^= 1;
        let altered = URL_SAFE_NO_PAD.encode(bytes);
        for text in ["", "AAAA", "no cursor!", &cursor[1..], &foreign, &altered, &"A".repeat(5000)] {
            assert!(signer.decode::<NameKey>("registries", text).is_err(), "{text}");
        }
    }
}
