//! What was made under which idempotency key, so that a request sent twice makes one thing.

use wharfinger_domain::time::Timestamp;

use crate::Result;

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Tells the request from another one under the same key: a hash of its input.
    pub fingerprint: String,
    /// The id of what was made.
    pub made: i64,
    /// The first instant at which the key is forgotten.
    pub expires_at: Timestamp,
}

/// What can be done with idempotency keys.
pub trait Idempotency {
    /// What this caller's key stands for at this instant.
    fn idempotency(&mut self, principal: &str, key: &str, at: Timestamp) -> Result<Option<IdempotencyRecord>>;

    /// Remembers what a key stands for, instead of what it stood for.
    fn remember(&mut self, principal: &str, key: &str, record: &IdempotencyRecord) -> Result<()>;

    /// Forgets the keys that have expired at this instant. Gives their number.
    fn forget_expired(&mut self, at: Timestamp) -> Result<usize>;
}
