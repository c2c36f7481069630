//! The beat of this replica: with each it says how it fares, and keeps the leases of the tasks that one replica does for all.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wharfinger_domain::id::ClusterId;
use wharfinger_domain::rights::Action;
use wharfinger_domain::source::SnapshotSource as _;
use wharfinger_domain::time::Timestamp;

use crate::App;
use crate::call::Call;
use crate::error::AppError;
use crate::leases::{self, Seen, Task};
use crate::record::ReplicaRecord;

/// Between two beats.
const BEAT: Duration = Duration::from_secs(1);

/// Between two reports where there is no other replica: each is a write to the disk.
const SLOW: Duration = Duration::from_secs(10);

/// Whoever has said nothing for so long is not ready, whatever it said last.
pub const SILENT: Duration = Duration::from_secs(30);

/// Whoever has said nothing for so long is not spoken of any more.
const FORGOTTEN: Duration = Duration::from_mins(10);

/// How this process fares, as it finds when it is asked.
pub struct Standing {
    /// Its name, which tells it from other replicas.
    pub name: String,
    /// Whether it is ready.
    pub ready: Box<dyn Fn() -> bool + Send + Sync>,
    /// When the certificate of its webhook ends.
    pub certificate_expires_at: Box<dyn Fn() -> Option<Timestamp> + Send + Sync>,
    /// The clusters it serves: their ids and names.
    pub clusters: Vec<(ClusterId, String)>,
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standing").field("name", &self.name).finish_non_exhaustive()
    }
}

impl App {
    /// The replicas that serve each of these clusters, by name.
    pub async fn replicas_of(
        &self,
        call: &Call,
        clusters: Vec<ClusterId>,
    ) -> Result<HashMap<ClusterId, Vec<ReplicaRecord>>, AppError> {
        call.require(Action::ReadClusters, None)?;
        self.read(move |tx| Ok(tx.replicas_of(&clusters)?)).await
    }

    /// How many tasks this replica does for all.
    pub fn leases_held(&self) -> usize {
        self.leases.count()
    }

    /// Beats for ever. While the store is away, the leases that were held are held on to: whoever works proves them anew.
    pub async fn follow_replica(self: Arc<Self>, standing: Arc<Standing>) {
        let tasks: Vec<_> = standing.clusters.iter().map(|(id, _)| Task::Namespaces(*id)).collect();
        let tasks = Arc::new([&*tasks, &[Task::Registries]].concat());
        let (mut seen, mut reachable) = (Seen::new(), true);
        loop {
            let beaten = self.beat(&standing, &tasks, &mut seen).await;
            match (&beaten, reachable) {
                (Err(error), true) => tracing::warn!(error = %error, "this replica cannot say how it fares"),
                (Ok(()), false) => tracing::info!("this replica can say how it fares again"),
                _ => {}
            }
            reachable = beaten.is_ok();
            tokio::time::sleep(if self.store.is_shared() { BEAT } else { SLOW }).await;
        }
    }

    async fn beat(&self, standing: &Standing, tasks: &Arc<Vec<Task>>, seen: &mut Seen) -> Result<(), AppError> {
        let (at, now) = (self.clock.now(), Instant::now());
        let (reports, held, tasks) = (self.reports(standing, at), self.leases.held(), Arc::clone(tasks));
        let mut known = std::mem::take(seen);
        let done: Result<_, AppError> = self
            .store
            .write(move |tx| {
                for report in &reports {
                    tx.report_replica(report)?;
                }
                tx.forget_replicas(at.saturating_sub(FORGOTTEN))?;
                let Some((holder, held)) = held else { return Ok((HashMap::new(), known)) };
                Ok((leases::beat(tx, &tasks, &holder, &held, (&mut known, now))?, known))
            })
            .await;
        let (terms, known) = done?;
        *seen = known;
        self.leases.set(terms);
        Ok(())
    }

    /// Nothing is said before there is a snapshot: such a replica answers nobody.
    fn reports(&self, standing: &Standing, at: Timestamp) -> Vec<ReplicaRecord> {
        let Some(current) = self.publisher.current() else { return Vec::new() };
        let (overlay, ready) = (self.publisher.overlay(), (standing.ready)());
        let report = |(id, name): &(ClusterId, String)| ReplicaRecord {
            cluster: *id,
            name: standing.name.clone(),
            revision: current.snapshot.revision(),
            confirmed_at: current.confirmed_at,
            namespaces_synced: overlay.knows(name),
            certificate_expires_at: (standing.certificate_expires_at)(),
            ready,
            seen_at: at,
        };
        standing.clusters.iter().map(report).collect()
    }

    /// Gives the leases back and is not spoken of any more, for a replica that stops in good order.
    pub async fn retire(&self, name: String) -> Result<(), AppError> {
        let held = self.leases.held().map(|(_, held)| held).unwrap_or_default();
        self.store
            .write(move |tx| {
                tx.forget_replica(&name)?;
                Ok(leases::release(tx, &held)?)
            })
            .await
    }
}
