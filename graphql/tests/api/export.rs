//! The exported snapshot: who may have it, what it is asked with, and how it is answered.

use std::future::ready;
use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use wharfinger_app::call::Call;
use wharfinger_domain::caller::{AuthMethod, Caller, PlatformRole, WorkspaceRole};
use wharfinger_domain::id::WorkspaceId;
use wharfinger_graphql::{Api, Authenticate, NotProven, Proven, router};

use crate::world::{Counting, SECRET, World};

/// Whoever comes is this one, or nobody.
struct Door(Option<Caller>);

impl Authenticate for Door {
    fn authenticate<'a>(&'a self, _: &'a Call, _: &'a HeaderMap) -> Proven<'a> {
        Box::pin(ready(self.0.clone().ok_or(NotProven::Unknown)))
    }
}

fn role(role: PlatformRole, workspaces: &[i64]) -> Caller {
    let roles = workspaces.iter().map(|id| (WorkspaceId(*id), WorkspaceRole::Admin));
    Caller::new("somebody", AuthMethod::LocalAdmin, role, roles)
}

async fn send(world: &World, caller: Option<Caller>, method: Method, path: &str) -> (StatusCode, HeaderMap, Value) {
    let api = Api::new(Arc::clone(&world.app), SECRET);
    let router = router(api, Arc::new(Door(caller)), Arc::new(Counting::default()));
    let request =
        Request::builder().method(method).uri(path).header("x-request-id", "same").body(Body::empty()).unwrap();
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn get(world: &World, caller: Caller, path: &str) -> (StatusCode, Value) {
    let (status, _, body) = send(world, Some(caller), Method::GET, path).await;
    (status, body)
}

async fn world() -> World {
    let world = World::start().await;
    world.plant_harbor(&[("open", true), ("team", false)], Vec::new()).await;
    world
}

fn names(export: &Value) -> Vec<&str> {
    let workspaces = export["policy"]["workspaces"].as_array().unwrap();
    workspaces.iter().map(|workspace| workspace["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_and_auditors_have_all_of_it_or_a_part() {
    let world = world().await;
    for caller in [World::admin(), role(PlatformRole::Auditor, &[])] {
        let (status, headers, whole) = send(&world, Some(caller.clone()), Method::GET, "/export").await;
        assert_eq!(status, StatusCode::OK, "{whole}");
        for (name, value) in [("content-type", "application/json"), ("x-request-id", "same")] {
            assert_eq!(headers[name], value);
        }
        assert_eq!((&whole["format"], &whole["version"]), (&json!("wharfinger-snapshot"), &json!(1)));
        assert_eq!((names(&whole), &whole["slice"]), (vec!["wa", "wb"], &Value::Null));
        let (_, part) = get(&world, caller, "/export?workspace=wb&at=2100-01-01T00:00:00Z").await;
        assert_eq!((names(&part), &part["slice"]), (vec!["wb"], &json!(["wb"])));
        assert_eq!(part["judge_at"], 4_102_444_800_000_000_i64);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_learns_which_workspaces_there_are() {
    let world = world().await;
    let (status, headers, _) = send(&world, None, Method::GET, "/export?workspace=wa").await;
    assert_eq!((status, &headers["www-authenticate"]), (StatusCode::UNAUTHORIZED, &"Bearer".parse().unwrap()));
    for caller in [role(PlatformRole::None, &[]), role(PlatformRole::None, &[1, 2])] {
        let (status, refused) = get(&world, caller.clone(), "/export").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
        for workspace in ["wa", "wb", "nobody"] {
            let answer = get(&world, caller.clone(), &format!("/export?workspace={workspace}")).await;
            assert_eq!(answer, (status, refused.clone()), "{workspace}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_amiss_is_refused_in_words() {
    let world = world().await;
    for (path, words) in [
        ("/export?workspace=none", "there is no workspace \"none\""),
        ("/export?workspaces=wa", "only the parameters workspace and at"),
        ("/export?at=tomorrow", "RFC 3339"),
        ("/export?at=2100-01-01T00:00:00Z&at=2100-01-01T00:00:00Z", "one instant"),
        ("/export?at=2001-01-01T00:00:00Z", "the instant has passed"),
    ] {
        let (status, body) = get(&world, World::admin(), path).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {body}");
        assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{path}");
        assert!(body["errors"][0]["message"].as_str().unwrap().contains(words), "{path}: {body}");
    }
    let (status, headers, _) = send(&world, Some(World::admin()), Method::POST, "/export").await;
    assert_eq!((status, &headers["allow"]), (StatusCode::METHOD_NOT_ALLOWED, &"GET,HEAD".parse().unwrap()));
}
