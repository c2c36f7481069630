//! Why a registry could not be read, in words that an administrator can act on. No text holds a secret, and what comes
//! from a registry is made printable before it gets here.

use thiserror::Error;
use wharfinger_domain::registry::RegistryKind;

use crate::AddressKind;

/// Why a registry could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegistryError {
    /// What was configured cannot be used at all.
    #[error("the endpoint cannot be used: {0}")]
    InvalidEndpoint(String),
    /// No connection, or one that broke.
    #[error(
        "{host} cannot be reached: {reason}; check its name and port, and that the network lets this service through"
    )]
    Unreachable {
        /// Whom.
        host: String,
        /// What the network said.
        reason: String,
    },
    /// No answer in time.
    #[error(
        "{host} did not answer within {seconds} s; it may be overloaded, or something on the way drops the traffic"
    )]
    TimedOut {
        /// Who.
        host: String,
        /// The time that it had.
        seconds: u64,
    },
    /// The certificate is not trusted.
    #[error("the certificate of {host} is not trusted ({reason}){}; add the authority's certificate to the endpoint", issued(.issuer.as_deref()))]
    TlsUntrusted {
        /// Whose.
        host: String,
        /// Who issued it, when that could be read.
        issuer: Option<String>,
        /// What the check said.
        reason: String,
    },
    /// An address where no registry may be.
    #[error("{host} is at {address}, which is {}, and no registry may be there{}", .kind.words(), opened(*.kind))]
    AddressNotAllowed {
        /// Whose.
        host: String,
        /// The address.
        address: String,
        /// What it is.
        kind: AddressKind,
    },
    /// An answer that sends elsewhere: too often, to where nobody may be sent, or to where the credential does not go.
    #[error("the registry redirects to {to}; enter the address that it redirects to, if it is the right one")]
    Redirected {
        /// Where to.
        to: String,
    },
    /// The credential does not count.
    #[error(
        "the registry does not accept the credential; check the user name and the secret, and that the account is neither disabled nor expired"
    )]
    Unauthorized,
    /// The credential counts, but not for this.
    #[error("the account lacks the right {0}; grant it in the registry")]
    MissingRight(String),
    /// Something else answers.
    #[error("this is no {}: {reason}; check the address and the kind", kind(*.expected))]
    NotThatKind {
        /// What was expected.
        expected: RegistryKind,
        /// What gave it away.
        reason: String,
    },
    /// The version is not supported.
    #[error("the registry is of version {version}; {least} or later is needed")]
    TooOld {
        /// What it is.
        version: String,
        /// What is needed.
        least: &'static str,
    },
    /// A distribution registry that does not list its repositories.
    #[error(
        "the registry does not list its repositories to this account; open its catalogue, or declare the spaces by hand"
    )]
    CatalogueClosed,
    /// A token service on another host, to which no credential is sent.
    #[error("the registry asks to fetch tokens from {realm}, which is another host; the credential was not sent there")]
    ForeignRealm {
        /// Where the tokens are.
        realm: String,
    },
    /// Too many requests.
    #[error("the registry asks to send fewer requests; try again later")]
    RateLimited,
    /// An answer with an unexpected status.
    #[error("the registry answered with status {status}: {message}")]
    Failed {
        /// The HTTP status.
        status: u16,
        /// What the registry said.
        message: String,
    },
    /// An answer that cannot be right.
    #[error("the registry's answer about {what} cannot be read: {reason}")]
    Malformed {
        /// What was asked for.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An answer that is larger than it may be.
    #[error("the registry's answer about {what} is larger than {limit}; it was not read to its end")]
    TooLarge {
        /// What was asked for.
        what: String,
        /// The limit with its unit.
        limit: String,
    },
    /// The list changed under the walk, so that it may have missed something.
    #[error("the list changed while it was read ({counted} announced, {seen} read); read it again")]
    Unsettled {
        /// The total that the registry announced last.
        counted: u64,
        /// How many different rows were read.
        seen: u64,
    },
    /// The space is gone, or another has its name now.
    #[error("the space {0} is gone from the registry, or another one has its name now")]
    SpaceGone(String),
}

impl RegistryError {
    /// What may be told to somebody who is not to learn by it how the network is made.
    pub fn coarse(&self) -> &'static str {
        match self {
            Self::InvalidEndpoint(_) => "the endpoint cannot be used",
            Self::TlsUntrusted { .. } => "the certificate of the registry is not trusted",
            Self::AddressNotAllowed { .. } | Self::Redirected { .. } | Self::ForeignRealm { .. } => {
                "the registry is, or sends, where no registry may be; ask a platform administrator"
            }
            Self::Unauthorized | Self::MissingRight(_) => "the registry does not accept the credential for all of this",
            Self::CatalogueClosed => "the registry does not list its repositories to this account",
            Self::TooOld { .. } => "the registry is of a version that is not supported",
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::NotThatKind { .. }
            | Self::RateLimited
            | Self::Failed { .. }
            | Self::Malformed { .. }
            | Self::TooLarge { .. }
            | Self::Unsettled { .. }
            | Self::SpaceGone(_) => "no registry of this kind answers there as it should",
        }
    }

    /// Whether the same request may well succeed a moment later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::RateLimited => true,
            Self::Failed { status, .. } => *status >= 500,
            _ => false,
        }
    }
}

fn issued(issuer: Option<&str>) -> String {
    issuer.map_or_else(String::new, |issuer| format!(", it was issued by {issuer}"))
}

fn opened(kind: AddressKind) -> &'static str {
    match kind {
        AddressKind::Metadata | AddressKind::ApiServer => "",
        _ => " unless an operator opens its network",
    }
}

fn kind(kind: RegistryKind) -> &'static str {
    match kind {
        RegistryKind::Harbor => "Harbor",
        RegistryKind::Distribution => "distribution registry",
    }
}
