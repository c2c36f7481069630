//! One walk through one registry: its spaces, which decisions need, then what is in those that are due.

mod contents;
mod spaces;

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use wharfinger_domain::id::{RegistryId, SyncId};
use wharfinger_domain::registry::Owner;
use wharfinger_domain::time::Timestamp;
use wharfinger_registry::{RegistryClient, RegistryError};
use wharfinger_store::registries::{HealthStatus, RegistryHealth};
use wharfinger_store::syncs::{SyncProgress, SyncState, SyncTrigger};

use crate::App;
use crate::error::AppError;
use crate::leases::Claim;
use crate::record::{Sight, SyncRecord};
use crate::registries::{client, status};
use crate::syncs::Pace;

/// How long the progress of a walk may go without being noted.
const REPORT: Duration = Duration::from_secs(1);

/// Why a walk ended early, or not as it should.
#[derive(Debug, Error)]
enum WalkError {
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Some spaces could not be read; the others were.
    #[error("the contents of {failed} of {all} spaces could not be read; of {path}: {error}")]
    Contents {
        /// How many.
        failed: usize,
        /// Of how many.
        all: usize,
        /// One of them.
        path: String,
        /// Why that one could not.
        error: RegistryError,
    },
    /// What answers is not what was registered.
    #[error(
        "another registry answers at this address: {0}; if the registry was set up anew, remove it here and register it again"
    )]
    Another(String),
    /// What was associated is the platform's.
    #[error(
        "this registry is {0}, which the platform has already; ask a platform administrator to bind its spaces to your workspace"
    )]
    Platforms(String),
    /// We failed.
    #[error("{0}")]
    Ours(#[from] AppError),
    /// What this replica has seen since may be older than what is stored.
    #[error("another replica walks through the registries now")]
    Superseded,
}

/// A walk under way.
struct Walk {
    app: Arc<App>,
    registry: RegistryId,
    /// A workspace has associated it.
    is_associated: bool,
    sync: SyncId,
    began: Timestamp,
    claim: Claim,
    client: Arc<dyn RegistryClient>,
    pace: Pace,
    progress: SyncProgress,
    /// When the progress was last noted.
    reported_at: Option<Timestamp>,
}

impl App {
    /// Walks through a registry, and notes how it went.
    pub(super) async fn walk(self: Arc<Self>, registry: RegistryId, claim: Claim, pace: Pace) {
        let began = self.clock.now();
        let (sync, owner) = match self.begin(registry, began).await {
            Ok(pair) => pair,
            Err(error) => {
                tracing::warn!(registry = %registry, error = %error, "a walk could not be begun");
                return;
            }
        };
        tracing::info!(registry = %registry, sync = %sync.id, trigger = ?sync.trigger, "a walk begins");
        let (id, is_full) = (sync.id, sync.trigger == SyncTrigger::Manual);
        let walked = self.walk_through((registry, owner), id, (began, claim), (pace, is_full)).await;
        if matches!(walked, Err(WalkError::Superseded)) {
            tracing::warn!(registry = %registry, "a walk was given up; another replica does it");
            return;
        }
        let (health, state) = match &walked {
            Ok((health, progress)) => {
                let took_ms = u64::try_from(self.clock.now().since(began).as_millis()).unwrap_or(u64::MAX);
                let (spaces, repositories) = (progress.spaces_seen, progress.repositories_seen);
                tracing::info!(registry = %registry, sync = %id, spaces, repositories, took_ms, "a walk ended");
                (health.clone(), SyncState::Succeeded)
            }
            Err(error) => {
                tracing::warn!(registry = %registry, error = %error, "a walk failed; the last picture stays in force");
                (unhealthy(error, owner, self.clock.now()), SyncState::Failed)
            }
        };
        if let Err(error) = self.end(registry, id, state, health).await {
            tracing::warn!(registry = %registry, error = %error, "the end of a walk could not be noted");
        }
    }

    /// The walk that waits for its turn, or a new one of the schedule.
    async fn begin(&self, registry: RegistryId, at: Timestamp) -> Result<(SyncRecord, Option<Owner>), AppError> {
        self.store
            .write(move |tx| {
                let sync = match tx.last_syncs(&Sight::All, &[registry])?.remove(&registry) {
                    Some(last) if matches!(last.state, SyncState::Queued | SyncState::Running) => last,
                    _ => tx.start_sync(registry, SyncTrigger::Schedule, at)?,
                };
                Ok((sync, tx.registry(&Sight::All, registry)?.map(|record| record.registry.owner)))
            })
            .await
    }

    async fn end(
        &self,
        registry: RegistryId,
        sync: SyncId,
        state: SyncState,
        health: RegistryHealth,
    ) -> Result<(), AppError> {
        let at = self.clock.now();
        self.store
            .write(move |tx| {
                tx.finish_sync(sync, state, health.reason.as_deref(), at)?;
                // A registry that was removed meanwhile has no health.
                if tx.registry(&Sight::All, registry)?.is_some() {
                    Ok(tx.set_health(registry, &health)?)
                } else {
                    Ok(())
                }
            })
            .await
    }

