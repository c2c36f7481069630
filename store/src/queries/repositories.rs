//! Queries of repositories.

mod inside;

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use wharfinger_domain::id::{RegistryId, RepositoryId, SpaceId};
use wharfinger_domain::time::Timestamp;

use self::inside::is_below;
use super::nested::{self, Condition, Windows, from_the_beginning};
use super::rows::{RepositoryRow, RepositoryValues};
use super::schema::{repositories, spaces};
use super::sight;
use super::{Db, MAX_BINDS, Session, contains, instant, micros, tags};
use crate::page::{NameKey, Within};
use crate::repositories::{
    ContentFilter, ObservedRepository, Repositories, RepositoryRecord, TagKey, TagOrder, TagRecord,
};
use crate::sight::Sight;
use crate::{Page, Paged, Result};

impl Repositories for Session<'_> {
    fn observe_repositories(
        &mut self,
        space: SpaceId,
        observed: &[ObservedRepository],
        walk: Timestamp,
    ) -> Result<usize> {
        let inside = self.declared_inside(space)?;
        let lies_in = |path: &str| {
            let deeper = inside.iter().find(|(_, prefix)| is_below(prefix, path));
            deeper.map_or(space, |(deeper, _)| *deeper)
        };
        // One that is told twice counts as it was told last.
        let mut by_space: BTreeMap<SpaceId, BTreeMap<&str, &ObservedRepository>> = BTreeMap::new();
        for observed in observed {
            by_space.entry(lies_in(&observed.path)).or_default().insert(&observed.path, observed);
        }
        by_space.into_iter().map(|(space, observed)| self.observe_in(space, observed, walk)).sum()
    }

    fn finish_walk(&mut self, space: SpaceId, walk: Timestamp) -> Result<usize> {
        let inside = self.declared_inside(space)?;
        let walked: Vec<_> = inside.iter().map(|(deeper, _)| deeper.0).chain([space.0]).collect();
        let mut removed = 0;
        for walked in walked.chunks(MAX_BINDS / 2) {
            let of = repositories::space_id.eq_any(walked).and(repositories::declared.eq(false));
            let unseen = repositories::walk.is_null().or(repositories::walk.ne(walk.as_micros()));
            removed += diesel::delete(repositories::table.filter(of.and(unseen))).execute(self.connection)?;
        }
        walked.into_iter().try_for_each(|space| crate::spaces::Spaces::note_walked(self, SpaceId(space), walk))?;
        Ok(removed)
    }

    fn declare_repositories(&mut self, space: SpaceId, paths: &[String]) -> Result<usize> {
        let known = self.repositories_at(space, &paths.iter().map(String::as_str).collect::<Vec<_>>())?;
        let mut added = 0;
        for path in paths {
            let before = known.get(path);
            let mut after = before.cloned().unwrap_or_else(|| unseen(space, path));
            after.declared = true;
            if before != Some(&after) {
                self.write_repository(&after, before.map(|before| before.id), None)?;
            }
            added += usize::from(before.is_none());
        }
        self.count_repositories(space)?;
        Ok(added)
    }

    fn move_repositories(&mut self, registry: RegistryId, below: &str, into: SpaceId) -> Result<usize> {
        let of_registry = spaces::table.filter(spaces::registry_id.eq(registry.0)).select(spaces::id);
        let (from, to) = inside::below(below);
        let inside = repositories::path.gt(from).and(repositories::path.lt(to));
        let elsewhere = repositories::space_id.eq_any(of_registry).and(repositories::space_id.ne(into.0));
        let query = repositories::table.filter(elsewhere).filter(inside.or(repositories::path.eq(below)));
        let rows: Vec<(i64, i64)> = query.select((repositories::id, repositories::space_id)).load(self.connection)?;
        for ids in rows.chunks(MAX_BINDS / 2) {
            diesel::update(repositories::table.filter(repositories::id.eq_any(ids.iter().map(|(id, _)| *id))))
                .set(repositories::space_id.eq(into.0))
                .execute(self.connection)?;
        }
        let mut touched: Vec<_> = rows.iter().map(|(_, space)| *space).chain([into.0]).collect();
        touched.sort_unstable();
        touched.dedup();
        touched.into_iter().try_for_each(|space| self.count_repositories(SpaceId(space)))?;
        Ok(rows.len())
    }

    fn repository_by_path(&mut self, sight: &Sight, space: SpaceId, path: &str) -> Result<Option<RepositoryRecord>> {
        let query = within(sight).filter(repositories::space_id.eq(space.0)).filter(repositories::path.eq(path));
        let row = query.select(RepositoryRow::as_select()).first(self.connection).optional()?;
        row.map(RepositoryRow::record).transpose()
    }

    fn repositories_by_id(
        &mut self,
        sight: &Sight,
        ids: &[RepositoryId],
    ) -> Result<HashMap<RepositoryId, RepositoryRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let query = within(sight).filter(repositories::id.eq_any(ids.iter().map(|id| id.0)));
            for row in query.select(RepositoryRow::as_select()).load(self.connection)? {
                let record = row.record()?;
                found.insert(record.id, record);
            }
        }
        Ok(found)
    }

    fn declared_repositories(&mut self, registry: RegistryId) -> Result<Vec<String>> {
        let of = spaces::table.filter(spaces::registry_id.eq(registry.0)).select(spaces::id);
        let query = repositories::table.filter(repositories::declared.eq(true));
        let query = query.filter(repositories::space_id.eq_any(of)).order(repositories::path);
        Ok(query.select(repositories::path).load(self.connection)?)
    }

    fn repository_times(
        &mut self,
        registry: RegistryId,
        paths: &[String],
    ) -> Result<HashMap<String, Option<Timestamp>>> {
        let mut found = HashMap::with_capacity(paths.len());
        for paths in paths.chunks(MAX_BINDS - 1) {
            let there = spaces::table.filter(spaces::registry_id.eq(registry.0)).filter(spaces::present.eq(true));
            let query = repositories::table.filter(repositories::path.eq_any(paths));
            let query = query.filter(repositories::space_id.eq_any(there.select(spaces::id)));
            let rows: Vec<(String, Option<i64>)> =
                query.select((repositories::path, repositories::updated_at)).load(self.connection)?;
            found.extend(rows.into_iter().map(|(path, at)| (path, instant(at))));
        }
        Ok(found)
    }

    fn page_repositories(
        &mut self,
        space: SpaceId,
        filter: &ContentFilter,
        page: &Page<NameKey>,
    ) -> Result<Paged<RepositoryRecord>> {
        self.page_of_space(space, filter, page)
    }

    fn repository_pages(
        &mut self,
        spaces: &[SpaceId],
        filter: &ContentFilter,
        page: &Page<Within<SpaceId, NameKey>>,
    ) -> Result<HashMap<SpaceId, Paged<RepositoryRecord>>> {
        let spaces = page.parents(spaces);
        // One list alone is read along its index, unless it is to be counted, and so read whole.
        if let ([only], false) = (&*spaces, page.total) {
            return Ok(HashMap::from([(*only, self.page_of_space(*only, filter, &page.alone())?)]));
        }
        let beyond: Condition<repositories::table> = match page.after.clone() {
            None => from_the_beginning(),
            Some(Within { parent, key }) => {
                Box::new(repositories::space_id.eq(parent.0).and(repositories::path.gt(key.name)))
            }
        };
        let rows = filtered(&spaces, filter).select((RepositoryRow::as_select(), nested::beyond(beyond)));
        let windows = Windows { rows, parent: "space_id", order: "path", limit: page.limit() };
        windows.pages(self.connection, page, |row: RepositoryRow| row.record().map(|record| (record.space, record)))
    }

    fn page_tags(
        &mut self,
        repository: RepositoryId,
        filter: &ContentFilter,
        order: TagOrder,
        page: &Page<TagKey>,
    ) -> Result<Paged<TagRecord>> {
        tags::page(self.connection, repository, filter, order, page)
    }

    fn tag_pages(
        &mut self,
        repositories: &[RepositoryId],
        filter: &ContentFilter,
        order: TagOrder,
        page: &Page<Within<RepositoryId, TagKey>>,
    ) -> Result<HashMap<RepositoryId, Paged<TagRecord>>> {
        tags::pages(self.connection, repositories, filter, order, page)
    }

    fn tag(&mut self, sight: &Sight, repository: RepositoryId, name: &str) -> Result<Option<TagRecord>> {
        tags::by_name(self.connection, sight, repository, name)
    }
}

