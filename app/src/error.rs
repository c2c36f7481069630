//! The two ways in which a use case does not do what it was asked: the caller can put it right, or cannot.

use thiserror::Error;
use wharfinger_domain::rights::Forbidden;
use wharfinger_store::StoreError;

use crate::budgets::Exhausted;

/// Something that the caller cannot put right by writing the request in another way.
#[derive(Debug, Error)]
pub enum AppError {
    /// The role may never do this.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The caller asks too often.
    #[error(transparent)]
    RateLimited(#[from] Exhausted),
    /// An id, cursor or argument is malformed.
    #[error("{0}")]
    BadInput(String),
    /// The database cannot be used right now; nothing was changed.
    #[error("{}", unusable(.0))]
    Unavailable(#[source] StoreError),
    /// No snapshot has been loaded yet.
    #[error("the policy has not been loaded yet; try again")]
    NotReady,
    /// A fault of ours. The cause goes to the log, never to the caller.
    #[error("an internal error occurred")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The caller can put it right; carried out of a transaction, so that it is rolled back.
    #[error("the request was refused")]
    Refused(Vec<UserError>),
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } | StoreError::Full | StoreError::Damaged { .. } => Self::Unavailable(error),
            other => Self::Internal(Box::new(other)),
        }
    }
}

/// What a caller is told of a database that cannot be used. What the system said of it goes to the log.
fn unusable(error: &StoreError) -> &'static str {
    match error {
        StoreError::Full => "the disk of the database is full; nothing was changed, ask an operator to free some space",
        StoreError::Damaged { .. } => "the database is damaged; nothing was changed, ask an operator to restore it",
        _ => "the database cannot be reached right now; nothing was changed, try again",
    }
}

/// What a use case that changes something answers: its result, or what the caller is to put right.
pub type Outcome<T> = Result<Result<T, Vec<UserError>>, AppError>;

/// Turns a refusal that came out of a transaction into an answer.
pub(crate) fn settle<T>(result: Result<T, AppError>) -> Outcome<T> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(AppError::Refused(errors)) => Ok(Err(errors)),
        Err(other) => Err(other),
    }
}

/// Something the caller can put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// What kind of fault it is.
    pub code: UserErrorCode,
    /// What is wrong and what to do, in words.
    pub message: String,
    /// Where in the input: field names, list positions as numbers.
    pub path: Vec<String>,
}

/// The kinds of fault that a caller can put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserErrorCode {
    /// Something is missing.
    Required,
    /// Something is not what it must be.
    Invalid,
    /// A text is too long.
    TooLong,
    /// A list is too long.
    TooMany,
    /// A name or host is somebody else's already.
    Taken,
    /// There is no such object, or the caller may not see it.
    NotFound,
    /// The object is visible, and the right to do this to it is missing.
    NotAllowed,
    /// Somebody else has changed it meanwhile.
    StaleRevision,
    /// Something still depends on it.
    InUse,
    /// The registry does not answer.
    Unreachable,
    /// The registry refuses the credential, or the credential lacks a right.
    UnauthorizedUpstream,
    /// The registry's certificate is not trusted.
    TlsUntrusted,
    /// The registry's address is one that requests may not go to.
    AddressNotAllowed,
    /// The idempotency key was used with another input.
    KeyReused,
    /// It comes from elsewhere and cannot be changed here.
    ReadOnlySource,
}

impl UserErrorCode {
    /// The code as it is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::Invalid => "INVALID",
            Self::TooLong => "TOO_LONG",
            Self::TooMany => "TOO_MANY",
            Self::Taken => "TAKEN",
            Self::NotFound => "NOT_FOUND",
            Self::NotAllowed => "NOT_ALLOWED",
            Self::StaleRevision => "STALE_REVISION",
            Self::InUse => "IN_USE",
            Self::Unreachable => "UNREACHABLE",
            Self::UnauthorizedUpstream => "UNAUTHORIZED_UPSTREAM",
            Self::TlsUntrusted => "TLS_UNTRUSTED",
            Self::AddressNotAllowed => "ADDRESS_NOT_ALLOWED",
            Self::KeyReused => "KEY_REUSED",
            Self::ReadOnlySource => "READ_ONLY_SOURCE",
        }
    }
}

impl UserError {
    /// An error at this place of the input.
    pub fn new(code: UserErrorCode, message: impl Into<String>, path: &[&str]) -> Self {
        Self { code, message: message.into(), path: path.iter().map(|segment| (*segment).to_owned()).collect() }
    }

    /// An error at this position of a list of the input.
    pub fn at(code: UserErrorCode, message: impl Into<String>, path: &[&str], index: usize) -> Self {
        let mut error = Self::new(code, message, path);
        error.path.push(index.to_string());
        error
    }

    /// Somebody has changed the thing since the revision that was named.
    pub fn stale(noun: &str) -> Self {
        let message = format!("somebody has changed the {noun} meanwhile; read it again");
        Self::new(UserErrorCode::StaleRevision, message, &["revision"])
    }

    /// There is no such object at this position, or the caller may not see it: the same words for both.
    pub fn not_found(noun: &str, path: &[&str], index: Option<usize>) -> Self {
        let message = format!("there is no such {noun}");
        match index {
            Some(index) => Self::at(UserErrorCode::NotFound, message, path, index),
            None => Self::new(UserErrorCode::NotFound, message, path),
        }
    }
}

impl From<UserError> for AppError {
    fn from(error: UserError) -> Self {
        Self::Refused(vec![error])
    }
}
