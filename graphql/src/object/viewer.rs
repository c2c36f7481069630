//! Who is asking.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use wharfinger_app::budgets::Spent;
use wharfinger_app::members::MemberRecord;
use wharfinger_app::record::UserRecord;
use wharfinger_domain::caller::AuthMethod as DomainMethod;
use wharfinger_domain::caller::WorkspaceRole;
use wharfinger_domain::id::WorkspaceId;

use super::user::{Membership, User};
use crate::connection::{Connection, Listing, page_of};
use crate::error::internal;
use crate::scalar::DateTime;
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
    /// By password, as the administrator of the first start.
    LocalAdmin,
    /// By password, as a user whom an administrator has made.
    Password,
    /// By a token of the API.
    ApiToken,
}

/// Price of a request, and what its caller may still ask for. All that a user asks for counts, with tokens too.
#[derive(SimpleObject)]
pub(crate) struct RequestCost {
    /// What this request costs, in points.
    cost: i32,
    /// How many points the caller may ask for in a minute.
    limit: i32,
    /// How many are left after this request.
    remaining: i32,
    /// When all of them are there again, if nothing else is asked for.
    reset_at: DateTime,
}

impl From<Spent> for RequestCost {
    fn from(spent: Spent) -> Self {
        let told = |points: u32| i32::try_from(points).unwrap_or(i32::MAX);
        Self {
            cost: told(spent.cost),
            limit: told(spent.limit),
            remaining: told(spent.remaining),
            reset_at: spent.reset_at.into(),
        }
    }
}

/// The viewer.
pub(crate) struct Viewer;

/// Whoever is asking.
#[Object]
impl Viewer {
    /// Who it is.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        user(ctx).await.map(User::from)
    }

    /// Its role over the whole platform, as far as a token does not narrow it.
    async fn platform_role(&self, ctx: &Context<'_>) -> PlatformRole {
        scope(ctx).call.caller.platform_role().into()
    }

    /// The workspaces that it has a role in, the oldest first; the greater of two roles.
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 50)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<Membership>> {
        let listing = Listing::<WorkspaceId>::new(ctx, "memberships of the viewer", first, after.as_deref())?;
        let all: Vec<_> = scope(ctx).call.caller.memberships().collect();
        let viewer = MemberRecord::User(user(ctx).await?);
        let key = |(workspace, _): &(WorkspaceId, WorkspaceRole)| *workspace;
        let paged = page_of(all, &listing.page, key, |workspace| *workspace);
        listing.connection_of(ctx, paged, key, |(workspace, role)| Membership {
            workspace,
            subject: viewer.clone().into(),
            role,
        })
    }

    /// How it signed in.
    async fn auth_method(&self, ctx: &Context<'_>) -> Result<AuthMethod> {
        match scope(ctx).call.caller.method() {
            DomainMethod::LocalAdmin => Ok(AuthMethod::LocalAdmin),
            DomainMethod::Password => Ok(AuthMethod::Password),
            DomainMethod::ApiToken => Ok(AuthMethod::ApiToken),
            DomainMethod::System => Err(internal("a task of the product asked through the API")),
        }
    }

    /// Price and budget of this very request.
    async fn request_cost(&self, ctx: &Context<'_>) -> Result<RequestCost> {
        let spent = ctx.data_opt::<Spent>().ok_or_else(|| internal("a request has no price"))?;
        Ok((*spent).into())
    }
}

async fn user(ctx: &Context<'_>) -> Result<UserRecord> {
    let scope = scope(ctx);
    let id = scope.call.caller.user().ok_or_else(|| internal("a viewer is no user"))?;
    scope.load.load_one(id).await?.ok_or_else(|| internal("the viewer is not there"))
}
