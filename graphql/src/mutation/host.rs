//! Ends the retirement of hosts.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::settle;
use super::user_error::{UserError, user_errors};
use crate::access::{Access, directive};
use crate::scope::scope;

/// Which host is to be released.
#[derive(InputObject)]
struct ReleaseHostInput {
    /// The host, with its port if it has one. Without a port, its default ports are released with it.
    host: String,
    /// Why.
    reason: String,
}

/// What became of it.
#[derive(SimpleObject)]
struct ReleaseHostPayload {
    /// The host, as it was retired; null when nothing was released.
    host: Option<String>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct HostMutation;

#[Object]
impl HostMutation {
    /// Ends the retirement of a host that a registry once had: from then on it counts as unknown, and associations that rested
    /// because of it serve again.
    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn release_host(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and why.")] input: ReleaseHostInput,
    ) -> Result<ReleaseHostPayload> {
        let scope = scope(ctx);
        let done = settle(ctx, scope.app.release_host(&scope.call, input.host, input.reason).await).await?;
        Ok(match done {
            Ok(host) => ReleaseHostPayload { host: Some(host), user_errors: Vec::new() },
            Err(errors) => ReleaseHostPayload { host: None, user_errors: user_errors(errors) },
        })
    }
}
