//! The JSON objects that the API server sends: namespaces whole and as metadata, lists, watch events, and statuses.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use crate::kube::world::{Kind, Namespace};

/// How much of a namespace the client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The whole object.
    Whole,
    /// `PartialObjectMetadata` and its list.
    Metadata,
}

impl Shape {
    /// What the Accept header asks for. Media types that are not served fall back to the whole object, as JSON.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let first = accept.split(',').next().unwrap_or_default();
        let metadata = first.split(';').any(|part| part.trim().starts_with("as=PartialObjectMetadata"));
        if metadata { Self::Metadata } else { Self::Whole }
    }

    /// The object's kind and group version.
    fn types(self) -> (&'static str, &'static str) {
        match self {
            Self::Whole => ("Namespace", "v1"),
            Self::Metadata => ("PartialObjectMetadata", "meta.k8s.io/v1"),
        }
    }

    /// One namespace.
    pub(super) fn namespace(self, namespace: &Namespace) -> Value {
        let (kind, version) = self.types();
        let mut object = json!({ "kind": kind, "apiVersion": version, "metadata": namespace.metadata });
        if self == Self::Whole {
            object["spec"] = json!({ "finalizers": ["kubernetes"] });
            object["status"] = json!({ "phase": if namespace.terminating { "Terminating" } else { "Active" } });
        }
        object
    }

    /// A list, or a page of one.
    pub(super) fn list(self, page: &[&Namespace], version: u64, rest: Option<(String, usize)>) -> Value {
        let (kind, api) = self.types();
        let items: Vec<_> = page.iter().map(|namespace| self.namespace(namespace)).collect();
        let mut metadata = json!({ "resourceVersion": version.to_string() });
        if let Some((token, remaining)) = rest {
            metadata["continue"] = token.into();
            metadata["remainingItemCount"] = remaining.into();
        }
        json!({ "kind": format!("{kind}List"), "apiVersion": api, "metadata": metadata, "items": items })
    }

    /// A watch event that tells a change.
    pub(super) fn event(self, kind: Kind, namespace: &Namespace) -> Value {
        let kind = match kind {
            Kind::Added => "ADDED",
            Kind::Modified => "MODIFIED",
            Kind::Deleted => "DELETED",
        };
        json!({ "type": kind, "object": self.namespace(namespace) })
    }

    /// A bookmark; `initial` ends what a watch sends at its start.
    pub(super) fn bookmark(self, version: u64, initial: bool) -> Value {
        let (kind, api) = self.types();
        let mut metadata = json!({ "resourceVersion": version.to_string() });
        if initial {
            metadata["annotations"] = json!({ "k8s.io/initial-events-end": "true" });
        }
        json!({ "type": "BOOKMARK", "object": { "kind": kind, "apiVersion": api, "metadata": metadata } })
    }
}

/// A refusal, as a `Status` object.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    code: StatusCode,
    reason: &'static str,
    message: String,
    /// The kind of the object, as the URL has it, and its name.
    about: Option<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn bad_request(message: String) -> Self {
        Self { code: StatusCode::BAD_REQUEST, reason: "BadRequest", message, about: None }
    }

    pub(super) fn not_found(kind: &'static str, name: &str) -> Self {
        let message = format!("{kind} {name:?} not found");
        Self { code: StatusCode::NOT_FOUND, reason: "NotFound", message, about: Some((kind, name.to_owned())) }
    }

    pub(super) fn already_exists(kind: &'static str, name: &str) -> Self {
        let message = format!("{kind} {name:?} already exists");
        Self { code: StatusCode::CONFLICT, reason: "AlreadyExists", message, about: Some((kind, name.to_owned())) }
    }

    pub(super) fn invalid(kind: &'static str, name: &str) -> Self {
        let message = format!("{kind} {name:?} is invalid: metadata.name: Invalid value: {name:?}");
        let about = Some((kind, name.to_owned()));
        Self { code: StatusCode::UNPROCESSABLE_ENTITY, reason: "Invalid", message, about }
    }

    pub(super) fn expired(asked: u64, oldest: u64) -> Self {
        let message = format!("too old resource version: {asked} ({oldest})");
        Self { code: StatusCode::GONE, reason: "Expired", message, about: None }
    }

    pub(super) fn unavailable() -> Self {
        let message = "the server is currently unable to handle the request".to_owned();
        Self { code: StatusCode::SERVICE_UNAVAILABLE, reason: "ServiceUnavailable", message, about: None }
    }

    /// The `Status` object.
    pub(super) fn object(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code.as_u16(),
        });
        if let Some((kind, name)) = &self.about {
            status["details"] = json!({ "name": name, "kind": kind });
        }
        status
    }

    /// The watch event that ends a watch with this refusal.
    pub(super) fn event(&self) -> Value {
        json!({ "type": "ERROR", "object": self.object() })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.code, Json(self.object())).into_response()
    }
}
