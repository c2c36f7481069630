//! What the fake Harbor answers: a status, a few headers, a body, and the error bodies in Harbor's shape.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

/// An answer before it becomes HTTP.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self::empty(status).with("content-type", "text/plain; charset=utf-8").body(format!("{body}\n"))
    }

    pub(super) fn json(body: &Value) -> Self {
        Self::created(200, body)
    }

    pub(super) fn created(status: u16, body: &Value) -> Self {
        Self::empty(status).with("content-type", "application/json").body(format!("{body}\n"))
    }

    /// JSON as the registry and the token service send it: they name its encoding, unlike the interface.
    pub(super) fn json_utf8(status: u16, body: &Value) -> Self {
        Self::raw(status, "application/json; charset=utf-8", format!("{body}\n"))
    }

    pub(super) fn raw(status: u16, content_type: &str, body: String) -> Self {
        Self::empty(status).with("content-type", content_type).body(body)
    }

    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::json_utf8(status, &json!({ "errors": [{ "code": code, "message": message }] }))
    }

    pub(super) fn bad_request(message: &str) -> Self {
        Self::error(400, "BAD_REQUEST", message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::error(401, "UNAUTHORIZED", "unauthorized")
    }

    pub(super) fn forbidden(message: &str) -> Self {
        Self::error(403, "FORBIDDEN", message)
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::error(404, "NOT_FOUND", &format!("{what} not found"))
    }

    pub(super) fn no_path(path: &str) -> Self {
        Self::error(404, "NOT_FOUND", &format!("path {path} was not found"))
    }

    pub(super) fn conflict(message: &str) -> Self {
        Self::error(409, "CONFLICT", message)
    }

    pub(super) fn precondition(message: &str) -> Self {
        Self::error(412, "PRECONDITION", message)
    }

    /// A request that the schema refuses.
    pub(super) fn unprocessable(what: &str) -> Self {
        Self::error(422, "UNPROCESSABLE_ENTITY", &format!("validation failure list:\n{what}"))
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn body(mut self, body: String) -> Self {
        self.body = body;
        self
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}
