//! What Diesel cannot say, in raw SQL: lists of ids as one value, and the walk of the picker along the index by path.

use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use wharfinger_domain::id::{RegistryId, SpaceId};

use super::queries::schema::spaces;
use super::queries::selectable::{CountRow, ImageRow, granted};
use super::{Connection, Db};
use crate::page::NameKey;
use crate::pattern;
use crate::selectable::{GrantedSpace, SelectableFilter};
use crate::{Result, StoreError};

/// Holds for the spaces with these ids, however many.
pub(super) fn space_among(ids: &[SpaceId]) -> Result<Box<dyn BoxableExpression<spaces::table, Db, SqlType = Bool>>> {
    let ids = list(ids.iter().map(|id| id.0))?;
    let among = diesel::dsl::sql::<Bool>("spaces.id IN (SELECT value FROM json_each(").bind::<Text, _>(ids);
    Ok(Box::new(among.sql("))")))
}

/// What the picker is to show, as the statements below take it.
pub(super) struct Wanted {
    /// Ids of the spaces that may be used.
    granted: String,
    /// `[id, [included…], [excluded…]]` of each of them that may be used in part only.
    parts: String,
    /// Ids of registries.
    registries: Option<String>,
    /// What the path must match.
    pattern: String,
}

impl Wanted {
    pub(super) fn of(grants: &[GrantedSpace], filter: &SelectableFilter) -> Result<Self> {
        let (granted, parts) = granted(grants, filter)?;
        let registries = |ids: &Vec<RegistryId>| list(ids.iter().map(|id| id.0));
        Ok(Self {
            granted: json(&granted)?,
            parts,
            registries: filter.registries.as_ref().map(registries).transpose()?,
            pattern: pattern::containing(filter.search.as_deref().unwrap_or_default()),
        })
    }
}

/// Which rows are wanted, beside those of the spaces that may be used. An entry of a scope that ends in a slash covers what
/// is below it; both lists are of paths below the space's.
const CONDITIONS: &str = "r.path LIKE ?1 ESCAPE '\\' \
    AND (?2 IS NULL OR s.registry_id IN (SELECT value FROM json_each(?2))) \
    AND (r.space_id NOT IN (SELECT json_extract(value, '$[0]') FROM json_each(?4)) \
        OR EXISTS (SELECT 1 FROM json_each(?4) AS part WHERE json_extract(part.value, '$[0]') = r.space_id \
        AND EXISTS (SELECT 1 FROM json_each(part.value, '$[1]') AS entry \
            WHERE CASE WHEN substr(entry.value, -1) = '/' \
            THEN substr(r.path, length(s.path) + 2, length(entry.value)) = entry.value \
            ELSE substr(r.path, length(s.path) + 2) = entry.value END) \
        AND NOT EXISTS (SELECT 1 FROM json_each(part.value, '$[2]') AS entry \
            WHERE CASE WHEN substr(entry.value, -1) = '/' \
            THEN substr(r.path, length(s.path) + 2, length(entry.value)) = entry.value \
            ELSE substr(r.path, length(s.path) + 2) = entry.value END)))";

/// One of the two ways to a page. A walk along the index by path soon has a page when much may be used, and reads nearly
/// everything when little may be; going space by space and sorting is the other way round.
struct Way {
    /// The index that is followed.
    index: &'static str,
    /// How the space is compared: the unary plus keeps the planner from going space by space.
    space: &'static str,
    /// When this is the way to go, by the number of repositories in the spaces that may be used.
    gate: &'static str,
}

const WALK: Way = Way { index: "repositories_path", space: "+r.space_id", gate: "> 1000" };
const SPACE_BY_SPACE: Way = Way { index: "repositories_in_space", space: "r.space_id", gate: "<= 1000" };

impl Way {
    /// The tables, in the order in which they are to be read, and which rows of them are wanted.
    fn rows(&self) -> String {
        let Self { index, space, .. } = self;
        format!(
            "repositories AS r INDEXED BY {index} CROSS JOIN spaces AS s ON s.id = r.space_id \
             CROSS JOIN registry_hosts AS h ON h.registry_id = s.registry_id AND h.position = 0 \
             WHERE {CONDITIONS} AND {space} IN (SELECT value FROM json_each(?3))"
        )
    }

