//! Gives the snapshot out as a file. It is no field of the schema: its size grows with the platform, and nothing of it is
//! chosen by the client but the workspaces.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::response::Response;
use chrono::DateTime;
use http::StatusCode;
use tracing::Instrument;
use wharfinger_app::call::Call;
use wharfinger_app::error::AppError;
use wharfinger_app::export::Wanted;
use wharfinger_domain::time::Timestamp;

use super::answer::Answer;
use super::body::Refusal;
use super::{Endpoint, refused, request_id};
use crate::error::Code;

/// Where the file is.
pub(super) const PATH: &str = "/export";

pub(super) async fn export(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let answer = Answer::new(request.headers(), request_id(request.headers(), &*endpoint.random));
    let (called, wanted) = (endpoint.call(answer.request_id(), &request), wanted(&request));
    let file = match called.await.and_then(|call| Ok((endpoint.paid(call)?, wanted?))) {
        Ok((call, wanted)) => {
            let span = tracing::info_span!("export", request_id = answer.request_id(), caller = call.caller.name());
            endpoint.export(call, wanted).instrument(span).await
        }
        Err(refusal) => Err(refusal),
    };
    file.map_or_else(|refusal| answer.refuse(&refusal), |file| answer.file(file))
}

impl Endpoint {
    /// The file that is asked for.
    async fn export(&self, call: Call, wanted: Wanted) -> Result<Vec<u8>, Refusal> {
        let export = self.api.app().export_snapshot(&call, wanted).await.map_err(refused)?;
        let written = tokio::task::spawn_blocking(move || serde_json::to_vec(&export)).await;
        let internal = |error: Box<dyn std::error::Error + Send + Sync>| refused(AppError::Internal(error));
        written.map_err(|error| internal(error.into()))?.map_err(|error| internal(error.into()))
    }
}

/// What the query asks for. A parameter that is not known is refused: it might have been meant to leave something out.
fn wanted(request: &Request) -> Result<Wanted, Refusal> {
    let bad = |words: String| Refusal::new(StatusCode::BAD_REQUEST, Code::BadUserInput, words);
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(request.uri())
        .map_err(|error| bad(format!("the query cannot be read: {error}")))?;
    let mut wanted = Wanted::default();
    for (name, value) in pairs {
        match (&*name, wanted.judge_at) {
            ("workspace", _) => wanted.workspaces.push(value),
            ("at", None) => {
                let at = DateTime::parse_from_rfc3339(&value)
                    .map_err(|_| bad("write the instant as RFC 3339 does, such as 2026-01-31T12:00:00Z".to_owned()))?;
                wanted.judge_at = Some(Timestamp::from_micros(at.timestamp_micros()));
            }
            ("at", Some(_)) => return Err(bad("give one instant only".to_owned())),
            _ => return Err(bad("only the parameters workspace and at are known".to_owned())),
        }
    }
    Ok(wanted)
}
