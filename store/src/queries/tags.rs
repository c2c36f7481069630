//! Queries of tags.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use wharfinger_domain::id::RepositoryId;

use super::nested::{self, Condition, Windows, from_the_beginning};
use super::rows::{NEVER_PUSHED, TagRow};
use super::schema::{repositories, tags};
use super::sight;
use super::{Connection, Db, MAX_BINDS, Session, contains, micros};
use crate::page::Within;
use crate::repositories::{ContentFilter, TagKey, TagOrder, TagOrderField, TagRecord};
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// How many values the row of a tag has.
const COLUMNS: usize = 7;

type Query<'a> = tags::BoxedQuery<'a, Db>;

/// The newest of these tags: the one pushed last; where nobody knows, `latest`, or else the last by name.
pub(super) fn latest(tags: &[TagRecord]) -> Option<&TagRecord> {
    tags.iter().max_by_key(|tag| (tag.pushed_at, tag.name == "latest", &tag.name))
}

pub(super) fn by_name(
    connection: &mut Connection,
    sight: &Sight,
    repository: RepositoryId,
    name: &str,
) -> Result<Option<TagRecord>> {
    let query = within(sight).filter(tags::repository_id.eq(repository.0)).filter(tags::name.eq(name));
    let query = query.select(TagRow::as_select());
    query.first(connection).optional()?.map(TagRow::record).transpose()
}

pub(super) fn page(
    connection: &mut Connection,
    repository: RepositoryId,
    filter: &ContentFilter,
    order: TagOrder,
    page: &Page<TagKey>,
) -> Result<Paged<TagRecord>> {
    let total = page.total_by(|| Ok(filtered(&[repository], filter).count().get_result(connection)?))?;
    let query = ordered(filtered(&[repository], filter), order, page.after.as_ref()).limit(page.limit());
    let rows = query.select(TagRow::as_select()).load(connection)?;
    Ok(Paged::of(page, rows.into_iter().map(TagRow::record).collect::<Result<_>>()?, total))
}

/// The same page of the tags of each of these repositories.
pub(super) fn pages(
    connection: &mut Connection,
    repositories: &[RepositoryId],
    filter: &ContentFilter,
    order: TagOrder,
    page: &Page<Within<RepositoryId, TagKey>>,
) -> Result<HashMap<RepositoryId, Paged<TagRecord>>> {
    let repositories = page.parents(repositories);
    // One list alone is read along its index, unless it is to be counted, and so read whole.
    if let ([only], false) = (&*repositories, page.total) {
        return Ok(HashMap::from([(*only, self::page(connection, *only, filter, order, &page.alone())?)]));
    }
    let beyond: Condition<tags::table> = match &page.after {
        None => from_the_beginning(),
        Some(Within { parent, key }) => Box::new(tags::repository_id.eq(parent.0).and(later(order, key))),
    };
    let columns = match (order.field, order.descending) {
        (TagOrderField::Name, false) => "name",
        (TagOrderField::Name, true) => "name DESC",
        (TagOrderField::PushedAt, false) => "pushed_at, name",
        (TagOrderField::PushedAt, true) => "pushed_at DESC, name DESC",
    };
    let rows = filtered(&repositories, filter).select((TagRow::as_select(), nested::beyond(beyond)));
    let windows = Windows { rows, parent: "repository_id", order: columns, limit: page.limit() };
    let read = |row: TagRow| Ok((RepositoryId(row.repository_id), row.record()?));
    windows.pages(connection, page, read)
}

/// What lies in spaces within sight.
fn within<'a>(sight: &Sight) -> Query<'a> {
    let query = tags::table.into_boxed::<Db>();
    if *sight == Sight::All {
        return query;
    }
    let inside = repositories::space_id.eq_any(sight::spaces(sight));
    query.filter(tags::repository_id.eq_any(repositories::table.filter(inside).select(repositories::id)))
}

