//! Registries, their hosts, their credentials and their health, and the hosts that are nobody's any more.

use std::collections::HashMap;
use std::fmt;

use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{RegistryId, WorkspaceId};
use wharfinger_domain::registry::{Owner, Registry, RegistryKind, RetiredHost};
use wharfinger_domain::time::Timestamp;

use crate::page::{NameKey, Within};
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// A registry as it is stored, without its credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryRecord {
    /// What decisions need of it.
    pub registry: Registry,
    /// The URL of its API.
    pub endpoint: String,
    /// Whether its certificate is not verified.
    pub skip_tls_verify: bool,
    /// Certificates to trust besides the system's, in PEM.
    pub ca_bundle_pem: Option<String>,
    /// Why the association rests; `None` when it does not.
    pub resting_reason: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i32,
}

impl RegistryRecord {
    /// Where it stands in a list of registries.
    pub fn key(&self) -> NameKey {
        NameKey { name: self.registry.name.to_string(), id: self.registry.id.0 }
    }
}

/// A registry to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRegistry {
    /// What kind of server it is. It never changes.
    pub kind: RegistryKind,
    /// To whom it belongs. It never changes.
    pub owner: Owner,
    /// What can be changed later.
    pub settings: RegistrySettings,
    /// The instant it is.
    pub created_at: Timestamp,
}

/// What can be changed of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrySettings {
    /// Unique for each owner.
    pub name: String,
    /// The URL of its API.
    pub endpoint: String,
    /// How it is reached.
    pub scheme: Scheme,
    /// The canonical hosts that image references carry, the endpoint's own first.
    pub hosts: Vec<String>,
    /// Whether its certificate is not verified.
    pub skip_tls_verify: bool,
    /// Certificates to trust besides the system's, in PEM.
    pub ca_bundle_pem: Option<String>,
    /// Whether no other workspace may use what its Harbor does not report public.
    pub exclusive: bool,
    /// Why the association rests; `None` when it does not.
    pub resting_reason: Option<String>,
}

/// The credential of a registry, its secret sealed for the registry's row.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedCredential {
    /// The user name.
    pub username: String,
    /// The sealed secret.
    pub sealed: Vec<u8>,
    /// Names the key that it was sealed with.
    pub key_id: String,
    /// When it was entered.
    pub rotated_at: Timestamp,
    /// When the registry will refuse it, as far as that is known.
    pub expires_at: Option<Timestamp>,
}

impl fmt::Debug for SealedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SealedCredential");
        shown.field("username", &self.username).field("key_id", &self.key_id).field("rotated_at", &self.rotated_at);
        shown.field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// How a registry fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HealthStatus {
    /// It answers, and the credential suffices.
    Healthy,
    /// It answers, and something is missing.
    Degraded,
    /// It does not answer.
    Unreachable,
    /// It refuses the credential.
    Unauthorized,
    /// Nobody has looked yet.
    Unknown,
}

/// What was found when a registry was last looked at. No policy data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryHealth {
    /// How it fares.
    pub status: HealthStatus,
    /// When somebody looked.
    pub checked_at: Timestamp,
    /// Why it is not healthy, in words.
    pub reason: Option<String>,
    /// How long the answer took, in milliseconds.
    pub latency_ms: Option<i32>,
    /// The version that the server tells.
    pub version: Option<String>,
    /// What an administrator should know, in words.
    pub warnings: Vec<String>,
}

/// Which registries a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistryFilter {
    /// A part of the name or of the endpoint, letters of either case.
    pub search: Option<String>,
    /// Only the platform's (`true`) or only associated ones (`false`).
    pub platform: Option<bool>,
    /// Only those within this.
    pub sight: Sight,
}

impl RegistryFilter {
    /// All registries within this.
    pub fn seen_with(sight: Sight) -> Self {
        Self { sight, ..Self::default() }
    }
}

/// What can be done with registries.
pub trait Registries {
    /// Stores a registry. [`crate::Unique::RegistryName`] when its owner has one of that name. Whether its hosts are free
    /// is the caller's to find out, among [`Registries::all_registries`].
    fn insert_registry(&mut self, registry: &NewRegistry) -> Result<RegistryId>;

    /// Sets what can be changed, hosts included. False, and nothing done, when it is not at this revision.
    fn update_registry(&mut self, id: RegistryId, revision: i32, settings: &RegistrySettings) -> Result<bool>;

    /// Removes a registry with its hosts, credential, spaces, their contents and bindings. False when there is none.
    fn remove_registry(&mut self, id: RegistryId) -> Result<bool>;

    /// The registry with this id.
    fn registry(&mut self, sight: &Sight, id: RegistryId) -> Result<Option<RegistryRecord>>;

    /// The owner's registry of this name.
    fn registry_by_name(&mut self, sight: &Sight, owner: Owner, name: &str) -> Result<Option<RegistryRecord>>;

    /// The registries with these ids, as far as they exist and are seen.
    fn registries_by_id(&mut self, sight: &Sight, ids: &[RegistryId]) -> Result<HashMap<RegistryId, RegistryRecord>>;

    /// Every registry, by id; for background tasks.
    fn all_registries(&mut self) -> Result<Vec<RegistryRecord>>;

    /// This page of the registries that each of these workspaces has associated, by name, in one statement and another one
    /// for their hosts; without those that have none.
    fn registry_pages(
        &mut self,
        sight: &Sight,
        owners: &[WorkspaceId],
        page: &Page<Within<WorkspaceId, NameKey>>,
    ) -> Result<HashMap<WorkspaceId, Paged<RegistryRecord>>>;

    /// A page of registries, by name.
    fn page_registries(&mut self, filter: &RegistryFilter, page: &Page<NameKey>) -> Result<Paged<RegistryRecord>>;

    /// Sets or replaces the credential of a registry, or removes it.
    fn set_credential(&mut self, id: RegistryId, credential: Option<&SealedCredential>) -> Result<()>;

    /// The credential of each of these registries that is seen and has one.
    fn credentials(&mut self, sight: &Sight, ids: &[RegistryId]) -> Result<HashMap<RegistryId, SealedCredential>>;

    /// Notes how a registry fares.
    fn set_health(&mut self, id: RegistryId, health: &RegistryHealth) -> Result<()>;

    /// How these registries fare, as far as they are seen and somebody has looked.
    fn health(&mut self, sight: &Sight, ids: &[RegistryId]) -> Result<HashMap<RegistryId, RegistryHealth>>;

    /// Retires hosts. One that is retired already stays so.
    fn retire_hosts(&mut self, hosts: &[RetiredHost], at: Timestamp) -> Result<()>;

    /// Ends the retirement of hosts. Gives those that were retired.
    fn release_hosts(&mut self, hosts: &[RetiredHost]) -> Result<Vec<RetiredHost>>;

    /// Every retired host, by host.
    fn retired_hosts(&mut self) -> Result<Vec<RetiredHost>>;
}
