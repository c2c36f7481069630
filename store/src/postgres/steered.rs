//! What Diesel cannot say, in raw SQL: lists of ids as one value, and the picker's list.

use diesel::expression::BoxableExpression;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use wharfinger_domain::id::SpaceId;

use super::queries::schema::spaces;
use super::queries::selectable::{CountRow, ImageRow, granted};
use super::{Connection, Db};
use crate::Result;
use crate::page::NameKey;
use crate::pattern;
use crate::selectable::{GrantedSpace, SelectableFilter};

/// Holds for the spaces with these ids, however many.
#[expect(clippy::unnecessary_wraps, reason = "another back end writes the ids as a text, which may fail")]
pub(super) fn space_among(ids: &[SpaceId]) -> Result<Box<dyn BoxableExpression<spaces::table, Db, SqlType = Bool>>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let among = diesel::dsl::sql::<Bool>("spaces.id = ANY(").bind::<Array<BigInt>, _>(ids);
    Ok(Box::new(among.sql(")")))
}

/// What the picker is to show, as the statements below take it.
pub(super) struct Wanted {
    /// Ids of the spaces that may be used.
    granted: Vec<i64>,
    /// `[id, [included…], [excluded…]]` of each of them that may be used in part only.
    parts: String,
    /// Ids of registries.
    registries: Option<Vec<i64>>,
    /// What the path must match.
    pattern: String,
}

impl Wanted {
    pub(super) fn of(grants: &[GrantedSpace], filter: &SelectableFilter) -> Result<Self> {
        let (granted, parts) = granted(grants, filter)?;
        Ok(Self {
            granted,
            parts,
            registries: filter.registries.as_ref().map(|ids| ids.iter().map(|id| id.0).collect()),
            pattern: pattern::containing(filter.search.as_deref().unwrap_or_default()),
        })
    }
}

/// The rows that are wanted. An entry of a scope that ends in a slash covers what is below it; both lists are of paths below
/// the space's. Which index to follow is the server's choice: it counts its tables.
const ROWS: &str = "repositories AS r JOIN spaces AS s ON s.id = r.space_id \
    JOIN registry_hosts AS h ON h.registry_id = s.registry_id AND h.position = 0 \
    WHERE r.path ILIKE $1 ESCAPE '\\' AND ($2 IS NULL OR s.registry_id = ANY($2)) AND r.space_id = ANY($3) \
    AND (r.space_id NOT IN (SELECT (part->>0)::bigint FROM jsonb_array_elements($4::jsonb) AS part) \
        OR EXISTS (SELECT 1 FROM jsonb_array_elements($4::jsonb) AS part WHERE (part->>0)::bigint = r.space_id \
        AND EXISTS (SELECT 1 FROM jsonb_array_elements_text(part->1) AS entry \
            WHERE CASE WHEN right(entry, 1) = '/' THEN starts_with(substr(r.path, length(s.path) + 2), entry) \
            ELSE substr(r.path, length(s.path) + 2) = entry END) \
        AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements_text(part->2) AS entry \
            WHERE CASE WHEN right(entry, 1) = '/' THEN starts_with(substr(r.path, length(s.path) + 2), entry) \
            ELSE substr(r.path, length(s.path) + 2) = entry END)))";

/// A page of the picker, in one statement.
pub(super) fn selectable(
    connection: &mut Connection,
    wanted: &Wanted,
    after: Option<&NameKey>,
    limit: i64,
) -> Result<Vec<ImageRow>> {
    let (path, id) = after.map_or(("", 0), |key| (key.name.as_str(), key.id));
    let sql = format!(
        "SELECT r.*, s.path AS space_path, s.registry_id, h.host FROM {ROWS} \
         AND (r.path, r.id) > ($5, $6) ORDER BY r.path, r.id LIMIT $7"
    );
    let query = bound(&sql, wanted).bind::<Text, _>(path).bind::<BigInt, _>(id).bind::<BigInt, _>(limit);
    Ok(query.load(connection)?)
}

/// How many rows the picker has in all.
pub(super) fn count_selectable(connection: &mut Connection, wanted: &Wanted) -> Result<i64> {
    let row: CountRow = bound(&format!("SELECT count(*) AS count FROM {ROWS}"), wanted).get_result(connection)?;
    Ok(row.count)
}

type Bound<'w> = diesel::query_builder::BoxedSqlQuery<'w, Db, diesel::query_builder::SqlQuery>;

fn bound<'w>(sql: &str, wanted: &'w Wanted) -> Bound<'w> {
    raw(sql)
        .into_boxed()
        .bind::<Text, _>(&wanted.pattern)
        .bind::<Nullable<Array<BigInt>>, _>(wanted.registries.as_ref())
        .bind::<Array<BigInt>, _>(&wanted.granted)
        .bind::<Text, _>(&wanted.parts)
}

#[expect(clippy::disallowed_methods, reason = "this is the file for what Diesel cannot say")]
fn raw(sql: &str) -> diesel::query_builder::SqlQuery {
    diesel::sql_query(sql)
}
