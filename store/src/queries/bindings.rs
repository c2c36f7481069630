//! Queries of bindings.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use wharfinger_domain::id::{BindingId, SpaceId, WorkspaceId};

use super::nested::{self, Condition, Windows, from_the_beginning};
use super::rows::BindingRow;
use super::schema::{bindings, spaces, workspaces};
use super::sight::in_workspace;
use super::{Db, MAX_BINDS, Session, contains, micros, to_json};
use crate::bindings::{BindingFilter, BindingRecord, BindingTerms, Bindings, NewBinding};
use crate::page::Within;
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// How many values the row of a new binding has.
const COLUMNS: usize = 8;

type Query = bindings::BoxedQuery<'static, Db>;

#[derive(Insertable)]
#[diesel(table_name = bindings, treat_none_as_default_value = false)]
struct BindingValues<'a> {
    space_id: i64,
    workspace_id: i64,
    scope: Option<String>,
    reason: Option<String>,
    created_at: i64,
    created_by: &'a str,
    not_before: Option<i64>,
    expires_at: Option<i64>,
}

impl<'a> BindingValues<'a> {
    fn of(new: &'a NewBinding) -> Result<Self> {
        Ok(Self {
            space_id: new.space.0,
            workspace_id: new.workspace.0,
            scope: new.terms.scope.as_ref().map(to_json).transpose()?,
            reason: new.terms.reason.clone(),
            created_at: new.created_at.as_micros(),
            created_by: &new.created_by,
            not_before: micros(new.terms.not_before),
            expires_at: micros(new.terms.expires_at),
        })
    }
}

