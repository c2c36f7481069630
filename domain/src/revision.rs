//! The state of the store that a snapshot, an answer or a record stands for.

use serde::{Deserialize, Serialize};

/// A counter that grows by one with every committed change of policy data, and a random token drawn for that change.
/// The token tells two histories apart that reached the same number, as after a database was restored from a backup;
/// so revisions are compared for equality, and never ordered to find out which is newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Revision {
    /// One more for every committed change.
    pub number: i64,
    /// 64 random bits drawn for this change.
    pub token: i64,
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{:016x}", self.number, self.token)
    }
}
