//! Changes and removes registries, and says what an association means for others.

use async_graphql::{Context, Error, ID, InputObject, Object, Result, SimpleObject};
use wharfinger_app::registries::{CredentialInput as AppCredential, RegistryChange, RegistryParts, RegistryRemoval};

use super::super::settle;
use super::super::user_error::{UserError, user_errors};
use super::CredentialInput;
use crate::access::{Access, directive};
use crate::ids;
use crate::object::registry::Registry;
use crate::scalar::Url;
use crate::scope::scope;

/// What is to be changed of a registry; what is left out stays. The name, the endpoint and the credential of an association can
/// be changed by the administrators of its workspace, everything else by a platform administrator.
#[derive(InputObject)]
struct UpdateRegistryInput {
    /// The registry.
    registry_id: ID,
    /// The revision that the change is of.
    revision: i32,
    /// Its name, unique for its owner: lower-case letters, digits and inner hyphens, at most 63.
    name: Option<String>,
    /// The URL of its API: another address of the same server. Another server is another registry.
    endpoint: Option<Url>,
    /// Other forms of host and port that image references may carry, in place of those that it has. One that is dropped is
    /// retired: it stays known, with nothing behind it.
    aliases: Option<Vec<String>>,
    /// Whether to take any certificate.
    skip_tls_verify: Option<bool>,
    /// Who asks it. To be entered again when the endpoint, the certificates or whether they are verified change.
    credential: Option<CredentialInput>,
    /// Whether nobody is to ask it any more: the stored credential goes.
    #[graphql(default_with = "Some(false)")]
    remove_credential: Option<bool>,
    /// Certificates to trust in place of the system's, in PEM; an empty text: the system's.
    ca_bundle_pem: Option<String>,
}

/// What became of it.
#[derive(SimpleObject)]
struct UpdateRegistryPayload {
    /// The registry, which is walked through now; null when it was not changed.
    registry: Option<Registry>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

/// Which registry is to be removed, and how.
#[derive(InputObject)]
struct RemoveRegistryInput {
    /// The registry.
    registry_id: ID,
    /// The revision that it is known by.
    revision: i32,
    /// Whether to remove the bindings of its spaces too. Without it, a registry with bindings is refused with `IN_USE`.
    #[graphql(default_with = "Some(false)")]
    with_bindings: Option<bool>,
    /// Whether its hosts count as unknown from then on, which may open them. Without it they are retired: they stay known, with
    /// nothing behind them. For a platform administrator alone.
    #[graphql(default_with = "Some(false)")]
    release_hosts: Option<bool>,
    /// Whether only to try.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// What became of it.
#[derive(SimpleObject)]
struct RemoveRegistryPayload {
    /// The id that the registry had; null when it was not removed.
    removed_registry_id: Option<ID>,
    /// How many bindings went with it.
    removed_binding_count: i32,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

/// Whether an association is exclusive.
#[derive(InputObject)]
struct SetRegistryExclusiveInput {
    /// The registry, which a workspace has associated.
    registry_id: ID,
    /// Whether no other workspace may use what its Harbor does not report public.
    exclusive: bool,
}

/// What became of it.
#[derive(SimpleObject)]
struct SetRegistryExclusivePayload {
    /// The registry; null when it was not changed.
    registry: Option<Registry>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(in super::super) struct RegistryChangeMutation;

#[Object]
impl RegistryChangeMutation {
    /// Changes a registry, and walks through it. Hosts that are added are checked as those of a new registry are.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::WorkspaceAdmin]))]
    async fn update_registry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: UpdateRegistryInput,
    ) -> Result<UpdateRegistryPayload> {
        let scope = scope(ctx);
        let done = settle(ctx, scope.app.update_registry(&scope.call, input.try_into()?).await).await?;
        Ok(match done {
            Ok(record) => UpdateRegistryPayload { registry: Some(record.into()), user_errors: Vec::new() },
            Err(errors) => UpdateRegistryPayload { registry: None, user_errors: user_errors(errors) },
        })
    }

    /// Removes a registry with its spaces. Nothing opens by it, unless its hosts are released. An exclusive association can be
    /// removed only with its hosts released.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::WorkspaceAdmin]))]
    async fn remove_registry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and how.")] input: RemoveRegistryInput,
    ) -> Result<RemoveRegistryPayload> {
        let scope = scope(ctx);
        let done = settle(ctx, scope.app.remove_registry(&scope.call, input.try_into()?).await).await?;
        Ok(match done {
            Ok(removed) => RemoveRegistryPayload {
                removed_registry_id: Some(ids::encode(removed.registry)),
                removed_binding_count: i32::try_from(removed.bindings).unwrap_or(i32::MAX),
                user_errors: Vec::new(),
            },
            Err(errors) => RemoveRegistryPayload {
                removed_registry_id: None,
                removed_binding_count: 0,
                user_errors: user_errors(errors),
            },
        })
    }

    /// Says whether an association is exclusive: no other workspace may use what its Harbor does not report public.
    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn set_registry_exclusive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and whether.")] input: SetRegistryExclusiveInput,
    ) -> Result<SetRegistryExclusivePayload> {
        let (scope, id) = (scope(ctx), ids::decode(&input.registry_id)?);
        let done = scope.app.set_registry_exclusive(&scope.call, id, input.exclusive).await;
        Ok(match settle(ctx, done).await? {
            Ok(record) => SetRegistryExclusivePayload { registry: Some(record.into()), user_errors: Vec::new() },
            Err(errors) => SetRegistryExclusivePayload { registry: None, user_errors: user_errors(errors) },
        })
    }
}

impl TryFrom<UpdateRegistryInput> for RegistryChange {
    type Error = Error;

    fn try_from(input: UpdateRegistryInput) -> Result<Self> {
        let parts = RegistryParts {
            name: input.name,
            endpoint: input.endpoint.map(Url::into_text),
            aliases: input.aliases,
            skip_tls_verify: input.skip_tls_verify,
            credential: input.credential.map(AppCredential::from),
            remove_credential: input.remove_credential.unwrap_or(false),
            ca_bundle_pem: input.ca_bundle_pem,
        };
        Ok(Self { registry: ids::decode(&input.registry_id)?, revision: input.revision, parts })
    }
}

impl TryFrom<RemoveRegistryInput> for RegistryRemoval {
    type Error = Error;

    fn try_from(input: RemoveRegistryInput) -> Result<Self> {
        Ok(Self {
            registry: ids::decode(&input.registry_id)?,
            revision: input.revision,
            with_bindings: input.with_bindings.unwrap_or(false),
            release_hosts: input.release_hosts.unwrap_or(false),
            dry_run: input.dry_run.unwrap_or(false),
        })
    }
}
