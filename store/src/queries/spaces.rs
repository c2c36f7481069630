//! Queries of spaces.

use std::collections::HashMap;

use diesel::prelude::*;
use wharfinger_domain::id::{RegistryId, SpaceId};
use wharfinger_domain::space::{Space, Visibility};
use wharfinger_domain::time::Timestamp;

use super::rows::{SpaceRow, SpaceValues};
use super::schema::{bindings, repositories, spaces};
use super::{Db, MAX_BINDS, Session, contains, steered};
use crate::spaces::{
    ObservedSpace, SpaceChange, SpaceFilter, SpaceKey, SpaceOrder, SpaceOrderField, SpaceRecord, Spaces,
};
use crate::{Page, Paged, Result};

type Query<'a> = spaces::BoxedQuery<'a, Db>;

impl Spaces for Session<'_> {
    fn space(&mut self, id: SpaceId) -> Result<Option<SpaceRecord>> {
        let query = spaces::table.find(id.0).select(SpaceRow::as_select());
        query.first(self.connection).optional()?.map(SpaceRow::record).transpose()
    }

    fn spaces_by_id(&mut self, ids: &[SpaceId]) -> Result<HashMap<SpaceId, SpaceRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let query = spaces::table.filter(spaces::id.eq_any(ids.iter().map(|id| id.0)));
            for row in query.select(SpaceRow::as_select()).load(self.connection)? {
                let record = row.record()?;
                found.insert(record.space.id, record);
            }
        }
        Ok(found)
    }

    fn spaces_of_registry(&mut self, registry: RegistryId) -> Result<Vec<SpaceRecord>> {
        let query = spaces::table.filter(spaces::registry_id.eq(registry.0)).order((spaces::path, spaces::id));
        let rows = query.select(SpaceRow::as_select()).load(self.connection)?;
        rows.into_iter().map(SpaceRow::record).collect()
    }

    fn page_spaces(
        &mut self,
        filter: &SpaceFilter,
        order: SpaceOrder,
        page: &Page<SpaceKey>,
    ) -> Result<Paged<SpaceRecord>> {
        let total = page.total_by(|| Ok(filtered(filter)?.count().get_result(self.connection)?))?;
        let query = ordered(filtered(filter)?, order, page.after.as_ref()).limit(page.limit());
        let rows = query.select(SpaceRow::as_select()).load(self.connection)?;
        Ok(Paged::of(page, rows.into_iter().map(SpaceRow::record).collect::<Result<_>>()?, total))
    }

    fn observe_spaces(
        &mut self,
        registry: RegistryId,
        observed: &[ObservedSpace],
        at: Timestamp,
    ) -> Result<Vec<SpaceChange>> {
        let mut known = self.possibly_observed(registry, observed)?;
        let mut changes = Vec::new();
        for observed in observed {
            let before = take_observed(&mut known, observed);
            let after = as_observed(registry, observed, before.as_ref(), at);
            if before.as_ref() == Some(&after) {
                known.push(after);
                continue;
            }
            // Whoever else was there under this path was removed there, or this one could not be made.
            while let Some(other) = known.iter().position(|other| is_there(other, &observed.path)) {
                changes.extend(self.mark_spaces_gone(&[known.swap_remove(other).space.id])?);
            }
            let after = self.write_space(&after, before.as_ref().map(|before| before.space.id))?;
            known.push(after.clone());
            changes.push(SpaceChange { before, after });
        }
        Ok(changes)
    }

    fn mark_spaces_gone(&mut self, ids: &[SpaceId]) -> Result<Vec<SpaceChange>> {
        let mut changes = Vec::new();
        for ids in ids.chunks(MAX_BINDS) {
            let there = spaces::present.eq(true).and(spaces::id.eq_any(ids.iter().map(|id| id.0).collect::<Vec<_>>()));
            let rows: Vec<SpaceRow> = diesel::update(spaces::table.filter(there))
                .set(spaces::present.eq(false))
                .returning(SpaceRow::as_returning())
                .get_results(self.connection)?;
            for row in rows {
                let after = row.record()?;
                let mut before = after.clone();
                before.space.present = true;
                changes.push(SpaceChange { before: Some(before), after });
            }
        }
        Ok(changes)
    }

    fn declare_visibility(
        &mut self,
        id: SpaceId,
        declared: Option<Visibility>,
        at: Timestamp,
    ) -> Result<Option<SpaceChange>> {
        let Some(before) = self.space(id)? else { return Ok(None) };
        let mut after = before.clone();
        after.space.declared_visibility = declared;
        note_visibility(&before, &mut after, at);
        self.write_space(&after, Some(id))?;
        self.touch_space(id, before.revision)?;
        Ok(self.space(id)?.map(|after| SpaceChange { before: Some(before), after }))
    }

    fn touch_space(&mut self, id: SpaceId, revision: i32) -> Result<bool> {
        let changed = diesel::update(spaces::table.find(id.0).filter(spaces::revision.eq(revision)))
            .set(spaces::revision.eq(revision.wrapping_add(1)))
            .execute(self.connection)?;
        Ok(changed == 1)
    }

    fn note_walked(&mut self, id: SpaceId, at: Timestamp) -> Result<()> {
        self.count_repositories(id)?;
        diesel::update(spaces::table.find(id.0)).set(spaces::walked_at.eq(at.as_micros())).execute(self.connection)?;
        Ok(())
    }
}

