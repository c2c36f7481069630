//! Who comes in through the door of the API: what a request proves its caller by is read by `identity`, and looked up by the
//! use cases. A browser's session counts only for what a page of this origin asks.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::http::HeaderMap;
use wharfinger_app::App;
use wharfinger_app::budgets::Budget;
use wharfinger_app::call::Call;
use wharfinger_domain::caller::Caller;
use wharfinger_graphql::{Authenticate, NotProven, Proven};
use wharfinger_identity::credential::{Credential, Unproven};
use wharfinger_identity::forgery;

/// How many wrong credentials an address may offer in a minute before it is told to wait.
const WRONG: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// Lets in whoever a token or a session proves.
pub(super) struct Door {
    app: Arc<App>,
    /// Whether requests come over TLS, to this listener or to a proxy before it.
    secure: bool,
    /// Where pages of ours are from, when that is not the host that requests name.
    origin: Option<String>,
    /// How many wrong credentials each address may still offer.
    wrong: Budget<IpAddr>,
}

impl Door {
    pub(super) fn new(app: Arc<App>, secure: bool, origin: Option<String>) -> Self {
        let wrong = Budget::new(WRONG, Arc::clone(app.clock()));
        Self { app, secure, origin, wrong }
    }

    /// Whether cookies are for TLS alone.
    pub(super) fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether a request that a session proves was meant by a page of this origin.
    pub(super) fn is_ours(&self, headers: &HeaderMap) -> bool {
        forgery::is_ours(headers, self.origin.as_deref())
    }

    async fn look(&self, call: &Call, headers: &HeaderMap) -> Result<Caller, NotProven> {
        let credential = match Credential::of(headers, self.secure) {
            Ok(credential) => credential,
            Err(Unproven::Nothing) => return Err(NotProven::Unknown),
            Err(Unproven::Malformed) => return Err(self.wrong(call)),
        };
        if matches!(credential, Credential::Session(_)) && !self.is_ours(headers) {
            return Err(NotProven::Forged);
        }
        let proven = self.app.authenticate(call, credential).await.map_err(NotProven::Failed)?;
        proven.ok_or_else(|| self.wrong(call))
    }

    /// What is told of a wrong credential, which is counted.
    fn wrong(&self, call: &Call) -> NotProven {
        let address = call.source.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        match self.wrong.draw(&address, NonZeroU32::MIN) {
            Ok(_) => NotProven::Unknown,
            Err(wait) => NotProven::TooMany { wait },
        }
    }
}

impl Authenticate for Door {
    fn authenticate<'a>(&'a self, call: &'a Call, headers: &'a HeaderMap) -> Proven<'a> {
        Box::pin(self.look(call, headers))
    }
}
