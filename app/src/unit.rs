//! One change of policy data: what is written, what the audit says of it and what follows for the snapshot are one
//! transaction, and the snapshot has it before the use case returns.

use std::sync::Arc;

use serde_json::Value;
use wharfinger_domain::change::{Change, ChangeSet};
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::rights::Action;
use wharfinger_domain::time::Timestamp;
use wharfinger_store::audit::NewAuditEvent;
use wharfinger_store::{StoreError, Transaction};

use crate::App;
use crate::call::Call;
use crate::error::{AppError, Outcome, settle};
use crate::record::Sight;

/// A change under way.
pub(crate) struct Unit<'t> {
    /// The transaction.
    pub(crate) tx: &'t mut dyn Transaction,
    call: &'t Call,
    changes: Vec<Change>,
    events: Vec<NewAuditEvent>,
}

/// What a record of the audit is about.
pub(crate) struct Subject<'a> {
    pub(crate) kind: &'a str,
    pub(crate) id: Option<i64>,
    pub(crate) label: &'a str,
    pub(crate) workspace: Option<WorkspaceId>,
}

impl Unit<'_> {
    /// How far the caller sees of what this action reads or changes.
    pub(crate) fn sight(&self, action: Action) -> Sight {
        self.call.sight(action)
    }

    /// The instant of the call.
    pub(crate) fn at(&self) -> Timestamp {
        self.call.at
    }

    /// Notes what follows for the snapshot.
    pub(crate) fn note(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Notes what the audit is to say. `details` holds no secret.
    pub(crate) fn audit(&mut self, action: &str, subject: &Subject<'_>, details: &Value) {
        self.events.push(event(self.call, action, subject, details));
    }
}

/// What the audit is to say of what a call has done. `details` holds no secret.
pub(crate) fn event(call: &Call, action: &str, subject: &Subject<'_>, details: &Value) -> NewAuditEvent {
    NewAuditEvent {
        at: call.at,
        actor: call.caller.name().to_owned(),
        auth_method: format!("{:?}", call.caller.method()),
        action: action.to_owned(),
        subject_kind: subject.kind.to_owned(),
        subject_id: subject.id,
        subject_label: subject.label.to_owned(),
        workspace: subject.workspace,
        details: (!details.is_null()).then(|| details.to_string()),
        source_ip: call.source.map(|source| source.to_string()),
        request_id: call.request_id.to_string(),
        outcome: "done".to_owned(),
    }
}

/// What the audit is to say of what a call was refused.
pub(crate) fn refusal(call: &Call, action: &str, subject: &Subject<'_>, details: &Value) -> NewAuditEvent {
    NewAuditEvent { outcome: "refused".to_owned(), ..event(call, action, subject, details) }
}

/// Why a transaction was rolled back.
enum Aborted<T> {
    /// It was only to be tried.
    Tried(T),
    /// It failed.
    Failed(AppError),
}

impl<T> From<StoreError> for Aborted<T> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl App {
    /// Runs one change. With `dry_run` everything is done and then rolled back, so that the answer is the real one.
    pub(crate) async fn change<T: Send + 'static>(
        self: &Arc<Self>,
        call: &Call,
        dry_run: bool,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T, AppError> + Send + 'static,
    ) -> Outcome<T> {
        let (app, call) = (Arc::clone(self), call.clone());
        // What has been committed must be published, whatever becomes of the request: a task of its own goes on when the
        // caller is gone.
        #[expect(clippy::disallowed_methods, reason = "it is awaited here; a panic in it comes out here")]
        let task = tokio::spawn(async move { app.change_now(&call, dry_run, work).await });
        settle(task.await.unwrap_or_else(|error| Err(AppError::Internal(Box::new(error)))))
    }

    async fn change_now<T: Send + 'static>(
        &self,
        call: &Call,
        dry_run: bool,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let _turn = self.turn.lock().await;
        let (token, on_behalf) = (self.random.number(), call.clone());
        let done = self.store.write(move |tx| write(tx, &on_behalf, token, dry_run, work)).await;
        match done {
            Ok((value, None)) | Err(Aborted::Tried(value)) => Ok(value),
            Ok((value, Some(set))) => {
                self.publish(&set).await;
                Ok(value)
            }
            Err(Aborted::Failed(error)) => Err(error),
        }
    }

    /// Puts a committed change in force here.
    async fn publish(&self, set: &ChangeSet) {
        if self.publisher.change(set, self.clock.now()) {
            return;
        }
        // Another replica was in between. Should this fail, the watch on the revision does it as soon as it can.
        if let Err(error) = self.reload().await {
            tracing::warn!(error = %error, revision = %set.to, "a committed change could not be loaded yet");
        }
    }
}

fn write<T>(
    tx: &mut dyn Transaction,
    call: &Call,
    token: i64,
    dry_run: bool,
    work: impl FnOnce(&mut Unit<'_>) -> Result<T, AppError>,
) -> Result<(T, Option<ChangeSet>), Aborted<T>> {
    let mut unit = Unit { tx, call, changes: Vec::new(), events: Vec::new() };
    let value = work(&mut unit).map_err(Aborted::Failed)?;
    let Unit { tx, changes, events, .. } = unit;
    if dry_run {
        return Err(Aborted::Tried(value));
    }
    tx.append_audit(&events)?;
    if changes.is_empty() {
        return Ok((value, None));
    }
    let (from, to) = tx.bump_revision(token)?;
    Ok((value, Some(ChangeSet { from, to, changes })))
}
