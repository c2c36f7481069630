//! Global ids: what kind of object, and the number the store knows it by, in letters that mean nothing to a client. An id of
//! another kind than the one asked for is refused, so that a space can never be taken for a workspace.

use async_graphql::{Error, ID};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wharfinger_domain::id::{
    AuditEventId, BindingId, ClusterId, GroupId, NamespaceId, RegistryId, RepositoryId, SpaceId, SyncId, TokenId,
    UserId, WorkspaceId,
};

use crate::error::bad_input;

/// The first byte of every id; another form of id would begin with another one.
const VERSION: u8 = 1;

/// An object that has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ObjectId {
    Registry(RegistryId),
    Space(SpaceId),
    Repository(RepositoryId),
    Workspace(WorkspaceId),
    Namespace(NamespaceId),
    Binding(BindingId),
    Cluster(ClusterId),
    Sync(SyncId),
    User(UserId),
    Group(GroupId),
    Token(TokenId),
    AuditEvent(AuditEventId),
}

/// An id of one kind of object.
pub(crate) trait GlobalId: Sized {
    /// What it is an id of, for messages.
    const NOUN: &'static str;

    /// The id among those of all kinds.
    fn object(self) -> ObjectId;

    /// The id, when it is one of this kind.
    fn of(id: ObjectId) -> Option<Self>;
}

macro_rules! kinds {
    ($($tag:literal $kind:ident $id:ident $noun:literal;)*) => {
        impl ObjectId {
            fn parts(self) -> (u8, i64) {
                match self { $(Self::$kind(id) => ($tag, id.0),)* }
            }

            fn of(tag: u8, number: i64) -> Option<Self> {
                match tag { $($tag => Some(Self::$kind($id(number))),)* _ => None }
            }
        }

        $(impl GlobalId for $id {
            const NOUN: &'static str = $noun;

            fn object(self) -> ObjectId {
                ObjectId::$kind(self)
            }

            fn of(id: ObjectId) -> Option<Self> {
                match id { ObjectId::$kind(id) => Some(id), _ => None }
            }
        })*
    };
}

// A tag stands for its kind for ever: clients keep ids.
kinds! {
    1 Registry RegistryId "registry";
    2 Space SpaceId "space";
    3 Repository RepositoryId "repository";
    4 Workspace WorkspaceId "workspace";
    5 Namespace NamespaceId "namespace";
    6 Binding BindingId "binding";
    7 Cluster ClusterId "cluster";
    8 Sync SyncId "sync";
    9 User UserId "user";
    10 Group GroupId "group";
    11 Token TokenId "token";
    12 AuditEvent AuditEventId "audit event";
}

/// The id as clients see it.
pub(crate) fn encode(id: impl GlobalId) -> ID {
    let (tag, number) = id.object().parts();
    let mut bytes = vec![VERSION, tag];
    bytes.extend(number.to_be_bytes());
    ID(URL_SAFE_NO_PAD.encode(bytes))
}

/// The object that a client names.
pub(crate) fn decode_any(id: &ID) -> Result<ObjectId, Error> {
    let malformed = || bad_input("this is no id; use one that this API has given");
    let bytes = URL_SAFE_NO_PAD.decode(id.as_bytes()).map_err(|_| malformed())?;
    let [VERSION, tag, number @ ..] = bytes.as_slice() else { return Err(malformed()) };
    let number = i64::from_be_bytes(number.try_into().map_err(|_| malformed())?);
    ObjectId::of(*tag, number).ok_or_else(malformed)
}

/// The object of this kind that a client names.
pub(crate) fn decode<T: GlobalId>(id: &ID) -> Result<T, Error> {
    let article = if T::NOUN.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    T::of(decode_any(id)?).ok_or_else(|| bad_input(format!("this id is not the id of {article} {}", T::NOUN)))
}

/// The objects of this kind that a client names, in its order.
pub(crate) fn decode_all<T: GlobalId>(ids: &[ID]) -> Result<Vec<T>, Error> {
    ids.iter().map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_as_its_own_kind_only() {
        let id = encode(SpaceId(7));
        assert_eq!(decode::<SpaceId>(&id).unwrap(), SpaceId(7));
        let refused = decode::<WorkspaceId>(&id).unwrap_err();
        assert_eq!(refused.message, "this id is not the id of a workspace");
        assert_eq!(decode_any(&id).unwrap(), ObjectId::Space(SpaceId(7)));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let good = encode(SpaceId(7)).to_string();
        let longer = format!("{good}AA");
        for text in ["", "7", "!!!", "AQI", &good[1..], &longer, "CQIAAAAAAAAABw", "AWMAAAAAAAAABw"] {
            assert!(decode::<SpaceId>(&ID(text.to_owned())).is_err(), "{text}");
        }
    }
}