impl Session<'_> {
    /// The spaces of a registry that some of these could be.
    fn possibly_observed(&mut self, registry: RegistryId, observed: &[ObservedSpace]) -> Result<Vec<SpaceRecord>> {
        let mut known = HashMap::new();
        for observed in observed.chunks(MAX_BINDS / 2 - 1) {
            let paths = observed.iter().map(|observed| observed.path.clone()).collect::<Vec<_>>();
            let ids = observed.iter().filter_map(|observed| observed.upstream_id.clone()).collect::<Vec<_>>();
            let same = spaces::path.eq_any(paths).or(spaces::upstream_id.eq_any(ids));
            let query = spaces::table.filter(spaces::registry_id.eq(registry.0)).filter(same);
            for row in query.select(SpaceRow::as_select()).load(self.connection)? {
                let record = row.record()?;
                known.insert(record.space.id, record);
            }
        }
        Ok(known.into_values().collect())
    }

    fn write_space(&mut self, record: &SpaceRecord, id: Option<SpaceId>) -> Result<SpaceRecord> {
        let values = SpaceValues::of(record);
        let row: SpaceRow = match id {
            Some(id) => diesel::update(spaces::table.find(id.0))
                .set(values)
                .returning(SpaceRow::as_returning())
                .get_result(self.connection)?,
            None => diesel::insert_into(spaces::table)
                .values(values)
                .returning(SpaceRow::as_returning())
                .get_result(self.connection)?,
        };
        row.record()
    }

    pub(super) fn count_repositories(&mut self, space: SpaceId) -> Result<()> {
        let of = repositories::table.filter(repositories::space_id.eq(space.0));
        let count: i64 = of.count().get_result(self.connection)?;
        diesel::update(spaces::table.find(space.0)).set(spaces::repository_count.eq(count)).execute(self.connection)?;
        Ok(())
    }
}

fn is_there(record: &SpaceRecord, path: &str) -> bool {
    record.space.present && &*record.space.path == path
}

/// Takes out the space that this is: the one with its upstream id; else one of its path that has none, which an
/// administrator has declared or whose registry gives none.
fn take_observed(known: &mut Vec<SpaceRecord>, observed: &ObservedSpace) -> Option<SpaceRecord> {
    let by_id = |record: &SpaceRecord| observed.upstream_id.is_some() && record.upstream_id == observed.upstream_id;
    let by_path = |record: &SpaceRecord| record.upstream_id.is_none() && *record.space.path == *observed.path;
    let index = known.iter().position(by_id).or_else(|| known.iter().position(by_path))?;
    Some(known.swap_remove(index))
}

