//! Gives the audit out as JSON lines (one object a line, the newest first), for those who keep it elsewhere. It is read page
//! by page while it is written, so that its length costs no memory.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Query, Request, State};
use axum::response::Response;
use futures_util::stream;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use wharfinger_app::App;
use wharfinger_app::call::Call;
use wharfinger_app::error::AppError;
use wharfinger_app::record::{AuditEventRecord, AuditFilter, Page};
use wharfinger_domain::id::AuditEventId;
use wharfinger_domain::rights::Action;

use super::answer::Answer;
use super::body::Refusal;
use super::{Endpoint, refused, request_id};
use crate::error::Code;
use crate::scalar::DateTime;

/// Where it is.
pub(super) const PATH: &str = "/audit";

/// How many records are read at once.
const PAGE: u32 = 1000;

/// Which records are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    actor: Option<String>,
    action: Option<String>,
    since: Option<String>,
    until: Option<String>,
}

pub(super) async fn audit(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let answer = Answer::new(request.headers(), request_id(request.headers(), &*endpoint.random));
    let (called, filter) = (endpoint.call(answer.request_id(), &request), wanted(&request));
    let opened = match called.await.and_then(|call| Ok((endpoint.paid(call)?, filter?))) {
        Ok((call, filter)) => open(endpoint.api.app(), call, filter).await,
        Err(refusal) => Err(refusal),
    };
    opened.map_or_else(|refusal| answer.refuse(&refusal), |body| answer.lines(body))
}

/// The body, once its first page has been read: what is refused is refused with a status.
async fn open(app: &Arc<App>, call: Call, filter: AuditFilter) -> Result<Body, Refusal> {
    let first = page(app, &call, &filter, None).await.map_err(refused)?;
    let state = (Arc::clone(app), call, filter, Some(first));
    let pages = stream::try_unfold(state, async |(app, call, filter, held)| {
        let Some((lines, after)) = held else { return Ok(None) };
        let next = match after {
            Some(after) => Some(page(&app, &call, &filter, Some(after)).await.map_err(std::io::Error::other)?),
            None => None,
        };
        Ok::<_, std::io::Error>(Some((lines, (app, call, filter, next))))
    });
    Ok(Body::from_stream(pages))
}

/// The lines of a page, and after which record the next one begins.
async fn page(
    app: &Arc<App>,
    call: &Call,
    filter: &AuditFilter,
    after: Option<AuditEventId>,
) -> Result<(Bytes, Option<AuditEventId>), AppError> {
    let page = Page { first: PAGE, after, total: false };
    let paged = app.page_audit(call, filter.clone(), page).await?;
    let next = paged.items.last().filter(|_| paged.has_next).map(|record| record.id);
    let is_told = call.permits(Action::ReadUsers, None);
    let lines: String = paged.items.iter().map(|record| line(record, is_told)).collect();
    Ok((lines.into(), next))
}

/// A record as a line. Where a request came from is told to those who may read all records.
fn line(record: &AuditEventRecord, is_told: bool) -> String {
    let event = &record.event;
    let details = event.details.as_deref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let line = json!({
        "id": record.id, "at": DateTime(event.at).rfc3339(), "actor": event.actor, "authMethod": event.auth_method,
        "action": event.action, "outcome": event.outcome, "subjectKind": event.subject_kind,
        "subjectId": event.subject_id, "subjectLabel": event.subject_label, "details": details,
        "sourceIp": event.source_ip.as_ref().filter(|_| is_told), "requestId": event.request_id,
    });
    format!("{line}\n")
}

fn wanted(request: &Request) -> Result<AuditFilter, Refusal> {
    let bad = |words: String| Refusal::new(StatusCode::BAD_REQUEST, Code::BadUserInput, words);
    let Query(wanted) = Query::<Wanted>::try_from_uri(request.uri())
        .map_err(|error| bad(format!("the query cannot be read: {error}")))?;
    let instant = |text: Option<String>| text.map(|text| DateTime::read(&text)).transpose();
    let (since, until) = (instant(wanted.since), instant(wanted.until));
    let at =
        |read: Result<Option<DateTime>, &str>| read.map(|at| at.map(|at| at.0)).map_err(|words| bad(words.to_owned()));
    Ok(AuditFilter {
        actor: wanted.actor,
        action: wanted.action,
        since: at(since)?,
        until: at(until)?,
        ..AuditFilter::default()
    })
}
