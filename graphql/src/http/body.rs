//! Reads the body of a request, and refuses every kind of body that a page of another site could send.

use std::error::Error;
use std::time::Duration;

use async_graphql::Variables;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use http_body_util::LengthLimitError;
use serde::Deserialize;

use crate::error::Code;

/// The largest body, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// How long a body may take to come. A client that sends a byte now and then holds a connection no longer than this.
const TIME: Duration = Duration::from_secs(10);

/// Why nothing was executed.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: Code,
    pub(super) message: String,
    /// How long to wait before asking again.
    pub(super) wait: Option<Duration>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), wait: None }
    }

    /// The caller asks too often.
    pub(super) fn too_many(message: impl Into<String>, wait: Duration) -> Self {
        Self { wait: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, message) }
    }

    fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::BadUserInput, message)
    }
}

/// A request as the GraphQL-over-HTTP specification writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    query: String,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The GraphQL request in an HTTP request.
pub(super) async fn read(request: Request) -> Result<async_graphql::Request, Refusal> {
    if !is_json(request.headers()) {
        let words = "send the request as Content-Type: application/json";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::BadUserInput, words));
    }
    let bytes = receive(request.into_body()).await?;
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Refusal::malformed("send one request at a time; a list of requests is not taken"));
    }
    let body: Written = serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::malformed(format!("the body is no GraphQL request in JSON: {error}")))?;
    let variables = Variables::from_json(serde_json::Value::Object(body.variables.unwrap_or_default()));
    let request = async_graphql::Request::new(body.query).variables(variables);
    Ok(match body.operation_name {
        Some(name) => request.operation_name(name),
        None => request,
    })
}

/// The whole body, unless it is too large, comes too slowly or breaks off.
async fn receive(body: Body) -> Result<Bytes, Refusal> {
    let received = tokio::time::timeout(TIME, to_bytes(body, MAX_BODY)).await;
    let received = received.map_err(|_| {
        let words = format!("the body has not come to its end within {} seconds", TIME.as_secs());
        Refusal::new(StatusCode::REQUEST_TIMEOUT, Code::Timeout, words)
    })?;
    received.map_err(|error| {
        if error.source().is_some_and(<dyn Error>::is::<LengthLimitError>) {
            let words = format!("the body is too long; {MAX_BODY} bytes are the most");
            return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, Code::BadUserInput, words);
        }
        Refusal::malformed("the body broke off, or its parts are not framed as HTTP frames them; send it again")
    })
}

/// Whether the body says that it is JSON, and says it once. Parameters, such as a charset, are let pass.
fn is_json(headers: &HeaderMap) -> bool {
    let mut all = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return false };
    let essence = only.to_str().ok().and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}
