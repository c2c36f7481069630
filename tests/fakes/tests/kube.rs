//! The fake API server answers as a real one, version 1.37.2, was seen to.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wharfinger_fakes::kube::FakeKube;

const LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const ONE: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// The status and the objects of an answer, one a line in a watch.
async fn ask(kube: &FakeKube, request: &str, accept: &str, body: &str) -> (u16, Vec<Value>) {
    let address = kube.url().replace("http://", "");
    let length = body.len();
    let text = format!(
        "{request} HTTP/1.0\r\nhost: {address}\r\naccept: {accept}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::Deserializer::from_str(body).into_iter().map(Result::unwrap).collect())
}

async fn one(kube: &FakeKube, request: &str, accept: &str) -> (u16, Value) {
    let (status, mut objects) = ask(kube, request, accept, "").await;
    (status, objects.remove(0))
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

/// What each event of a watch is, and the name of its namespace.
fn told(events: &[Value]) -> Vec<(&str, &str)> {
    events
        .iter()
        .map(|event| {
            (event["type"].as_str().unwrap(), event["object"]["metadata"]["name"].as_str().unwrap_or_default())
        })
        .collect()
}

#[tokio::test]
async fn the_pages_of_a_list_are_as_of_the_first_one() {
    let kube = FakeKube::start().await.unwrap();
    for name in ["a", "b", "c"] {
        kube.create(name).unwrap();
    }
    let (_, first) = one(&kube, "GET /api/v1/namespaces?limit=2", LIST).await;
    assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["a", "b"], &json!(1)));
    kube.create("d").unwrap();
    kube.delete("c");
    let next = format!("GET /api/v1/namespaces?limit=2&continue={}", first["metadata"]["continue"].as_str().unwrap());
    let (_, second) = one(&kube, &next, LIST).await;
    assert_eq!(names(&second), ["c"]);
    assert_eq!(second["metadata"], json!({ "resourceVersion": "3" }));
    kube.compact();
    let (status, refusal) = one(&kube, &next, LIST).await;
    assert_eq!((status, &refusal["reason"], &refusal["code"]), (410, &json!("Expired"), &json!(410)));
    let (status, refusal) = one(&kube, "GET /api/v1/namespaces?continue=abc", LIST).await;
    assert_eq!((status, &refusal["reason"]), (400, &json!("BadRequest")));
}

#[tokio::test]
async fn metadata_alone_is_sent_to_whoever_asks_for_it() {
    let kube = FakeKube::start().await.unwrap();
    let uid = kube.create("a").unwrap();
    let (_, list) = one(&kube, "GET /api/v1/namespaces", LIST).await;
    assert_eq!((&list["kind"], &list["apiVersion"]), (&json!("PartialObjectMetadataList"), &json!("meta.k8s.io/v1")));
    let (_, metadata) = one(&kube, "GET /api/v1/namespaces/a", ONE).await;
    assert_eq!(metadata["kind"], "PartialObjectMetadata");
    assert_eq!(metadata["metadata"]["uid"], uid);
    assert_eq!(metadata["metadata"]["labels"], json!({ "kubernetes.io/metadata.name": "a" }));
    assert!(metadata.get("spec").is_none());
    let (_, whole) = one(&kube, "GET /api/v1/namespaces/a", "application/json").await;
    assert_eq!((&whole["kind"], &whole["status"]["phase"]), (&json!("Namespace"), &json!("Active")));
}

#[tokio::test]
async fn namespaces_are_made_and_deleted_over_http_and_a_watch_tells_it() {
    let kube = FakeKube::start().await.unwrap();
    kube.create("before").unwrap();
    let body = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}"#;
    let (status, made) = ask(&kube, "POST /api/v1/namespaces", ONE, body).await;
    assert_eq!((status, &made[0]["metadata"]["name"]), (201, &json!("a")));
    let (status, refused) = ask(&kube, "POST /api/v1/namespaces", ONE, body).await;
    assert_eq!((status, &refused[0]["reason"]), (409, &json!("AlreadyExists")));
    assert_eq!(refused[0]["message"], r#"namespaces "a" already exists"#);
    let (status, refused) = ask(&kube, "POST /api/v1/namespaces", ONE, &body.replace("\"a\"", "\"A_\"")).await;
    assert_eq!((status, &refused[0]["reason"]), (422, &json!("Invalid")));
    let (status, deleted) = one(&kube, "DELETE /api/v1/namespaces/a", ONE).await;
    assert_eq!((status, &deleted["status"]["phase"]), (200, &json!("Terminating")));
    let (status, refused) = one(&kube, "DELETE /api/v1/namespaces/a", ONE).await;
    assert_eq!((status, &refused["message"]), (404, &json!(r#"namespaces "a" not found"#)));

    let watch = "GET /api/v1/namespaces?watch=true&timeoutSeconds=1&resourceVersion=1";
    let (_, events) = ask(&kube, watch, ONE, "").await;
    assert_eq!(told(&events), [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]);
    assert!(events[1]["object"]["metadata"]["deletionTimestamp"].is_string());
}

#[tokio::test]
async fn a_watch_tells_what_is_there_and_where_that_ends_when_asked_to() {
    let kube = FakeKube::start().await.unwrap();
    kube.create("a").unwrap();
    let watch = "GET /api/v1/namespaces?watch=1&timeoutSeconds=1&allowWatchBookmarks=true";
    let (_, events) = ask(&kube, &format!("{watch}&sendInitialEvents=true&resourceVersion="), ONE, "").await;
    assert_eq!(told(&events), [("ADDED", "a"), ("BOOKMARK", "")]);
    assert_eq!(events[1]["object"]["metadata"]["annotations"], json!({ "k8s.io/initial-events-end": "true" }));
    let (_, events) = ask(&kube, &format!("{watch}&resourceVersion=1"), ONE, "").await;
    assert!(events.is_empty(), "no bookmark where the version rests: {events:?}");
    kube.compact();
    let (status, events) = ask(&kube, &format!("{watch}&resourceVersion=1"), ONE, "").await;
    assert_eq!((status, told(&events)), (200, vec![("ERROR", "")]));
    assert_eq!(events[0]["object"]["code"], 410);
}
