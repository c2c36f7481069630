//! Brings the tables up to date when the store is opened, one replica at a time.

use diesel::connection::SimpleConnection as _;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Server;
use crate::{Result, StoreError, fault};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// Another replica may be at it; it is waited for. The lock ends with the connection.
const LOCK: &str = "SET lock_timeout = '60s'; \
    SELECT pg_advisory_lock(x'57484152'::int, hashtext('migrations of ' || current_schema()))";

/// Brings the tables up to date and gives the migrations that took; blocks. A runtime of its own on a thread of its own makes that work wherever the caller is.
pub(crate) fn run(server: &Server) -> Result<Vec<String>> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| StoreError::unavailable(error.to_string()))?;
        let connection = runtime.block_on(async {
            let (client, driver) = server.connect().await?;
            let made = AsyncPgConnection::try_from_client_and_connection(client, driver).await;
            made.map_err(|error| fault::said(&error.to_string()))
        })?;
        let _entered = runtime.enter();
        migrate(&mut AsyncConnectionWrapper::from(connection))
    };
    let done = std::thread::scope(|scope| scope.spawn(work).join());
    done.unwrap_or_else(|_| Err(StoreError::internal("bringing the tables up to date panicked")))
}

/// A database that a newer program has written is left alone.
fn migrate(connection: &mut AsyncConnectionWrapper<AsyncPgConnection>) -> Result<Vec<String>> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| fault::said(&error.to_string());
    connection.batch_execute(LOCK)?;
    let known: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS.migrations().map_err(failed)?;
    let applied = connection.applied_migrations().map_err(failed)?;
    let is_known = |version: &_| known.iter().any(|migration| migration.name().version() == *version);
    if !applied.iter().all(is_known) {
        return Err(StoreError::internal(
            "a newer version of this program has written the database; start that version",
        ));
    }
    let run = connection.run_pending_migrations(MIGRATIONS).map_err(failed)?;
    Ok(run.iter().map(ToString::to_string).collect())
}
