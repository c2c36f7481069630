//! Members of a workspace: users and groups with a role in it, kept by its administrators.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use wharfinger_domain::caller::WorkspaceRole;
use wharfinger_domain::id::{GroupId, MembershipId, UserId, WorkspaceId};
use wharfinger_domain::rights::Action;
use wharfinger_store::Transaction;
use wharfinger_store::memberships::{Member, MembershipRecord};
use wharfinger_store::users::{GroupRecord, UserRecord};

use crate::App;
use crate::call::Call;
use crate::error::{AppError, Outcome, UserError, UserErrorCode};
use crate::record::{Page, Paged, Within, WorkspaceRecord};
use crate::unit::{Subject, Unit};
use crate::users::check_group;

/// The most members that one call may change.
pub const MAX_MEMBERS: usize = 500;

/// Who is meant, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberName {
    /// A user, who must exist.
    User(String),
    /// A group, which is made when it is named for the first time.
    Group(String),
}

/// What is to change of the members of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembersChange {
    /// Where.
    pub workspace: WorkspaceId,
    /// Who is to have which role.
    pub set: Vec<(MemberName, WorkspaceRole)>,
    /// Who is to have none.
    pub remove: Vec<MemberName>,
}

/// A member as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberRecord {
    /// A user.
    User(UserRecord),
    /// A group.
    Group(GroupRecord),
}

impl App {
    /// Adds, changes and removes members, all or nothing.
    pub async fn change_members(self: &Arc<Self>, call: &Call, change: MembersChange) -> Outcome<WorkspaceRecord> {
        if let Some(error) = call.refusal_in(Action::ManageMembers, change.workspace, &["workspaceId"])? {
            return Ok(Err(vec![error]));
        }
        if change.set.len() + change.remove.len() > MAX_MEMBERS {
            let message = format!("too many members; change at most {MAX_MEMBERS} at once");
            return Ok(Err(vec![UserError::new(UserErrorCode::TooMany, message, &["set"])]));
        }
        self.change(call, false, move |unit| {
            let sight = unit.sight(Action::ManageMembers);
            let missing = || AppError::from(UserError::not_found("workspace", &["workspaceId"], None));
            let record = unit.tx.workspace(&sight, change.workspace)?.ok_or_else(missing)?;
            let mut errors = Vec::new();
            for (index, (name, role)) in change.set.iter().enumerate() {
                match member(unit.tx, name, true)? {
                    Ok(member) => set(unit, &record, name, member, *role)?,
                    Err(fault) => errors.push(fault.at("set", index)),
                }
            }
            for (index, name) in change.remove.iter().enumerate() {
                match member(unit.tx, name, false)? {
                    Ok(member) => remove(unit, &record, name, member)?,
                    Err(fault) => errors.push(fault.at("remove", index)),
                }
            }
            if errors.is_empty() { Ok(record) } else { Err(AppError::Refused(errors)) }
        })
        .await
    }

    /// This page of the members of each of these workspaces, of those whose members the caller may read.
    pub async fn membership_pages(
        &self,
        call: &Call,
        workspaces: Vec<WorkspaceId>,
        page: Page<Within<WorkspaceId, MembershipId>>,
    ) -> Result<HashMap<WorkspaceId, Paged<MembershipRecord>>, AppError> {
        let sight = call.sight(Action::ReadMembers);
        self.read(move |tx| Ok(tx.membership_pages(&sight, &workspaces, &page)?)).await
    }

    /// Who these members are, of workspaces whose members the caller may read.
    pub async fn members(&self, call: &Call, members: Vec<Member>) -> Result<HashMap<Member, MemberRecord>, AppError> {
        let sight = call.sight(Action::ReadMembers);
        self.read(move |tx| {
            let (mut users, mut groups): (Vec<UserId>, Vec<GroupId>) = (Vec::new(), Vec::new());
            for member in members {
                match member {
                    Member::User(user) => users.push(user),
                    Member::Group(group) => groups.push(group),
                }
            }
            let users = tx.users_by_id(&sight, &users)?;
            let users = users.into_iter().map(|(id, user)| (Member::User(id), MemberRecord::User(user)));
            let groups = tx.groups_by_id(&sight, &groups)?;
            let groups = groups.into_iter().map(|(id, group)| (Member::Group(id), MemberRecord::Group(group)));
            Ok(users.chain(groups).collect())
        })
        .await
    }
}

/// What is wrong with a name.
struct Fault {
    code: UserErrorCode,
    message: String,
    field: &'static str,
}

impl Fault {
    fn at(self, list: &str, index: usize) -> UserError {
        UserError::new(self.code, self.message, &[list, &index.to_string(), self.field])
    }
}

/// Whom a name means.
fn member(tx: &mut dyn Transaction, name: &MemberName, make: bool) -> Result<Result<Member, Fault>, AppError> {
    let fault = |code, message: String, field| Ok(Err(Fault { code, message, field }));
    match name {
        MemberName::User(name) => match tx.user_by_name(name)? {
            Some(user) => Ok(Ok(Member::User(user.id))),
            None => fault(UserErrorCode::NotFound, "there is no such user".to_owned(), "user"),
        },
        MemberName::Group(name) => {
            if let Err(message) = check_group(name) {
                return fault(UserErrorCode::Invalid, message, "group");
            }
            let group = if make { Some(tx.ensure_group(name)?) } else { tx.group_by_name(name)? };
            match group {
                Some(group) => Ok(Ok(Member::Group(group.id))),
                None => fault(UserErrorCode::NotFound, "there is no such group".to_owned(), "group"),
            }
        }
    }
}

fn set(
    unit: &mut Unit<'_>,
    workspace: &WorkspaceRecord,
    name: &MemberName,
    member: Member,
    role: WorkspaceRole,
) -> Result<(), AppError> {
    let before = unit.tx.set_membership(workspace.workspace.id, member, role)?;
    if before != Some(role) {
        audit(unit, "member.set", workspace, name, (before, Some(role)));
    }
    Ok(())
}

fn remove(unit: &mut Unit<'_>, workspace: &WorkspaceRecord, name: &MemberName, member: Member) -> Result<(), AppError> {
    let before = unit.tx.remove_membership(workspace.workspace.id, member)?;
    if before.is_some() {
        audit(unit, "member.remove", workspace, name, (before, None));
    }
    Ok(())
}

fn audit(
    unit: &mut Unit<'_>,
    action: &str,
    record: &WorkspaceRecord,
    name: &MemberName,
    (before, after): (Option<WorkspaceRole>, Option<WorkspaceRole>),
) {
    let id = record.workspace.id;
    let subject = Subject { kind: "workspace", id: Some(id.0), label: &record.workspace.name, workspace: Some(id) };
    let (user, group) = match name {
        MemberName::User(name) => (Some(name), None),
        MemberName::Group(name) => (None, Some(name)),
    };
    unit.audit(action, &subject, &json!({ "user": user, "group": group, "before": before, "after": after }));
}
