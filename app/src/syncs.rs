//! Keeps the picture of registries true: walks through each of them when it is registered, when somebody asks, and from
//! time to time. What tightens is in force as soon as its page was read; what loosens, and what is gone, waits until the
//! whole walk has succeeded. A walk that fails removes and loosens nothing. One replica walks for all.

mod walk;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use wharfinger_domain::id::{RegistryId, SpaceId, SyncId};
use wharfinger_domain::rights::Action;
use wharfinger_domain::time::Timestamp;
use wharfinger_store::syncs::{SyncState, SyncTrigger};

use crate::App;
use crate::budgets::Dear;
use crate::call::Call;
use crate::error::{AppError, Outcome};
use crate::leases::Task;
use crate::record::{Sight, SyncRecord};
use crate::registries::looked_into;

/// How many registries are walked at a time.
const AT_A_TIME: usize = 4;

/// The greatest age of what is known of a space's contents, and by how much less it is for some.
const LONGEST: Duration = Duration::from_hours(23);
const SPREAD: Duration = Duration::from_hours(3);

/// A registry of which an unknown space was named is walked early, but not more often than this.
const EARLY: Duration = Duration::from_secs(10);

/// How often the replica that walks looks for what another one was asked for.
const LOOK: Duration = Duration::from_secs(1);

/// How often a registry is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two walks through its spaces, which decisions need.
    pub spaces: Duration,
    /// Between two looks at what has changed in them.
    pub contents: Duration,
}

/// How old what is known of a space's contents may become: less than a day, and of no two spaces the same, so that they are
/// not all read at once. No event and no time that a Harbor tells covers every change of a tag.
fn longest(space: SpaceId) -> Duration {
    let spread = u64::try_from(space.0.rem_euclid(1_000)).unwrap_or(0);
    LONGEST.saturating_sub(Duration::from_secs(spread * SPREAD.as_secs() / 1_000))
}

