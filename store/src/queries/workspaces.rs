//! Queries of workspaces.

use std::collections::HashMap;

use diesel::prelude::*;
use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::time::Timestamp;

use super::rows::WorkspaceRow;
use super::schema::workspaces;
use super::sight::in_workspace;
use super::{Db, MAX_BINDS, Session, contains};
use crate::page::NameKey;
use crate::sight::Sight;
use crate::word::Word;
use crate::workspaces::{WorkspaceFilter, WorkspaceRecord, Workspaces};
use crate::{Page, Paged, Result};

impl Workspaces for Session<'_> {
    fn insert_workspace(&mut self, name: &str, display_name: Option<&str>, at: Timestamp) -> Result<WorkspaceRecord> {
        let values = (
            workspaces::name.eq(name),
            workspaces::display_name.eq(display_name),
            workspaces::created_at.eq(at.as_micros()),
        );
        let insert = diesel::insert_into(workspaces::table).values(values).returning(WorkspaceRow::as_returning());
        insert.get_result(self.connection)?.record()
    }

    fn workspace(&mut self, sight: &Sight, id: WorkspaceId) -> Result<Option<WorkspaceRecord>> {
        let query = within(sight).filter(workspaces::id.eq(id.0)).select(WorkspaceRow::as_select());
        query.first(self.connection).optional()?.map(WorkspaceRow::record).transpose()
    }

    fn workspace_by_name(&mut self, sight: &Sight, name: &str) -> Result<Option<WorkspaceRecord>> {
        let query = within(sight).filter(workspaces::name.eq(name)).select(WorkspaceRow::as_select());
        query.first(self.connection).optional()?.map(WorkspaceRow::record).transpose()
    }

    fn workspaces_by_id(
        &mut self,
        sight: &Sight,
        ids: &[WorkspaceId],
    ) -> Result<HashMap<WorkspaceId, WorkspaceRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let query = within(sight).filter(workspaces::id.eq_any(ids.iter().map(|id| id.0)));
            for row in query.select(WorkspaceRow::as_select()).load(self.connection)? {
                let record = row.record()?;
                found.insert(record.workspace.id, record);
            }
        }
        Ok(found)
    }

    fn page_workspaces(&mut self, filter: &WorkspaceFilter, page: &Page<NameKey>) -> Result<Paged<WorkspaceRecord>> {
        let total = page.total_by(|| Ok(filtered(filter).count().get_result(self.connection)?))?;
        let mut query = filtered(filter);
        if let Some(key) = &page.after {
            query = query.filter(workspaces::name.gt(&key.name));
        }
        let query = query.order(workspaces::name).limit(page.limit()).select(WorkspaceRow::as_select());
        let rows = query.load(self.connection)?;
        Ok(Paged::of(page, rows.into_iter().map(WorkspaceRow::record).collect::<Result<_>>()?, total))
    }

    fn rename_workspace(&mut self, id: WorkspaceId, revision: i32, display_name: Option<&str>) -> Result<bool> {
        let changed = diesel::update(workspaces::table.find(id.0).filter(workspaces::revision.eq(revision)))
            .set((workspaces::display_name.eq(display_name), workspaces::revision.eq(revision.wrapping_add(1))))
            .execute(self.connection)?;
        Ok(changed == 1)
    }

    fn set_workspace_policy(
        &mut self,
        id: WorkspaceId,
        revision: i32,
        mode: Option<EnforcementMode>,
        external_id: Option<&str>,
    ) -> Result<bool> {
        let changed = diesel::update(workspaces::table.find(id.0).filter(workspaces::revision.eq(revision)))
            .set((
                workspaces::mode.eq(mode.map(Word::word)),
                workspaces::external_id.eq(external_id),
                workspaces::revision.eq(revision.wrapping_add(1)),
            ))
            .execute(self.connection)?;
        Ok(changed == 1)
    }

    fn remove_workspace(&mut self, id: WorkspaceId) -> Result<bool> {
        Ok(diesel::delete(workspaces::table.find(id.0)).execute(self.connection)? == 1)
    }
}

fn within(sight: &Sight) -> workspaces::BoxedQuery<'static, Db> {
    workspaces::table.into_boxed::<Db>().filter(in_workspace(sight, workspaces::id))
}

fn filtered(filter: &WorkspaceFilter) -> workspaces::BoxedQuery<'static, Db> {
    let mut query = within(&filter.sight);
    if let Some(text) = &filter.search {
        query = query.filter(contains(workspaces::name, text).or(contains(workspaces::display_name, text)));
    }
    query
}
