//! The endpoint: what it takes, what it refuses, and how it answers.

use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use wharfinger_app::call::Call;
use wharfinger_domain::id::UserId;
use wharfinger_graphql::{Api, Authenticate, NotProven, Proven, router};

use crate::world::{Counting, SECRET, World};

/// Lets in whoever has the token.
struct Door;

impl Authenticate for Door {
    fn authenticate<'a>(&'a self, _: &'a Call, headers: &'a HeaderMap) -> Proven<'a> {
        let is_right = headers.get("authorization").is_some_and(|value| value == "Bearer t");
        let caller = if is_right { Ok(World::admin().with_user(UserId(1))) } else { Err(NotProven::Unknown) };
        Box::pin(ready(caller))
    }
}

fn endpoint(world: &World) -> Router {
    router(Api::new(Arc::clone(&world.app), SECRET), Arc::new(Door), Arc::new(Counting::default()))
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

async fn send(world: &World, request: Request<Body>) -> Answer {
    let response = endpoint(world).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: serde_json::from_slice(&bytes).unwrap() }
}

fn post() -> http::request::Builder {
    Request::post("/graphql").header("authorization", "Bearer t").header("content-type", "application/json")
}

const VIEWER: &str = r#"{"query":"{ viewer { user { name } platformRole authMethod } }"}"#;
const CREATE: &str = r#"{"query":"mutation { createWorkspace(input: { name: \"w\" }) { userErrors { code } } }"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_in_json_with_its_id() {
    let world = World::start().await;
    let call = world.call(World::admin());
    assert!(world.app.make_administrator(&call, "a first password".into()).await.unwrap());
    let request = post().header("x-request-id", "abc-1").body(Body::from(VIEWER)).unwrap();
    let answer = send(&world, request).await;
    assert_eq!(answer.status, StatusCode::OK);
    let viewer = json!({ "user": { "name": "admin" }, "platformRole": "ADMIN", "authMethod": "LOCAL_ADMIN" });
    assert_eq!(answer.body, json!({ "data": { "viewer": viewer }, "extensions": { "requestId": "abc-1" } }));
    for (name, value) in [("content-type", "application/json"), ("x-request-id", "abc-1")] {
        assert_eq!(answer.headers[name], value);
    }
    for unfit in ["", "a b", "a\"b", &"x".repeat(65)] {
        let request = post().header("x-request-id", unfit).body(Body::from(VIEWER)).unwrap();
        assert_eq!(send(&world, request).await.headers["x-request-id"].len(), 32, "{unfit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_token_is_told_nothing() {
    let world = World::start().await;
    let introspection = r#"{"query":"{ __schema { queryType { name } } }"}"#;
    for (body, token) in
        [(VIEWER, None), (introspection, None), (CREATE, Some("Bearer x")), (VIEWER, Some("Basic dDp0"))]
    {
        let mut request = Request::post("/graphql").header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let answer = send(&world, request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(answer.body.get("data"), None);
    }
    assert!(world.ids("workspaces").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_of_another_site_could_send_changes_nothing() {
    let world = World::start().await;
    let plain = || Request::post("/graphql").header("authorization", "Bearer t");
    for content_type in [
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/jsonp"),
        Some("application/graphql"),
        Some("text/plain; application/json"),
        None,
    ] {
        let request = content_type.map_or_else(plain, |value| plain().header("content-type", value));
        let answer = send(&world, request.body(Body::from(CREATE)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type:?}");
    }
    let twice = plain().header("content-type", "application/json").header("content-type", "text/plain");
    let answer = send(&world, twice.body(Body::from(CREATE)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let uri = "/graphql?query=mutation%7BcreateWorkspace(input:%7Bname:%22w%22%7D)%7BuserErrors%7Bcode%7D%7D%7D";
        let request = Request::builder().method(method).uri(uri).header("authorization", "Bearer t");
        let answer = send(&world, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.headers["allow"], "POST");
    }
    let batch = format!("[{CREATE},{CREATE}]");
    let answer = send(&world, post().body(Body::from(batch)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert!(world.ids("workspaces").await.is_empty());
    let charset = Request::post("/graphql").header("authorization", "Bearer t");
    let charset = charset.header("content-type", "Application/JSON; charset=utf-8").body(Body::from(CREATE)).unwrap();
    assert_eq!(send(&world, charset).await.status, StatusCode::OK);
    assert_eq!(world.ids("workspaces").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_tells_of_the_document_to_clients_that_understand_it_so() {
    let world = World::start().await;
    for body in [r#"{"query":"{"}"#, r#"{"query":"{ nothing }"}"#] {
        let plain = send(&world, post().body(Body::from(body)).unwrap()).await;
        assert_eq!((plain.status, plain.body.get("data")), (StatusCode::OK, None));
        let accepting = post().header("accept", "application/graphql-response+json, application/json;q=0.9");
        let answer = send(&world, accepting.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.headers["content-type"], "application/graphql-response+json");
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "VALIDATION_FAILED");
    }
    let failing = r#"{"query":"{ node(id: \"7\") { id } }"}"#;
    let accepting = post().header("accept", "application/graphql-response+json");
    let answer = send(&world, accepting.body(Body::from(failing)).unwrap()).await;
    assert_eq!((answer.status, answer.body["data"].clone()), (StatusCode::OK, json!({ "node": null })));
    assert_eq!(answer.body["errors"][0]["path"], json!(["node"]));
    for body in ["", "{}", "null", "7", r#"{"query":7}"#, r#"{"query":"{ viewer { platformRole } }","variables":[]}"#] {
        let answer = send(&world, post().body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
    let named = r#"{"query":"query A { viewer { platformRole } } query B { viewer { authMethod } }","operationName":"B","variables":null,"extensions":{}}"#;
    let answer = send(&world, post().body(Body::from(named)).unwrap()).await;
    assert_eq!(answer.body["data"], json!({ "viewer": { "authMethod": "LOCAL_ADMIN" } }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_is_refused() {
    let world = World::start().await;
    let fitting = format!("{VIEWER}{}", " ".repeat(64 * 1024 - VIEWER.len()));
    assert_eq!(send(&world, post().body(Body::from(fitting.clone())).unwrap()).await.status, StatusCode::OK);
    let answer = send(&world, post().body(Body::from(fitting + " ")).unwrap()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
