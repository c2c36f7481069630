//! What a client is told when something cannot be answered: a code to act on, a sentence, and the id of the request. A cause
//! goes to the log and never to the client.

use std::time::Duration;

use async_graphql::{Error, ErrorExtensionValues, ErrorExtensions, Response, ServerError, Value};
use wharfinger_app::budgets::Exhausted;
use wharfinger_app::error::AppError;

/// The codes of `errors[].extensions.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// Nobody is signed in.
    Unauthenticated,
    /// The role may never do this.
    Forbidden,
    /// An argument, id, cursor or variable is not what it must be.
    BadUserInput,
    /// The document is none of this schema.
    ValidationFailed,
    /// The document asks for too much.
    CostExceeded,
    /// The caller asks too often.
    RateLimited,
    /// Something that this service depends on does not answer.
    UpstreamUnavailable,
    /// It took too long.
    Timeout,
    /// A fault of ours.
    Internal,
}

/// The key of the extension that says after how many milliseconds to come back.
const RETRY_AFTER: &str = "retryAfterMs";

/// What is told of a fault of ours.
pub(crate) const INTERNAL: &str = "an internal error occurred; its cause is in the log under the request's id";

impl Code {
    /// The code as it is told.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::ValidationFailed => "VALIDATION_FAILED",
            Self::CostExceeded => "COST_EXCEEDED",
            Self::RateLimited => "RATE_LIMITED",
            Self::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
            Self::Timeout => "TIMEOUT",
            Self::Internal => "INTERNAL",
        }
    }
}

/// An error with this code. The words of a fault of ours are always the same.
pub(crate) fn coded(code: Code, message: impl Into<String>) -> Error {
    let message = if code == Code::Internal { INTERNAL.to_owned() } else { message.into() };
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code.word()))
}

/// An argument is not what it must be.
pub(crate) fn bad_input(message: impl Into<String>) -> Error {
    coded(Code::BadUserInput, message)
}

/// What a use case could not do.
pub(crate) fn fail(error: AppError) -> Error {
    match error {
        AppError::RateLimited(exhausted) => rate_limited(&exhausted),
        error => {
            let (code, message) = told(&error);
            coded(code, message)
        }
    }
}

/// The caller asks too often: the error says when to come back.
pub(crate) fn rate_limited(exhausted: &Exhausted) -> Error {
    let error = coded(Code::RateLimited, exhausted.to_string());
    error.extend_with(|_, extensions| extensions.set(RETRY_AFTER, millis(exhausted.wait)))
}

/// So many milliseconds, and no less.
fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
}

/// The code and the words of what a use case could not do. The cause goes to the log.
pub(crate) fn told(error: &AppError) -> (Code, String) {
    let code = match error {
        AppError::Forbidden(_) => Code::Forbidden,
        AppError::RateLimited(_) => Code::RateLimited,
        AppError::BadInput(_) => Code::BadUserInput,
        AppError::Unavailable(cause) => {
            tracing::warn!(%cause, "the store does not answer");
            Code::UpstreamUnavailable
        }
        AppError::NotReady => Code::UpstreamUnavailable,
        AppError::Internal(cause) => {
            tracing::error!(%cause, "a request failed");
            Code::Internal
        }
        AppError::Refused(errors) => {
            let words: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
            return (Code::BadUserInput, words.join("; "));
        }
    };
    (code, error.to_string())
}

/// A fault of ours that a resolver met.
pub(crate) fn internal(what: &'static str) -> Error {
    tracing::error!(what, "a request failed");
    coded(Code::Internal, "")
}

/// Whether execution never began.
pub(crate) fn is_request_error(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response
            .errors
            .iter()
            .all(|error| error.path.is_empty() && code_of(error) != Some(&Value::from(Code::Timeout.word())))
}

/// The error with this code, unless it has one.
pub(crate) fn with_code(mut error: ServerError, code: Code) -> ServerError {
    if code_of(&error).is_none() {
        set(&mut error, "code", code.word());
    }
    error
}

