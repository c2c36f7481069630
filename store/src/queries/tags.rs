//! Queries of tags.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use wharfinger_domain::id::RepositoryId;

use super::rows::{NEVER_PUSHED, TagRow};
use super::schema::tags;
use super::{Connection, Db, MAX_BINDS, Session, contains, micros};
use crate::repositories::{TagKey, TagOrder, TagOrderField, TagRecord};
use crate::{Page, Paged, Result};

/// How many values the row of a tag has.
const COLUMNS: usize = 7;

type Query<'a> = tags::BoxedQuery<'a, Db>;

/// The newest of these tags: the one pushed last; where nobody knows, `latest`, or else the last by name.
pub(super) fn latest(tags: &[TagRecord]) -> Option<&TagRecord> {
    tags.iter().max_by_key(|tag| (tag.pushed_at, tag.name == "latest", &tag.name))
}

pub(super) fn by_name(connection: &mut Connection, repository: RepositoryId, name: &str) -> Result<Option<TagRecord>> {
    let query = tags::table.find((repository.0, name)).select(TagRow::as_select());
    query.first(connection).optional()?.map(TagRow::record).transpose()
}

pub(super) fn page(
    connection: &mut Connection,
    repository: RepositoryId,
    search: Option<&str>,
    order: TagOrder,
    page: &Page<TagKey>,
) -> Result<Paged<TagRecord>> {
    let filtered = || {
        let query = tags::table.filter(tags::repository_id.eq(repository.0)).into_boxed();
        match search {
            Some(text) => query.filter(contains(tags::name, text)),
            None => query,
        }
    };
    let total = page.total_by(|| Ok(filtered().count().get_result(connection)?))?;
    let query = ordered(filtered(), order, page.after.as_ref()).limit(page.limit());
    let rows = query.select(TagRow::as_select()).load(connection)?;
    Ok(Paged::of(page, rows.into_iter().map(TagRow::record).collect::<Result<_>>()?, total))
}

fn ordered<'a>(query: Query<'a>, order: TagOrder, after: Option<&TagKey>) -> Query<'a> {
    match order.field {
        TagOrderField::Name => by_order_of_name(query, order.descending, after),
        TagOrderField::PushedAt => by_order_of_push(query, order.descending, after),
    }
}

fn by_order_of_name<'a>(mut query: Query<'a>, descending: bool, after: Option<&TagKey>) -> Query<'a> {
    match after {
        Some(key) if descending => query = query.filter(tags::name.lt(key.name.clone())),
        Some(key) => query = query.filter(tags::name.gt(key.name.clone())),
        None => {}
    }
    if descending { query.order(tags::name.desc()) } else { query.order(tags::name.asc()) }
}

fn by_order_of_push<'a>(mut query: Query<'a>, descending: bool, after: Option<&TagKey>) -> Query<'a> {
    if let Some(key) = after {
        let pushed_at = micros(key.pushed_at).unwrap_or(NEVER_PUSHED);
        let name = key.name.clone();
        query = if descending {
            query.filter(tags::pushed_at.le(pushed_at).and(tags::pushed_at.lt(pushed_at).or(tags::name.lt(name))))
        } else {
            query.filter(tags::pushed_at.ge(pushed_at).and(tags::pushed_at.gt(pushed_at).or(tags::name.gt(name))))
        };
    }
    if descending {
        query.order((tags::pushed_at.desc(), tags::name.desc()))
    } else {
        query.order((tags::pushed_at.asc(), tags::name.asc()))
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
