//! What two answers must have in common.

use serde_json::Value;
use wharfinger_fakes::recorded::Answered;

/// The headers that are compared; a cookie only for whether there is one.
const HEADERS: [&str; 9] = [
    "content-type",
    "docker-content-digest",
    "docker-distribution-api-version",
    "etag",
    "link",
    "location",
    "set-cookie",
    "www-authenticate",
    "x-total-count",
];

/// How an answer differs from the recorded one.
pub(crate) fn differences(recorded: &Answered, given: &Answered) -> Vec<String> {
    let mut differences = Vec::new();
    if recorded.status != given.status {
        differences.push(format!("status {} instead of {}", given.status, recorded.status));
    }
    for name in HEADERS {
        let of = |answer: &Answered| match answer.headers.get(name) {
            Some(_) if name == "set-cookie" => Some("a cookie".to_owned()),
            value => value.cloned(),
        };
        let (wanted, given) = (of(recorded), of(given));
        if wanted != given {
            differences.push(format!("{name} {given:?} instead of {wanted:?}"));
        }
    }
    let (wanted, given) = (masked(&recorded.body), masked(&given.body));
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
        Value::Object(object) => {
            if key == "cve_allowlist" {
                // Projects that were written into the recorded Harbor's database by hand have no row for it.
                object.remove("id");
            }
            object.iter_mut().for_each(|(key, value)| mask(key, value));
        }
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