/// Gives every error a code, and the id of the request. What a client can put right has its code by now: the rest are faults
/// of ours.
pub(crate) fn complete(response: &mut Response, request_id: &str) {
    for error in &mut response.errors {
        if code_of(error).is_none() {
            tracing::error!(message = error.message, path = ?error.path, "a request failed");
            INTERNAL.clone_into(&mut error.message);
            set(error, "code", Code::Internal.word());
        }
        set(error, "requestId", request_id);
    }
}

fn set(error: &mut ServerError, key: &str, value: impl Into<Value>) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set(key, value);
}

fn code_of(error: &ServerError) -> Option<&Value> {
    error.extensions.as_ref().and_then(|extensions| extensions.get("code"))
}

/// The code of an error, as it is told.
pub(crate) fn told_code(error: &ServerError) -> Option<&str> {
    match code_of(error)? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// Lets the error say when to come back.
pub(crate) fn set_retry_after(error: &mut ServerError, wait: Duration) {
    set(error, RETRY_AFTER, millis(wait));
}

/// After how many milliseconds a client that asked too often may come back.
pub(crate) fn retry_after(error: &ServerError) -> Option<u64> {
    match error.extensions.as_ref()?.get(RETRY_AFTER)? {
        Value::Number(wait) => wait.as_u64(),
        _ => None,
    }
}

/// A response that only says why there is none.
pub(crate) fn refusal(code: Code, message: impl Into<String>) -> Response {
    let pos = async_graphql::Pos::default();
    let mut error = coded(code, message).into_server_error(pos);
    error.locations.clear();
    Response::from_errors(vec![error])
}

#[cfg(test)]
mod tests {
    use wharfinger_app::budgets::Dear;
    use wharfinger_domain::rights::{Action, Forbidden};

    use super::*;

    fn shown(error: &Error) -> (String, String) {
        let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
        (code.map(ToString::to_string).unwrap_or_default(), error.message.clone())
    }

    #[test]
    fn a_fault_of_ours_tells_nothing_of_its_cause() {
        let (code, message) = shown(&fail(AppError::Internal("password s3cret in row 7".into())));
        assert_eq!((code.as_str(), message.as_str()), ("\"INTERNAL\"", INTERNAL));
        let mut response = Response::from_errors(vec![ServerError::new("thread panicked: s3cret", None)]);
        response.errors[0].path = vec![async_graphql::PathSegment::Field("a".to_owned())];
        complete(&mut response, "r-1");
        let written = serde_json::to_string(&response).unwrap();
        assert!(written.contains("INTERNAL") && written.contains("r-1") && !written.contains("s3cret"), "{written}");
    }

    #[test]
    fn every_failure_of_a_use_case_has_its_code() {
        let exhausted = Exhausted { what: Dear::Syncs, wait: Duration::from_micros(5_400_001) };
        let shown_wait = fail(exhausted.into()).extensions.and_then(|extensions| extensions.get(RETRY_AFTER).cloned());
        assert_eq!(shown_wait, Some(Value::from(5_401)), "whoever comes back then is not too early");
        for (error, code) in [
            (exhausted.into(), "\"RATE_LIMITED\""),
            (AppError::Forbidden(Forbidden(Action::BindSpaces)), "\"FORBIDDEN\""),
            (AppError::BadInput("x".to_owned()), "\"BAD_USER_INPUT\""),
            (AppError::NotReady, "\"UPSTREAM_UNAVAILABLE\""),
            (AppError::Refused(Vec::new()), "\"BAD_USER_INPUT\""),
        ] {
            assert_eq!(shown(&fail(error)).0, code);
        }
    }

    #[test]
    fn a_request_that_timed_out_is_no_bad_request() {
        assert!(!is_request_error(&refusal(Code::Timeout, "late")));
        assert!(is_request_error(&refusal(Code::CostExceeded, "much")));
    }
}
