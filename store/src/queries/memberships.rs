//! Queries of memberships.

use std::collections::HashMap;

use diesel::prelude::*;
use wharfinger_domain::caller::WorkspaceRole;
use wharfinger_domain::id::{GroupId, MembershipId, UserId, WorkspaceId};

use super::nested::{self, Condition, Windows, from_the_beginning};
use super::schema::memberships;
use super::sight::in_workspace;
use super::{Db, Session};
use crate::memberships::{Member, MembershipRecord, Memberships};
use crate::page::Within;
use crate::sight::Sight;
use crate::word::Word;
use crate::{Page, Paged, Result, StoreError};

#[derive(Queryable, Selectable)]
#[diesel(table_name = memberships)]
struct MembershipRow {
    id: i64,
    workspace_id: i64,
    user_id: Option<i64>,
    group_id: Option<i64>,
    role: String,
}

impl MembershipRow {
    fn record(self) -> Result<MembershipRecord> {
        let member = match (self.user_id, self.group_id) {
            (Some(user), None) => Member::User(UserId(user)),
            (None, Some(group)) => Member::Group(GroupId(group)),
            _ => return Err(StoreError::damaged("a membership is nobody's or of two")),
        };
        let (id, workspace) = (MembershipId(self.id), WorkspaceId(self.workspace_id));
        Ok(MembershipRecord { id, workspace, member, role: Word::read(&self.role)? })
    }
}

impl Memberships for Session<'_> {
    fn set_membership(
        &mut self,
        workspace: WorkspaceId,
        member: Member,
        role: WorkspaceRole,
    ) -> Result<Option<WorkspaceRole>> {
        let before = self.role_of(workspace, member)?;
        if before.is_some() {
            let update = diesel::update(memberships::table.filter(of(workspace, member)));
            update.set(memberships::role.eq(role.word())).execute(self.connection)?;
            return Ok(before);
        }
        let (user, group) = columns(member);
        let values = (
            memberships::workspace_id.eq(workspace.0),
            memberships::user_id.eq(user),
            memberships::group_id.eq(group),
            memberships::role.eq(role.word()),
        );
        diesel::insert_into(memberships::table).values(values).execute(self.connection)?;
        Ok(None)
    }

    fn remove_membership(&mut self, workspace: WorkspaceId, member: Member) -> Result<Option<WorkspaceRole>> {
        let before = self.role_of(workspace, member)?;
        diesel::delete(memberships::table.filter(of(workspace, member))).execute(self.connection)?;
        Ok(before)
    }

    fn membership_pages(
        &mut self,
        sight: &Sight,
        workspaces: &[WorkspaceId],
        page: &Page<Within<WorkspaceId, MembershipId>>,
    ) -> Result<HashMap<WorkspaceId, Paged<MembershipRecord>>> {
        let workspaces = page.parents(workspaces);
        let beyond: Condition<memberships::table> = match &page.after {
            None => from_the_beginning(),
            Some(after) => Box::new(memberships::workspace_id.eq(after.parent.0).and(memberships::id.gt(after.key.0))),
        };
        let of = memberships::workspace_id.eq_any(workspaces.iter().map(|workspace| workspace.0).collect::<Vec<_>>());
        let within = in_workspace(sight, memberships::workspace_id);
        let rows = memberships::table.into_boxed::<Db>().filter(of).filter(within);
        let rows = rows.select((MembershipRow::as_select(), nested::beyond(beyond)));
        let windows = Windows { rows, parent: "workspace_id", order: "id", limit: page.limit() };
        let read = |row: MembershipRow| row.record().map(|record| (record.workspace, record));
        windows.pages(self.connection, page, read)
    }
}

impl Session<'_> {
    fn role_of(&mut self, workspace: WorkspaceId, member: Member) -> Result<Option<WorkspaceRole>> {
        let query = memberships::table.filter(of(workspace, member)).select(memberships::role);
        let found: Option<String> = query.first(self.connection).optional()?;
        found.as_deref().map(Word::read).transpose()
    }
}

fn columns(member: Member) -> (Option<i64>, Option<i64>) {
    match member {
        Member::User(user) => (Some(user.0), None),
        Member::Group(group) => (None, Some(group.0)),
    }
}

fn of(workspace: WorkspaceId, member: Member) -> Condition<memberships::table> {
    let here = memberships::workspace_id.eq(workspace.0);
    match member {
        Member::User(user) => Box::new(here.and(memberships::user_id.assume_not_null().eq(user.0))),
        Member::Group(group) => Box::new(here.and(memberships::group_id.assume_not_null().eq(group.0))),
    }
}
