//! Workspaces.

use diesel::prelude::*;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::time::Timestamp;
use wharfinger_domain::workspace::Workspace;

use super::super::schema::workspaces;
use crate::Result;
use crate::word::read_optional;
use crate::workspaces::WorkspaceRecord;

#[derive(Queryable, Selectable)]
#[diesel(table_name = workspaces)]
pub(in super::super) struct WorkspaceRow {
    id: i64,
    name: String,
    display_name: Option<String>,
    external_id: Option<String>,
    mode: Option<String>,
    created_at: i64,
    revision: i32,
}

impl WorkspaceRow {
    pub(in super::super) fn record(self) -> Result<WorkspaceRecord> {
        let mode = read_optional(self.mode.as_deref())?;
        Ok(WorkspaceRecord {
            workspace: Workspace { id: WorkspaceId(self.id), name: self.name.into(), mode },
            display_name: self.display_name,
            external_id: self.external_id,
            created_at: Timestamp::from_micros(self.created_at),
            revision: self.revision,
        })
    }
}
