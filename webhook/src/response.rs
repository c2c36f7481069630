//! The answer as `admission.k8s.io/v1` has it. It echoes the uid, never carries a patch, and has status 200 whatever was
//! decided: with any other the API server takes the call for a failed one.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Serialize;

/// An answer to a review.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer<'a> {
    uid: &'a str,
    allowed: bool,
    status: Status,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    audit_annotations: Annotations<'a>,
}

/// Why it was denied. The API server takes codes from 400 on, and shows the reason where there is no message. It does not
/// look at what an admission says here, but some clients cannot read an answer that says nothing.
#[derive(Debug, Serialize)]
struct Status {
    #[serde(rename = "status")]
    summary: &'static str,
    code: u16,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

/// What goes into the API server's audit log, each key below the webhook's name. A key may have no slash.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Annotations<'a> {
    pub(crate) decision: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) images: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grandfathered: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workspace: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decision_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: Answer<'a>,
}

impl<'a> Answer<'a> {
    pub(crate) fn admitted(uid: &'a str, warnings: Vec<String>, audit_annotations: Annotations<'a>) -> Self {
        let status = Status { summary: "Success", code: 200, reason: "", message: String::new() };
        Self { uid, allowed: true, status, warnings, audit_annotations }
    }

    pub(crate) fn denied(
        uid: &'a str,
        (status, message): (StatusCode, String),
        audit_annotations: Annotations<'a>,
    ) -> Self {
        let reason = match status {
            StatusCode::SERVICE_UNAVAILABLE => "ServiceUnavailable",
            StatusCode::INTERNAL_SERVER_ERROR => "InternalError",
            _ => "Forbidden",
        };
        let status = Status { summary: "Failure", code: status.as_u16(), reason, message };
        Self { uid, allowed: false, status, warnings: Vec::new(), audit_annotations }
    }
}

impl IntoResponse for Answer<'_> {
    fn into_response(self) -> Response {
        let envelope = Envelope { api_version: "admission.k8s.io/v1", kind: "AdmissionReview", response: self };
        match serde_json::to_vec(&envelope) {
            Ok(json) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}