impl Session<'_> {
    fn page_of_space(
        &mut self,
        space: SpaceId,
        filter: &ContentFilter,
        page: &Page<NameKey>,
    ) -> Result<Paged<RepositoryRecord>> {
        let total = page.total_by(|| Ok(filtered(&[space], filter).count().get_result(self.connection)?))?;
        let mut query = filtered(&[space], filter);
        if let Some(key) = &page.after {
            query = query.filter(repositories::path.gt(key.name.clone()));
        }
        let query = query.order(repositories::path).limit(page.limit()).select(RepositoryRow::as_select());
        let rows = query.load(self.connection)?;
        Ok(Paged::of(page, rows.into_iter().map(RepositoryRow::record).collect::<Result<_>>()?, total))
    }

    /// Takes in what was seen of some repositories, all of which lie in this space.
    fn observe_in(
        &mut self,
        space: SpaceId,
        observed: BTreeMap<&str, &ObservedRepository>,
        walk: Timestamp,
    ) -> Result<usize> {
        let mut known = self.repositories_at(space, &observed.keys().copied().collect::<Vec<_>>())?;
        let (mut unchanged, mut changed, mut contents) = (Vec::new(), 0, Vec::new());
        for observed in observed.into_values() {
            let before = known.remove(&observed.path);
            let after = as_observed(space, observed, before.as_ref());
            let id = match before {
                Some(before) if before == after => {
                    unchanged.push(before.id.0);
                    before.id
                }
                before => {
                    changed += 1;
                    self.write_repository(&after, before.map(|before| before.id), Some(walk))?
                }
            };
            contents.extend(observed.tags.as_deref().map(|tags| (id, tags)));
        }
        self.stamp(&unchanged, walk)?;
        self.replace_tags(&contents)?;
        Ok(changed)
    }

    fn repositories_at(&mut self, space: SpaceId, paths: &[&str]) -> Result<HashMap<String, RepositoryRecord>> {
        let mut found = HashMap::with_capacity(paths.len());
        for paths in paths.chunks(MAX_BINDS - 1) {
            let query = repositories::table.filter(repositories::space_id.eq(space.0));
            let query = query.filter(repositories::path.eq_any(paths)).select(RepositoryRow::as_select());
            for row in query.load(self.connection)? {
                let record = row.record()?;
                found.insert(record.path.clone(), record);
            }
        }
        Ok(found)
    }

    fn write_repository(
        &mut self,
        record: &RepositoryRecord,
        id: Option<RepositoryId>,
        walk: Option<Timestamp>,
    ) -> Result<RepositoryId> {
        let values = RepositoryValues::of(record, walk)?;
        let Some(id) = id else {
            let insert = diesel::insert_into(repositories::table).values(values).returning(repositories::id);
            return Ok(RepositoryId(insert.get_result(self.connection)?));
        };
        diesel::update(repositories::table.find(id.0)).set(values).execute(self.connection)?;
        Ok(id)
    }

    /// Notes that a walk has seen these.
    fn stamp(&mut self, ids: &[i64], walk: Timestamp) -> Result<()> {
        for ids in ids.chunks(MAX_BINDS - 1) {
            diesel::update(repositories::table.filter(repositories::id.eq_any(ids)))
                .set(repositories::walk.eq(micros(Some(walk))))
                .execute(self.connection)?;
        }
        Ok(())
    }
}

