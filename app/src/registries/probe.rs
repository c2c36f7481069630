//! Tests a registry without storing anything: does it answer, is it trusted, does the credential count?

use std::sync::Arc;

use wharfinger_domain::id::{RegistryId, WorkspaceId};
use wharfinger_domain::registry::{Owner, RegistryKind};
use wharfinger_domain::rights::Action;
use wharfinger_registry::{Credential, Endpoint, Limits, Proof, RegistryError};
use wharfinger_store::registries::HealthStatus;

use super::{CredentialInput, refusal_to_register};
use crate::App;
use crate::budgets::Dear;
use crate::call::Call;
use crate::endpoint::Address;
use crate::error::{AppError, Outcome, UserError, UserErrorCode};

/// What is to be tested: what is stored, or what is entered. A stored secret is never used with an entered address.
#[derive(Debug, Clone)]
pub enum RegistryTestInput {
    /// The stored registry as it is.
    Stored(RegistryId),
    /// What is entered.
    Entered {
        /// What kind of server it is.
        kind: RegistryKind,
        /// The URL of its API.
        endpoint: String,
        /// Certificates to trust in place of the system's, in PEM.
        ca_bundle_pem: Option<String>,
        /// Take any certificate.
        skip_tls_verify: bool,
        /// Who asks it.
        credential: Option<CredentialInput>,
        /// The workspace that would associate it.
        owner: Option<WorkspaceId>,
    },
}

/// What a test found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryTest {
    /// The version that the registry tells.
    pub version: Option<String>,
    /// The host under which it says that its images are named.
    pub registry_host: Option<String>,
    /// Rights that the account was seen to lack.
    pub missing_rights: Vec<String>,
}

impl From<Proof> for RegistryTest {
    fn from(proof: Proof) -> Self {
        Self { version: proof.version, registry_host: proof.registry_host, missing_rights: proof.missing_rights }
    }
}

impl App {
    /// Proves endpoint, TLS and credential. Nothing is stored.
    pub async fn test_registry(&self, call: &Call, input: RegistryTestInput) -> Outcome<RegistryTest> {
        let endpoint = match self.endpoint_to_test(call, input).await? {
            Ok(endpoint) => endpoint,
            Err(error) => return Ok(Err(vec![error])),
        };
        self.budgets.draw(Dear::RegistryTests, call)?;
        Ok(match prove(&endpoint).await {
            Ok(proof) => Ok(proof.into()),
            Err(error) => Err(vec![refusal(&error, call.permits(Action::ManageRegistry, None))]),
        })
    }

    async fn endpoint_to_test(
        &self,
        call: &Call,
        input: RegistryTestInput,
    ) -> Result<Result<Endpoint, UserError>, AppError> {
        match input {
            RegistryTestInput::Stored(id) => {
                if let Err(error) = self.registry_to_manage(call, id).await? {
                    return Ok(Err(error));
                }
                let missing = || UserError::not_found("registry", &["registryId"], None);
                Ok(self.endpoint(id).await?.ok_or_else(missing))
            }
            RegistryTestInput::Entered { kind, endpoint, ca_bundle_pem, skip_tls_verify, credential, owner } => {
                if let Some(error) = refusal_to_register(call, owner)? {
                    return Ok(Err(error));
                }
                if let Some(workspace) = owner
                    && self.workspace(call, workspace).await?.is_none()
                {
                    return Ok(Err(UserError::not_found("workspace", &["ownerWorkspaceId"], None)));
                }
                let invalid = |message| UserError::new(UserErrorCode::Invalid, message, &["endpoint"]);
                let reach = self.reaches.of(owner.map_or(Owner::Platform, Owner::Workspace));
                Ok(Address::parse(&endpoint).map_err(invalid).map(|address| Endpoint {
                    kind,
                    url: address.url,
                    credential: credential.map(Credential::from),
                    ca_bundle_pem,
                    skip_tls_verify,
                    reach,
                    declared: Vec::new(),
                }))
            }
        }
    }
}

impl From<CredentialInput> for Credential {
    fn from(input: CredentialInput) -> Self {
        Self { username: input.username, secret: input.secret }
    }
}

/// Asks a registry to prove itself.
pub(crate) async fn prove(endpoint: &Endpoint) -> Result<Proof, RegistryError> {
    let client = client(endpoint)?;
    client.prove().await
}

/// A client for a registry.
pub(crate) fn client(endpoint: &Endpoint) -> Result<Arc<dyn wharfinger_registry::RegistryClient>, RegistryError> {
    wharfinger_registry::connect(endpoint, &Limits::default())
}

/// What an administrator is told of a registry that does not prove itself: all of it to one of the platform's; to one of a
/// workspace no more than shows nothing of the network.
fn refusal(error: &RegistryError, precise: bool) -> UserError {
    let (code, path) = match error {
        RegistryError::InvalidEndpoint(_) | RegistryError::TooOld { .. } => (UserErrorCode::Invalid, "endpoint"),
        RegistryError::NotThatKind { .. } if precise => (UserErrorCode::Invalid, "endpoint"),
        RegistryError::TlsUntrusted { .. } => (UserErrorCode::TlsUntrusted, "endpoint"),
        RegistryError::Unauthorized | RegistryError::MissingRight(_) | RegistryError::CatalogueClosed => {
            (UserErrorCode::UnauthorizedUpstream, "credential")
        }
        RegistryError::AddressNotAllowed { .. }
        | RegistryError::ForeignRealm { .. }
        | RegistryError::Redirected { .. } => (UserErrorCode::AddressNotAllowed, "endpoint"),
        _ => (UserErrorCode::Unreachable, "endpoint"),
    };
    let message = if precise { error.to_string() } else { error.coarse().to_owned() };
    UserError::new(code, message, &[path])
}

/// How a registry that answered so fares.
pub(crate) fn status(error: &RegistryError) -> HealthStatus {
    match error {
        RegistryError::Unauthorized => HealthStatus::Unauthorized,
        error if error.is_passing() => HealthStatus::Unreachable,
        RegistryError::TlsUntrusted { .. } => HealthStatus::Unreachable,
        _ => HealthStatus::Degraded,
    }
}
