//! The use cases: each takes the call first, requires the right, and then keeps the order of things: load, let the domain
//! check, write, audit, bump the revision, commit, publish. The loops that keep the picture of registries and clusters
//! true are here too.

pub mod audit;
pub mod bindings;
pub mod budgets;
pub mod call;
pub mod callers;
pub mod clusters;
pub mod decisions;
pub mod error;
pub mod explanations;
pub mod export;
pub mod installation;
pub mod leases;
pub mod members;
pub mod namespaces;
pub mod publisher;
pub mod random;
pub mod record;
pub mod registries;
pub mod replicas;
pub mod repositories;
pub mod selectable;
pub mod sign_in;
pub mod snapshots;
pub mod spaces;
pub mod syncs;
pub mod tokens;
pub mod users;
pub mod vault;
pub mod workspaces;

mod endpoint;
mod unit;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, Semaphore, mpsc};
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::registry::Owner;
use wharfinger_domain::time::Timestamp;
pub use wharfinger_registry::Reach;
use wharfinger_store::{Store, Transaction};

use crate::budgets::{Budgets, Rates};
use crate::error::AppError;
use crate::leases::Leases;
use crate::publisher::Publisher;
use crate::random::{Clock, Random};
use crate::vault::Vault;

/// How many registries may wait for a walk that somebody asked for.
const WALKS: usize = 1024;

/// How many passwords may be hashed at once: each takes a core for some hundredths of a second.
const HASHES: usize = 2;

/// Where registries may be.
#[derive(Debug, Clone, Default)]
pub struct Reaches {
    /// Those that a platform administrator integrates.
    pub platform: Arc<Reach>,
    /// Those that the administrator of a workspace associates.
    pub associated: Arc<Reach>,
}

impl Reaches {
    /// Where registries of this owner may be.
    pub(crate) fn of(&self, owner: Owner) -> Arc<Reach> {
        match owner {
            Owner::Platform => Arc::clone(&self.platform),
            Owner::Workspace(_) => Arc::clone(&self.associated),
        }
    }
}

/// What callers are held to.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// How often each may ask for what is dear.
    pub rates: Rates,
    /// Where the registries may be that they enter.
    pub reaches: Reaches,
}

/// What the use cases work with.
pub struct App {
    store: Store,
    publisher: Arc<Publisher>,
    vault: Vault,
    random: Arc<dyn Random>,
    clock: Arc<dyn Clock>,
    /// Changes of policy data take turns on this replica, so that each is published before the next is made.
    turn: Mutex<()>,
    walks: mpsc::Sender<RegistryId>,
    leases: Leases,
    /// When somebody last looked for what has changed in each registry.
    looks: std::sync::Mutex<HashMap<RegistryId, Timestamp>>,
    /// How many private spaces were seen to have turned public, on this replica since its start.
    opened: AtomicU64,
    reaches: Reaches,
    /// How many passwords may be hashed at once.
    hashes: Semaphore,
    budgets: Budgets,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

impl App {
    /// The use cases on this store; `rates` is how much each caller may ask for. The receiver names the registries that are to
    /// be walked; see [`syncs`].
    pub fn new(
        store: Store,
        publisher: Arc<Publisher>,
        vault: Vault,
        random: Arc<dyn Random>,
        clock: Arc<dyn Clock>,
        bounds: Bounds,
    ) -> (Arc<Self>, mpsc::Receiver<RegistryId>) {
        let (walks, receiver) = mpsc::channel(WALKS);
        let leases = Leases::new(store.is_shared().then(|| format!("{:016x}", random.number())));
        let (turn, hashes) = (Mutex::new(()), Semaphore::new(HASHES));
        let Bounds { rates, reaches } = bounds;
        let (looks, opened) = (std::sync::Mutex::default(), AtomicU64::new(0));
        let budgets = Budgets::new(rates, &clock);
        let app = Self {
            store,
            publisher,
            vault,
            random,
            clock,
            turn,
            walks,
            leases,
            looks,
            opened,
            reaches,
            hashes,
            budgets,
        };
        (Arc::new(app), receiver)
    }

    /// The store; for tests that count its statements.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The snapshot in force.
    pub fn publisher(&self) -> &Arc<Publisher> {
        &self.publisher
    }

    /// Where randomness comes from.
    pub fn random(&self) -> &Arc<dyn Random> {
        &self.random
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// What callers may still ask for.
    pub fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    /// How many private spaces walks have seen to have turned public, on this replica since its start.
    pub fn opened_spaces(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Reads in one transaction.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Transaction) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        self.store.read(work).await
    }

    /// The snapshot in force, or that there is none yet.
    pub(crate) fn snapshot(&self) -> Result<Arc<wharfinger_domain::snapshot::Snapshot>, AppError> {
        self.publisher.snapshot().ok_or(AppError::NotReady)
    }
}
