//! Changes the members of workspaces.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use wharfinger_app::members::{MemberName, MembersChange};

use super::settle;
use super::user_error::{UserError, user_errors};
use crate::access::{Access, directive};
use crate::ids;
use crate::object::workspace::{Workspace, WorkspaceRole};
use crate::scope::scope;

/// Who is meant, by name.
#[derive(OneofObject)]
enum SubjectInput {
    /// A user, who must exist.
    User(String),
    /// A group, which is made when it is named for the first time.
    Group(String),
}

impl From<SubjectInput> for MemberName {
    fn from(input: SubjectInput) -> Self {
        match input {
            SubjectInput::User(name) => Self::User(name),
            SubjectInput::Group(name) => Self::Group(name),
        }
    }
}

/// Who is to have which role.
#[derive(InputObject)]
struct MemberInput {
    /// Who.
    subject: SubjectInput,
    /// As what.
    role: WorkspaceRole,
}

/// What is to change of the members of a workspace; at most 500 a call.
#[derive(InputObject)]
struct ChangeWorkspaceMembersInput {
    /// Where.
    workspace_id: ID,
    /// Who is to have which role, in place of the one it may have.
    #[graphql(default)]
    set: Vec<MemberInput>,
    /// Who is to have none.
    #[graphql(default)]
    remove: Vec<SubjectInput>,
}

/// What became of it.
#[derive(SimpleObject)]
struct ChangeWorkspaceMembersPayload {
    /// The workspace; null when nothing was changed.
    workspace: Option<Workspace>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Adds, changes and removes members of a workspace, all or nothing.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::WorkspaceAdmin]))]
    async fn change_workspace_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: ChangeWorkspaceMembersInput,
    ) -> Result<ChangeWorkspaceMembersPayload> {
        let scope = scope(ctx);
        let change = MembersChange {
            workspace: ids::decode(&input.workspace_id)?,
            set: input.set.into_iter().map(|member| (member.subject.into(), member.role.into())).collect(),
            remove: input.remove.into_iter().map(MemberName::from).collect(),
        };
        let done = settle(ctx, scope.app.change_members(&scope.call, change).await).await?;
        Ok(match done {
            Ok(record) => ChangeWorkspaceMembersPayload { workspace: Some(record.into()), user_errors: Vec::new() },
            Err(errors) => ChangeWorkspaceMembersPayload { workspace: None, user_errors: user_errors(errors) },
        })
    }
}
