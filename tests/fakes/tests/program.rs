//! The fake Harbor as a program and through its own door, as end-to-end tests and the demo use it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

const SEED: &str = r#"{
    "projects": [
        { "name": "team", "public": false, "repositories": [
            { "name": "sub/app", "images": [{ "tags": ["v1"], "platforms": ["linux/amd64", "linux/arm64"] }] }
        ] },
        { "name": "open", "public": true }
    ],
    "sync_robots": [{ "name": "sync", "secret": "Sync-Secret-1" }]
}"#;

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(seed: &str) -> (Program, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seed.json");
    std::fs::write(&file, seed).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fake-harbor"));
    let child = command.arg("--seed").arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut program = Program(child);
    let mut line = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = serde_json::from_str::<Value>(&line).ok().and_then(|line| Some(line["url"].as_str()?.to_owned()));
    (program, url.unwrap_or_default())
}

/// Status and body of an answer; `robot$sync` asks.
fn ask(url: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let basic = "cm9ib3Qkc3luYzpTeW5jLVNlY3JldC0x";
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {basic}\r\n").unwrap();
    write!(stream, "Connection: close\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

#[test]
fn serves_what_its_seed_describes() {
    let (_program, url) = start(SEED);
    let (status, projects) = ask(&url, "GET", "/api/v2.0/projects", "");
    let names: Vec<&str> =
        projects.as_array().unwrap().iter().map(|project| project["name"].as_str().unwrap()).collect();
    assert_eq!((status, names), (200, vec!["library", "open", "team"]));
    let (_, artifacts) = ask(&url, "GET", "/api/v2.0/projects/team/artifacts", "");
    assert_eq!(artifacts[0]["repository_name"], "team/sub/app");
    assert_eq!(artifacts[0]["references"].as_array().unwrap().len(), 2);
}

#[test]
fn its_door_pushes_images_and_makes_requests_fail() {
    let (_program, url) = start(SEED);
    let push = json!({ "repository": "team/other", "image": { "tags": ["v2"] } }).to_string();
    let (status, pushed) = ask(&url, "POST", "/fake/push", &push);
    assert_eq!(status, 200);
    let (_, artifact) = ask(&url, "GET", "/api/v2.0/projects/team/repositories/other/artifacts/v2", "");
    assert_eq!(artifact["digest"], pushed["digest"]);
    let missing = json!({ "repository": "nowhere/other" }).to_string();
    assert_eq!(ask(&url, "POST", "/fake/push", &missing).0, 404);
    assert_eq!(ask(&url, "POST", "/fake/push", "{}").0, 400);
    ask(&url, "POST", "/fake/fail", &json!({ "path": "/projects", "status": 503 }).to_string());
    assert_eq!(ask(&url, "GET", "/api/v2.0/projects", "").0, 503);
    assert_eq!(ask(&url, "GET", "/api/v2.0/projects", "").0, 200);
    ask(&url, "POST", "/fake/credential", &json!({ "name": "robot$sync", "secret": "x" }).to_string());
    assert_eq!(ask(&url, "GET", "/service/token?service=harbor-registry", "").0, 401);
}

#[test]
fn a_seed_that_cannot_be_read_ends_the_program_with_its_reason() {
    let (mut program, url) = start(r#"{ "project": [] }"#);
    let mut said = String::new();
    program.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(url, "");
    assert!(said.contains("seed.json") && said.contains("unknown field `project`"), "{said}");
    assert!(!program.0.wait().unwrap().success());
}

/// The demo has thousands of projects: a page may not cost the square of them.
#[tokio::test]
async fn a_large_harbor_is_filled_and_listed_in_seconds() {
    use wharfinger_fakes::harbor::{FakeHarbor, Options, Push};
    let harbor = FakeHarbor::start(Options::default()).await.unwrap();
    harbor.edit(|world| {
        for project in 0..1000 {
            world.create_project(&format!("p{project:04}"), "true");
            for repository in 0..10 {
                world.push_artifact(&format!("p{project:04}/app{repository}"), &Push::tagged(["v1", "v2"]));
            }
        }
    });
    let url = harbor.url();
    let answer = tokio::task::spawn_blocking(move || ask(&url, "GET", "/api/v2.0/projects?page=10&page_size=100", ""));
    let (status, page) = tokio::time::timeout(std::time::Duration::from_secs(20), answer).await.unwrap().unwrap();
    assert_eq!((status, page.as_array().unwrap().len()), (200, 100));
    assert_eq!(page[0]["repo_count"], 10);
}