fn filtered(ids: &[RepositoryId], filter: &ContentFilter) -> Query<'static> {
    // One is compared as such: the index has its list in order.
    let mut query = match ids {
        [only] => within(&filter.sight).filter(tags::repository_id.eq(only.0)),
        many => {
            let many: Vec<_> = many.iter().map(|repository| repository.0).collect();
            within(&filter.sight).filter(tags::repository_id.eq_any(many))
        }
    };
    if let Some(text) = &filter.search {
        query = query.filter(contains(tags::name, text));
    }
    query
}

fn ordered<'a>(mut query: Query<'a>, order: TagOrder, after: Option<&TagKey>) -> Query<'a> {
    if let Some(key) = after {
        query = query.filter(later(order, key));
    }
    match (order.field, order.descending) {
        (TagOrderField::Name, false) => query.order(tags::name.asc()),
        (TagOrderField::Name, true) => query.order(tags::name.desc()),
        (TagOrderField::PushedAt, false) => query.order((tags::pushed_at.asc(), tags::name.asc())),
        (TagOrderField::PushedAt, true) => query.order((tags::pushed_at.desc(), tags::name.desc())),
    }
}

/// Holds for what comes after this key. That the first column is also compared with its own value lets the index find the
/// place.
fn later(order: TagOrder, key: &TagKey) -> Condition<tags::table> {
    let (pushed_at, name) = (micros(key.pushed_at).unwrap_or(NEVER_PUSHED), key.name.clone());
    match (order.field, order.descending) {
        (TagOrderField::Name, false) => Box::new(tags::name.gt(name)),
        (TagOrderField::Name, true) => Box::new(tags::name.lt(name)),
        (TagOrderField::PushedAt, false) => {
            Box::new(tags::pushed_at.ge(pushed_at).and(tags::pushed_at.gt(pushed_at).or(tags::name.gt(name))))
        }
        (TagOrderField::PushedAt, true) => {
            Box::new(tags::pushed_at.le(pushed_at).and(tags::pushed_at.lt(pushed_at).or(tags::name.lt(name))))
        }
    }
}

impl Session<'_> {
    /// Makes these the tags of these repositories. What is stored already in the same words is left alone: most walks find
    /// that little has changed.
    pub(super) fn replace_tags(&mut self, contents: &[(RepositoryId, &[TagRecord])]) -> Result<()> {
        let mut stored = self.stored_tags(&contents.iter().map(|(id, _)| id.0).collect::<Vec<_>>())?;
        let mut fresh = Vec::new();
        for (id, seen) in contents {
            let mut obsolete = stored.remove(&id.0).unwrap_or_default();
            let seen: BTreeMap<&str, &TagRecord> = seen.iter().map(|tag| (&*tag.name, tag)).collect();
            for tag in seen.into_values() {
                let row = TagRow::of(id.0, tag)?;
                if obsolete.get(&row.name) == Some(&row) {
                    obsolete.remove(&row.name);
                } else {
                    fresh.push(row);
                }
            }
            self.remove_tags(*id, &obsolete.into_keys().collect::<Vec<_>>())?;
        }
        for rows in fresh.chunks(MAX_BINDS / COLUMNS) {
            diesel::insert_into(tags::table).values(rows).execute(self.connection)?;
        }
        Ok(())
    }

    fn stored_tags(&mut self, repositories: &[i64]) -> Result<HashMap<i64, HashMap<String, TagRow>>> {
        let mut stored: HashMap<i64, HashMap<String, TagRow>> = HashMap::new();
        for ids in repositories.chunks(MAX_BINDS) {
            let query = tags::table.filter(tags::repository_id.eq_any(ids)).select(TagRow::as_select());
            for row in query.load(self.connection)? {
                stored.entry(row.repository_id).or_default().insert(row.name.clone(), row);
            }
        }
        Ok(stored)
    }

    fn remove_tags(&mut self, repository: RepositoryId, names: &[String]) -> Result<()> {
        for names in names.chunks(MAX_BINDS - 1) {
            let of = tags::repository_id.eq(repository.0).and(tags::name.eq_any(names));
            diesel::delete(tags::table.filter(of)).execute(self.connection)?;
        }
        Ok(())
    }
}
