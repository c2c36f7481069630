//! The clusters whose API servers ask this gate: their settings, and the namespaces that live in them now.

use std::sync::Arc;

use futures_util::StreamExt;
use tokio::sync::{Mutex, mpsc};
use wharfinger_cluster::{Cluster, Observation};
use wharfinger_domain::change::Change;
use wharfinger_domain::id::ClusterId;
use wharfinger_domain::overlay::{LiveNamespace, Sighting};
use wharfinger_domain::rights::Action;
use wharfinger_domain::source::Wish;

use crate::App;
use crate::call::Call;
use crate::error::{AppError, Outcome};
use crate::leases::Task;
use crate::namespaces::note;
use crate::record::{ClusterRecord, ClusterSettings};

/// A cluster that this replica watches.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Its name in the store.
    pub name: String,
    /// Its id in the store.
    pub id: ClusterId,
    /// How its API server is asked.
    pub cluster: Cluster,
}

impl App {
    /// Makes a cluster known under this name; one that is known keeps the settings it has.
    pub async fn ensure_cluster(
        self: &Arc<Self>,
        call: &Call,
        name: String,
        settings: ClusterSettings,
    ) -> Outcome<ClusterRecord> {
        self.change(call, false, move |unit| {
            let (record, made) = unit.tx.ensure_cluster(&name, settings)?;
            if made {
                unit.note(Change::Cluster(record.cluster.clone()));
            }
            Ok(record)
        })
        .await
    }

    /// Every cluster, by name.
    pub async fn clusters(&self, call: &Call) -> Result<Vec<ClusterRecord>, AppError> {
        call.require(Action::ReadClusters, None)?;
        self.read(|tx| Ok(tx.clusters()?)).await
    }

    /// Watches the namespaces of a cluster for ever. What is seen is in force at once, and then stored.
    pub async fn follow_cluster(self: Arc<Self>, watched: Watched) {
        let mut observations = std::pin::pin!(watched.cluster.namespaces());
        let mut leases = self.leases.changes();
        loop {
            tokio::select! {
                observation = observations.next() => match observation {
                    Some(observation) => self.observed(&watched, observation).await,
                    // Whoever keeps this task begins it anew.
                    None => return,
                },
                // What was seen while another replica stored the list is stored when this one does.
                Ok(()) = leases.changed() => self.store_overlay(&watched).await,
            }
        }
    }

    async fn observed(self: &Arc<Self>, watched: &Watched, observation: Observation) {
        if !matches!(observation, Observation::Interrupted(_)) {
            self.publisher.hear(&watched.name, self.clock.now());
        }
        match observation {
            Observation::Sighting(sighting) => self.sighted(watched, sighting).await,
            Observation::Interrupted(error) => {
                tracing::warn!(cluster = watched.name, error = %error, "the watch on namespaces was interrupted");
            }
            Observation::Alive => self.store_overlay(watched).await,
        }
    }

    /// Puts in force what was seen, then stores it. Should the store be away, what lives is stored again later.
    async fn sighted(self: &Arc<Self>, watched: &Watched, sighting: Sighting) {
        self.publisher.sight(&watched.name, sighting);
        self.store_overlay(watched).await;
    }

    /// Stores which namespaces live now, where this is the replica that does so. It writes only what is new, so it may be
    /// called whenever there is a chance.
    async fn store_overlay(self: &Arc<Self>, watched: &Watched) {
        let Some(claim) = self.leases.claim(Task::Namespaces(watched.id)) else { return };
        let overlay = self.publisher.overlay();
        // Before the first list nothing is known, which must not be taken for nothing being there.
        if !overlay.knows(&watched.name) {
            return;
        }
        let live = overlay.namespaces(&watched.name).filter(|(_, live)| !live.terminating);
        let live: Vec<_> = live.map(|(name, live)| (name.to_owned(), live.uid.to_string())).collect();
        let (id, at) = (watched.id, self.clock.now());
        let call = Call::system("namespaces", at);
        let stored = self.change(&call, false, move |unit| {
            // What another replica has stored since is newer than what this one saw.
            if !claim.holds(unit.tx)? {
                return Ok(());
            }
            for change in unit.tx.record_listing(id, &live, at)? {
                if change.is_policy() {
                    note(unit, &change);
                }
            }
            Ok(())
        });
        if let Err(error) = stored.await {
            tracing::warn!(cluster = watched.name, error = %error, "namespaces could not be stored");
        }
    }

    /// Looks for ever after what doors wish to be looked at: namespaces that the snapshot does not know yet, and registries that
    /// may have a space by now that it does not know.
    pub async fn follow_wishes(self: Arc<Self>, wishes: Arc<Mutex<mpsc::Receiver<Wish>>>, watched: Vec<Watched>) {
        let mut wishes = wishes.lock().await;
        while let Some(wish) = wishes.recv().await {
            match wish {
                Wish::Namespace { cluster, name } => {
                    if let Some(watched) = watched.iter().find(|watched| *watched.name == *cluster) {
                        self.look_for(watched, &name).await;
                    }
                }
                Wish::Registry(id) => self.walk_early(id).await,
            }
        }
    }

    async fn look_for(self: &Arc<Self>, watched: &Watched, name: &str) {
        match watched.cluster.namespace(name).await {
            Ok(Some(live)) => self.found(watched, name, live).await,
            Ok(None) => self.publisher.miss(&watched.name, name),
            Err(error) => {
                tracing::warn!(cluster = watched.name, error = %error, "a namespace could not be looked for");
            }
        }
    }

    /// The watch will tell the same; one that has told it already is not contradicted, and one that has listed nothing yet
    /// is waited for, since one namespace is not the list.
    async fn found(self: &Arc<Self>, watched: &Watched, name: &str, live: LiveNamespace) {
        let overlay = self.publisher.overlay();
        if overlay.knows(&watched.name) && overlay.live(&watched.name, name).is_none() {
            self.sighted(watched, Sighting::Seen(name.into(), live)).await;
        }
    }
}
