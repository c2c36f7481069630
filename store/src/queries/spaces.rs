//! Queries of spaces.

mod observed;
mod order;

use std::collections::HashMap;

use diesel::prelude::*;
use wharfinger_domain::id::{RegistryId, SpaceId};
use wharfinger_domain::space::Visibility;
use wharfinger_domain::time::Timestamp;

use self::observed::{as_observed, is_there, note_visibility, take_observed};
use self::order::{columns, later, ordered};
use super::nested::{self, Condition, Windows, from_the_beginning};
use super::rows::{SpaceRow, SpaceValues};
use super::schema::{bindings, registry_hosts, repositories, spaces};
use super::sight;
use super::{Db, MAX_BINDS, Session, contains, steered};
use crate::page::Within;
use crate::sight::Sight;
use crate::spaces::{ObservedSpace, SpaceChange, SpaceFilter, SpaceKey, SpaceOrder, SpaceRecord, Spaces};
use crate::{Page, Paged, Result};

type Query<'a> = spaces::BoxedQuery<'a, Db>;

/// A space with what else it may be ordered by.
#[derive(Queryable, Selectable)]
#[diesel(table_name = spaces)]
struct Ranked {
    #[diesel(embed)]
    space: SpaceRow,
    #[diesel(column_name = public)]
    _public: bool,
}

impl Spaces for Session<'_> {
    fn space(&mut self, sight: &Sight, id: SpaceId) -> Result<Option<SpaceRecord>> {
        Ok(self.spaces_by_id(sight, &[id])?.remove(&id))
    }

    fn spaces_by_id(&mut self, sight: &Sight, ids: &[SpaceId]) -> Result<HashMap<SpaceId, SpaceRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let query = spaces::table.filter(spaces::id.eq_any(ids.iter().map(|id| id.0))).filter(sight::space(sight));
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

    fn hosts_of_spaces(&mut self, sight: &Sight, ids: &[SpaceId]) -> Result<HashMap<SpaceId, String>> {
        let of_registry = registry_hosts::registry_id.eq(spaces::registry_id).and(registry_hosts::position.eq(0));
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS - 1) {
            let query = spaces::table.inner_join(registry_hosts::table.on(of_registry));
            let seen = spaces::id.eq_any(sight::spaces(sight));
            let query = query.filter(spaces::id.eq_any(ids.iter().map(|id| id.0))).filter(seen);
            let hosts: Vec<(i64, String)> = query.select((spaces::id, registry_hosts::host)).load(self.connection)?;
            found.extend(hosts.into_iter().map(|(id, host)| (SpaceId(id), host)));
        }
        Ok(found)
    }

    fn space_pages(
        &mut self,
        registries: &[RegistryId],
        filter: &SpaceFilter,
        order: SpaceOrder,
        page: &Page<Within<RegistryId, SpaceKey>>,
    ) -> Result<HashMap<RegistryId, Paged<SpaceRecord>>> {
        let registries = page.parents(registries);
        // One list alone is read along its index, unless it is to be counted, and so read whole.
        if let ([only], false) = (&*registries, page.total) {
            let filter = SpaceFilter { registry: Some(*only), ..filter.clone() };
            return Ok(HashMap::from([(*only, self.page_spaces(&filter, order, &page.alone())?)]));
        }
        let beyond: Condition<spaces::table> = match &page.after {
            None => from_the_beginning(),
            Some(Within { parent, key }) => Box::new(spaces::registry_id.eq(parent.0).and(later(order, key))),
        };
        let of = spaces::registry_id.eq_any(registries.iter().map(|registry| registry.0).collect::<Vec<_>>());
        let rows = filtered(filter)?.filter(of);
        let rows = rows.select((Ranked::as_select(), nested::beyond(beyond)));
        let windows = Windows { rows, parent: "registry_id", order: columns(order), limit: page.limit() };
        windows.pages(self.connection, page, |row: Ranked| {
            row.space.record().map(|record| (record.space.registry, record))
        })
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

    fn declare_space(
        &mut self,
        registry: RegistryId,
        path: &str,
        declared: Visibility,
        at: Timestamp,
    ) -> Result<Option<SpaceChange>> {
        let (upstream_id, upstream_visibility) = (None, None);
        let named = ObservedSpace { upstream_id, path: path.to_owned(), upstream_visibility, proxy_cache: false };
        let mut known = self.possibly_observed(registry, std::slice::from_ref(&named))?;
        if known.iter().any(|record| is_there(record, path)) {
            return Ok(None);
        }
        let before = take_observed(&mut known, &named);
        let mut after = as_observed(registry, &named, before.as_ref(), at);
        after.declared = true;
        after.space.declared_visibility = Some(declared);
        if let Some(before) = &before {
            note_visibility(before, &mut after, at);
        }
        let after = self.write_space(&after, before.as_ref().map(|before| before.space.id))?;
        Ok(Some(SpaceChange { before, after }))
    }

    fn mark_spaces_gone(&mut self, ids: &[SpaceId]) -> Result<Vec<SpaceChange>> {
        self.mark_gone(ids, false)
    }

    fn withdraw_spaces(&mut self, ids: &[SpaceId]) -> Result<Vec<SpaceChange>> {
        let mut all = ids.to_vec();
        for id in ids {
            all.extend(self.declared_inside(*id)?.into_iter().map(|(inside, _)| inside));
        }
        self.mark_gone(&all, true)
    }

    fn declare_visibility(
        &mut self,
        id: SpaceId,
        declared: Option<Visibility>,
        at: Timestamp,
    ) -> Result<Option<SpaceChange>> {
        let Some(before) = self.space(&Sight::All, id)? else { return Ok(None) };
        let mut after = before.clone();
        after.space.declared_visibility = declared;
        note_visibility(&before, &mut after, at);
        self.write_space(&after, Some(id))?;
        self.touch_space(id, before.revision)?;
        Ok(self.space(&Sight::All, id)?.map(|after| SpaceChange { before: Some(before), after }))
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

    /// Marks spaces that are there as gone, the declared ones only where that is said.
    fn mark_gone(&mut self, ids: &[SpaceId], with_declared: bool) -> Result<Vec<SpaceChange>> {
        let mut changes = Vec::new();
        for ids in ids.chunks(MAX_BINDS) {
            let either = spaces::declared.eq(false).or(spaces::declared.eq(with_declared));
            let there = spaces::present.eq(true).and(either);
            let there = there.and(spaces::id.eq_any(ids.iter().map(|id| id.0).collect::<Vec<_>>()));
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

fn filtered(filter: &SpaceFilter) -> Result<Query<'static>> {
    let mut query = spaces::table.into_boxed().filter(sight::space(&filter.sight));
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