    /// The page's rows, or none where the other way is the one to go: a limit of nothing reads nothing.
    fn page(&self) -> String {
        format!(
            "SELECT r.*, s.path AS space_path, s.registry_id, h.host FROM {} \
             AND r.path >= ?5 AND (r.path > ?5 OR r.id > ?6) ORDER BY r.path, r.id \
             LIMIT CASE WHEN (SELECT coalesce(sum(repository_count), 0) FROM spaces \
             WHERE id IN (SELECT value FROM json_each(?3))) {} THEN ?7 ELSE 0 END",
            self.rows(),
            self.gate
        )
    }
}

/// The page's statement.
fn page_sql() -> String {
    format!("SELECT * FROM ({}) UNION ALL SELECT * FROM ({}) ORDER BY path, id", WALK.page(), SPACE_BY_SPACE.page())
}

/// A page of the picker, in one statement.
pub(super) fn selectable(
    connection: &mut Connection,
    wanted: &Wanted,
    after: Option<&NameKey>,
    limit: i64,
) -> Result<Vec<ImageRow>> {
    let (path, id) = after.map_or(("", 0), |key| (key.name.as_str(), key.id));
    let query = bound(&page_sql(), wanted).bind::<Text, _>(path).bind::<BigInt, _>(id).bind::<BigInt, _>(limit);
    Ok(query.load(connection)?)
}

/// How many rows the picker has in all.
pub(super) fn count_selectable(connection: &mut Connection, wanted: &Wanted) -> Result<i64> {
    let sql = format!("SELECT count(*) AS count FROM {}", SPACE_BY_SPACE.rows());
    let row: CountRow = bound(&sql, wanted).get_result(connection)?;
    Ok(row.count)
}

type Bound<'w> = diesel::query_builder::BoxedSqlQuery<'w, Db, diesel::query_builder::SqlQuery>;

fn bound<'w>(sql: &str, wanted: &'w Wanted) -> Bound<'w> {
    raw(sql)
        .into_boxed()
        .bind::<Text, _>(&wanted.pattern)
        .bind::<Nullable<Text>, _>(wanted.registries.as_deref())
        .bind::<Text, _>(&wanted.granted)
        .bind::<Text, _>(&wanted.parts)
}

fn list(ids: impl Iterator<Item = i64>) -> Result<String> {
    json(&ids.collect::<Vec<_>>())
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::internal(error.to_string()))
}

#[expect(clippy::disallowed_methods, reason = "this is the file for what Diesel cannot say")]
fn raw(sql: &str) -> diesel::query_builder::SqlQuery {
    diesel::sql_query(sql)
}

#[cfg(test)]
mod tests {
    use diesel::Connection as _;
    use diesel::connection::SimpleConnection;

    use super::*;

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    /// How SQLite goes about a way, a line for each step.
    fn plan(way: &Way) -> Vec<String> {
        let mut connection = Connection::establish(":memory:").unwrap();
        let tables = include_str!("../../../migrations/sqlite/2026-11-25-000001_base/up.sql");
        connection.batch_execute(tables).unwrap();
        let wanted = Wanted::of(&[], &SelectableFilter::default()).unwrap();
        let query = bound(&format!("EXPLAIN QUERY PLAN {}", way.page()), &wanted);
        let query = query.bind::<Text, _>("m").bind::<BigInt, _>(1).bind::<BigInt, _>(50);
        query.load::<Step>(&mut connection).unwrap().into_iter().map(|step| step.detail).collect()
    }

    #[test]
    fn the_walk_follows_the_index_by_path_and_sorts_nothing() {
        let plan = plan(&WALK);
        assert!(plan.iter().any(|step| step.starts_with("SEARCH r USING INDEX repositories_path (path>")), "{plan:#?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER")), "{plan:#?}");
    }

    #[test]
    fn going_space_by_space_begins_at_the_key_in_each() {
        let plan = plan(&SPACE_BY_SPACE);
        let first = "SEARCH r USING INDEX repositories_in_space (space_id=? AND path>";
        assert!(plan.iter().any(|step| step.starts_with(first)), "{plan:#?}");
    }
}
