//! What a caller is to put right.

use async_graphql::{Enum, SimpleObject};
use wharfinger_app::error::UserError as AppUserError;

/// The kinds of fault that a caller can put right.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_app::error::UserErrorCode")]
pub(crate) enum UserErrorCode {
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
    /// There is no such object, or the viewer may not see it.
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

/// Something that the caller can put right.
#[derive(SimpleObject, Debug)]
pub(crate) struct UserError {
    /// What kind of fault it is.
    code: UserErrorCode,
    /// What is wrong and what to do, in words.
    message: String,
    /// Where in the input: names of fields, and positions in lists as numbers from 0.
    path: Vec<String>,
}

impl From<AppUserError> for UserError {
    fn from(error: AppUserError) -> Self {
        Self { code: error.code.into(), message: error.message, path: error.path }
    }
}

/// The same for all of them.
pub(crate) fn user_errors(errors: Vec<AppUserError>) -> Vec<UserError> {
    errors.into_iter().map(UserError::from).collect()
}
