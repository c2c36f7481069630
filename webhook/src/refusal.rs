//! What is answered to a request that is no review: a status of HTTP and a sentence. The API server takes it for a failed
//! call, which its failure policy settles.

use http::StatusCode;
use thiserror::Error;

use crate::codec::NotAReview;

/// Why a request cannot be answered with a review.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error("send the review as application/json")]
    ContentType,
    #[error("the body is longer than {0} bytes")]
    TooLarge(usize),
    #[error("the body did not arrive in time")]
    TooSlow,
    #[error("the body broke off")]
    BrokenOff,
    #[error("{0}")]
    NotAReview(#[from] NotAReview),
    #[error("the review could not be read, because of a fault in this server")]
    Fault,
}

impl Refusal {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BrokenOff | Self::NotAReview(_) => StatusCode::BAD_REQUEST,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
