//! The id of a request: every answer of the API's listener carries one, also where no endpoint is and where a panic has ended
//! the request, and the log has it beside every request that was refused.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use futures_util::FutureExt as _;
use wharfinger_app::random::Random;
use wharfinger_graphql::http::{REQUEST_ID, fault, peer, request_id};

/// So much of a path or a method is logged, in bytes; who asks chooses how long it is.
const LOGGED: usize = 200;

/// The same routes, with an id for each request. `random` gives one to those that bring none.
pub fn identified(router: Router, random: Arc<dyn Random>) -> Router {
    router.layer(from_fn_with_state(random, identify))
}

/// The endpoint reads the id where the client would have put it, so that both have the same one. The query is not logged: it
/// may hold what was meant for the body.
async fn identify(State(random): State<Arc<dyn Random>>, mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers(), &*random);
    let Ok(value) = HeaderValue::from_str(&id) else { return next.run(request).await };
    request.headers_mut().insert(REQUEST_ID, value.clone());
    let (method, path) = (begin(request.method().as_str()), begin(request.uri().path()));
    let source = peer(&request).map(|address| address.to_string());
    let headers = request.headers().clone();
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| {
        // The words of the panic are in the log already; they may hold what nobody should be told.
        tracing::error!(request_id = id, "a request ended in a panic");
        fault(&headers, id.clone())
    });
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        tracing::info!(request_id = id, source, method, path, status = status.as_u16(), "a request was refused");
    }
    response.headers_mut().insert(REQUEST_ID, value);
    response
}

/// The beginning of a text that a stranger wrote.
fn begin(text: &str) -> String {
    text.get(..text.floor_char_boundary(LOGGED)).unwrap_or_default().to_owned()
}
