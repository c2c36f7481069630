//! Workspaces, the tenants of the platform.

use std::collections::HashMap;

use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::time::Timestamp;
use wharfinger_domain::workspace::Workspace;

use crate::page::NameKey;
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// A workspace as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceRecord {
    /// What decisions need of it.
    pub workspace: Workspace,
    /// What it is called in a user interface.
    pub display_name: Option<String>,
    /// The id by which another platform knows it. Unique.
    pub external_id: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Grows by one with every change.
    pub revision: i32,
}

impl WorkspaceRecord {
    /// Where it stands in a list of workspaces.
    pub fn key(&self) -> NameKey {
        NameKey { name: self.workspace.name.to_string(), id: self.workspace.id.0 }
    }
}

/// Which workspaces a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkspaceFilter {
    /// A part of the name or of the display name, letters of either case.
    pub search: Option<String>,
    /// Only those within this.
    pub sight: Sight,
}

impl WorkspaceFilter {
    /// All workspaces within this.
    pub fn seen_with(sight: Sight) -> Self {
        Self { sight, ..Self::default() }
    }
}

/// What can be done with workspaces.
pub trait Workspaces {
    /// Makes a workspace. [`crate::Unique::WorkspaceName`] when there is one of that name.
    fn insert_workspace(&mut self, name: &str, display_name: Option<&str>, at: Timestamp) -> Result<WorkspaceRecord>;

    /// The workspace with this id.
    fn workspace(&mut self, sight: &Sight, id: WorkspaceId) -> Result<Option<WorkspaceRecord>>;

    /// The workspace of this name.
    fn workspace_by_name(&mut self, sight: &Sight, name: &str) -> Result<Option<WorkspaceRecord>>;

    /// The workspaces with these ids, as far as they exist and are seen.
    fn workspaces_by_id(&mut self, sight: &Sight, ids: &[WorkspaceId])
    -> Result<HashMap<WorkspaceId, WorkspaceRecord>>;

    /// A page of workspaces, by name.
    fn page_workspaces(&mut self, filter: &WorkspaceFilter, page: &Page<NameKey>) -> Result<Paged<WorkspaceRecord>>;

    /// Sets the display name. False, and nothing done, when the workspace is not at this revision.
    fn rename_workspace(&mut self, id: WorkspaceId, revision: i32, display_name: Option<&str>) -> Result<bool>;

    /// Sets the mode and the external id. False, and nothing done, when the workspace is not at this revision.
    /// [`crate::Unique::WorkspaceExternalId`] when another one has that external id.
    fn set_workspace_policy(
        &mut self,
        id: WorkspaceId,
        revision: i32,
        mode: Option<EnforcementMode>,
        external_id: Option<&str>,
    ) -> Result<bool>;

    /// Removes a workspace with its bindings; its namespaces are in none then. False when there is none;
    /// [`crate::StoreError::Dangling`] while it owns a registry.
    fn remove_workspace(&mut self, id: WorkspaceId) -> Result<bool>;
}
