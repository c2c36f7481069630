//! Sessions of those who have signed in, and how often somebody has failed to.

use wharfinger_domain::id::UserId;
use wharfinger_domain::time::Timestamp;

use crate::Result;

/// A session as it is stored, found by the SHA-256 of its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRecord {
    /// Whose it is.
    pub user: UserId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
}

/// How often somebody has failed to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How often, without a success in between.
    pub count: i32,
    /// When the last time was.
    pub last_at: Timestamp,
}

/// What can be done with sessions.
pub trait Sessions {
    /// Stores a session.
    fn insert_session(&mut self, hash: &str, session: &SessionRecord) -> Result<()>;

    /// The session with this hash.
    fn session(&mut self, hash: &str) -> Result<Option<SessionRecord>>;

    /// Notes that a session was used.
    fn touch_session(&mut self, hash: &str, at: Timestamp) -> Result<()>;

    /// Ends a session. Gives whose it was.
    fn end_session(&mut self, hash: &str) -> Result<Option<UserId>>;

    /// Ends all sessions of a user. Gives their number.
    fn end_sessions_of(&mut self, user: UserId) -> Result<usize>;

    /// Removes sessions that ended before this instant, and those that were last used before the other. Gives their number.
    fn prune_sessions(&mut self, ended: Timestamp, unused: Timestamp) -> Result<usize>;

    /// How often sign-in has failed for this subject: an account or an address.
    fn sign_in_failures(&mut self, subject: &str) -> Result<Option<Failures>>;

    /// Notes another failure; those before this instant are forgotten, of this subject and of all.
    fn note_sign_in_failure(&mut self, subject: &str, at: Timestamp, forget_before: Timestamp) -> Result<()>;

    /// Takes back a failure that was noted at this instant and was none. `before` is when the last one before it was, if that
    /// one still counts.
    fn take_back_sign_in_failure(&mut self, subject: &str, at: Timestamp, before: Option<Timestamp>) -> Result<()>;

    /// Forgets the failures of a subject.
    fn forget_sign_in_failures(&mut self, subject: &str) -> Result<()>;
}
