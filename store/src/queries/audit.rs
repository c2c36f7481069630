//! Queries of the audit.

use std::collections::HashMap;

use diesel::prelude::*;
use wharfinger_domain::id::{AuditEventId, WorkspaceId};
use wharfinger_domain::time::Timestamp;

use super::schema::audit_events;
use super::sight::in_workspace;
use super::{Db, MAX_BINDS, Session};
use crate::audit::{Audit, AuditEventRecord, AuditFilter, NewAuditEvent};
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// How many values the row of a record has.
const COLUMNS: usize = 12;

#[derive(Insertable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
struct EventValues<'a> {
    at: i64,
    actor: &'a str,
    auth_method: &'a str,
    action: &'a str,
    subject_kind: &'a str,
    subject_id: Option<i64>,
    subject_label: &'a str,
    workspace_id: Option<i64>,
    details: Option<String>,
    source_ip: Option<String>,
    request_id: &'a str,
    outcome: &'a str,
}

impl<'a> EventValues<'a> {
    fn of(event: &'a NewAuditEvent) -> Self {
        Self {
            at: event.at.as_micros(),
            actor: &event.actor,
            auth_method: &event.auth_method,
            action: &event.action,
            subject_kind: &event.subject_kind,
            subject_id: event.subject_id,
            subject_label: &event.subject_label,
            workspace_id: event.workspace.map(|workspace| workspace.0),
            details: event.details.clone(),
            source_ip: event.source_ip.clone(),
            request_id: &event.request_id,
            outcome: &event.outcome,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_events)]
struct EventRow {
    id: i64,
    at: i64,
    actor: String,
    auth_method: String,
    action: String,
    subject_kind: String,
    subject_id: Option<i64>,
    subject_label: String,
    workspace_id: Option<i64>,
    details: Option<String>,
    source_ip: Option<String>,
    request_id: String,
    outcome: String,
}

impl EventRow {
    fn record(self) -> AuditEventRecord {
        let event = NewAuditEvent {
            at: Timestamp::from_micros(self.at),
            actor: self.actor,
            auth_method: self.auth_method,
            action: self.action,
            subject_kind: self.subject_kind,
            subject_id: self.subject_id,
            subject_label: self.subject_label,
            workspace: self.workspace_id.map(WorkspaceId),
            details: self.details,
            source_ip: self.source_ip,
            request_id: self.request_id,
            outcome: self.outcome,
        };
        AuditEventRecord { id: AuditEventId(self.id), event }
    }
}

impl Audit for Session<'_> {
    fn append_audit(&mut self, events: &[NewAuditEvent]) -> Result<()> {
        for events in events.chunks(MAX_BINDS / COLUMNS) {
            let values: Vec<_> = events.iter().map(EventValues::of).collect();
            diesel::insert_into(audit_events::table).values(values).execute(self.connection)?;
        }
        Ok(())
    }

    fn audit_events_by_id(
        &mut self,
        sight: &Sight,
        ids: &[AuditEventId],
    ) -> Result<HashMap<AuditEventId, AuditEventRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let query = within(sight).filter(audit_events::id.eq_any(ids.iter().map(|id| id.0)));
            let rows = query.select(EventRow::as_select()).load(self.connection)?;
            found.extend(rows.into_iter().map(|row| (AuditEventId(row.id), row.record())));
        }
        Ok(found)
    }

    fn page_audit(&mut self, filter: &AuditFilter, page: &Page<AuditEventId>) -> Result<Paged<AuditEventRecord>> {
        let total = page.total_by(|| Ok(filtered(filter).count().get_result(self.connection)?))?;
        let mut query = filtered(filter);
        if let Some(after) = page.after {
            query = query.filter(audit_events::id.lt(after.0));
        }
        let query = query.order(audit_events::id.desc()).limit(page.limit()).select(EventRow::as_select());
        let rows = query.load(self.connection)?;
        Ok(Paged::of(page, rows.into_iter().map(EventRow::record).collect(), total))
    }
}

/// The records within sight.
fn within<'a>(sight: &Sight) -> audit_events::BoxedQuery<'a, Db> {
    let of_seen = in_workspace(sight, audit_events::workspace_id.assume_not_null());
    audit_events::table.into_boxed::<Db>().filter(of_seen)
}

fn filtered(filter: &AuditFilter) -> audit_events::BoxedQuery<'_, Db> {
    let mut query = within(&filter.sight);
    if let Some(actor) = &filter.actor {
        query = query.filter(audit_events::actor.eq(actor));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit_events::action.eq(action));
    }
    if let Some(kind) = &filter.subject_kind {
        query = query.filter(audit_events::subject_kind.eq(kind));
    }
    if let Some(id) = filter.subject_id {
        query = query.filter(audit_events::subject_id.eq(id));
    }
    if let Some(since) = filter.since {
        query = query.filter(audit_events::at.ge(since.as_micros()));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_events::at.lt(until.as_micros()));
    }
    query
}
