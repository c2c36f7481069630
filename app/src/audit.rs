//! The audit as it is read, and what it says of mutations that were refused. Records of what was done are written with the
//! change itself.

use serde_json::json;
use wharfinger_domain::id::AuditEventId;
use wharfinger_domain::rights::Action;

use crate::App;
use crate::call::Call;
use crate::error::AppError;
use crate::record::{AuditEventRecord, AuditFilter, Page, Paged};
use crate::unit::{Subject, refusal};

impl App {
    /// Has the audit say that a mutation of this name was refused, and why, in codes.
    pub async fn note_refusal(&self, call: &Call, mutation: &str, codes: &[String]) -> Result<(), AppError> {
        let subject = Subject { kind: "mutation", id: None, label: mutation, workspace: None };
        let event = refusal(call, mutation, &subject, &json!({ "codes": codes }));
        self.store.write(move |tx| Ok(tx.append_audit(&[event])?)).await
    }

    /// A page of the records that the caller may read, the newest first: all, or those that concern the workspaces that it
    /// manages.
    pub async fn page_audit(
        &self,
        call: &Call,
        mut filter: AuditFilter,
        page: Page<AuditEventId>,
    ) -> Result<Paged<AuditEventRecord>, AppError> {
        filter.sight = call.sight(Action::ReadAudit);
        if filter.sight.is_blind() {
            call.require(Action::ReadAudit, None)?;
        }
        self.read(move |tx| Ok(tx.page_audit(&filter, &page)?)).await
    }

    /// The record with this id, if the caller may read it.
    pub async fn audit_event(&self, call: &Call, id: AuditEventId) -> Result<Option<AuditEventRecord>, AppError> {
        let sight = call.sight(Action::ReadAudit);
        self.read(move |tx| Ok(tx.audit_events_by_id(&sight, &[id])?.remove(&id))).await
    }
}
