//! Memberships: the roles of users and groups in workspaces.

use std::collections::HashMap;

use wharfinger_domain::caller::WorkspaceRole;
use wharfinger_domain::id::{GroupId, MembershipId, UserId, WorkspaceId};

use crate::page::Within;
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// Who has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Member {
    /// A user.
    User(UserId),
    /// Everybody in a group.
    Group(GroupId),
}

/// A membership as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MembershipRecord {
    /// The store's id.
    pub id: MembershipId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Who.
    pub member: Member,
    /// As what.
    pub role: WorkspaceRole,
}

/// What can be done with memberships.
pub trait Memberships {
    /// Gives somebody a role in a workspace, in place of the one it has there. Gives that one.
    fn set_membership(
        &mut self,
        workspace: WorkspaceId,
        member: Member,
        role: WorkspaceRole,
    ) -> Result<Option<WorkspaceRole>>;

    /// Ends a membership. Gives the role that it was.
    fn remove_membership(&mut self, workspace: WorkspaceId, member: Member) -> Result<Option<WorkspaceRole>>;

    /// This page of the members of each of these workspaces that are seen, in the order they came; without those that have none.
    fn membership_pages(
        &mut self,
        sight: &Sight,
        workspaces: &[WorkspaceId],
        page: &Page<Within<WorkspaceId, MembershipId>>,
    ) -> Result<HashMap<WorkspaceId, Paged<MembershipRecord>>>;
}
