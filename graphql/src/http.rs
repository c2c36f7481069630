//! The endpoint of GraphQL. It takes POST with a JSON body and nothing else, so that no page of another site can make a
//! browser send what this endpoint would execute, and answers as the GraphQL-over-HTTP specification says. Beside it is
//! the exported snapshot, a file to be read.

mod answer;
mod body;
mod export;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use http::{HeaderMap, Method, StatusCode};
use wharfinger_app::call::Call;
use wharfinger_app::random::Random;
use wharfinger_domain::caller::Caller;
use wharfinger_domain::time::Timestamp;

use self::answer::Answer;
pub use self::answer::REQUEST_ID;
use self::body::Refusal;
use crate::Api;
use crate::error::Code;

/// Where the endpoint is.
const PATH: &str = "/graphql";

/// Tells who is asking.
pub trait Authenticate: Send + Sync + 'static {
    /// The caller that these headers prove, at this instant; `None` when they prove nobody.
    fn authenticate(&self, headers: &HeaderMap, at: Timestamp) -> Option<Caller>;
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
    Router::new().route(PATH, any(graphql)).route(export::PATH, get(export::export)).with_state(endpoint)
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
        let call = self.call(request_id, &request)?;
        let request = body::read(request).await?;
        Ok(self.api.execute(call, request).await)
    }

    /// The call that a request is, when its headers prove a caller.
    fn call(&self, request_id: &str, request: &Request) -> Result<Call, Refusal> {
        let at = self.api.app().clock().now();
        let caller = self.door.authenticate(request.headers(), at).ok_or_else(|| {
            let words = "sign in: send a token as Authorization: Bearer";
            Refusal::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, words)
        })?;
        let source = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        Ok(Call { caller, request_id: request_id.into(), at, source })
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
