//! Replays what a real Harbor 2.15.2 was asked against the fake, in the order in which it happened, and compares status,
//! the headers that clients go by, and bodies. What the recorded session did by other ways (pushing images, deleting
//! without a record) happens between the exchanges. What the fake does not answer alike is in a table, with the reason.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod compare;
mod exceptions;
mod meanwhile;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wharfinger_fakes::harbor::{FakeHarbor, Options};
use wharfinger_fakes::recorded::{Answered, Exchange, exchanges};

use compare::differences;
use exceptions::{EXCEPTIONS, excepted};

/// The host that the recordings were made at; the fake is asked under the same name.
const HOST: &str = "127.0.0.1:58080";
/// How many exchanges were recorded, and how many of them the fake answers alike.
const RECORDED: usize = 372;
const ALIKE: usize = 351;

#[tokio::test]
async fn answers_as_the_recorded_harbor_did() {
    let recorded = exchanges().unwrap();
    assert_eq!(recorded.len(), RECORDED, "the number of recorded exchanges");
    let harbor = FakeHarbor::start(Options { version: "-".to_owned(), ..Options::default() }).await.unwrap();
    let mut secrets = BTreeMap::from([("admin".to_owned(), "Harbor12345".to_owned())]);
    let (mut alike, mut offences, mut stale) = (0, String::new(), BTreeSet::new());
    for exchange in &recorded {
        harbor.edit(|world| meanwhile::happen(exchange.number, world));
        let answer = ask(&harbor, exchange, &secrets).await;
        if exchange.target == "/api/v2.0/robots" && answer.status == 201 {
            let made: Value = serde_json::from_str(&answer.body).unwrap();
            secrets.insert(text(&made, "name"), text(&made, "secret"));
        }
        let found = differences(&exchange.answer, &answer);
        match (excepted(exchange), found.is_empty()) {
            (None, true) => alike += 1,
            (Some(_), false) => {}
            (Some(_), true) => drop(stale.insert(exchange.number)),
            (None, false) => {
                let Exchange { number, method, target, .. } = exchange;
                writeln!(offences, "{number} {method} {target}: {}", found.join("\n  and ")).unwrap();
            }
        }
    }
    assert!(offences.is_empty(), "the fake differs from the recordings:\n{offences}");
    assert!(stale.is_empty(), "these are answered alike, and are no exceptions any more: {stale:?}");
    assert_eq!(alike, ALIKE, "the number of exchanges that the fake answers alike");
}

#[test]
fn every_exception_has_its_exchanges_and_a_reason() {
    let recorded: BTreeSet<u32> = exchanges().unwrap().iter().map(|exchange| exchange.number).collect();
    let excepted: Vec<u32> = EXCEPTIONS.iter().flat_map(|exception| exception.numbers).copied().collect();
    let once: BTreeSet<u32> = excepted.iter().copied().collect();
    assert_eq!(once.len(), excepted.len(), "an exchange is excepted twice");
    assert_eq!(once.difference(&recorded).collect::<Vec<_>>(), Vec::<&u32>::new(), "exceptions that were not recorded");
    assert_eq!(RECORDED, ALIKE + once.len(), "every exchange is answered alike, or is excepted");
    assert!(EXCEPTIONS.iter().all(|exception| exception.reason.len() > 40), "an exception without a reason");
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

async fn ask(harbor: &FakeHarbor, exchange: &Exchange, secrets: &BTreeMap<String, String>) -> Answered {
    let Exchange { method, target, body, .. } = exchange;
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n");
    for (name, value) in &exchange.headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    if let Some(name) = &exchange.caller {
        let secret = exchange.secret.as_ref().or(secrets.get(name)).map_or("", String::as_str);
        write!(request, "Authorization: Basic {}\r\n", STANDARD.encode(format!("{name}:{secret}"))).unwrap();
    }
    write!(request, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut stream = TcpStream::connect(harbor.host()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    received(&String::from_utf8(answer).unwrap())
}

fn received(answer: &str) -> Answered {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    Answered { status, headers, body: body.trim().to_owned() }
}
