//! Registries: integrated by a platform administrator, or associated by the administrator of a workspace.

mod declare;
mod exclusive;
mod hosts;
mod probe;
mod register;
mod remove;
mod retirement;
mod settings;
mod update;

use std::collections::HashMap;

use secrecy::SecretString;
use wharfinger_domain::id::{RegistryId, WorkspaceId};
use wharfinger_domain::registry::{Owner, RegistryKind};
use wharfinger_domain::rights::Action;
use wharfinger_registry::{Credential, Endpoint};
use wharfinger_store::{StoreError, Transaction, Unique};

pub use self::declare::MAX_PATHS;
pub use self::probe::{RegistryTest, RegistryTestInput};
pub(crate) use self::probe::{client, status};
pub use self::remove::{RegistryRemoval, Removed};
pub use self::update::{RegistryChange, RegistryParts};

use crate::App;
use crate::call::Call;
use crate::error::{AppError, UserError, UserErrorCode};
use crate::record::{
    NameKey, Page, Paged, RegistryFilter, RegistryHealth, RegistryRecord, SealedCredential, Sight, SyncRecord, Within,
};
use crate::unit::{Subject, Unit};

/// A credential as it was entered. `Debug` does not show the secret.
#[derive(Debug, Clone)]
pub struct CredentialInput {
    /// The user name, or a robot's full name.
    pub username: String,
    /// The password, or the robot's secret.
    pub secret: SecretString,
}

/// A registry to be registered.
#[derive(Debug, Clone)]
pub struct NewRegistryInput {
    /// Unique for its owner.
    pub name: String,
    /// What kind of server it is.
    pub kind: RegistryKind,
    /// The URL of its API.
    pub endpoint: String,
    /// Other hosts that image references may carry.
    pub aliases: Vec<String>,
    /// Take any certificate.
    pub skip_tls_verify: bool,
    /// Who asks it; nobody when `None`.
    pub credential: Option<CredentialInput>,
    /// Certificates to trust in place of the system's, in PEM.
    pub ca_bundle_pem: Option<String>,
    /// The workspace that associates it; `None`: the platform integrates it.
    pub owner: Option<WorkspaceId>,
}

/// Told in the place of a reason to those who may not look into a registry.
const WITHHELD: &str = "its administrators are told why";

/// What a credential is bound to when it is sealed.
pub(crate) fn seal_context(id: RegistryId) -> String {
    format!("registry:{id}")
}

/// A registry as the audit names it.
pub(crate) fn subject(record: &RegistryRecord) -> Subject<'_> {
    let workspace = match record.registry.owner {
        Owner::Platform => None,
        Owner::Workspace(workspace) => Some(workspace),
    };
    Subject { kind: "registry", id: Some(record.registry.id.0), label: &record.registry.name, workspace }
}

/// What the caller is told of a registry that could not be stored, perhaps because another one has its name.
fn taken_name(error: StoreError, name: &str) -> AppError {
    match error {
        StoreError::Conflict(Unique::RegistryName) => {
            let message = format!("there is a registry named {name:?} already");
            UserError::new(UserErrorCode::Taken, message, &["name"]).into()
        }
        other => other.into(),
    }
}

/// The registry with this id in the transaction of its change, of which `sight` says how far the caller sees.
fn found(unit: &mut Unit<'_>, sight: &Sight, id: RegistryId) -> Result<RegistryRecord, AppError> {
    let missing = || UserError::not_found("registry", &["registryId"], None).into();
    unit.tx.registry(sight, id)?.ok_or_else(missing)
}

/// The action that changing a registry of this owner is, and the workspace that it concerns.
pub(crate) fn managing(owner: Owner) -> (Action, Option<WorkspaceId>) {
    match owner {
        Owner::Platform => (Action::ManageRegistry, None),
        Owner::Workspace(workspace) => (Action::ManageAssociatedRegistry, Some(workspace)),
    }
}

/// Why the caller may not register, or try out, a registry of this owner; `None` when it may.
pub(crate) fn refusal_to_register(call: &Call, owner: Option<WorkspaceId>) -> Result<Option<UserError>, AppError> {
    match owner {
        Some(workspace) => call.refusal_in(Action::ManageAssociatedRegistry, workspace, &["ownerWorkspaceId"]),
        None => call.require(Action::ManageRegistry, None).map(|()| None),
    }
}

/// Which registries the caller may know of: all, or the platform's and those that its workspaces have associated.
fn sight(call: &Call) -> Result<Sight, AppError> {
    call.require(Action::ListRegistries, None)?;
    Ok(call.sight(Action::ReadAssociatedRegistry))
}

/// Those of these registries that somebody with this sight may look into: whoever sees everything into all, others into what
/// their workspaces have associated. The platform's are known to everybody, by name and health.
pub(crate) fn looked_into(
    tx: &mut dyn Transaction,
    sight: &Sight,
    ids: &[RegistryId],
) -> Result<Vec<RegistryId>, AppError> {
    if *sight == Sight::All {
        return Ok(ids.to_vec());
    }
    let found = tx.registries_by_id(sight, ids)?.into_values().map(|record| record.registry);
    Ok(found.filter(|registry| registry.owner != Owner::Platform).map(|registry| registry.id).collect())
}

impl App {
    /// The platform's registry of this name; `None` when there is none.
    pub async fn registry_by_name(&self, call: &Call, name: String) -> Result<Option<RegistryRecord>, AppError> {
        let sight = sight(call)?;
        self.read(move |tx| Ok(tx.registry_by_name(&sight, Owner::Platform, &name)?)).await
    }

