//! Bindings of spaces to workspaces.

use async_graphql::{Context, Enum, Error, ID, InputObject, Object, Result, SimpleObject};
use wharfinger_app::record::{BindingFilter as BindingFilterRecord, BindingRecord};
use wharfinger_domain::binding::BindingScope as DomainScope;
use wharfinger_domain::rights::Action;

use super::space::RegistrySpace;
use super::workspace::Workspace;
use crate::error::internal;
use crate::ids;
use crate::scalar::DateTime;
use crate::scope::scope;

/// Where a binding stands now.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_domain::binding::BindingState")]
pub(crate) enum BindingState {
    /// It has not begun.
    Pending,
    /// It holds.
    Active,
    /// It holds no longer.
    Expired,
}

/// Repository paths below the space, or path prefixes that end in a slash, compared by whole components; what is left out wins.
#[derive(SimpleObject)]
pub(crate) struct BindingScope {
    /// What is covered.
    include: Vec<String>,
    /// What is left out of that.
    exclude: Vec<String>,
}

impl From<&DomainScope> for BindingScope {
    fn from(scope: &DomainScope) -> Self {
        let texts = |list: &[Box<str>]| list.iter().map(ToString::to_string).collect();
        Self { include: texts(scope.include()), exclude: texts(scope.exclude()) }
    }
}

/// Which bindings a list has; every part that is given must hold.
#[derive(InputObject, Default)]
pub(crate) struct BindingFilter {
    /// A part of the space's name or of the workspace's, letters of either case.
    search: Option<String>,
    /// Only of spaces of this registry.
    registry_id: Option<ID>,
    /// Only to this workspace.
    workspace_id: Option<ID>,
    /// Only of this space.
    space_id: Option<ID>,
}

impl TryFrom<BindingFilter> for BindingFilterRecord {
    type Error = Error;

    fn try_from(filter: BindingFilter) -> Result<Self> {
        Ok(Self {
            search: filter.search,
            registry: filter.registry_id.as_ref().map(ids::decode).transpose()?,
            space: filter.space_id.as_ref().map(ids::decode).transpose()?,
            workspace: filter.workspace_id.as_ref().map(ids::decode).transpose()?,
            ..Self::default()
        })
    }
}

/// A binding.
pub(crate) struct Binding(BindingRecord);

impl From<BindingRecord> for Binding {
    fn from(record: BindingRecord) -> Self {
        Self(record)
    }
}

/// Allows one workspace to use one space.
#[Object]
impl Binding {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.binding.id)
    }

    /// What may be used.
    async fn space(&self, ctx: &Context<'_>) -> Result<RegistrySpace> {
        let found = scope(ctx).load.load_one(self.0.binding.space).await?;
        found.map(RegistrySpace::from).ok_or_else(|| internal("the space of a binding is not there"))
    }

    /// Who may use it.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Workspace> {
        let found = scope(ctx).load.load_one(self.0.binding.workspace).await?;
        found.map(Workspace::from).ok_or_else(|| internal("the workspace of a binding is not there"))
    }

    /// Which repositories of the space it covers; null for all of them.
    async fn scope(&self) -> Option<BindingScope> {
        self.0.binding.scope.as_ref().map(BindingScope::from)
    }

    /// Why it was made: a sentence or a ticket.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Who made it.
    async fn created_by(&self) -> &str {
        &self.0.created_by
    }

    /// The first instant at which it holds; null when that is since it was made.
    async fn not_before(&self) -> Option<DateTime> {
        self.0.binding.not_before.map(DateTime::from)
    }

    /// The first instant at which it no longer holds; null when it never ends.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.binding.expires_at.map(DateTime::from)
    }

    /// Where it stands now.
    async fn state(&self, ctx: &Context<'_>) -> BindingState {
        let scope = scope(ctx);
        scope.app.binding_state(&scope.call, &self.0).into()
    }

    /// Grows by one with every change.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// Whether the viewer may end it.
    async fn viewer_can_unbind(&self, ctx: &Context<'_>) -> bool {
        scope(ctx).call.permits(Action::BindSpaces, None)
    }
}
