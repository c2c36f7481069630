//! Registers, tests and synchronizes registries.

mod change;

use async_graphql::{Context, Error, ID, InputObject, Object, Result, SimpleObject};
use secrecy::SecretString;
use wharfinger_app::registries::{CredentialInput as AppCredential, NewRegistryInput, RegistryTest, RegistryTestInput};

pub(super) use self::change::RegistryChangeMutation;
use super::settle;
use super::user_error::{UserError, user_errors};
use crate::access::{Access, directive};
use crate::error::bad_input;
use crate::ids;
use crate::object::registry::{Registry, RegistryKind};
use crate::object::sync::SyncRun;
use crate::scalar::Url;
use crate::scope::scope;

/// Who asks a registry.
#[derive(InputObject)]
struct CredentialInput {
    /// The user name, or the full name of a robot.
    username: String,
    /// The password, or the secret of a robot; it is never returned.
    #[graphql(secret)]
    secret: String,
}

/// A registry to be registered. Some fields need a platform administrator when it is associated with a workspace.
#[derive(InputObject)]
struct RegisterRegistryInput {
    /// Its name, unique for its owner: lower-case letters, digits and inner hyphens, at most 63.
    name: String,
    /// What kind of server it is.
    #[graphql(default_with = "Some(RegistryKind::Harbor)")]
    kind: Option<RegistryKind>,
    /// The URL of its API.
    endpoint: Url,
    /// Other forms of host and port that image references may carry.
    #[graphql(default_with = "Some(Vec::new())")]
    aliases: Option<Vec<String>>,
    /// Whether to take any certificate.
    #[graphql(default_with = "Some(false)")]
    skip_tls_verify: Option<bool>,
    /// Who asks it; nobody when it is left out.
    credential: Option<CredentialInput>,
    /// Certificates to trust in place of the system's, in PEM.
    ca_bundle_pem: Option<String>,
    /// The workspace that associates it; when it is left out the platform integrates it.
    owner_workspace_id: Option<ID>,
}

/// What became of it.
#[derive(SimpleObject)]
struct RegisterRegistryPayload {
    /// The registry; null when it was not registered.
    registry: Option<Registry>,
    /// Its first walk.
    sync: Option<SyncRun>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

/// What is to be tested: a stored registry by its id alone, or everything that is entered.
#[derive(InputObject)]
struct TestRegistryInput {
    /// The stored registry; nothing else may be given beside it.
    registry_id: Option<ID>,
    /// What kind of server it is.
    kind: Option<RegistryKind>,
    /// The URL of its API.
    endpoint: Option<Url>,
    /// Certificates to trust in place of the system's, in PEM.
    ca_bundle_pem: Option<String>,
    /// Whether to take any certificate.
    skip_tls_verify: Option<bool>,
    /// Who asks it.
    credential: Option<CredentialInput>,
    /// The workspace that would associate it.
    owner_workspace_id: Option<ID>,
}

/// What the test found.
#[derive(SimpleObject)]
struct TestRegistryPayload {
    /// Whether the registry answers, is trusted and takes the credential.
    ok: bool,
    /// The version that it tells.
    version: Option<String>,
    /// The host under which it says that its images are named.
    registry_host: Option<String>,
    /// Rights that the credential was seen to lack.
    missing_rights: Vec<String>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

/// Which registry is to be walked.
#[derive(InputObject)]
struct SyncRegistryInput {
    /// The registry.
    registry_id: ID,
}

/// What became of it.
#[derive(SimpleObject)]
struct SyncRegistryPayload {
    /// The walk, or the one that waits or is under way already.
    sync: Option<SyncRun>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct RegistryMutation;

#[Object]
impl RegistryMutation {
    /// Integrates a registry with the platform or, with a workspace, associates it with that; then walks through it.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::WorkspaceAdmin]))]
    async fn register_registry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The registry to be registered.")] input: RegisterRegistryInput,
    ) -> Result<RegisterRegistryPayload> {
        let scope = scope(ctx);
        let done = settle(ctx, scope.app.register_registry(&scope.call, input.try_into()?).await).await?;
        Ok(match done {
            Ok((registry, sync)) => RegisterRegistryPayload {
                registry: Some(registry.into()),
                sync: Some(sync.into()),
                user_errors: Vec::new(),
            },
            Err(errors) => RegisterRegistryPayload { registry: None, sync: None, user_errors: user_errors(errors) },
        })
    }

