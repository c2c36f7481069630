//! The store on PostgreSQL: what only this back end needs is here and in the files below; the queries are the body that
//! every back end mounts. The driver is asynchronous and its pool too; a transaction runs on a blocking thread over a
//! wrapper that waits for the driver.

mod changes;
mod migrations;
mod pool;
#[expect(clippy::duplicate_mod, reason = "the same queries, compiled for another database")]
#[path = "queries/body.rs"]
mod queries;
mod server;
mod steered;
mod url;

use diesel::PgTextExpressionMethods;
use diesel::dsl::ILike;
use diesel::pg::Pg;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::pooled_connection::deadpool::Object;

pub use changes::Changes;
pub(crate) use pool::Pool;
pub(crate) use server::Server;
pub use url::DatabaseUrl;

use crate::pattern;

/// What queries are written for.
type Db = Pg;

/// What runs them.
type Connection = AsyncConnectionWrapper<Object<AsyncPgConnection>>;

/// How many values one statement may carry: the protocol counts them in 16 bits.
const MAX_BINDS: usize = 65_535;

/// A transaction under way.
pub(crate) struct Session<'c> {
    connection: &'c mut Connection,
}

impl<'c> Session<'c> {
    fn new(connection: &'c mut Connection) -> Self {
        Self { connection }
    }
}

impl crate::Transaction for Session<'_> {}

/// Holds where the column has this text as a part; a backslash escapes unless another letter is named. Columns are of the
/// collation "C", in which only ASCII letters of either case are equal, as on SQLite.
fn contains<C: PgTextExpressionMethods>(column: C, text: &str) -> ILike<C, String> {
    column.ilike(pattern::containing(text))
}