    async fn walk_through(
        self: &Arc<Self>,
        (registry, owner): (RegistryId, Option<Owner>),
        sync: SyncId,
        (began, claim): (Timestamp, Claim),
        (pace, is_full): (Pace, bool),
    ) -> Result<(RegistryHealth, SyncProgress), WalkError> {
        let gone = || AppError::Internal("the registry was removed".into());
        let endpoint = self.endpoint(registry).await?.ok_or_else(gone)?;
        let client = client(&endpoint)?;
        let app = Arc::clone(self);
        let progress = SyncProgress::default();
        let is_associated = matches!(owner, Some(Owner::Workspace(_)));
        let mut walk =
            Walk { app, registry, is_associated, sync, began, claim, client, pace, progress, reported_at: None };
        // The list of spaces comes first, and proves the credential itself: whatever else of the registry fails, a space
        // that turned private is private.
        if is_associated {
            walk.be_none_of_the_platforms().await?;
        }
        let (seen, withheld) = walk.walk_spaces().await?;
        walk.settle(&seen, withheld).await?;
        let asked = self.clock.now();
        let proof = walk.client.prove().await?;
        let latency = self.clock.now().since(asked).as_millis();
        let public_caches = seen.iter().filter(|space| space.is_public_cache()).count();
        walk.walk_contents(seen, is_full).await?;
        let mut warnings: Vec<_> =
            proof.missing_rights.iter().map(|right| format!("the account lacks the right {right}")).collect();
        if endpoint.skip_tls_verify {
            warnings.push("the registry's certificate is not verified".to_owned());
        }
        if public_caches > 0 {
            warnings.push(format!(
                "{public_caches} public spaces fetch from another registry on demand: everybody may use what it gives to their account"
            ));
        }
        let degraded = !proof.missing_rights.is_empty();
        let health = RegistryHealth {
            status: if degraded { HealthStatus::Degraded } else { HealthStatus::Healthy },
            checked_at: self.clock.now(),
            reason: degraded.then(|| warnings.join("; ")),
            latency_ms: i32::try_from(latency).ok(),
            version: proof.version,
            warnings,
        };
        Ok((health, walk.progress))
    }
}

impl Walk {
    /// Notes the progress of the reading, at most once in a while: how fast it goes, and when it will have ended.
    async fn estimate(&mut self, done: usize, all: usize, began_at: Timestamp) {
        let now = self.app.clock.now();
        if self.reported_at.is_some_and(|last| now.since(last) < REPORT) {
            return;
        }
        self.reported_at = Some(now);
        let (walked, reading) = (now.since(self.began), now.since(began_at));
        let rate = u128::from(self.client.requests()).saturating_mul(1_000_000).checked_div(walked.as_millis());
        self.progress.requests_per_kilosecond = rate.and_then(|rate| i32::try_from(rate).ok());
        let (done, all) = (u32::try_from(done).unwrap_or(u32::MAX), u32::try_from(all).unwrap_or(u32::MAX));
        let left = reading.saturating_mul(all.saturating_sub(done)).checked_div(done);
        self.progress.estimated_end_at = left.map(|left| now.saturating_add(left));
        self.report().await;
    }

    async fn report(&self) {
        let (sync, progress) = (self.sync, self.progress.clone());
        let noted: Result<_, AppError> =
            self.app.store.write(move |tx| Ok(tx.set_sync_progress(sync, &progress)?)).await;
        if let Err(error) = noted {
            tracing::debug!(error = %error, "the progress of a walk could not be noted");
        }
    }
}

/// What tells a registry's spaces apart: its own id of a space where it has ids, else the path.
fn identity(upstream_id: Option<&str>, path: &str) -> String {
    upstream_id.map_or_else(|| format!("path {path}"), |id| format!("id {id}"))
}

/// What is told of a walk that failed. Whoever reads an association did not make the network that it lies in, and is not to
/// learn from it how that is made; the log has the rest.
fn unhealthy(error: &WalkError, owner: Option<Owner>, at: Timestamp) -> RegistryHealth {
    let status = match error {
        WalkError::Registry(error) => status(error),
        WalkError::Contents { .. } | WalkError::Another(_) | WalkError::Platforms(_) => HealthStatus::Degraded,
        WalkError::Ours(_) | WalkError::Superseded => HealthStatus::Unknown,
    };
    let reason = Some(match (owner, error) {
        (Some(Owner::Workspace(_)), WalkError::Registry(error) | WalkError::Contents { error, .. }) => {
            error.coarse().to_owned()
        }
        (Some(Owner::Workspace(_)), WalkError::Platforms(_)) => {
            "the platform has this registry already; ask a platform administrator to bind its spaces to your workspace"
                .to_owned()
        }
        (Some(Owner::Workspace(_)), WalkError::Another(_)) => "another registry answers at this address".to_owned(),
        _ => error.to_string(),
    });
    RegistryHealth { status, checked_at: at, reason, latency_ms: None, version: None, warnings: Vec::new() }
}
