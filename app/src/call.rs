//! What every use case takes first: who calls, by which request, and when. A test can fix all three.

use std::net::IpAddr;

use wharfinger_domain::caller::Caller;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::rights::{self, Action};
use wharfinger_domain::time::Timestamp;

use crate::error::AppError;

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

    /// Which workspaces the caller may take this action on: `None` when on any.
    pub fn workspaces_seen(&self, action: Action) -> Option<Vec<WorkspaceId>> {
        if self.permits(action, None) {
            return None;
        }
        Some(self.caller.workspaces().filter(|workspace| self.permits(action, Some(*workspace))).collect())
    }
}
