//! Signing in and out over HTTP: `POST /session` with a name and a password begins a session, `DELETE /session` ends it. What
//! is refused is told as GraphQL tells errors.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use wharfinger_app::App;
use wharfinger_app::call::Call;
use wharfinger_app::error::AppError;
use wharfinger_app::random::Random;
use wharfinger_app::sign_in::{SignIn, SignInError};
use wharfinger_graphql::http::{peer, request_id};
use wharfinger_identity::credential::Credential;
use wharfinger_identity::session::{self, SessionId};

use super::door::Door;

/// Where it is.
const PATH: &str = "/session";

/// The longest body, in bytes.
const LONGEST: usize = 8 * 1024;

/// What is needed to answer.
struct Desk {
    app: Arc<App>,
    door: Arc<Door>,
    random: Arc<dyn Random>,
}

/// What somebody signs in with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Form {
    name: String,
    password: SecretString,
    new_password: Option<SecretString>,
}

/// Why a request was refused.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// After how many seconds to try again.
    wait: Option<u64>,
}

/// The routes, ready to be served.
pub(super) fn router(app: Arc<App>, door: Arc<Door>, random: Arc<dyn Random>) -> Router {
    let desk = Arc::new(Desk { app, door, random });
    Router::new().route(PATH, post(sign_in).delete(sign_out)).with_state(desk)
}

async fn sign_in(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (call, headers) = desk.call(&request);
    let secure = desk.door.is_secure();
    let signed_in = match desk.form(&headers, request).await {
        Ok(form) => desk.begin(&call, &headers, form).await,
        Err(refusal) => Err(refusal),
    };
    match signed_in {
        Ok((id, name)) => with_cookie((StatusCode::OK, Json(json!({ "user": { "name": name } }))), &id.cookie(secure)),
        Err(refusal) => refusal.answer(&call),
    }
}

async fn sign_out(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (call, headers) = desk.call(&request);
    match desk.end(&call, &headers).await {
        Ok(()) => with_cookie(StatusCode::NO_CONTENT, &session::no_cookie(desk.door.is_secure())),
        Err(refusal) => refusal.answer(&call),
    }
}

impl Desk {
    fn call(&self, request: &Request) -> (Call, HeaderMap) {
        let id = request_id(request.headers(), &*self.random);
        (Call::unproven(&id, self.app.clock().now(), peer(request)), request.headers().clone())
    }

    /// The form, when a page of this origin or a program sends one.
    async fn form(&self, headers: &HeaderMap, request: Request) -> Result<Form, Refusal> {
        self.require_ours(headers)?;
        let is_json = headers.get(header::CONTENT_TYPE).is_some_and(|value| value == "application/json");
        if !is_json {
            let message = "send the form as application/json";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT", message));
        }
        let too_long = || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "BAD_USER_INPUT", "the form is too long");
        let body = to_bytes(request.into_body(), LONGEST).await.map_err(|_| too_long())?;
        // What is wrong with it is not repeated: it has a password in it.
        let words = "send {\"name\": …, \"password\": …} and, where asked for, \"newPassword\"";
        serde_json::from_slice(&body).map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", words))
    }

    async fn begin(&self, call: &Call, headers: &HeaderMap, form: Form) -> Result<(SessionId, String), Refusal> {
        let previous = match Credential::of(headers, self.door.is_secure()) {
            Ok(Credential::Session(session)) => Some(session),
            _ => None,
        };
        let Form { name, password, new_password } = form;
        let attempt = SignIn { name, password, new_password, previous };
        let (id, caller) = self.app.sign_in(call, attempt).await.map_err(Refusal::of)?;
        Ok((id, caller.name().to_owned()))
    }

    /// Ends the session; one that has ended already is ended all the same.
    async fn end(&self, call: &Call, headers: &HeaderMap) -> Result<(), Refusal> {
        self.require_ours(headers)?;
        let Ok(credential @ Credential::Session(_)) = Credential::of(headers, self.door.is_secure()) else {
            return Ok(());
        };
        let caller = self.app.authenticate(call, credential.clone()).await.map_err(Refusal::failed)?;
        let (Some(caller), Credential::Session(session)) = (caller, credential) else { return Ok(()) };
        self.app.sign_out(&Call { caller, ..call.clone() }, &session).await.map_err(Refusal::failed)
    }

    fn require_ours(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if self.door.is_ours(headers) {
            return Ok(());
        }
        let message = "pages of this origin sign in and out, and send the header X-CSRF";
        Err(Refusal::new(StatusCode::FORBIDDEN, "FORBIDDEN", message))
    }
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), wait: None }
    }

    fn of(error: SignInError) -> Self {
        let message = error.to_string();
        match error {
            SignInError::Wrong => Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message),
            SignInError::Delayed { wait } => {
                let wait = Some(wait.as_secs() + 1);
                Self { wait, ..Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message) }
            }
            SignInError::NewPasswordNeeded => Self::new(StatusCode::FORBIDDEN, "NEW_PASSWORD_NEEDED", message),
            SignInError::NewPassword(_) => Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message),
            SignInError::App(error) => Self::failed(error),
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "it stands behind map_err, which gives the error away")]
    fn failed(error: AppError) -> Self {
        tracing::warn!(error = %error, cause = ?error, "somebody could not sign in or out");
        match error {
            AppError::Unavailable(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "UPSTREAM_UNAVAILABLE", error.to_string())
            }
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "an internal error occurred"),
        }
    }

    fn answer(self, call: &Call) -> Response {
        let mut extensions = json!({ "code": self.code, "requestId": call.request_id });
        if let Some(wait) = self.wait {
            extensions["retryAfterMs"] = json!(wait * 1000);
        }
        let body = json!({ "errors": [{ "message": self.message, "extensions": extensions }] });
        let mut answer = (self.status, Json(body)).into_response();
        if let Some(wait) = self.wait {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        answer
    }
}

fn with_cookie(answer: impl axum::response::IntoResponse, cookie: &str) -> Response {
    let mut answer = answer.into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        answer.headers_mut().insert(header::SET_COOKIE, value);
    }
    answer
}
