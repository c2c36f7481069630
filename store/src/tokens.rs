//! Tokens of the API.

use std::collections::BTreeSet;

use wharfinger_domain::caller::TokenScope;
use wharfinger_domain::id::{TokenId, UserId, WorkspaceId};
use wharfinger_domain::time::Timestamp;

use crate::{Page, Paged, Result};

/// A token to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// The part of it that is no secret, by which it is found. Unique.
    pub handle: String,
    /// The SHA-256 of the part that is, in hexadecimal.
    pub hash: String,
    /// Whose it is.
    pub user: UserId,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<TokenScope>,
    /// The one workspace that it is for.
    pub workspace: Option<WorkspaceId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// The store's id.
    pub id: TokenId,
    /// The token.
    pub token: NewToken,
    /// When it was last used, to the minute; `None`: never.
    pub last_used_at: Option<Timestamp>,
}

/// What can be done with tokens.
pub trait Tokens {
    /// Stores a token.
    fn insert_token(&mut self, token: &NewToken) -> Result<TokenRecord>;

    /// The token with this handle.
    fn token_by_handle(&mut self, handle: &str) -> Result<Option<TokenRecord>>;

    /// The token with this id, of this user; `None`: of whoever has it.
    fn token(&mut self, owner: Option<UserId>, id: TokenId) -> Result<Option<TokenRecord>>;

    /// A page of a user's tokens, the newest first.
    fn page_tokens(&mut self, user: UserId, page: &Page<TokenId>) -> Result<Paged<TokenRecord>>;

    /// Removes a token; from then on it opens nothing. False when there is none.
    fn remove_token(&mut self, id: TokenId) -> Result<bool>;

    /// Notes that a token was used. Gives when it was used before.
    fn note_token_used(&mut self, id: TokenId, at: Timestamp) -> Result<()>;
}
