//! Queries of records of decisions.

use diesel::prelude::*;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::revision::Revision;
use wharfinger_domain::time::Timestamp;

use super::schema::decisions;
use super::sight::in_workspace;
use super::{Db, MAX_BINDS, Session};
use crate::decisions::{DecisionFilter, DecisionKey, DecisionRecord, Decisions};
use crate::sight::Sight;
use crate::word::{Word, read_optional};
use crate::{Page, Paged, Result};

/// How many values the row of a record has.
const COLUMNS: usize = 14;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = decisions, treat_none_as_default_value = false)]
struct DecisionRow {
    id: String,
    at: i64,
    cluster: String,
    namespace: String,
    namespace_uid: Option<String>,
    workspace_id: Option<i64>,
    operation: String,
    verdict: String,
    mode: Option<String>,
    action: String,
    dry_run: bool,
    revision_number: i64,
    revision_token: i64,
    body: String,
}

impl DecisionRow {
    fn of(record: &DecisionRecord) -> Self {
        Self {
            id: record.id.clone(),
            at: record.at.as_micros(),
            cluster: record.cluster.clone(),
            namespace: record.namespace.clone(),
            namespace_uid: record.namespace_uid.clone(),
            workspace_id: record.workspace.map(|workspace| workspace.0),
            operation: record.operation.clone(),
            verdict: record.verdict.word().to_owned(),
            mode: record.mode.map(|mode| mode.word().to_owned()),
            action: record.action.word().to_owned(),
            dry_run: record.dry_run,
            revision_number: record.revision.number,
            revision_token: record.revision.token,
            body: record.body.clone(),
        }
    }

    fn record(self) -> Result<DecisionRecord> {
        Ok(DecisionRecord {
            id: self.id,
            at: Timestamp::from_micros(self.at),
            cluster: self.cluster,
            namespace: self.namespace,
            namespace_uid: self.namespace_uid,
            workspace: self.workspace_id.map(WorkspaceId),
            operation: self.operation,
            verdict: Word::read(&self.verdict)?,
            mode: read_optional(self.mode.as_deref())?,
            action: Word::read(&self.action)?,
            dry_run: self.dry_run,
            revision: Revision { number: self.revision_number, token: self.revision_token },
            body: self.body,
        })
    }
}

impl Decisions for Session<'_> {
    fn insert_decisions(&mut self, records: &[DecisionRecord]) -> Result<()> {
        for records in records.chunks(MAX_BINDS / COLUMNS) {
            let rows: Vec<_> = records.iter().map(DecisionRow::of).collect();
            let insert = diesel::insert_into(decisions::table).values(rows);
            insert.on_conflict(decisions::id).do_nothing().execute(self.connection)?;
        }
        Ok(())
    }

    fn decision(&mut self, sight: &Sight, id: &str) -> Result<Option<DecisionRecord>> {
        let query = within(sight).filter(decisions::id.eq(id)).select(DecisionRow::as_select());
        query.first(self.connection).optional()?.map(DecisionRow::record).transpose()
    }

    fn page_decisions(&mut self, filter: &DecisionFilter, page: &Page<DecisionKey>) -> Result<Paged<DecisionRecord>> {
        let total = page.total_by(|| Ok(filtered(filter).count().get_result(self.connection)?))?;
        let mut query = filtered(filter);
        if let Some(DecisionKey { at, id }) = &page.after {
            let at = at.as_micros();
            query = query.filter(decisions::at.le(at).and(decisions::at.lt(at).or(decisions::id.lt(id))));
        }
        let query = query.order((decisions::at.desc(), decisions::id.desc())).limit(page.limit());
        let rows = query.select(DecisionRow::as_select()).load(self.connection)?;
        Ok(Paged::of(page, rows.into_iter().map(DecisionRow::record).collect::<Result<_>>()?, total))
    }

    fn prune_decisions(&mut self, before: Timestamp) -> Result<usize> {
        let old = decisions::table.filter(decisions::at.lt(before.as_micros()));
        Ok(diesel::delete(old).execute(self.connection)?)
    }
}

/// The records within sight.
fn within<'a>(sight: &Sight) -> decisions::BoxedQuery<'a, Db> {
    decisions::table.into_boxed::<Db>().filter(in_workspace(sight, decisions::workspace_id.assume_not_null()))
}

fn filtered(filter: &DecisionFilter) -> decisions::BoxedQuery<'_, Db> {
    let mut query = within(&filter.sight);
    if let Some(verdict) = filter.verdict {
        query = query.filter(decisions::verdict.eq(verdict.word()));
    }
    if let Some(action) = filter.action {
        query = query.filter(decisions::action.eq(action.word()));
    }
    if let Some(uid) = &filter.namespace_uid {
        query = query.filter(decisions::namespace_uid.eq(uid));
    }
    if let Some(since) = filter.since {
        query = query.filter(decisions::at.ge(since.as_micros()));
    }
    if let Some(until) = filter.until {
        query = query.filter(decisions::at.lt(until.as_micros()));
    }
    query
}
