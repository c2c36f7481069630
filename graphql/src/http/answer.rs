//! Writes an answer: in the media type that the client accepts, and with the status that goes with it. The headers that keep a
//! browser from making anything else of it are those of every answer, and the listener's.

use async_graphql::{ServerError, Value};
use axum::body::Body;
use axum::response::Response;
use http::header::{ACCEPT, ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use super::body::Refusal;
use crate::error::{complete, is_request_error, refusal, retry_after, set_retry_after, told_code};

/// Carries the id of a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
/// JSON lines (jsonlines.org).
const LINES: &str = "application/jsonl";

/// An answer to be written.
pub(super) struct Answer {
    request_id: String,
    /// Whether the client understands that a status tells of the document.
    is_graphql: bool,
}

/// The body, in the order of the specification's examples.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    extensions: Extensions<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Extensions<'a> {
    request_id: &'a str,
}

impl Answer {
    pub(super) fn new(headers: &HeaderMap, request_id: String) -> Self {
        let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let is_graphql = accepted
            .flat_map(|value| value.split(','))
            .any(|range| range.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(GRAPHQL)));
        Self { request_id, is_graphql }
    }

    pub(super) fn request_id(&self) -> &str {
        &self.request_id
    }

    /// What was answered. A document that could not be executed is a bad request for clients that understand it so. For the
    /// others the log has here what the listener reads off the status.
    pub(super) fn of(&self, response: &async_graphql::Response) -> Response {
        let never_began = is_request_error(response);
        if never_began && response.errors.iter().any(|error| retry_after(error).is_some()) {
            return self.write(StatusCode::TOO_MANY_REQUESTS, None, &response.errors);
        }
        let status = if never_began && self.is_graphql { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        if never_began && status == StatusCode::OK {
            let codes: Vec<_> = response.errors.iter().filter_map(told_code).collect();
            tracing::info!(request_id = self.request_id, ?codes, "a document was refused");
        }
        let data = (!never_began).then_some(&response.data);
        self.write(status, data, &response.errors)
    }

    /// Why nothing was executed.
    pub(super) fn refuse(&self, why: &Refusal) -> Response {
        let mut response = refusal(why.code, why.message.clone());
        complete(&mut response, &self.request_id);
        if let Some(wait) = why.wait {
            response.errors.iter_mut().for_each(|error| set_retry_after(error, wait));
        }
        let mut written = self.write(why.status, None, &response.errors);
        match why.status {
            StatusCode::METHOD_NOT_ALLOWED => written.headers_mut().insert(ALLOW, HeaderValue::from_static("POST")),
            StatusCode::UNAUTHORIZED => {
                written.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
            }
            _ => None,
        };
        written
    }

    /// What is no answer to a document: a file of JSON.
    pub(super) fn file(&self, json: Vec<u8>) -> Response {
        self.send(StatusCode::OK, JSON, json)
    }

    /// A file of one JSON object a line, which is read while it is written.
    pub(super) fn lines(&self, body: Body) -> Response {
        let mut response = self.send(StatusCode::OK, LINES, Vec::new());
        *response.body_mut() = body;
        response
    }

    fn write(&self, status: StatusCode, data: Option<&Value>, errors: &[ServerError]) -> Response {
        let written = Written { data, errors, extensions: Extensions { request_id: &self.request_id } };
        // Nothing in it has a key that is no string, so it can always be written.
        let body = serde_json::to_vec(&written).unwrap_or_default();
        let mut answer = self.send(status, if self.is_graphql { GRAPHQL } else { JSON }, body);
        let wait = errors.iter().filter_map(retry_after).max().filter(|_| status == StatusCode::TOO_MANY_REQUESTS);
        if let Some(wait) = wait {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.div_ceil(1000)));
        }
        answer
    }

    fn send(&self, status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        if let Ok(id) = HeaderValue::from_str(&self.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }
}
