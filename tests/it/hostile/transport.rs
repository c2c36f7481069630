//! Requests that a page of another site could make a browser send, and bodies that are too much: none is executed.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::scene::{Attack, Refusal, Scene};

const CREATE: &str = "mutation { createWorkspace(input: { name: \"forged\" }) { userErrors { code } } }";
const IN_QUERY: &str = "?query=mutation%7BcreateWorkspace(input:%7Bname:%22forged%22%7D)%7BuserErrors%7Bcode%7D%7D%7D";
const FORM: &str = "query=mutation%7BcreateWorkspace(input:%7Bname:%22forged%22%7D)%7BuserErrors%7Bcode%7D%7D%7D";

/// A body of several parts, as the specification of uploads has it.
const PARTS: &str = "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"mutation { createWorkspace(input: \
     { name: \\\"forged\\\" }) { userErrors { code } } }\"}\r\n--x\r\ncontent-disposition: form-data; name=\"map\"\r\n\r\n{}\r\n--x--\r\n";

const MEDIA_TYPE: Refusal = Refusal::request(415, "BAD_USER_INPUT", "Content-Type: application/json");
const NO_BATCH: Refusal = Refusal::request(400, "BAD_USER_INPUT", "one request at a time");
const NO_REQUEST: Refusal = Refusal::request(400, "BAD_USER_INPUT", "no GraphQL request in JSON");
const TOO_LARGE: Refusal = Refusal::request(413, "BAD_USER_INPUT", "65536 bytes are the most");

/// How long a body that never ends may keep its connection, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A mutation in every form but the one that is taken.
pub(super) fn disguises() -> Vec<Attack> {
    let create = json!({ "query": CREATE }).to_string();
    let as_type = |value: &'static str, body: &str| Attack {
        headers: vec![("content-type", value)],
        ..Attack::json(format!("a body of the type {value:?}"), body, MEDIA_TYPE)
    };
    let method = |method: Method| Attack {
        query: IN_QUERY,
        headers: Vec::new(),
        what: format!("a mutation by {method}"),
        method,
        ..Attack::json("", "", Refusal::request(405, "BAD_USER_INPUT", "by POST"))
    };
    let twice = vec![("content-type", "application/json"), ("content-type", "text/plain")];
    let packed = vec![("content-type", "application/json"), ("content-encoding", "gzip")];
    vec![
        method(Method::GET),
        method(Method::PUT),
        method(Method::DELETE),
        as_type("text/plain", &create),
        as_type("text/plain; application/json", &create),
        as_type("application/x-www-form-urlencoded", &create),
        as_type("application/x-www-form-urlencoded", FORM),
        as_type("multipart/form-data; boundary=x", PARTS),
        as_type("application/graphql", CREATE),
        Attack { headers: Vec::new(), ..Attack::json("a body without a type", &*create, MEDIA_TYPE) },
        Attack { headers: twice, ..Attack::json("a body of two types", &*create, MEDIA_TYPE) },
        Attack { query: IN_QUERY, ..Attack::json("a mutation in the address of a POST", "{}", NO_REQUEST) },
        Attack::json("a list of requests", format!("[{create},{create}]"), NO_BATCH),
        Attack::json("an empty list", " []", NO_BATCH),
        Attack { headers: packed, ..Attack::json("a packed body", &b"\x1f\x8b\x08\0\0\0\0\0"[..], NO_REQUEST) },
        Attack::json("no JSON", "query { viewer { platformRole } }", NO_REQUEST),
        Attack::json("brackets without end", "{\"query\":".repeat(6_000), NO_REQUEST),
        Attack::json("a document that is no text", "{\"query\":{}}", NO_REQUEST),
    ]
}

/// One byte more than is taken.
pub(super) fn oversized() -> Attack {
    let query = json!({ "query": "{ viewer { platformRole } }" }).to_string();
    let body = format!("{query}{}", " ".repeat(64 * 1024 + 1 - query.len()));
    Attack::json("a body that is a byte too long", body, TOO_LARGE)
}

// Case: API-1, API-4
#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_is_taken_by_post_and_in_json_alone() {
    let scene = Scene::start().await;
    scene
        .withstand(async {
            for attack in disguises() {
                scene.assert_refused(&attack).await;
            }
        })
        .await;
    assert_eq!(scene.platform().workspaces().await, ["wa"]);
}

// Case: API-5
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_a_byte_too_long_is_refused() {
    let scene = Scene::start().await;
    scene.withstand(scene.assert_refused(&oversized())).await;
    let mut fitting = oversized();
    fitting.body.pop();
    assert_eq!(scene.send(&fitting, true).await.status(), 200);
}

/// Sends the head of a request and a piece of its body each second. Gives the begin of the answer's first line.
fn drip(api: SocketAddr, head: &str, piece: &[u8]) -> String {
    let mut stream = TcpStream::connect(api).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    stream.write_all(format!("POST /graphql HTTP/1.1\r\nhost: {api}\r\n{head}\r\n\r\n").as_bytes()).unwrap();
    let (mut answer, started) = ([0; 12], Instant::now());
    loop {
        match stream.read_exact(&mut answer) {
            Ok(()) => return String::from_utf8_lossy(&answer).into_owned(),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => panic!("no answer: {error}"),
        }
        assert!(started.elapsed() < PATIENCE, "there is no answer");
        // Whoever has answered may have closed the connection by now.
        let _ = stream.write(piece);
    }
}

// Case: API-5
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_ends_is_given_up_and_others_are_answered_meanwhile() {
    let scene = Scene::start().await;
    let api = scene.platform().addresses().api;
    let json = "content-type: application/json\r\ncontent-length: 60000";
    let token = format!("{json}\r\nauthorization: Bearer {}", scene.platform().token());
    let chunked = token.replace("content-length: 60000", "transfer-encoding: chunked");
    let heads = [
        (json.to_owned(), " ", 401),
        (token, " ", 408),
        (chunked.clone(), "1\r\n \r\n", 408),
        (chunked, "no chunk\r\n", 400),
    ];
    let stalled: Vec<_> = (0..60)
        .map(|at| {
            let (head, piece, status) = heads[at % heads.len()].clone();
            std::thread::spawn(move || (drip(api, &head, piece.as_bytes()), status))
        })
        .collect();
    scene
        .withstand(async {
            while !stalled.iter().all(std::thread::JoinHandle::is_finished) {
                scene.platform().graphql("{ viewer { platformRole } }", json!({})).await;
            }
        })
        .await;
    for one in stalled {
        let (answer, status) = one.join().unwrap();
        assert_eq!(answer, format!("HTTP/1.1 {status}"));
    }
}

// Case: API-7
#[tokio::test(flavor = "multi_thread")]
async fn the_anonymous_learn_nothing_of_the_schema() {
    let scene = Scene::start().await;
    let documents = [
        "{ __schema { types { name } } }",
        "{ __type(name: \"Workspace\") { fields { name } } }",
        "{ __typename }",
        "{ workspace_ { id } }",
        "{ viewer { platformRol } }",
        "{",
        CREATE,
    ];
    for document in documents {
        for token in [None, Some("whf_wrong"), Some("")] {
            let request = scene.platform().http().post(scene.endpoint()).json(&json!({ "query": document }));
            let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
            let answer = request.header("cookie", "__Host-session=00000000").send().await.unwrap();
            assert_eq!(answer.status(), 401, "{document}");
            let text = answer.text().await.unwrap();
            for told in ["Workspace", "workspaces", "platformRole", "mean", "Unknown", "expected"] {
                assert!(!text.contains(told), "{document}: {text}");
            }
        }
    }
    let told = scene.platform().graphql("{ __schema { types { name } } }", json!({})).await;
    assert!(told["__schema"]["types"].as_array().unwrap().len() > 50, "who has signed in reads the schema");
}
