//! The workspaces.

use foldhash::HashMap;

use crate::id::WorkspaceId;
use crate::workspace::Workspace;

/// The workspaces by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Workspaces(HashMap<WorkspaceId, Workspace>);

impl Workspaces {
    pub(crate) fn build(workspaces: Vec<Workspace>) -> Self {
        Self(workspaces.into_iter().map(|workspace| (workspace.id, workspace)).collect())
    }

    #[inline]
    pub(crate) fn get(&self, id: WorkspaceId) -> Option<&Workspace> {
        self.0.get(&id)
    }

    /// All of them, in order.
    pub(crate) fn list(&self) -> Vec<Workspace> {
        let mut all: Vec<_> = self.0.values().cloned().collect();
        all.sort_by_key(|workspace| workspace.id);
        all
    }

    pub(crate) fn put(&mut self, workspace: Workspace) {
        self.0.insert(workspace.id, workspace);
    }

    pub(crate) fn remove(&mut self, id: WorkspaceId) {
        self.0.remove(&id);
    }
}
