//! The revision of the policy data. Every transaction that changes what decisions depend on moves it once.

use wharfinger_domain::revision::Revision;

use crate::Result;

/// What can be done with the revision.
pub trait Revisions {
    /// The revision now.
    fn revision(&mut self) -> Result<Revision>;

    /// Moves to the next revision, which carries this token of 64 random bits. Gives the revision before and the one after.
    fn bump_revision(&mut self, token: i64) -> Result<(Revision, Revision)>;
}
