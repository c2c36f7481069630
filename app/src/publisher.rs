//! Puts snapshots in force on this replica. Readers take the one in force without waiting; writers take turns, so that each
//! change is applied to the snapshot it follows on.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};
use wharfinger_domain::change::ChangeSet;
use wharfinger_domain::exemption::Exemption;
use wharfinger_domain::overlay::{Overlay, Sighting};
use wharfinger_domain::policy::Policy;
use wharfinger_domain::revision::Revision;
use wharfinger_domain::snapshot::{Moment, Snapshot};
use wharfinger_domain::source::{Current, SnapshotSource, Wish};
use wharfinger_domain::time::Timestamp;

/// How many wishes may wait to be looked at; more are dropped, since each is only a hint.
const WISHES: usize = 256;

/// How many namespaces that were looked for in vain are told to whoever does not listen at once; of more the oldest are not,
/// and are waited for in full.
const MISSES: usize = 256;

/// What is in force.
#[derive(Debug)]
struct InForce {
    snapshot: Arc<Snapshot>,
    generation: u64,
}

/// Holds the snapshot in force.
#[derive(Debug)]
pub struct Publisher {
    in_force: ArcSwapOption<InForce>,
    /// Microseconds since the epoch; kept apart, since it moves with every poll that finds nothing new.
    confirmed_at: AtomicI64,
    max_age: OnceLock<Duration>,
    /// When the API server of each cluster last confirmed which namespaces there are.
    heard_at: Mutex<HashMap<Box<str>, Timestamp>>,
    generation: watch::Sender<u64>,
    wishes: mpsc::Sender<Wish>,
    /// The clusters and names of namespaces that were looked for and are not there.
    misses: broadcast::Sender<(Box<str>, Box<str>)>,
    turn: Mutex<Pending>,
}

/// What is known before the first policy was loaded, and what every policy is completed with.
#[derive(Debug, Default)]
struct Pending {
    overlay: Arc<Overlay>,
    exemptions: Vec<Exemption>,
}

impl Publisher {
    /// A publisher that has nothing yet, and the wishes that doors will signal. `exemptions` are those of the
    /// configuration: they complete every policy.
    pub fn new(exemptions: Vec<Exemption>) -> (Arc<Self>, mpsc::Receiver<Wish>) {
        let (wishes, receiver) = mpsc::channel(WISHES);
        let publisher = Self {
            in_force: ArcSwapOption::empty(),
            confirmed_at: AtomicI64::new(0),
            max_age: OnceLock::new(),
            heard_at: Mutex::default(),
            generation: watch::Sender::new(0),
            wishes,
            misses: broadcast::Sender::new(MISSES),
            turn: Mutex::new(Pending { overlay: Arc::default(), exemptions }),
        };
        (Arc::new(publisher), receiver)
    }

    /// Sets, once, the age beyond which a snapshot is too old to be believed about bindings; none is without.
    pub fn limit_age(&self, max_age: Duration) {
        self.max_age.get_or_init(|| max_age);
    }

    /// This instant, and whether the snapshot in force is too old for it: the same that the webhook judges by.
    pub fn moment(&self, at: Timestamp) -> Moment {
        let confirmed_at = Timestamp::from_micros(self.confirmed_at.load(Ordering::Relaxed));
        Moment { at, stale: self.max_age.get().is_some_and(|limit| at.since(confirmed_at) > *limit) }
    }

    /// The snapshot in force.
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.in_force.load().as_ref().map(|in_force| Arc::clone(&in_force.snapshot))
    }

    /// The revision in force.
    pub fn revision(&self) -> Option<Revision> {
        self.in_force.load().as_ref().map(|in_force| in_force.snapshot.revision())
    }

    /// Puts this policy in force, as the store had it at this instant.
    pub fn load(&self, mut policy: Policy, at: Timestamp) {
        let turn = self.turn();
        policy.exemptions.extend(turn.exemptions.iter().cloned());
        self.put(Snapshot::build(policy, Arc::clone(&turn.overlay)));
        self.confirm(at);
    }

    /// Puts a committed change in force. False when it does not follow on the snapshot in force, as when another replica
    /// was in between: everything is to be loaded again.
    pub fn change(&self, set: &ChangeSet, at: Timestamp) -> bool {
        let _turn = self.turn();
        let Some(current) = self.snapshot() else { return false };
        if current.revision() == set.to {
            return true;
        }
        match current.after(set) {
            Ok(next) => {
                self.put(next);
                self.confirm(at);
                true
            }
            Err(_) => false,
        }
    }

    /// Puts in force what was seen in a cluster.
    pub fn sight(&self, cluster: &str, sighting: Sighting) {
        let mut turn = self.turn();
        turn.overlay = Arc::new(turn.overlay.after(cluster, sighting));
        if let Some(current) = self.snapshot() {
            self.put(current.with_overlay(Arc::clone(&turn.overlay)));
        }
    }

    /// The API server of this cluster has said that it has no such namespace.
    pub fn miss(&self, cluster: &str, namespace: &str) {
        // Nobody has to be waiting for it any more.
        let _ = self.misses.send((cluster.into(), namespace.into()));
    }

    /// The store has confirmed the snapshot in force to be its newest state.
    pub fn confirm(&self, at: Timestamp) {
        self.confirmed_at.fetch_max(at.as_micros(), Ordering::Relaxed);
    }

    /// The API server of this cluster has confirmed that what is known of its namespaces is so.
    pub fn hear(&self, cluster: &str, at: Timestamp) {
        self.heard_at.lock().unwrap_or_else(PoisonError::into_inner).insert(cluster.into(), at);
    }

    /// When the API server of this cluster last confirmed it; `None` while it never has.
    pub fn heard_at(&self, cluster: &str) -> Option<Timestamp> {
        self.heard_at.lock().unwrap_or_else(PoisonError::into_inner).get(cluster).copied()
    }

    /// Which namespaces live now.
    pub fn overlay(&self) -> Arc<Overlay> {
        Arc::clone(&self.turn().overlay)
    }

    fn put(&self, snapshot: Snapshot) {
        let generation = *self.generation.borrow() + 1;
        self.in_force.store(Some(Arc::new(InForce { snapshot: Arc::new(snapshot), generation })));
        self.generation.send_replace(generation);
    }

    /// A thread that panicked in its turn left the snapshot as it was before or after, never in between.
    fn turn(&self) -> MutexGuard<'_, Pending> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SnapshotSource for Publisher {
    fn current(&self) -> Option<Current> {
        self.in_force.load().as_ref().map(|in_force| Current {
            snapshot: Arc::clone(&in_force.snapshot),
            generation: in_force.generation,
            confirmed_at: Timestamp::from_micros(self.confirmed_at.load(Ordering::Relaxed)),
        })
    }

    fn wish(&self, wish: Wish) {
        // A full queue means that enough is being looked at already.
        let _ = self.wishes.try_send(wish);
    }

    fn moved(&self, generation: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut generations = self.generation.subscribe();
        Box::pin(async move {
            // The sender lives as long as the process; were it gone, nothing would ever move again.
            let _ = generations.wait_for(|newest| *newest > generation).await;
        })
    }

    fn missed(&self, cluster: &str, namespace: &str) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (mut told, sought) = (self.misses.subscribe(), (cluster.into(), namespace.into()));
        Box::pin(async move {
            loop {
                match told.recv().await {
                    Ok(missed) if missed == sought => return,
                    Err(RecvError::Closed) => std::future::pending().await,
                    // What came while this one was behind is lost to it, which costs a wait and nothing else.
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                }
            }
        })
    }
}