impl Bindings for Session<'_> {
    fn insert_bindings(&mut self, new: &[NewBinding]) -> Result<Vec<BindingRecord>> {
        let mut records = Vec::with_capacity(new.len());
        for new in new.chunks(MAX_BINDS / COLUMNS) {
            let values = new.iter().map(BindingValues::of).collect::<Result<Vec<_>>>()?;
            let rows: Vec<BindingRow> = diesel::insert_into(bindings::table)
                .values(values)
                .returning(BindingRow::as_returning())
                .get_results(self.connection)?;
            for row in rows {
                records.push(row.record()?);
            }
        }
        Ok(records)
    }

    fn update_binding(&mut self, id: BindingId, terms: &BindingTerms) -> Result<Option<BindingRecord>> {
        let row: Option<BindingRow> = diesel::update(bindings::table.find(id.0))
            .set((
                bindings::scope.eq(terms.scope.as_ref().map(to_json).transpose()?),
                bindings::reason.eq(&terms.reason),
                bindings::not_before.eq(micros(terms.not_before)),
                bindings::expires_at.eq(micros(terms.expires_at)),
                bindings::revision.eq(bindings::revision + 1),
            ))
            .returning(BindingRow::as_returning())
            .get_result(self.connection)
            .optional()?;
        row.map(BindingRow::record).transpose()
    }

    fn remove_bindings(&mut self, ids: &[BindingId]) -> Result<Vec<BindingRecord>> {
        let mut records = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let these = bindings::table.filter(bindings::id.eq_any(ids.iter().map(|id| id.0)));
            let rows: Vec<BindingRow> =
                diesel::delete(these).returning(BindingRow::as_returning()).get_results(self.connection)?;
            for row in rows {
                records.push(row.record()?);
            }
        }
        Ok(records)
    }

    fn bindings_by_pair(
        &mut self,
        sight: &Sight,
        pairs: &[(SpaceId, WorkspaceId)],
    ) -> Result<HashMap<(SpaceId, WorkspaceId), BindingRecord>> {
        let wanted: BTreeSet<_> = pairs.iter().copied().collect();
        let spaces: BTreeSet<_> = pairs.iter().map(|(space, _)| space.0).collect();
        let workspaces: BTreeSet<_> = pairs.iter().map(|(_, workspace)| workspace.0).collect();
        // Pairs are the product of a few spaces and a few workspaces, as a rule; what is too much is left out below.
        let query = within(sight).filter(bindings::space_id.eq_any(spaces));
        let records = self.bindings_in(query.filter(bindings::workspace_id.eq_any(workspaces)))?;
        let found = records.into_iter().map(|record| ((record.binding.space, record.binding.workspace), record));
        Ok(found.filter(|(pair, _)| wanted.contains(pair)).collect())
    }

    fn bindings_by_id(&mut self, sight: &Sight, ids: &[BindingId]) -> Result<HashMap<BindingId, BindingRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
            let records = self.bindings_in(within(sight).filter(bindings::id.eq_any(ids)))?;
            found.extend(records.into_iter().map(|record| (record.binding.id, record)));
        }
        Ok(found)
    }

    fn binding_pages_of_spaces(
        &mut self,
        spaces: &[SpaceId],
        filter: &BindingFilter,
        page: &Page<Within<SpaceId, BindingId>>,
    ) -> Result<HashMap<SpaceId, Paged<BindingRecord>>> {
        let spaces = page.parents(spaces);
        let beyond: Condition<bindings::table> = match &page.after {
            None => from_the_beginning(),
            Some(after) => Box::new(bindings::space_id.eq(after.parent.0).and(bindings::id.gt(after.key.0))),
        };
        let of = bindings::space_id.eq_any(spaces.iter().map(|space| space.0).collect::<Vec<_>>());
        let rows = filtered(filter).filter(of).select((BindingRow::as_select(), nested::beyond(beyond)));
        let windows = Windows { rows, parent: "space_id", order: "id", limit: page.limit() };
        let read = |row: BindingRow| row.record().map(|record| (record.binding.space, record));
        windows.pages(self.connection, page, read)
    }

    fn binding_pages_of_workspaces(
        &mut self,
        workspaces: &[WorkspaceId],
        filter: &BindingFilter,
        page: &Page<Within<WorkspaceId, BindingId>>,
    ) -> Result<HashMap<WorkspaceId, Paged<BindingRecord>>> {
        let workspaces = page.parents(workspaces);
        let beyond: Condition<bindings::table> = match &page.after {
            None => from_the_beginning(),
            Some(after) => Box::new(bindings::workspace_id.eq(after.parent.0).and(bindings::id.gt(after.key.0))),
        };
        let of = bindings::workspace_id.eq_any(workspaces.iter().map(|workspace| workspace.0).collect::<Vec<_>>());
        let rows = filtered(filter).filter(of).select((BindingRow::as_select(), nested::beyond(beyond)));
        let windows = Windows { rows, parent: "workspace_id", order: "id", limit: page.limit() };
        let read = |row: BindingRow| row.record().map(|record| (record.binding.workspace, record));
        windows.pages(self.connection, page, read)
    }

    fn page_bindings(&mut self, filter: &BindingFilter, page: &Page<BindingId>) -> Result<Paged<BindingRecord>> {
        let total = page.total_by(|| Ok(filtered(filter).count().get_result(self.connection)?))?;
        let mut query = filtered(filter);
        if let Some(after) = page.after {
            query = query.filter(bindings::id.gt(after.0));
        }
        Ok(Paged::of(page, self.bindings_in(query.limit(page.limit()))?, total))
    }
}

impl Session<'_> {
    fn bindings_in(&mut self, query: Query) -> Result<Vec<BindingRecord>> {
        let rows = query.order(bindings::id).select(BindingRow::as_select()).load(self.connection)?;
        rows.into_iter().map(BindingRow::record).collect()
    }
}

/// The bindings within sight.
fn within(sight: &Sight) -> Query {
    bindings::table.into_boxed::<Db>().filter(in_workspace(sight, bindings::workspace_id))
}

fn filtered(filter: &BindingFilter) -> Query {
    let mut query = within(&filter.sight);
    if let Some(text) = &filter.search {
        let found = spaces::table.filter(contains(spaces::path, text)).select(spaces::id);
        let named = workspaces::table.filter(contains(workspaces::name, text)).select(workspaces::id);
        query = query.filter(bindings::space_id.eq_any(found).or(bindings::workspace_id.eq_any(named)));
    }
    if let Some(registry) = filter.registry {
        let of_registry = spaces::table.filter(spaces::registry_id.eq(registry.0)).select(spaces::id);
        query = query.filter(bindings::space_id.eq_any(of_registry));
    }
    if let Some(space) = filter.space {
        query = query.filter(bindings::space_id.eq(space.0));
    }
    if let Some(workspace) = filter.workspace {
        query = query.filter(bindings::workspace_id.eq(workspace.0));
    }
    query
}
