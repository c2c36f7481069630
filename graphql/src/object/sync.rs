//! Walks through registries.

use async_graphql::{Context, Enum, ID, Object, Result};
use wharfinger_app::record::SyncRecord;

use super::registry::Registry;
use crate::error::internal;
use crate::ids;
use crate::scalar::DateTime;
use crate::scope::scope;

/// Where a walk stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_app::record::SyncState")]
pub(crate) enum SyncState {
    /// It waits for its turn.
    Queued,
    /// It is under way.
    Running,
    /// It was completed.
    Succeeded,
    /// It was given up, with an error.
    Failed,
    /// It was stopped.
    Cancelled,
}

/// Why a walk was begun.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_app::record::SyncTrigger")]
pub(crate) enum SyncTrigger {
    /// Somebody asked for it.
    Manual,
    /// It was time.
    Schedule,
    /// The registry told of a change.
    Webhook,
    /// It was new here.
    Startup,
}

/// A walk. Named apart from the marker that the language has under the schema's name.
pub(crate) struct SyncRun(SyncRecord);

impl From<SyncRecord> for SyncRun {
    fn from(record: SyncRecord) -> Self {
        Self(record)
    }
}

/// A walk through a registry: how far it is and how it ended.
#[Object(name = "Sync")]
impl SyncRun {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.id)
    }

    /// The registry.
    async fn registry(&self, ctx: &Context<'_>) -> Result<Registry> {
        let found = scope(ctx).load.load_one(self.0.registry).await?;
        found.map(Registry::from).ok_or_else(|| internal("the registry of a walk is not there"))
    }

    /// Where it stands.
    async fn state(&self) -> SyncState {
        self.0.state.into()
    }

    /// Why it was begun.
    async fn trigger(&self) -> SyncTrigger {
        self.0.trigger.into()
    }

    /// When it was asked for.
    async fn started_at(&self) -> DateTime {
        self.0.started_at.into()
    }

    /// When it ended; null while it has not.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime::from)
    }

    /// How many spaces were seen.
    async fn spaces_seen(&self) -> i32 {
        self.0.progress.spaces_seen
    }

    /// How many spaces there are, when that is known.
    async fn spaces_total(&self) -> Option<i32> {
        self.0.progress.spaces_total
    }

    /// How many repositories were seen.
    async fn repositories_seen(&self) -> i32 {
        self.0.progress.repositories_seen
    }

    /// How many repositories there are, when that is known.
    async fn repositories_total(&self) -> Option<i32> {
        self.0.progress.repositories_total
    }

    /// How many requests it makes in a second.
    async fn requests_per_second(&self) -> Option<f64> {
        self.0.progress.requests_per_kilosecond.map(|requests| f64::from(requests) / 1000.0)
    }

    /// When it will probably end.
    async fn estimated_end_at(&self) -> Option<DateTime> {
        self.0.progress.estimated_end_at.map(DateTime::from)
    }

    /// Why it failed, in words.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }
}
