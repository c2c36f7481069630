//! Workspaces: made by a platform administrator, read by their members.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use wharfinger_domain::change::Change;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::name::Name;
use wharfinger_domain::rights::Action;
use wharfinger_store::{StoreError, Unique};

use crate::App;
use crate::call::Call;
use crate::error::{AppError, Outcome, UserError, UserErrorCode};
use crate::record::{NameKey, Page, Paged, WorkspaceFilter, WorkspaceRecord};
use crate::unit::Subject;

/// The longest display name, in characters.
const MAX_DISPLAY_NAME: usize = 200;

/// A workspace to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkspace {
    /// Unique; a name as [`Name`] allows.
    pub name: String,
    /// What it is called in a user interface.
    pub display_name: Option<String>,
}

impl App {
    /// Makes a workspace.
    pub async fn create_workspace(self: &Arc<Self>, call: &Call, new: NewWorkspace) -> Outcome<WorkspaceRecord> {
        call.require(Action::ManageWorkspaces, None)?;
        let errors = check(&new);
        if !errors.is_empty() {
            return Ok(Err(errors));
        }
        let at = call.at;
        self.change(call, false, move |unit| {
            let inserted = unit.tx.insert_workspace(&new.name, new.display_name.as_deref(), at);
            let record = inserted.map_err(|error| match error {
                StoreError::Conflict(Unique::WorkspaceName) => {
                    let message = format!("there is a workspace named {:?} already", new.name);
                    UserError::new(UserErrorCode::Taken, message, &["name"]).into()
                }
                other => AppError::from(other),
            })?;
            let subject = Subject {
                kind: "workspace",
                id: Some(record.workspace.id.0),
                label: &new.name,
                workspace: Some(record.workspace.id),
            };
            unit.audit("workspace.create", &subject, &json!({ "displayName": new.display_name }));
            unit.note(Change::Workspace(record.workspace.clone()));
            Ok(record)
        })
        .await
    }

    /// Changes what a workspace is called in a user interface; `None`: nothing but its name.
    pub async fn update_workspace(
        self: &Arc<Self>,
        call: &Call,
        id: WorkspaceId,
        revision: i32,
        display_name: Option<String>,
    ) -> Outcome<WorkspaceRecord> {
        if let Some(error) = call.refusal_in(Action::RenameWorkspace, id, &["workspaceId"])? {
            return Ok(Err(vec![error]));
        }
        if let Some(error) = check_display_name(display_name.as_deref()) {
            return Ok(Err(vec![error]));
        }
        self.change(call, false, move |unit| {
            let sight = unit.sight(Action::RenameWorkspace);
            let missing = || AppError::from(UserError::not_found("workspace", &["workspaceId"], None));
            let before = unit.tx.workspace(&sight, id)?.ok_or_else(missing)?;
            if !unit.tx.rename_workspace(id, revision, display_name.as_deref())? {
                return Err(UserError::stale("workspace").into());
            }
            let label = &before.workspace.name;
            let subject = Subject { kind: "workspace", id: Some(id.0), label, workspace: Some(id) };
            let shown = |name: &Option<String>| json!({ "displayName": name });
            let details = json!({ "before": shown(&before.display_name), "after": shown(&display_name) });
            unit.audit("workspace.update", &subject, &details);
            unit.tx.workspace(&sight, id)?.ok_or_else(missing)
        })
        .await
    }

    /// The workspace with this id; `None` when there is none or the caller may not see it.
    pub async fn workspace(&self, call: &Call, id: WorkspaceId) -> Result<Option<WorkspaceRecord>, AppError> {
        let sight = call.sight(Action::ReadWorkspace);
        self.read(move |tx| Ok(tx.workspace(&sight, id)?)).await
    }

    /// The workspace of this name; `None` when there is none or the caller may not see it.
    pub async fn workspace_by_name(&self, call: &Call, name: String) -> Result<Option<WorkspaceRecord>, AppError> {
        let sight = call.sight(Action::ReadWorkspace);
        self.read(move |tx| Ok(tx.workspace_by_name(&sight, &name)?)).await
    }

    /// The workspaces with these ids that exist and that the caller may see.
    pub async fn workspaces_by_id(
        &self,
        call: &Call,
        ids: Vec<WorkspaceId>,
    ) -> Result<HashMap<WorkspaceId, WorkspaceRecord>, AppError> {
        let sight = call.sight(Action::ReadWorkspace);
        self.read(move |tx| Ok(tx.workspaces_by_id(&sight, &ids)?)).await
    }

    /// A page of the workspaces that the caller may see, by name.
    pub async fn page_workspaces(
        &self,
        call: &Call,
        search: Option<String>,
        page: Page<NameKey>,
    ) -> Result<Paged<WorkspaceRecord>, AppError> {
        let filter = WorkspaceFilter { search, sight: call.sight(Action::ReadWorkspace) };
        self.read(move |tx| Ok(tx.page_workspaces(&filter, &page)?)).await
    }
}

fn check(new: &NewWorkspace) -> Vec<UserError> {
    let mut errors = Vec::new();
    if let Err(error) = Name::parse(&new.name) {
        errors.push(UserError::new(UserErrorCode::Invalid, error.to_string(), &["name"]));
    }
    errors.extend(check_display_name(new.display_name.as_deref()));
    errors
}

fn check_display_name(name: Option<&str>) -> Option<UserError> {
    let too_long = name.is_some_and(|name| name.chars().count() > MAX_DISPLAY_NAME);
    let message = || format!("the display name is too long; use at most {MAX_DISPLAY_NAME} characters");
    too_long.then(|| UserError::new(UserErrorCode::TooLong, message(), &["displayName"]))
}
