//! The requests that the fake API server answers.

use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::kube::Shared;
use crate::kube::object::{Refusal, Shape};
use crate::kube::watch::{self, Wanted};
use crate::kube::world::World;

type Door = State<Arc<Shared>>;

/// What the objects are called in URLs and messages.
const NAMESPACES: &str = "namespaces";
const SECRETS: &str = "secrets";

/// All that is served.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/version", get(async || Json(json!({ "major": "1", "minor": "37", "gitVersion": "v1.37.2" }))))
        .route("/readyz", get(async || "ok"))
        .route("/api/v1/namespaces", get(list).post(create))
        .route("/api/v1/namespaces/{name}", get(read).delete(delete))
        .route("/api/v1/namespaces/{namespace}/secrets", post(create_secret))
        .route("/api/v1/namespaces/{namespace}/secrets/{name}", get(read_secret))
        .layer(middleware::from_fn_with_state(shared.clone(), refuse))
        .with_state(shared)
}

async fn refuse(State(shared): Door, request: Request, next: Next) -> Response {
    if shared.world().refuses {
        return Refusal::unavailable().into_response();
    }
    next.run(request).await
}

/// The parameters of a list and of a watch. Selectors are refused: what they would leave out must not be sent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    watch: Option<String>,
    limit: Option<usize>,
    #[serde(rename = "continue")]
    token: Option<String>,
    resource_version: Option<String>,
    allow_watch_bookmarks: Option<String>,
    send_initial_events: Option<String>,
    timeout_seconds: Option<u64>,
    label_selector: Option<String>,
    field_selector: Option<String>,
}

/// Whether a parameter says yes, in the spellings that Go takes for it.
fn yes(parameter: Option<&str>) -> bool {
    matches!(parameter, Some("true" | "True" | "TRUE" | "t" | "T" | "1"))
}

impl Parameters {
    /// The resource version asked for; 0 and nothing are the same to a server with one replica.
    fn version(&self) -> Result<u64, Refusal> {
        match self.resource_version.as_deref() {
            None | Some("") => Ok(0),
            Some(text) => text.parse().map_err(|_| {
                Refusal::bad_request(format!("Invalid value: {text:?}: resourceVersion must be a decimal number"))
            }),
        }
    }

    fn refuse_selectors(&self) -> Result<(), Refusal> {
        let given = [self.label_selector.as_deref(), self.field_selector.as_deref()];
        match given.into_iter().flatten().find(|selector| !selector.is_empty()) {
            Some(selector) => Err(Refusal::bad_request(format!("selectors are not served here: {selector:?}"))),
            None => Ok(()),
        }
    }
}

async fn list(State(shared): Door, headers: HeaderMap, Query(asked): Query<Parameters>) -> Result<Response, Refusal> {
    asked.refuse_selectors()?;
    let shape = Shape::of(&headers);
    if yes(asked.watch.as_deref()) {
        let wanted = Wanted {
            shape,
            version: asked.version()?,
            bookmarks: yes(asked.allow_watch_bookmarks.as_deref()),
            initial: yes(asked.send_initial_events.as_deref()),
            seconds: asked.timeout_seconds,
        };
        shared.world().asked.watches += 1;
        return Ok(watch::response(shared, wanted));
    }
    let mut world = shared.world();
    world.asked.lists += 1;
    page(&world, shape, &asked).map(|page| Json(page).into_response())
}

/// Where the next page of a list goes on, as a real server writes it.
#[derive(Debug, Serialize, Deserialize)]
struct Token {
    v: String,
    rv: u64,
    start: String,
}

impl Token {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let token = bytes.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        token.ok_or_else(|| Refusal::bad_request("invalid continue token: continue key is not valid".to_owned()))
    }

    fn text(rv: u64, last: &str) -> String {
        let token = json!({ "v": "meta.k8s.io/v1", "rv": rv, "start": format!("/{last}\0") });
        URL_SAFE_NO_PAD.encode(token.to_string())
    }
}

/// One page of the list, as of the first page's resource version.
fn page(world: &World, shape: Shape, asked: &Parameters) -> Result<Value, Refusal> {
    let token = asked.token.as_deref().filter(|text| !text.is_empty()).map(Token::parse).transpose()?;
    let (version, start) = token.map_or((world.version, String::new()), |token| (token.rv, token.start));
    if version < world.oldest {
        return Err(Refusal::expired(version, world.oldest));
    }
    let start = start.trim_matches(['/', '\0']);
    let rest: Vec<_> = world.at(version).into_values().filter(|namespace| *namespace.name > *start).collect();
    let limit = asked.limit.filter(|limit| *limit > 0).unwrap_or(usize::MAX).min(rest.len());
    let (page, rest) = rest.split_at(limit);
    let last = page.last().filter(|_| !rest.is_empty());
    Ok(shape.list(page, version, last.map(|last| (Token::text(version, &last.name), rest.len()))))
}

async fn read(State(shared): Door, headers: HeaderMap, Path(name): Path<String>) -> Result<Json<Value>, Refusal> {
    let mut world = shared.world();
    world.asked.gets += 1;
    let namespace = world.namespace(&name).ok_or_else(|| Refusal::not_found(NAMESPACES, &name))?;
    Ok(Json(Shape::of(&headers).namespace(namespace)))
}

/// Takes JSON whatever the content type, as a real server does when none is given; it knows no other form.
fn object(body: &str) -> Result<Value, Refusal> {
    serde_json::from_str(body)
        .map_err(|error| Refusal::bad_request(format!("the body must be an object as JSON: {error}")))
}

async fn create(State(shared): Door, body: String) -> Result<(StatusCode, Json<Value>), Refusal> {
    let body = object(&body)?;
    let name = body["metadata"]["name"].as_str().unwrap_or_default();
    if !is_label(name) {
        return Err(Refusal::invalid(NAMESPACES, name));
    }
    shared.edit(|world| {
        world.create(name).map_err(|_| Refusal::already_exists(NAMESPACES, name))?;
        let namespace = world.namespace(name).ok_or_else(|| Refusal::not_found(NAMESPACES, name))?;
        Ok((StatusCode::CREATED, Json(Shape::Whole.namespace(namespace))))
    })
}

/// Deletes at once what it marks as terminating: there is nothing in a namespace here that would have to go first.
async fn delete(State(shared): Door, Path(name): Path<String>) -> Result<Json<Value>, Refusal> {
    shared.edit(|world| {
        world.terminate(&name);
        let object = world.namespace(&name).map(|namespace| Shape::Whole.namespace(namespace));
        world.delete(&name);
        object.map(Json).ok_or_else(|| Refusal::not_found(NAMESPACES, &name))
    })
}

async fn create_secret(
    State(shared): Door,
    Path(namespace): Path<String>,
    body: String,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let secret = object(&body)?;
    let name = secret["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    if !is_label(&name) {
        return Err(Refusal::invalid(SECRETS, &name));
    }
    shared.edit(|world| {
        world.namespace(&namespace).ok_or_else(|| Refusal::not_found(NAMESPACES, &namespace))?;
        if world.secret(&namespace, &name).is_some() {
            return Err(Refusal::already_exists(SECRETS, &name));
        }
        Ok((StatusCode::CREATED, Json(world.put_secret(&namespace, &name, secret))))
    })
}

async fn read_secret(
    State(shared): Door,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let found = shared.world().secret(&namespace, &name).cloned();
    found.map(Json).ok_or_else(|| Refusal::not_found(SECRETS, &name))
}

/// Whether this is a DNS label (RFC 1123).
fn is_label(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len()) && name.bytes().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}
