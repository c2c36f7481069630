//! What every use case takes first: who calls, by which request, and when. A test can fix all three.

use std::net::IpAddr;

use wharfinger_domain::caller::{AuthMethod, Caller, PlatformRole};
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::rights::{self, Action, Forbidden};
use wharfinger_domain::time::Timestamp;

use crate::error::{AppError, UserError, UserErrorCode};
use crate::record::Sight;

/// A call of a use case.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who is asking.
    pub caller: Caller,
    /// The id that the answer, the log and the audit carry.
    pub request_id: Box<str>,
    /// The instant at which the request arrived; everything in it is judged at this one.
    pub at: Timestamp,
    /// Where it came from; `None` for a task of the product.
    pub source: Option<IpAddr>,
}

impl Call {
    /// A call by one of the product's own tasks.
    pub fn system(task: &str, at: Timestamp) -> Self {
        Self { caller: Caller::system(task), request_id: format!("system:{task}").into(), at, source: None }
    }

    /// Refuses the call unless the caller may take the action.
    pub fn require(&self, action: Action, workspace: Option<WorkspaceId>) -> Result<(), AppError> {
        rights::require(&self.caller, action, workspace).map_err(AppError::from)
    }

    /// Whether the caller may take the action.
    pub fn permits(&self, action: Action, workspace: Option<WorkspaceId>) -> bool {
        rights::permits(&self.caller, action, workspace)
    }

    /// How far the caller sees of what this action reads or changes: everything, or what is of the workspaces on which it may
    /// take the action.
    pub fn sight(&self, action: Action) -> Sight {
        if self.permits(action, None) {
            return Sight::All;
        }
        Sight::Of(self.caller.workspaces().filter(|workspace| self.permits(action, Some(*workspace))).collect())
    }

    /// Why the caller may not take an action on this workspace: `None` when it may. An error when the caller may take it on no
    /// workspace at all; else what is wrong with naming this one: that there is none, as far as the caller may see, or
    /// that the right is missing here.
    pub fn refusal_in(
        &self,
        action: Action,
        workspace: WorkspaceId,
        path: &[&str],
    ) -> Result<Option<UserError>, AppError> {
        if self.permits(action, Some(workspace)) {
            return Ok(None);
        }
        if self.sight(action).is_blind() {
            return Err(AppError::Forbidden(Forbidden(action)));
        }
        if !self.permits(Action::ReadWorkspace, Some(workspace)) {
            return Ok(Some(UserError::not_found("workspace", path, None)));
        }
        let message = "you may not do this in this workspace; ask an administrator of it";
        Ok(Some(UserError::new(UserErrorCode::NotAllowed, message, path)))
    }

    /// A call by somebody who has yet to prove who it is.
    pub fn unproven(request_id: &str, at: Timestamp, source: Option<IpAddr>) -> Self {
        let caller = Caller::new("anonymous", AuthMethod::System, PlatformRole::None, []);
        Self { caller, request_id: request_id.into(), at, source }
    }
}
