//! A few connections, taken in turns, and one transaction on one of them. Waiting for one holds no thread.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::{Connection as _, SimpleConnection as _, TransactionManager};
use diesel_async::pooled_connection::deadpool::{self, Object};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::{Connection, Server, Session, migrations};
use crate::meter::{Meter, Statements};
use crate::store::Access;
use crate::{Result, StoreError, Transaction};

type Manager = <Connection as diesel::Connection>::TransactionManager;

/// No wait for a lock is shorter than this.
const SHORTEST: Duration = Duration::from_millis(50);

/// Connections to a server.
pub(crate) struct Pool {
    connections: deadpool::Pool<AsyncPgConnection>,
    server: Server,
    /// Who writes takes turns here first, so that those who wait for another replica hold one connection and not all.
    writing: Arc<Semaphore>,
    statements: Statements,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Pool {
    /// Brings the tables up to date, which also finds out whether the server can be reached, and makes a pool of one
    /// connection that writes and so many that read. They are opened when they are needed. Gives the migrations it ran too.
    pub(crate) fn open(server: Server, readers: usize) -> Result<(Arc<Self>, Vec<String>)> {
        let migrated = migrations::run(&server)?;
        let mut config = ManagerConfig::<AsyncPgConnection>::default();
        config.recycling_method = RecyclingMethod::Fast;
        let reached = server.clone();
        config.custom_setup = Box::new(move |_| set_up(reached.clone()));
        let manager = AsyncDieselConnectionManager::new_with_config(String::new(), config);
        let connections = deadpool::Pool::builder(manager).max_size(readers.max(1) + 1).build();
        let connections = connections.map_err(|error| StoreError::internal(error.to_string()))?;
        let writing = Arc::new(Semaphore::new(1));
        Ok((Arc::new(Self { connections, server, writing, statements: Statements::default() }), migrated))
    }

    pub(crate) fn statements(&self) -> &Statements {
        &self.statements
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Runs a closure in one transaction on a blocking thread.
    pub(crate) async fn run<T, E, F>(&self, access: Access, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Transaction) -> Result<T, E> + Send + 'static,
    {
        let asked = Instant::now();
        let taken = tokio::time::timeout(self.server.patience, self.take(access)).await;
        let slow = || StoreError::unavailable("other transactions took too long");
        let (turn, connection) = taken.unwrap_or_else(|_| Err(slow()))?;
        let (statements, span) = (self.statements.clone(), tracing::Span::current());
        let patience = self.server.patience.saturating_sub(asked.elapsed()).max(SHORTEST);
        let run = move || {
            let result = span.in_scope(|| transact(connection, access, patience, statements, work));
            drop(turn);
            result
        };
        let done = tokio::task::spawn_blocking(run).await;
        done.unwrap_or_else(|_| Err(StoreError::internal("a transaction panicked and was rolled back").into()))
    }

    async fn take(
        &self,
        access: Access,
    ) -> Result<(Option<tokio::sync::OwnedSemaphorePermit>, Object<AsyncPgConnection>)> {
        let turn = match access {
            Access::Write => Arc::clone(&self.writing).acquire_owned().await.ok(),
            Access::Read => None,
        };
        let connection = self.connections.get().await;
        Ok((turn, connection.map_err(|error| StoreError::unavailable(said(error)))?))
    }
}

fn set_up(server: Server) -> Pin<Box<dyn Future<Output = diesel::ConnectionResult<AsyncPgConnection>> + Send>> {
    Box::pin(async move {
        let connected = server.connect().await;
        let (client, driver) = connected.map_err(|error| diesel::ConnectionError::BadConnection(reason(error)))?;
        AsyncPgConnection::try_from_client_and_connection(client, driver).await
    })
}

fn reason(error: StoreError) -> String {
    match error {
        StoreError::Unavailable { reason } => reason,
        other => other.to_string(),
    }
}

fn said(error: deadpool::PoolError) -> String {
    match error {
        deadpool::PoolError::Backend(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// Begins a transaction. One that writes waits for its turn among all replicas, so that revisions are committed in their
/// order, and then sees what the one before it has committed: each statement of `READ COMMITTED` looks anew, and nobody
/// else writes meanwhile. One that reads sees one state throughout.
fn opening(access: Access, patience: Duration) -> String {
    match access {
        Access::Write => format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = {}; \
             SELECT pg_advisory_xact_lock(x'57484152'::int, hashtext('writes of ' || current_schema()))",
            patience.as_millis()
        ),
        Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned(),
    }
}

/// Commits. A statement that failed has ended the transaction, whoever took notice: the server would answer a commit by
/// rolling back, and call that no error, but any other statement it refuses.
fn commit(connection: &mut Connection, access: Access) -> Result<()> {
    if access == Access::Write {
        connection.set_instrumentation(None::<Meter>);
        connection.batch_execute("SELECT")?;
    }
    Ok(Manager::commit_transaction(connection)?)
}

/// Runs a closure in one transaction. A connection on which it panicked, or could not begin or end, goes back to the pool as
/// broken, and the pool closes it.
fn transact<T, E, F>(
    connection: Object<AsyncPgConnection>,
    access: Access,
    patience: Duration,
    statements: Statements,
    work: F,
) -> Result<T, E>
where
    E: From<StoreError>,
    F: FnOnce(&mut dyn Transaction) -> Result<T, E>,
{
    let mut connection = Connection::from(connection);
    connection.set_instrumentation(Meter::new(statements));
    let opening = opening(access, patience);
    let begun = AnsiTransactionManager::begin_transaction_sql(&mut **connection, &opening);
    if let Err(error) = Handle::current().block_on(begun) {
        // The server may have begun one all the same.
        drop(Object::take(connection.into_inner()));
        return Err(StoreError::from(error).into());
    }
    match work(&mut Session::new(&mut connection)) {
        Ok(value) => match commit(&mut connection, access) {
            Ok(()) => Ok(value),
            Err(error) => {
                drop(Object::take(connection.into_inner()));
                Err(error.into())
            }
        },
        Err(error) => {
            if Manager::rollback_transaction(&mut connection).is_err() {
                drop(Object::take(connection.into_inner()));
            }
            Err(error)
        }
    }
}
