//! Who is asking.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use wharfinger_domain::caller::AuthMethod as DomainMethod;

use crate::error::internal;
use crate::scope::scope;

/// A role over the whole platform.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_domain::caller::PlatformRole")]
pub(crate) enum PlatformRole {
    /// Manages everything.
    Admin,
    /// Reads everything but secrets, changes nothing.
    Auditor,
    /// None: what the viewer may do follows from its workspaces.
    None,
}

/// How a viewer signed in.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuthMethod {
    /// By the token of the local administrator.
    LocalAdmin,
}

/// A person or program that signs in.
#[derive(SimpleObject)]
pub(crate) struct User {
    /// The name under which the audit knows it.
    name: String,
}

/// The viewer; everything of it is in the call.
pub(crate) struct Viewer;

/// Whoever is asking.
#[Object]
impl Viewer {
    /// Who it is.
    async fn user(&self, ctx: &Context<'_>) -> User {
        User { name: scope(ctx).call.caller.name().to_owned() }
    }

    /// Its role over the whole platform.
    async fn platform_role(&self, ctx: &Context<'_>) -> PlatformRole {
        scope(ctx).call.caller.platform_role().into()
    }

    /// How it signed in.
    async fn auth_method(&self, ctx: &Context<'_>) -> Result<AuthMethod> {
        match scope(ctx).call.caller.method() {
            DomainMethod::LocalAdmin => Ok(AuthMethod::LocalAdmin),
            DomainMethod::System => Err(internal("a task of the product asked through the API")),
        }
    }
}
