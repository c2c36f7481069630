//! The audit: who did what, when and from where. Records are appended and never changed; the database refuses it.

use std::collections::HashMap;

use wharfinger_domain::id::{AuditEventId, WorkspaceId};
use wharfinger_domain::time::Timestamp;

use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// A record to be appended. It names things as they are called now and refers to none, so that it outlives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuditEvent {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// How they had proved who they are.
    pub auth_method: String,
    /// What was done, such as `space.bind`.
    pub action: String,
    /// What kind of thing it was done to.
    pub subject_kind: String,
    /// The id of that thing.
    pub subject_id: Option<i64>,
    /// What that thing was called.
    pub subject_label: String,
    /// The workspace that it concerned.
    pub workspace: Option<WorkspaceId>,
    /// Before and after, as a JSON text from which the caller has left out every secret.
    pub details: Option<String>,
    /// Where the request came from.
    pub source_ip: Option<String>,
    /// The request's id.
    pub request_id: String,
    /// What came of it, such as `done` or `refused`.
    pub outcome: String,
}

/// A record as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEventRecord {
    /// The store's id; grows with time.
    pub id: AuditEventId,
    /// The record.
    pub event: NewAuditEvent,
}

/// Which records a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only what this one did.
    pub actor: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only what was done to this kind of thing.
    pub subject_kind: Option<String>,
    /// Only what was done to the thing with this id; to be given with its kind.
    pub subject_id: Option<i64>,
    /// Only those within this.
    pub sight: Sight,
    /// Only from this instant on.
    pub since: Option<Timestamp>,
    /// Only before this instant.
    pub until: Option<Timestamp>,
}

impl AuditFilter {
    /// All records within this.
    pub fn seen_with(sight: Sight) -> Self {
        Self { sight, ..Self::default() }
    }
}

/// What can be done with the audit.
pub trait Audit {
    /// Appends records.
    fn append_audit(&mut self, events: &[NewAuditEvent]) -> Result<()>;

    /// The records with these ids, as far as they exist and are seen.
    fn audit_events_by_id(
        &mut self,
        sight: &Sight,
        ids: &[AuditEventId],
    ) -> Result<HashMap<AuditEventId, AuditEventRecord>>;

    /// A page of records, the newest first.
    fn page_audit(&mut self, filter: &AuditFilter, page: &Page<AuditEventId>) -> Result<Paged<AuditEventRecord>>;
}
