//! Replays exchanges recorded from a real Harbor 2.15.2 against the fake, in the order in which they happened, and
//! compares status, the headers that clients go by, and bodies. What the recorded session did by other ways (pushing
//! images, deleting without a record) happens between the exchanges.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wharfinger_fakes::harbor::{FakeHarbor, Options, Push, World};

/// The host that the recordings were made at; the fake is asked under the same name.
const HOST: &str = "127.0.0.1:58080";
/// The headers that are compared.
const HEADERS: [&str; 5] = ["x-total-count", "link", "location", "www-authenticate", "docker-content-digest"];
/// How many exchanges are in the fixtures; the test fails when one is left out.
const EXCHANGES: usize = 320;

struct Exchange {
    number: u32,
    name: String,
    method: String,
    target: String,
    who: String,
    headers: Vec<(String, String)>,
    body: String,
    status: u16,
    answer_headers: BTreeMap<String, String>,
    answer: String,
}

#[tokio::test]
async fn answers_as_the_recorded_harbor_did() {
    let harbor = FakeHarbor::start(Options { version: "-".to_owned(), ..Options::default() }).await.unwrap();
    let mut secrets = BTreeMap::from([("admin".to_owned(), "Harbor12345".to_owned())]);
    let (mut replayed, mut differences) = (0, String::new());
    for exchange in exchanges() {
        harbor.edit(|world| meanwhile(exchange.number, world));
        let answer = ask(&harbor, &exchange, &secrets).await;
        if exchange.method == "POST" && exchange.target == "/api/v2.0/robots" && answer.status == 201 {
            let made: Value = serde_json::from_str(&answer.answer).unwrap();
            secrets.insert(text(&made, "name"), text(&made, "secret"));
        }
        for difference in compare(&exchange, &answer) {
            writeln!(differences, "{}: {difference}", exchange.name).unwrap();
        }
        replayed += 1;
    }
    assert!(differences.is_empty(), "the fake differs from the recordings:\n{differences}");
    assert_eq!(replayed, EXCHANGES, "the number of replayed exchanges");
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// What happened before the exchange with this number and was not recorded.
fn meanwhile(number: u32, world: &mut World) {
    match number {
        76 => push_images(world),
        423 => {
            world.push_artifact("team-a/hooked", &Push::tagged(["h1"]));
        }
        446 => world.skip_project_ids(1),
        505 => {
            world.push_artifact("team-a/wh1", &Push::tagged(["h2"]));
        }
        570 => world.delete_project("fill11"),
        621 => {
            let digest = "sha256:b243a96490d54247ef9c70297fbc8d6e9baa3733d7797b978e51823295362391";
            world.push_artifact("mirror/team1/sub/app1", &image(digest, 755, true, ["v1"]));
            world.set_pulled("mirror/team1/sub/app1", 1);
        }
        _ => {}
    }
}

fn push_images(world: &mut World) {
    let v1 = "sha256:26d774d82c6a81995b098a9e6bd8ae61ca2b8243c476aef0b95fffef7a76a484";
    let v2 = "sha256:83d6569c32b35378aa74a415b612dba70b23ca437aa1af6db1e87531d89130e2";
    let svc = "sha256:0694186fb6e21501b43b9b7a54e9187f0f2508c4b30e925816c4352c1b97c482";
    let x = "sha256:9cd47dd74c8d12c2950b8a805f69429c2895eb2efa5dc7a6ec52752d9e83e1b9";
    let multi = "sha256:38a1eb6b21c2fc00f631b7285e3cebf18ca4b913bbc74a441f541ef28f8f2650";
    world.push_artifact("team-a/app", &image(v1, 753, true, ["v1", "latest"]));
    world.push_artifact("team-a/app", &image(v2, 731, false, ["v2"]));
    world.push_artifact("team-a/sub/dir/svc", &image(svc, 753, true, ["1.0"]));
    world.push_artifact("pub/app", &Push::tagged(["v1"]));
    world.push_artifact("team-a/a__b/c--d", &image(x, 753, true, ["x"]));
    world.push_artifact("library/hello", &Push::tagged(["v1"]));
    let platforms = vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()];
    world.push_artifact("team-a/multi", &Push { platforms, ..image(multi, 2043, false, ["m1"]) });
}

fn image<const N: usize>(digest: &str, size: i64, docker: bool, tags: [&str; N]) -> Push {
    let docker = docker.then(|| "application/vnd.docker.distribution.manifest.v2+json".to_owned());
    Push { digest: Some(digest.to_owned()), manifest_media_type: docker, size: Some(size), ..Push::tagged(tags) }
}

/// The user name and secret behind a recorded exchange: the recordings say only `other` for most.
fn credential(exchange: &Exchange, secrets: &BTreeMap<String, String>) -> Option<(String, String)> {
    let robot = match exchange.number {
        52..=58 | 132 | 133 | 574 | 575 | 578 | 579 => return Some(("admin".to_owned(), "wrong".to_owned())),
        407..=411 => "robot$maker",
        571..=573 => "robot$orphan",
        335..=348 => "robot$onlylist",
        349..=362 => "robot$allproj",
        363..=376 => "robot$team-a+puller",
        377..=390 | 398 | 403..=405 => "robot$ws1",
        _ => "robot$space-sync",
    };
    let name = match exchange.who.as_str() {
        "anon" => return None,
        "admin" => "admin",
        _ => robot,
    };
    Some((name.to_owned(), secrets.get(name).cloned().unwrap_or_default()))
}