    /// The registries with these ids that exist and that the caller may see.
    pub async fn registries_by_id(
        &self,
        call: &Call,
        ids: Vec<RegistryId>,
    ) -> Result<HashMap<RegistryId, RegistryRecord>, AppError> {
        let sight = sight(call)?;
        self.read(move |tx| Ok(tx.registries_by_id(&sight, &ids)?)).await
    }

    /// This page of the registries that each of these workspaces has associated and that the caller may see, by name; without
    /// those that have none.
    pub async fn registry_pages(
        &self,
        call: &Call,
        owners: Vec<WorkspaceId>,
        page: Page<Within<WorkspaceId, NameKey>>,
    ) -> Result<HashMap<WorkspaceId, Paged<RegistryRecord>>, AppError> {
        let sight = sight(call)?;
        self.read(move |tx| Ok(tx.registry_pages(&sight, &owners, &page)?)).await
    }

    /// A page of the registries that the caller may see, by name.
    pub async fn page_registries(
        &self,
        call: &Call,
        mut filter: RegistryFilter,
        page: Page<NameKey>,
    ) -> Result<Paged<RegistryRecord>, AppError> {
        filter.sight = sight(call)?;
        self.read(move |tx| Ok(tx.page_registries(&filter, &page)?)).await
    }

    /// How these registries fare, as far as the caller may know of them and somebody has looked.
    pub async fn registry_health(
        &self,
        call: &Call,
        ids: Vec<RegistryId>,
    ) -> Result<HashMap<RegistryId, RegistryHealth>, AppError> {
        let sight = sight(call)?;
        self.read(move |tx| {
            let inside = looked_into(tx, &sight, &ids)?;
            let mut found = tx.health(&sight, &ids)?;
            // Reasons name spaces, and addresses.
            for (_, health) in found.iter_mut().filter(|(id, _)| !inside.contains(id)) {
                health.reason = health.reason.take().map(|_| WITHHELD.to_owned());
            }
            Ok(found)
        })
        .await
    }

    /// The last walk of each of these registries that the caller may look into and that had one: a walk counts every space.
    pub async fn last_syncs(
        &self,
        call: &Call,
        ids: Vec<RegistryId>,
    ) -> Result<HashMap<RegistryId, SyncRecord>, AppError> {
        let sight = sight(call)?;
        self.read(move |tx| {
            let inside = looked_into(tx, &sight, &ids)?;
            Ok(tx.last_syncs(&sight, &inside)?)
        })
        .await
    }

    /// The credentials of these registries, still sealed, where there are any and the caller may know that: for telling their
    /// user name and age to who keeps the registry.
    pub async fn credential_status(
        &self,
        call: &Call,
        ids: Vec<RegistryId>,
    ) -> Result<HashMap<RegistryId, SealedCredential>, AppError> {
        let sight = call.sight(Action::ReadCredentialStatus);
        self.read(move |tx| {
            let inside = looked_into(tx, &sight, &ids)?;
            Ok(tx.credentials(&sight, &inside)?)
        })
        .await
    }

    /// The registry with this id, for a caller who is to change, test or synchronize it.
    pub(crate) async fn registry_to_manage(
        &self,
        call: &Call,
        id: RegistryId,
    ) -> Result<Result<RegistryRecord, UserError>, AppError> {
        if call.sight(Action::ManageAssociatedRegistry).is_blind() {
            call.require(Action::ManageRegistry, None)?;
        }
        let path = ["registryId"];
        let Some(record) = self.registries_by_id(call, vec![id]).await?.remove(&id) else {
            return Ok(Err(UserError::not_found("registry", &path, None)));
        };
        if self.manages_registry(call, &record) {
            return Ok(Ok(record));
        }
        let message = "you may not do this with this registry; ask a platform administrator";
        Ok(Err(UserError::new(UserErrorCode::NotAllowed, message, &path)))
    }

    /// Whether the caller may change, test, synchronize and remove this registry.
    pub fn manages_registry(&self, call: &Call, record: &RegistryRecord) -> bool {
        let (action, workspace) = managing(record.registry.owner);
        call.permits(action, workspace)
    }

    /// How a stored registry is reached, its credential opened.
    pub(crate) async fn endpoint(&self, id: RegistryId) -> Result<Option<Endpoint>, AppError> {
        let stored = self
            .read(move |tx| {
                let Some(record) = tx.registry(&Sight::All, id)? else { return Ok(None) };
                let credential = tx.credentials(&Sight::All, &[id])?.remove(&id);
                Ok(Some((record, credential, tx.declared_repositories(id)?)))
            })
            .await?;
        let Some((record, sealed, declared)) = stored else { return Ok(None) };
        let credential = sealed.map(|sealed| self.open_credential(id, &sealed)).transpose()?;
        let url = url::Url::parse(&record.endpoint).map_err(|error| AppError::Internal(Box::new(error)))?;
        Ok(Some(Endpoint {
            kind: record.registry.kind,
            url,
            credential,
            ca_bundle_pem: record.ca_bundle_pem,
            skip_tls_verify: record.skip_tls_verify,
            reach: self.reaches.of(record.registry.owner),
            declared,
        }))
    }

    fn open_credential(&self, id: RegistryId, sealed: &SealedCredential) -> Result<Credential, AppError> {
        let secret = self.vault.open(&sealed.sealed, &seal_context(id));
        let secret = secret.map_err(|error| AppError::Internal(Box::new(error)))?;
        Ok(Credential { username: sealed.username.clone(), secret })
    }
}
