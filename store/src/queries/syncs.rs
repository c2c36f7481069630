//! Queries of walks.

use std::collections::HashMap;

use diesel::dsl::{max, not};
use diesel::prelude::*;
use wharfinger_domain::id::{RegistryId, SyncId};
use wharfinger_domain::time::Timestamp;

use super::schema::syncs;
use super::sight;
use super::{MAX_BINDS, Session, instant, micros};
use crate::Result;
use crate::sight::Sight;
use crate::syncs::{SyncProgress, SyncRecord, SyncState, SyncTrigger, Syncs};
use crate::word::Word;

#[derive(Queryable, Selectable)]
#[diesel(table_name = syncs)]
struct SyncRow {
    id: i64,
    registry_id: i64,
    state: String,
    cause: String,
    started_at: i64,
    finished_at: Option<i64>,
    spaces_seen: i32,
    spaces_total: Option<i32>,
    repositories_seen: i32,
    repositories_total: Option<i32>,
    requests_per_kilosecond: Option<i32>,
    estimated_end_at: Option<i64>,
    error: Option<String>,
}

impl SyncRow {
    fn record(self) -> Result<SyncRecord> {
        let progress = SyncProgress {
            spaces_seen: self.spaces_seen,
            spaces_total: self.spaces_total,
            repositories_seen: self.repositories_seen,
            repositories_total: self.repositories_total,
            requests_per_kilosecond: self.requests_per_kilosecond,
            estimated_end_at: instant(self.estimated_end_at),
        };
        Ok(SyncRecord {
            id: SyncId(self.id),
            registry: RegistryId(self.registry_id),
            state: Word::read(&self.state)?,
            trigger: Word::read(&self.cause)?,
            started_at: Timestamp::from_micros(self.started_at),
            finished_at: instant(self.finished_at),
            progress,
            error: self.error,
        })
    }
}

impl Syncs for Session<'_> {
    fn start_sync(&mut self, registry: RegistryId, trigger: SyncTrigger, at: Timestamp) -> Result<SyncRecord> {
        let values = (
            syncs::registry_id.eq(registry.0),
            syncs::state.eq(SyncState::Running.word()),
            syncs::cause.eq(trigger.word()),
            syncs::started_at.eq(at.as_micros()),
        );
        let insert = diesel::insert_into(syncs::table).values(values).returning(SyncRow::as_returning());
        insert.get_result(self.connection)?.record()
    }

    fn set_sync_progress(&mut self, id: SyncId, progress: &SyncProgress) -> Result<()> {
        diesel::update(syncs::table.find(id.0))
            .set((
                syncs::spaces_seen.eq(progress.spaces_seen),
                syncs::spaces_total.eq(progress.spaces_total),
                syncs::repositories_seen.eq(progress.repositories_seen),
                syncs::repositories_total.eq(progress.repositories_total),
                syncs::requests_per_kilosecond.eq(progress.requests_per_kilosecond),
                syncs::estimated_end_at.eq(micros(progress.estimated_end_at)),
            ))
            .execute(self.connection)?;
        Ok(())
    }

    fn finish_sync(
        &mut self,
        id: SyncId,
        state: SyncState,
        error: Option<&str>,
        at: Timestamp,
    ) -> Result<Option<SyncRecord>> {
        let row: Option<SyncRow> = diesel::update(syncs::table.find(id.0).filter(syncs::finished_at.is_null()))
            .set((
                syncs::state.eq(state.word()),
                syncs::error.eq(error),
                syncs::finished_at.eq(at.as_micros()),
                syncs::estimated_end_at.eq(None::<i64>),
            ))
            .returning(SyncRow::as_returning())
            .get_result(self.connection)
            .optional()?;
        row.map(SyncRow::record).transpose()
    }

    fn cancel_syncs(&mut self, at: Timestamp) -> Result<usize> {
        let cancelled = diesel::update(syncs::table.filter(syncs::finished_at.is_null()))
            .set((syncs::state.eq(SyncState::Cancelled.word()), syncs::finished_at.eq(at.as_micros())))
            .execute(self.connection)?;
        Ok(cancelled)
    }

    fn unfinished_syncs(&mut self) -> Result<Vec<RegistryId>> {
        let query = syncs::table.filter(syncs::finished_at.is_null()).select(syncs::registry_id).distinct();
        let ids: Vec<i64> = query.order(syncs::registry_id).load(self.connection)?;
        Ok(ids.into_iter().map(RegistryId).collect())
    }

    fn last_syncs(&mut self, sight: &Sight, registries: &[RegistryId]) -> Result<HashMap<RegistryId, SyncRecord>> {
        let mut found = HashMap::with_capacity(registries.len());
        for ids in registries.chunks(MAX_BINDS) {
            let of = syncs::table.filter(syncs::registry_id.eq_any(ids.iter().map(|id| id.0)));
            let last = of.group_by(syncs::registry_id).select(max(syncs::id));
            let ids: Vec<Option<i64>> = last.load(self.connection)?;
            let ids: Vec<_> = ids.into_iter().flatten().map(SyncId).collect();
            found.extend(self.syncs_by_id(sight, &ids)?.into_values().map(|record| (record.registry, record)));
        }
        Ok(found)
    }

    fn syncs_by_id(&mut self, sight: &Sight, ids: &[SyncId]) -> Result<HashMap<SyncId, SyncRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let of_seen = syncs::registry_id.eq_any(sight::registries(sight));
            let query = syncs::table.filter(syncs::id.eq_any(ids.iter().map(|id| id.0))).filter(of_seen);
            for row in query.select(SyncRow::as_select()).load(self.connection)? {
                let record = row.record()?;
                found.insert(record.id, record);
            }
        }
        Ok(found)
    }

    fn prune_syncs(&mut self, before: Timestamp) -> Result<usize> {
        let last: Vec<Option<i64>> =
            syncs::table.group_by(syncs::registry_id).select(max(syncs::id)).load(self.connection)?;
        let last: Vec<_> = last.into_iter().flatten().collect();
        let old = syncs::table.filter(syncs::finished_at.lt(before.as_micros()));
        Ok(diesel::delete(old.filter(not(syncs::id.eq_any(last)))).execute(self.connection)?)
    }
}