async fn ask(harbor: &FakeHarbor, exchange: &Exchange, secrets: &BTreeMap<String, String>) -> Exchange {
    let body = match exchange.number {
        396 => r#"{"secret": "Str0ngEnough"}"#,
        397 => r#"{"secret": "weak"}"#,
        _ => &exchange.body,
    };
    let mut request =
        format!("{} {} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n", exchange.method, exchange.target);
    for (name, value) in &exchange.headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    if let Some((name, secret)) = credential(exchange, secrets) {
        write!(request, "Authorization: Basic {}\r\n", STANDARD.encode(format!("{name}:{secret}"))).unwrap();
    }
    write!(request, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut stream = TcpStream::connect(harbor.host()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    received(&answer)
}

fn received(answer: &str) -> Exchange {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let answer_headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    Exchange {
        number: 0,
        name: String::new(),
        method: String::new(),
        target: String::new(),
        who: String::new(),
        headers: Vec::new(),
        body: String::new(),
        status,
        answer_headers,
        answer: body.trim().to_owned(),
    }
}

fn compare(recorded: &Exchange, answered: &Exchange) -> Vec<String> {
    let mut differences = Vec::new();
    if recorded.status != answered.status {
        differences.push(format!("status {} instead of {}", answered.status, recorded.status));
    }
    for name in HEADERS {
        let (wanted, given) = (recorded.answer_headers.get(name), answered.answer_headers.get(name));
        if wanted.map(|value| value.trim()) != given.map(|value| value.trim()) {
            differences.push(format!("{name} {given:?} instead of {wanted:?}"));
        }
    }
    let (wanted, given) = (masked(&recorded.answer), masked(&answered.answer));
    if wanted != given {
        differences.push(format!("body\n    {given}\n  instead of\n    {wanted}"));
    }
    differences
}

/// A body in which only what no two Harbors share is hidden: instants, numbers of rows other than projects, secrets, and
/// how a JSON reader words what it dislikes. A robot's permissions come in any order.
fn masked(body: &str) -> Value {
    let mut value = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
    mask("", &mut value);
    value
}

fn mask(key: &str, value: &mut Value) {
    let hidden = ["id", "artifact_id", "repository_id", "child_id", "parent_id", "retention_id", "secret", "token"];
    match value {
        Value::Object(object) => object.iter_mut().for_each(|(key, value)| mask(key, value)),
        Value::Array(array) => {
            for value in array.iter_mut() {
                mask("", value);
            }
            if key == "permissions" {
                array.sort_by_key(Value::to_string);
            }
        }
        Value::String(text) if is_instant(text) => *value = "instant".into(),
        Value::String(text) if key == "child_digest" => *value = text.get(..7).unwrap_or_default().into(),
        Value::String(text) => {
            if let Some((before, _)) = text.split_once("failed, because ") {
                *value = before.into();
            } else if hidden.contains(&key) {
                *value = "hidden".into();
            }
        }
        Value::Number(number) if key == "expires_at" && number.as_i64() > Some(0) => *value = "instant".into(),
        Value::Number(_) if hidden.contains(&key) => *value = "hidden".into(),
        _ => {}
    }
}

fn is_instant(text: &str) -> bool {
    text.len() >= 20 && text.starts_with("20") && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T')
}

fn exchanges() -> Vec<Exchange> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/harbor");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut exchanges: Vec<Exchange> = files
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            parse(name, &std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    exchanges.sort_by_key(|exchange| exchange.number);
    exchanges
}

fn parse(name: String, recording: &str) -> Exchange {
    let mut lines = recording.lines().filter(|line| !line.trim().is_empty());
    let (request, rest) = lines.next().unwrap().split_once("  [auth=").unwrap();
    let (method, target) = request.split_once(' ').unwrap();
    let (who, headers) = rest.split_once("] ").unwrap();
    let lines: Vec<&str> = lines.collect();
    let of =
        |prefix: &str| lines.iter().filter_map(|line| line.strip_prefix(prefix)).map(str::to_owned).collect::<Vec<_>>();
    let answered = of("< ");
    let answer_headers = answered
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    Exchange {
        number: name.split('_').next().unwrap().parse().unwrap(),
        name,
        method: method.to_owned(),
        target: target.to_owned(),
        who: who.to_owned(),
        headers: headers_of(headers),
        body: of("> ").concat(),
        status: answered.first().unwrap().parse().unwrap(),
        answer_headers,
        answer: lines.iter().filter(|line| !line.starts_with(['<', '>'])).copied().collect::<Vec<_>>().join("\n"),
    }
}

/// The recorder wrote its headers between braces, names and values in single quotes.
fn headers_of(text: &str) -> Vec<(String, String)> {
    let inner = text.trim().trim_start_matches('{').trim_end_matches('}');
    let pairs = inner.split("', '").filter_map(|pair| pair.split_once("': '"));
    pairs.map(|(name, value)| (name.trim_matches('\'').to_owned(), value.trim_matches('\'').to_owned())).collect()
}
