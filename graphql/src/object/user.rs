//! Users and groups, and their roles in workspaces.

use async_graphql::{Context, Enum, ID, Object, Result, Union};
use wharfinger_app::members::MemberRecord;
use wharfinger_app::record::{GroupRecord, UserRecord};
use wharfinger_domain::caller::WorkspaceRole as DomainRole;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::rights::Action;

use super::viewer::PlatformRole;
use super::workspace::{Workspace, WorkspaceRole};
use crate::error::internal;
use crate::ids;
use crate::loader::GroupsOf;
use crate::scalar::DateTime;
use crate::scope::scope;

/// A user.
#[derive(Clone)]
pub(crate) struct User(UserRecord);

impl From<UserRecord> for User {
    fn from(record: UserRecord) -> Self {
        Self(record)
    }
}

impl User {
    /// What only administrators, auditors and the user itself are told.
    fn told<T>(&self, ctx: &Context<'_>, value: T) -> Option<T> {
        let call = &scope(ctx).call;
        let may = call.permits(Action::ReadUsers, None) || call.caller.user() == Some(self.0.id);
        may.then_some(value)
    }
}

/// A person or program that signs in.
#[Object]
impl User {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.id)
    }

    /// The name that it signs in with, and under which the audit knows it. Unique, for ever.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is called in a user interface.
    async fn display_name(&self) -> Option<&str> {
        self.0.settings.display_name.as_deref()
    }

    /// Where to write to it; null where the viewer may not know.
    async fn email(&self, ctx: &Context<'_>) -> Option<&str> {
        self.told(ctx, self.0.settings.email.as_deref()).flatten()
    }

    /// Its role over the whole platform; null where the viewer may not know.
    async fn platform_role(&self, ctx: &Context<'_>) -> Option<PlatformRole> {
        self.told(ctx, self.0.settings.platform_role.into())
    }

    /// The groups that it is in, by name; null where the viewer may not know.
    async fn groups(&self, ctx: &Context<'_>) -> Result<Option<Vec<Group>>> {
        if self.told(ctx, ()).is_none() {
            return Ok(None);
        }
        let groups = scope(ctx).load.load_one(GroupsOf(self.0.id)).await?.unwrap_or_default();
        Ok(Some(groups.into_iter().map(Group).collect()))
    }

    /// Whether it may not sign in, nor use its sessions and tokens; null where the viewer may not know.
    async fn disabled(&self, ctx: &Context<'_>) -> Option<bool> {
        self.told(ctx, self.0.settings.disabled)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Grows by one with every change; to be named by whoever changes it.
    async fn revision(&self) -> i32 {
        self.0.revision
    }
}

/// A group.
#[derive(Clone)]
pub(crate) struct Group(GroupRecord);

/// A group of users.
#[Object]
impl Group {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.id)
    }

    /// Its name, unique.
    async fn name(&self) -> &str {
        &self.0.name
    }
}

impl From<GroupRecord> for Group {
    fn from(record: GroupRecord) -> Self {
        Self(record)
    }
}

/// Who has a role.
#[derive(Union)]
pub(crate) enum Subject {
    User(User),
    Group(Group),
}

impl From<MemberRecord> for Subject {
    fn from(record: MemberRecord) -> Self {
        match record {
            MemberRecord::User(user) => Self::User(user.into()),
            MemberRecord::Group(group) => Self::Group(group.into()),
        }
    }
}

/// Where a membership comes from: only LOCAL ones can be changed here.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MembershipSource {
    /// From here.
    Local,
}

/// A role in a workspace.
pub(crate) struct Membership {
    pub(crate) workspace: WorkspaceId,
    pub(crate) subject: Subject,
    pub(crate) role: DomainRole,
}

/// A role of a user or of a group in a workspace.
#[Object]
impl Membership {
    /// Where.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Workspace> {
        let found = scope(ctx).load.load_one(self.workspace).await?;
        found.map(Workspace::from).ok_or_else(|| internal("the workspace of a membership is not visible"))
    }

    /// Who.
    async fn subject(&self) -> &Subject {
        &self.subject
    }

    /// As what.
    async fn role(&self) -> WorkspaceRole {
        self.role.into()
    }

    /// Where the membership comes from.
    async fn source(&self) -> MembershipSource {
        MembershipSource::Local
    }
}
