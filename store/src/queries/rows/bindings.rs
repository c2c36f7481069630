//! Bindings; a scope is a text in JSON.

use diesel::prelude::*;
use wharfinger_domain::binding::{Binding, BindingScope};
use wharfinger_domain::id::{BindingId, SpaceId, WorkspaceId};
use wharfinger_domain::time::Timestamp;

use super::super::schema::bindings;
use super::super::{from_json, instant};
use crate::Result;
use crate::bindings::BindingRecord;

#[derive(Queryable, Selectable)]
#[diesel(table_name = bindings)]
pub(in super::super) struct BindingRow {
    id: i64,
    space_id: i64,
    workspace_id: i64,
    scope: Option<String>,
    reason: Option<String>,
    created_at: i64,
    created_by: String,
    not_before: Option<i64>,
    expires_at: Option<i64>,
    revision: i32,
}

impl BindingRow {
    pub(in super::super) fn record(self) -> Result<BindingRecord> {
        let scope = self.scope.as_deref().map(|text| from_json::<BindingScope>(text, "bindings.scope")).transpose()?;
        let binding = Binding {
            id: BindingId(self.id),
            space: SpaceId(self.space_id),
            workspace: WorkspaceId(self.workspace_id),
            not_before: instant(self.not_before),
            expires_at: instant(self.expires_at),
            scope,
        };
        Ok(BindingRecord {
            binding,
            reason: self.reason,
            created_at: Timestamp::from_micros(self.created_at),
            created_by: self.created_by,
            revision: self.revision,
        })
    }
}
