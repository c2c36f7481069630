//! The store on SQLite: what only this back end needs is here and in the files below; the queries are the body that every
//! back end mounts.

mod backup;
mod connection;
mod gate;
mod pool;
#[path = "queries/body.rs"]
mod queries;
mod steered;

use diesel::dsl::{Escape, Like};
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel::{EscapeExpressionMethods, TextExpressionMethods};

use crate::{fault, pattern};

pub use backup::{BackupError, Copied, backup, restore};
pub(crate) use connection::Place;
pub(crate) use pool::Pool;

/// What queries are written for.
type Db = Sqlite;

/// What runs them.
type Connection = SqliteConnection;

/// How many values one statement may carry (`SQLITE_MAX_VARIABLE_NUMBER` of the bundled library).
const MAX_BINDS: usize = 32_766;

/// A transaction under way.
pub(crate) struct Session<'c> {
    connection: &'c mut SqliteConnection,
}

impl<'c> Session<'c> {
    fn new(connection: &'c mut SqliteConnection) -> Self {
        Self { connection }
    }
}

impl crate::Transaction for Session<'_> {}

/// Holds where the column has this text as a part. SQLite's `LIKE` takes ASCII letters of either case as equal.
fn contains<C>(column: C, text: &str) -> Escape<Like<C, String>>
where
    C: TextExpressionMethods,
    C::SqlType: diesel::sql_types::SqlType,
    String: diesel::expression::AsExpression<C::SqlType>,
{
    column.like(pattern::containing(text)).escape('\\')
}
