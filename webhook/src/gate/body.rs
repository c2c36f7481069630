//! Reads the body of a request: of the right type, no longer than allowed, and no later than there is time to answer.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::{Instant, timeout_at};

use crate::refusal::Refusal;

/// The body, whole.
pub(super) async fn read(request: Request, longest: usize, until: Instant) -> Result<Bytes, Refusal> {
    let (parts, body) = request.into_parts();
    if !is_json(&parts.headers) {
        return Err(Refusal::ContentType);
    }
    if announced(&parts.headers).is_some_and(|length| length > longest) {
        return Err(Refusal::TooLarge(longest));
    }
    timeout_at(until, collect(body, longest)).await.unwrap_or(Err(Refusal::TooSlow))
}

async fn collect(body: Body, longest: usize) -> Result<Bytes, Refusal> {
    match Limited::new(body, longest).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge(longest)),
        Err(_) => Err(Refusal::BrokenOff),
    }
}

/// Whether the body is said to be JSON, with or without parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let essence =
        |value: &str| value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json");
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(essence)
}

/// The length that the client announces; a body without one is counted as it comes.
fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
