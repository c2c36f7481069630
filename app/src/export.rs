//! The snapshot in force, given out to be decided by elsewhere.

use std::sync::Arc;

use wharfinger_domain::export::Export;
use wharfinger_domain::rights::Action;
use wharfinger_domain::snapshot::Snapshot;
use wharfinger_domain::time::Timestamp;

use crate::App;
use crate::call::Call;
use crate::error::AppError;

/// What is to be exported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The names of the workspaces; the whole platform when there is none.
    pub workspaces: Vec<String>,
    /// The instant to judge at, when it is another than that of the judgement.
    pub judge_at: Option<Timestamp>,
}

impl App {
    /// Exports the snapshot in force, or the part of it that some workspaces need. Whoever has not the right is told that
    /// before anything is looked up, so that no answer tells which workspaces there are.
    pub async fn export_snapshot(&self, call: &Call, wanted: Wanted) -> Result<Export, AppError> {
        call.require(Action::ExportSnapshot, None)?;
        if wanted.judge_at.is_some_and(|at| at < call.at) {
            let words = "the instant has passed, and only the present state is known; give one that is to come";
            return Err(AppError::BadInput(words.to_owned()));
        }
        let (snapshot, taken_at) = (self.snapshot()?, call.at);
        let (caller, request_id) = (call.caller.name(), &*call.request_id);
        tracing::info!(caller, request_id, workspaces = ?wanted.workspaces, "the snapshot is exported");
        // It copies all of the policy: reviews must not wait for that.
        let exported = tokio::task::spawn_blocking(move || export(&snapshot, &wanted, taken_at)).await;
        exported.map_err(|error| AppError::Internal(Box::new(error)))?
    }
}

fn export(snapshot: &Arc<Snapshot>, wanted: &Wanted, taken_at: Timestamp) -> Result<Export, AppError> {
    if wanted.workspaces.is_empty() {
        return Ok(Export::whole(snapshot, taken_at, wanted.judge_at));
    }
    Export::slice(snapshot, &wanted.workspaces, taken_at, wanted.judge_at)
        .map_err(|name| AppError::BadInput(format!("there is no workspace {name:?}")))
}