impl App {
    /// When somebody last looked for what has changed in a registry, on this replica since its start.
    fn last_look(&self, registry: RegistryId) -> Option<Timestamp> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).get(&registry).copied()
    }

    fn note_look(&self, registry: RegistryId, at: Timestamp) {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).insert(registry, at);
    }

    /// Asks for a walk through a registry. Gives the walk that waits or is under way already, if there is one.
    pub async fn sync_registry(self: &Arc<Self>, call: &Call, id: RegistryId) -> Outcome<SyncRecord> {
        if let Err(error) = self.registry_to_manage(call, id).await? {
            return Ok(Err(vec![error]));
        }
        self.budgets.draw(Dear::Syncs, call)?;
        let at = call.at;
        let sync = self.change(call, false, move |unit| match unit.tx.last_syncs(&Sight::All, &[id])?.remove(&id) {
            Some(last) if matches!(last.state, SyncState::Queued | SyncState::Running) => Ok(last),
            _ => Ok(unit.tx.start_sync(id, SyncTrigger::Manual, at)?),
        });
        let sync = sync.await?;
        self.ask_for_walk(id);
        Ok(sync)
    }

    /// The walks with these ids, of registries that the caller may look into.
    pub async fn syncs_by_id(&self, call: &Call, ids: Vec<SyncId>) -> Result<HashMap<SyncId, SyncRecord>, AppError> {
        let sight = call.sight(Action::ReadAssociatedRegistry);
        self.read(move |tx| {
            let mut found = tx.syncs_by_id(&sight, &ids)?;
            let registries: Vec<_> = found.values().map(|record| record.registry).collect();
            let inside = looked_into(tx, &sight, &registries)?;
            found.retain(|_, record| inside.contains(&record.registry));
            Ok(found)
        })
        .await
    }

    /// Signals that a registry is to be walked. Should the queue be full, the schedule comes round to it; should another
    /// replica walk, it finds that in the store.
    pub(crate) fn ask_for_walk(&self, id: RegistryId) {
        if self.walks.try_send(id).is_err() {
            tracing::warn!(registry = %id, "too many registries wait for a walk; this one waits for the schedule");
        }
    }

    /// Has a registry walked early, because a space was named that it may have by now. Once in a while at the most, and nobody
    /// waits for it.
    pub(crate) async fn walk_early(&self, id: RegistryId) {
        let at = self.clock.now();
        let asked: Result<bool, AppError> = self
            .store
            .write(move |tx| {
                let is_due = match tx.last_syncs(&Sight::All, &[id])?.remove(&id) {
                    Some(last) => last.finished_at.is_some() && at.since(last.started_at) >= EARLY,
                    None => tx.registry(&Sight::All, id)?.is_some(),
                };
                if is_due {
                    tx.start_sync(id, SyncTrigger::Schedule, at)?;
                }
                Ok(is_due)
            })
            .await;
        match asked {
            Ok(true) => self.ask_for_walk(id),
            Ok(false) => {}
            Err(error) => tracing::debug!(registry = %id, error = %error, "an early walk could not be asked for"),
        }
    }

    /// Walks for ever, whenever this is the replica that does so: what is asked for at once, and every registry at this pace.
    pub async fn follow_registries(
        self: Arc<Self>,
        asked: Arc<tokio::sync::Mutex<mpsc::Receiver<RegistryId>>>,
        pace: Pace,
    ) {
        let mut asked = asked.lock().await;
        let mut walking = tokio::task::JoinSet::new();
        let mut waiting = VecDeque::new();
        let mut under_way: HashMap<tokio::task::Id, RegistryId> = HashMap::new();
        let mut schedule = tokio::time::interval(pace.spaces);
        schedule.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut leases = self.leases.changes();
        let mut claim = None;
        loop {
            if claim != self.leases.claim(Task::Registries) {
                claim = self.leases.claim(Task::Registries);
                waiting.clear();
                if claim.is_some() {
                    // What another replica has left is found in the store, and done.
                    if !self.store.is_shared() {
                        self.cancel_left_over().await;
                    }
                    schedule.reset_immediately();
                }
            }
            tokio::select! {
                Ok(()) = leases.changed() => {}
                Some(id) = asked.recv() => queue(&mut waiting, [id]),
                _ = schedule.tick(), if claim.is_some() => queue(&mut waiting, self.scheduled().await),
                _ = look.tick(), if claim.is_some() && self.store.is_shared() => {
                    let asked = self.asked_for().await;
                    queue(&mut waiting, asked.into_iter().filter(|id| !under_way.values().any(|other| other == id)));
                }
                Some(done) = walking.join_next_with_id() => {
                    let task = done.map_or_else(|error| error.id(), |(task, ())| task);
                    under_way.remove(&task);
                }
            }
            while let Some(claim) = claim.filter(|_| walking.len() < AT_A_TIME) {
                let free = waiting.iter().position(|id| !under_way.values().any(|other| other == id));
                let Some(id) = free.and_then(|index| waiting.remove(index)) else { break };
                let app = Arc::clone(&self);
                let task = walking.spawn(async move { app.walk(id, claim, pace).await });
                under_way.insert(task.id(), id);
            }
        }
    }

    /// What the last process left under way is not any more.
    async fn cancel_left_over(&self) {
        let at = self.clock.now();
        let cancelled: Result<_, AppError> = self.store.write(move |tx| Ok(tx.cancel_syncs(at)?)).await;
        if let Err(error) = cancelled {
            tracing::warn!(error = %error, "walks left under way could not be marked as stopped");
        }
    }

    async fn scheduled(&self) -> Vec<RegistryId> {
        let all = self.read(|tx| Ok(tx.all_registries()?.into_iter().map(|record| record.registry.id).collect()));
        known(all.await)
    }

    /// What was asked for, here or on another replica, and is not ended.
    async fn asked_for(&self) -> Vec<RegistryId> {
        known(self.read(|tx| Ok(tx.unfinished_syncs()?)).await)
    }
}

fn known(registries: Result<Vec<RegistryId>, AppError>) -> Vec<RegistryId> {
    registries.unwrap_or_else(|error| {
        tracing::warn!(error = %error, "the registries to be walked could not be read");
        Vec::new()
    })
}

/// Lets registries wait, each once.
fn queue(waiting: &mut VecDeque<RegistryId>, ids: impl IntoIterator<Item = RegistryId>) {
    for id in ids {
        if !waiting.contains(&id) {
            waiting.push_back(id);
        }
    }
}
