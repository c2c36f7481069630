//! Tokens of the API.

use async_graphql::{Context, Enum, ID, Object, Result};
use wharfinger_app::record::TokenRecord;

use super::workspace::Workspace;
use crate::ids;
use crate::scalar::DateTime;
use crate::scope::scope;

/// What a token may be used for, at most. Every one of them also reads.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_domain::caller::TokenScope")]
pub(crate) enum TokenScope {
    /// To read.
    Read,
    /// To bind and unbind spaces.
    Bind,
    /// To integrate, associate, change and synchronize registries.
    RegistryAdmin,
    /// To make and change workspaces, their namespaces and members.
    WorkspaceAdmin,
}

/// A token.
pub(crate) struct ApiToken(TokenRecord);

impl From<TokenRecord> for ApiToken {
    fn from(record: TokenRecord) -> Self {
        Self(record)
    }
}

/// A token of the API. It gives no more than the rights that its owner has at the moment.
#[Object]
impl ApiToken {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.id)
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.token.name
    }

    /// What the token begins with, to know it by where it is used; no secret.
    async fn prefix(&self) -> String {
        format!("whf_{}", self.0.token.handle)
    }

    /// What it may be used for, at most.
    async fn scopes(&self) -> Vec<TokenScope> {
        self.0.token.scopes.iter().map(|scope| (*scope).into()).collect()
    }

    /// The one workspace that it is for; null for one that is for all, or where its owner has no role any more.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Option<Workspace>> {
        let Some(workspace) = self.0.token.workspace else { return Ok(None) };
        Ok(scope(ctx).load.load_one(workspace).await?.map(Workspace::from))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.token.created_at.into()
    }

    /// When it ends.
    async fn expires_at(&self) -> DateTime {
        self.0.token.expires_at.into()
    }

    /// When it was last used, to the minute; null when never.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime::from)
    }
}
