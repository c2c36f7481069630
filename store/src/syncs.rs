//! Walks through registries: how far they are and how they ended.

use std::collections::HashMap;

use wharfinger_domain::id::{RegistryId, SyncId};
use wharfinger_domain::time::Timestamp;

use crate::Result;
use crate::sight::Sight;

/// Where a walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SyncState {
    /// It waits for its turn.
    Queued,
    /// It is under way.
    Running,
    /// It was completed.
    Succeeded,
    /// It was given up, with an error.
    Failed,
    /// It was stopped, by somebody or by the end of the process.
    Cancelled,
}

/// Why a walk was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SyncTrigger {
    /// Somebody asked for it.
    Manual,
    /// It was time.
    Schedule,
    /// The registry told of a change.
    Webhook,
    /// The process had started.
    Startup,
}

/// How far a walk is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncProgress {
    /// How many spaces were seen.
    pub spaces_seen: i32,
    /// How many there are, when that is known.
    pub spaces_total: Option<i32>,
    /// How many repositories were seen.
    pub repositories_seen: i32,
    /// How many there are, when that is known.
    pub repositories_total: Option<i32>,
    /// How many requests it makes in 1000 seconds.
    pub requests_per_kilosecond: Option<i32>,
    /// When it will probably end.
    pub estimated_end_at: Option<Timestamp>,
}

/// A walk as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRecord {
    /// The store's id.
    pub id: SyncId,
    /// The registry.
    pub registry: RegistryId,
    /// Where it stands.
    pub state: SyncState,
    /// Why it was begun.
    pub trigger: SyncTrigger,
    /// When it was begun.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How far it is.
    pub progress: SyncProgress,
    /// Why it failed, in words.
    pub error: Option<String>,
}

/// What can be done with walks.
pub trait Syncs {
    /// Begins a walk.
    fn start_sync(&mut self, registry: RegistryId, trigger: SyncTrigger, at: Timestamp) -> Result<SyncRecord>;

    /// Notes how far a walk is.
    fn set_sync_progress(&mut self, id: SyncId, progress: &SyncProgress) -> Result<()>;

    /// Notes how a walk ended. `None` when there is none under way with this id.
    fn finish_sync(
        &mut self,
        id: SyncId,
        state: SyncState,
        error: Option<&str>,
        at: Timestamp,
    ) -> Result<Option<SyncRecord>>;

    /// Notes for every walk that is not ended that it was stopped: at the start of a process there can be none. Gives
    /// their number.
    fn cancel_syncs(&mut self, at: Timestamp) -> Result<usize>;

    /// The registries with a walk that is not ended.
    fn unfinished_syncs(&mut self) -> Result<Vec<RegistryId>>;

    /// The last walk of each of these registries that is seen and had one.
    fn last_syncs(&mut self, sight: &Sight, registries: &[RegistryId]) -> Result<HashMap<RegistryId, SyncRecord>>;

    /// The walks with these ids, as far as they exist and their registry is seen.
    fn syncs_by_id(&mut self, sight: &Sight, ids: &[SyncId]) -> Result<HashMap<SyncId, SyncRecord>>;

    /// Removes what ended before this instant, except each registry's last walk. Gives their number.
    fn prune_syncs(&mut self, before: Timestamp) -> Result<usize>;
}