/// The space as it is to be stored now.
fn as_observed(
    registry: RegistryId,
    observed: &ObservedSpace,
    before: Option<&SpaceRecord>,
    at: Timestamp,
) -> SpaceRecord {
    let path: Box<str> = observed.path.as_str().into();
    let upstream_visibility = observed.upstream_visibility;
    let Some(before) = before else {
        let (id, present) = (SpaceId(0), true);
        return SpaceRecord {
            space: Space { id, registry, path, upstream_visibility, declared_visibility: None, present },
            upstream_id: observed.upstream_id.clone(),
            proxy_cache: observed.proxy_cache,
            repository_count: 0,
            binding_count: 0,
            visibility_changed_at: None,
            walked_at: None,
            first_seen_at: at,
            revision: 1,
        };
    };
    let mut after = before.clone();
    after.space = Space { path, upstream_visibility, present: true, ..after.space };
    after.upstream_id.clone_from(&observed.upstream_id);
    after.proxy_cache = observed.proxy_cache;
    note_visibility(before, &mut after, at);
    after
}

fn note_visibility(before: &SpaceRecord, after: &mut SpaceRecord, at: Timestamp) {
    if before.space.visibility() != after.space.visibility() {
        after.visibility_changed_at = Some(at);
    }
}

fn filtered(filter: &SpaceFilter) -> Result<Query<'static>> {
    let mut query = spaces::table.into_boxed();
    if let Some(text) = &filter.search {
        query = query.filter(contains(spaces::path, text));
    }
    if let Some(registry) = filter.registry {
        query = query.filter(spaces::registry_id.eq(registry.0));
    }
    if let Some(visibility) = filter.visibility {
        query = query.filter(spaces::public.eq(visibility == Visibility::Public));
    }
    if let Some(workspace) = filter.bound_to {
        let bound = bindings::table.filter(bindings::workspace_id.eq(workspace.0)).select(bindings::space_id);
        query = query.filter(spaces::id.eq_any(bound));
    }
    if filter.unbound_only {
        query = query.filter(spaces::binding_count.eq(0));
    }
    if let Some(present) = filter.present {
        query = query.filter(spaces::present.eq(present));
    }
    if let Some(among) = &filter.among {
        query = query.filter(steered::space_among(among)?);
    }
    Ok(query)
}

/// Orders by a column, then by path and id, and begins after a key. That the column is also compared with `>=` lets the
/// index find the place.
macro_rules! order_by {
    ($query:ident, $order:ident, $after:ident, $column:expr, $number:expr) => {
        if $order.descending {
            if let Some(key) = $after {
                let equal = spaces::path.lt(key.path.clone()).or(spaces::id.lt(key.id.0));
                let equal = spaces::path.le(key.path.clone()).and(equal);
                $query = $query.filter($column.le($number(key)).and($column.lt($number(key)).or(equal)));
            }
            $query.order(($column.desc(), spaces::path.desc(), spaces::id.desc()))
        } else {
            if let Some(key) = $after {
                let equal = spaces::path.gt(key.path.clone()).or(spaces::id.gt(key.id.0));
                let equal = spaces::path.ge(key.path.clone()).and(equal);
                $query = $query.filter($column.ge($number(key)).and($column.gt($number(key)).or(equal)));
            }
            $query.order(($column.asc(), spaces::path.asc(), spaces::id.asc()))
        }
    };
}

fn ordered<'a>(mut query: Query<'a>, order: SpaceOrder, after: Option<&SpaceKey>) -> Query<'a> {
    match order.field {
        SpaceOrderField::Name => by_path(query, order.descending, after),
        SpaceOrderField::Visibility => {
            order_by!(query, order, after, spaces::public, |key: &SpaceKey| key.number != 0)
        }
        SpaceOrderField::RepositoryCount => {
            order_by!(query, order, after, spaces::repository_count, |key: &SpaceKey| key.number)
        }
        SpaceOrderField::BindingCount => {
            order_by!(query, order, after, spaces::binding_count, |key: &SpaceKey| key.number)
        }
    }
}

fn by_path<'a>(mut query: Query<'a>, descending: bool, after: Option<&SpaceKey>) -> Query<'a> {
    if descending {
        if let Some(key) = after {
            let later = spaces::path.lt(key.path.clone()).or(spaces::id.lt(key.id.0));
            query = query.filter(spaces::path.le(key.path.clone()).and(later));
        }
        query.order((spaces::path.desc(), spaces::id.desc()))
    } else {
        if let Some(key) = after {
            let later = spaces::path.gt(key.path.clone()).or(spaces::id.gt(key.id.0));
            query = query.filter(spaces::path.ge(key.path.clone()).and(later));
        }
        query.order((spaces::path.asc(), spaces::id.asc()))
    }
}