    /// Proves endpoint, TLS and credential of a registry; nothing is stored.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::WorkspaceAdmin]))]
    async fn test_registry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be tested.")] input: TestRegistryInput,
    ) -> Result<TestRegistryPayload> {
        let scope = scope(ctx);
        let done = settle(ctx, scope.app.test_registry(&scope.call, input.try_into()?).await).await?;
        Ok(match done {
            Ok(found) => found.into(),
            Err(errors) => TestRegistryPayload {
                ok: false,
                version: None,
                registry_host: None,
                missing_rights: Vec::new(),
                user_errors: user_errors(errors),
            },
        })
    }

    /// Asks for a walk through a registry.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::WorkspaceAdmin]))]
    async fn sync_registry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which registry.")] input: SyncRegistryInput,
    ) -> Result<SyncRegistryPayload> {
        let scope = scope(ctx);
        let done = settle(ctx, scope.app.sync_registry(&scope.call, ids::decode(&input.registry_id)?).await).await?;
        Ok(match done {
            Ok(sync) => SyncRegistryPayload { sync: Some(sync.into()), user_errors: Vec::new() },
            Err(errors) => SyncRegistryPayload { sync: None, user_errors: user_errors(errors) },
        })
    }
}

impl From<CredentialInput> for AppCredential {
    fn from(input: CredentialInput) -> Self {
        Self { username: input.username, secret: SecretString::from(input.secret) }
    }
}

impl TryFrom<RegisterRegistryInput> for NewRegistryInput {
    type Error = Error;

    fn try_from(input: RegisterRegistryInput) -> Result<Self> {
        Ok(Self {
            name: input.name,
            kind: input.kind.unwrap_or(RegistryKind::Harbor).into(),
            endpoint: input.endpoint.into_text(),
            aliases: input.aliases.unwrap_or_default(),
            skip_tls_verify: input.skip_tls_verify.unwrap_or(false),
            credential: input.credential.map(AppCredential::from),
            ca_bundle_pem: input.ca_bundle_pem,
            owner: input.owner_workspace_id.as_ref().map(ids::decode).transpose()?,
        })
    }
}

impl TryFrom<TestRegistryInput> for RegistryTestInput {
    type Error = Error;

    /// A stored secret never goes to an entered address: whoever names a stored registry enters nothing else.
    fn try_from(input: TestRegistryInput) -> Result<Self> {
        let is_entered = input.endpoint.is_some()
            || input.kind.is_some()
            || input.credential.is_some()
            || input.ca_bundle_pem.is_some()
            || input.skip_tls_verify.is_some()
            || input.owner_workspace_id.is_some();
        match (input.registry_id, input.endpoint) {
            (Some(id), None) if !is_entered => Ok(Self::Stored(ids::decode(&id)?)),
            (Some(_), _) => Err(bad_input("test a stored registry by registryId alone, or leave registryId out")),
            (None, None) => Err(bad_input("name what is to be tested: registryId, or an endpoint")),
            (None, Some(endpoint)) => Ok(Self::Entered {
                kind: input.kind.unwrap_or(RegistryKind::Harbor).into(),
                endpoint: endpoint.into_text(),
                ca_bundle_pem: input.ca_bundle_pem,
                skip_tls_verify: input.skip_tls_verify.unwrap_or(false),
                credential: input.credential.map(AppCredential::from),
                owner: input.owner_workspace_id.as_ref().map(ids::decode).transpose()?,
            }),
        }
    }
}

impl From<RegistryTest> for TestRegistryPayload {
    fn from(found: RegistryTest) -> Self {
        Self {
            ok: found.missing_rights.is_empty(),
            version: found.version,
            registry_host: found.registry_host,
            missing_rights: found.missing_rights,
            user_errors: Vec::new(),
        }
    }
}
