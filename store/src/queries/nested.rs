//! The same page of many lists in one statement: windows number the rows below each parent, and count them. Diesel has no
//! sub-select to select from, so that what stands around the query of the rows is written here.

use std::collections::HashMap;
use std::hash::Hash;

use diesel::dsl::sql;
use diesel::expression::{AsExpression, BoxableExpression, SqlLiteral, UncheckedBind};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::sql_types::{BigInt, Bool};

use super::{Connection, Db};
use crate::{Page, Paged, Result};

/// A condition on the rows of a table.
pub(super) type Condition<T> = Box<dyn BoxableExpression<T, Db, SqlType = Bool>>;

/// A condition under the name that the windows know it by.
pub(super) type Named<E> = SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, E>>;

/// Says of each row whether it comes after the page's key; to be selected beside what the row is read as.
pub(super) fn beyond<E: AsExpression<Bool>>(condition: E) -> Named<E::Expression> {
    sql::<Bool>("(").bind::<Bool, _>(condition).sql(") AS beyond")
}

/// Nothing is known already: every row comes after.
pub(super) fn from_the_beginning<T>() -> Condition<T>
where
    SqlLiteral<Bool>: BoxableExpression<T, Db, SqlType = Bool>,
{
    Box::new(sql::<Bool>("TRUE"))
}

/// A query of the rows of all lists, which selects `(row, beyond)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Windows<Q> {
    /// The query.
    pub(super) rows: Q,
    /// The column that names the parent.
    pub(super) parent: &'static str,
    /// The columns that order each list.
    pub(super) order: &'static str,
    /// How many rows of each list to read.
    pub(super) limit: i64,
}

impl<Q, S> Query for Windows<Q>
where
    Q: Query<SqlType = (S, Bool)>,
{
    type SqlType = (S, Bool, BigInt, BigInt);
}

impl<Q> QueryId for Windows<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, C> RunQueryDsl<C> for Windows<Q> {}

impl<Q: QueryFragment<Db>> QueryFragment<Db> for Windows<Q> {
    /// A row before the key is read where it is the first of its list: it brings the number of a list that has no row after.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        let Self { parent, order, .. } = self;
        out.push_sql("SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY ");
        out.push_sql(parent);
        out.push_sql(", beyond ORDER BY ");
        out.push_sql(order);
        out.push_sql(") AS place, count(*) OVER (PARTITION BY ");
        out.push_sql(parent);
        out.push_sql(") AS whole FROM (");
        self.rows.walk_ast(out.reborrow())?;
        out.push_sql(") AS listed) AS numbered WHERE place <= CASE WHEN beyond THEN ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(" ELSE 1 END ORDER BY place");
        Ok(())
    }
}

/// What a row is, whether it comes after the page's key, where it stands in its list, and how many rows that has.
type Numbered<R> = (R, bool, i64, i64);

impl<Q> Windows<Q> {
    /// The pages by their parents, which `read` tells beside the record; without those whose list has nothing.
    pub(super) fn pages<'q, R, P, K, T>(
        self,
        connection: &mut Connection,
        page: &Page<K>,
        read: impl Fn(R) -> Result<(P, T)>,
    ) -> Result<HashMap<P, Paged<T>>>
    where
        Self: LoadQuery<'q, Connection, Numbered<R>>,
        P: Eq + Hash,
    {
        let mut lists: HashMap<P, (i64, Vec<T>)> = HashMap::new();
        for (row, after, _, whole) in self.load::<Numbered<R>>(connection)? {
            let (parent, record) = read(row)?;
            let list = lists.entry(parent).or_insert_with(|| (whole, Vec::new()));
            if after {
                list.1.push(record);
            }
        }
        let paged = |(whole, records)| Paged::of(page, records, page.total.then_some(whole));
        Ok(lists.into_iter().map(|(parent, list)| (parent, paged(list))).collect())
    }
}