/// What lies in spaces within sight.
fn within(sight: &Sight) -> repositories::BoxedQuery<'static, Db> {
    let query = repositories::table.into_boxed::<Db>();
    // Where all is seen there is nothing to join on, and much to be read.
    if *sight == Sight::All { query } else { query.filter(repositories::space_id.eq_any(sight::spaces(sight))) }
}

fn filtered(spaces: &[SpaceId], filter: &ContentFilter) -> repositories::BoxedQuery<'static, Db> {
    // One is compared as such: the index has its list in order.
    let mut query = match spaces {
        [only] => within(&filter.sight).filter(repositories::space_id.eq(only.0)),
        many => {
            let many: Vec<_> = many.iter().map(|space| space.0).collect();
            within(&filter.sight).filter(repositories::space_id.eq_any(many))
        }
    };
    if let Some(text) = &filter.search {
        query = query.filter(contains(repositories::path, text));
    }
    query
}

/// A repository of which nothing is known but its path.
fn unseen(space: SpaceId, path: &str) -> RepositoryRecord {
    RepositoryRecord {
        id: RepositoryId(0),
        space,
        path: path.to_owned(),
        pull_count: None,
        updated_at: None,
        declared: false,
        tag_count: 0,
        latest: None,
    }
}

/// The repository as it is to be stored now.
fn as_observed(space: SpaceId, observed: &ObservedRepository, before: Option<&RepositoryRecord>) -> RepositoryRecord {
    let mut after = before.cloned().unwrap_or_else(|| unseen(space, &observed.path));
    after.pull_count = observed.pull_count;
    after.updated_at = observed.updated_at;
    if let Some(seen) = &observed.tags {
        after.tag_count = i64::try_from(seen.len()).unwrap_or(i64::MAX);
        after.latest = tags::latest(seen).cloned();
    }
    after
}
