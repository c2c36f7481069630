//! Which tasks this replica does for all replicas: it holds their leases, renews them with every beat, takes over those that
//! nobody renews any more, and gives them back when it stops. Where the database is nobody else's it does everything.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use wharfinger_domain::id::ClusterId;
use wharfinger_store::leases::Lease;
use wharfinger_store::{StoreError, Transaction};

/// How long a lease must go without a renewal, by the clock of whoever waits, to be taken over.
pub const TAKE_OVER: Duration = Duration::from_secs(5);

/// What one replica at a time does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// Stores which namespaces a cluster has.
    Namespaces(ClusterId),
    /// Walks through the registries.
    Registries,
}

impl Task {
    /// Its name in the store.
    fn name(self) -> String {
        match self {
            Self::Namespaces(cluster) => format!("namespaces of {}", cluster.0),
            Self::Registries => "registries".to_owned(),
        }
    }
}

/// The right to do a task now, to be proven in every transaction that does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Nobody else could do it.
    Alone,
    /// This replica holds the lease, in this term.
    Term(Task, i64),
}

impl Claim {
    /// Whether it still holds, and does so until the transaction has ended.
    pub(crate) fn holds(self, tx: &mut dyn Transaction) -> Result<bool, StoreError> {
        match self {
            Self::Alone => Ok(true),
            Self::Term(task, term) => tx.holds_lease(&task.name(), term),
        }
    }
}

/// The leases that this replica holds.
#[derive(Debug)]
pub(crate) struct Leases {
    /// The name by which it holds them; `None` where the database is nobody else's.
    holder: Option<String>,
    terms: watch::Sender<HashMap<Task, i64>>,
}

/// A lease of another replica, and since when it has not been renewed.
pub(crate) type Seen = HashMap<Task, (Lease, Instant)>;

impl Leases {
    pub(crate) fn new(holder: Option<String>) -> Self {
        Self { holder, terms: watch::Sender::new(HashMap::new()) }
    }

    /// The right to do this task, if this replica has it.
    pub(crate) fn claim(&self, task: Task) -> Option<Claim> {
        match self.holder {
            None => Some(Claim::Alone),
            Some(_) => self.terms.borrow().get(&task).map(|term| Claim::Term(task, *term)),
        }
    }

    /// Tells whenever leases were gained or lost.
    pub(crate) fn changes(&self) -> watch::Receiver<HashMap<Task, i64>> {
        self.terms.subscribe()
    }

    /// How many are held.
    pub(crate) fn count(&self) -> usize {
        self.terms.borrow().len()
    }

    /// The name by which they are held, and the terms, to be renewed.
    pub(crate) fn held(&self) -> Option<(String, HashMap<Task, i64>)> {
        self.holder.clone().map(|holder| (holder, self.terms.borrow().clone()))
    }

    /// These are held now, and no others.
    pub(crate) fn set(&self, terms: HashMap<Task, i64>) {
        self.terms.send_if_modified(|held| {
            let changed = *held != terms;
            for task in terms.keys().filter(|task| held.get(task) != terms.get(task)) {
                tracing::info!(task = task.name(), "this replica does the task from now on");
            }
            for task in held.keys().filter(|task| !terms.contains_key(task)) {
                tracing::warn!(task = task.name(), "another replica does the task from now on");
            }
            *held = terms;
            changed
        });
    }
}

/// Renews what is held, and takes what nobody holds or has renewed for long enough. Gives what is held thereafter.
pub(crate) fn beat(
    tx: &mut dyn Transaction,
    tasks: &[Task],
    holder: &str,
    held: &HashMap<Task, i64>,
    (seen, now): (&mut Seen, Instant),
) -> Result<HashMap<Task, i64>, StoreError> {
    let mut terms = HashMap::new();
    for task in tasks {
        let name = task.name();
        if let Some(term) = held.get(task)
            && tx.renew_lease(&name, *term)?
        {
            terms.insert(*task, *term);
            continue;
        }
        let lease = tx.lease(&name)?;
        if is_free(*task, lease, seen, now) {
            terms.insert(*task, tx.take_lease(&name, holder)?.term);
            seen.remove(task);
        }
    }
    Ok(terms)
}

fn is_free(task: Task, lease: Option<Lease>, seen: &mut Seen, now: Instant) -> bool {
    let Some(lease) = lease.filter(|lease| lease.holder.is_some()) else { return true };
    match seen.get(&task) {
        Some((before, since)) if *before == lease => now.duration_since(*since) >= TAKE_OVER,
        _ => {
            seen.insert(task, (lease, now));
            false
        }
    }
}

/// Gives everything back.
pub(crate) fn release(tx: &mut dyn Transaction, held: &HashMap<Task, i64>) -> Result<(), StoreError> {
    held.iter().try_for_each(|(task, term)| tx.release_lease(&task.name(), *term))
}
