//! The endpoint of GraphQL. It takes POST with a JSON body and nothing else, so that no page of another site can make a
//! browser send what this endpoint would execute, and answers as the GraphQL-over-HTTP specification says. Beside it are
//! two files to be read: the exported snapshot and the audit.

mod answer;
mod audit;
mod body;
mod export;

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use http::{HeaderMap, Method, StatusCode};
use wharfinger_app::call::Call;
use wharfinger_app::error::AppError;
use wharfinger_app::random::Random;
use wharfinger_domain::caller::Caller;

use self::answer::Answer;
pub use self::answer::REQUEST_ID;
use self::body::Refusal;
use crate::Api;
use crate::error::{Code, INTERNAL, told};
use crate::limits::COST;

/// Where the endpoint is.
const PATH: &str = "/graphql";

/// Tells who is asking.
pub trait Authenticate: Send + Sync + 'static {
    /// The caller that these headers prove. The call is that of somebody unknown.
    fn authenticate<'a>(&'a self, call: &'a Call, headers: &'a HeaderMap) -> Proven<'a>;
}

/// The caller, when it has been found out.
pub type Proven<'a> = Pin<Box<dyn Future<Output = Result<Caller, NotProven>> + Send + 'a>>;

/// Why nobody was proven.
#[derive(Debug)]
pub enum NotProven {
    /// The headers prove nobody.
    Unknown,
    /// A browser's session proves somebody, and the request may be another site's.
    Forged,
    /// Too many have failed to prove who they are from where it comes.
    TooMany {
        /// How long to wait.
        wait: Duration,
    },
    /// It could not be found out.
    Failed(AppError),
}

/// What the endpoint works with.
struct Endpoint {
    api: Api,
    door: Arc<dyn Authenticate>,
    random: Arc<dyn Random>,
}

/// The endpoint, ready to be served. `random` gives ids to requests that bring none.
pub fn router(api: Api, door: Arc<dyn Authenticate>, random: Arc<dyn Random>) -> Router {
    let endpoint = Arc::new(Endpoint { api, door, random });
    Router::new()
        .route(PATH, any(graphql))
        .route(export::PATH, get(export::export))
        .route(audit::PATH, get(audit::audit))
        .with_state(endpoint)
}

async fn graphql(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    let answer = Answer::new(request.headers(), request_id(request.headers(), &*endpoint.random));
    match endpoint.serve(answer.request_id(), request).await {
        Ok(response) => answer.of(&response),
        Err(refusal) => answer.refuse(&refusal),
    }
}

impl Endpoint {
    /// Answers a request, or refuses it before anything is executed.
    async fn serve(&self, request_id: &str, request: Request) -> Result<async_graphql::Response, Refusal> {
        if request.method() != Method::POST {
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadUserInput, "send the request by POST"));
        }
        let call = self.call(request_id, &request).await?;
        let request = body::read(request).await?;
        Ok(self.api.execute(call, request).await)
    }

    /// The call that a request is, when its headers prove a caller.
    fn call<'a>(
        &'a self,
        request_id: &'a str,
        request: &Request,
    ) -> impl Future<Output = Result<Call, Refusal>> + Send + use<'a> {
        let at = self.api.app().clock().now();
        let source = peer(request);
        let headers = request.headers().clone();
        async move {
            let unproven = Call::unproven(request_id, at, source);
            let caller = self.door.authenticate(&unproven, &headers).await.map_err(refuse)?;
            Ok(Call { caller, ..unproven })
        }
    }

    /// The call, which asks for a file and pays for it what the dearest document costs.
    fn paid(&self, call: Call) -> Result<Call, Refusal> {
        let spent = self.api.app().budgets().spend(&call, COST.into());
        spent.map(|_| call).map_err(|exhausted| refused(exhausted.into()))
    }
}

/// The id that the client has given the request when it is fit to be logged, else a random one.
pub fn request_id(headers: &HeaderMap, random: &dyn Random) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_fit = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match given.filter(is_fit) {
        Some(id) => id.to_owned(),
        None => format!("{:016x}{:016x}", random.number(), random.number()),
    }
}

/// The answer to a request with this id that a fault of ours has ended.
pub fn fault(headers: &HeaderMap, request_id: String) -> Response {
    Answer::new(headers, request_id).refuse(&Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, INTERNAL))
}

/// Where a request came from: the other end of its connection, as the listener told it.
pub fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
}

fn refuse(why: NotProven) -> Refusal {
    match why {
        NotProven::Unknown => {
            let words = "sign in, or send a token as Authorization: Bearer";
            Refusal::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, words)
        }
        NotProven::Forged => {
            let words = "a session is good for pages of this origin, which send the header X-CSRF";
            Refusal::new(StatusCode::FORBIDDEN, Code::Forbidden, words)
        }
        NotProven::TooMany { wait } => {
            let words =
                format!("too many credentials from this address were wrong; wait {} seconds", wait.as_secs() + 1);
            Refusal::too_many(words, wait)
        }
        NotProven::Failed(error) => refused(error),
    }
}

/// Why a file is not given.
#[expect(clippy::needless_pass_by_value, reason = "it stands behind map_err, which gives the error away")]
fn refused(error: AppError) -> Refusal {
    let (code, message) = told(&error);
    if let AppError::RateLimited(exhausted) = error {
        return Refusal::too_many(message, exhausted.wait);
    }
    let status = match code {
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::BadUserInput => StatusCode::BAD_REQUEST,
        Code::UpstreamUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Refusal::new(status, code, message)
}
