//! What a real Harbor was recorded to answer, read as the client reads it: every answer to a request of a kind that the
//! client sends, whoever sent it.

use chrono::DateTime;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use wharfinger_domain::space::Visibility;
use wharfinger_domain::time::Timestamp;
use wharfinger_fakes::recorded::{Exchange, exchanges};

use super::walk::{Row, rows, total};
use super::wire::{Artifact, Project, Repository, SystemInfo, Token};
use super::{expect, is_missing_project, is_unknown_path};
use crate::http::Reply;
use crate::{ObservedSpace, RegistryError};

/// The segments of a path below `/api/v2.0/`, and whether an answer to them is meant.
type Shape = fn(&[&str]) -> bool;

const PROJECTS: Shape = |path| matches!(path, ["projects"]);
const PROJECT: Shape = |path| matches!(path, ["projects", _]);
const REPOSITORIES: Shape = |path| matches!(path, ["repositories"] | ["projects", _, "repositories"]);
const ARTIFACTS: Shape = |path| matches!(path, ["projects", .., "artifacts"]);
const SYSTEM: Shape = |path| matches!(path, ["systeminfo"]);
const ANY: Shape = |_| true;

/// Every recorded answer to a `GET` of this shape.
fn answered(shape: Shape) -> Vec<(Exchange, Reply)> {
    let meant = |exchange: &Exchange| {
        let path = exchange.target.split('?').next().unwrap_or_default();
        let path = path.strip_prefix("/api/v2.0/");
        exchange.method == "GET" && path.is_some_and(|path| shape(&path.split('/').collect::<Vec<_>>()))
    };
    let recorded = exchanges().unwrap().into_iter().filter(meant);
    recorded.map(|exchange| (exchange.clone(), reply(&exchange))).collect()
}

/// The successful ones among them.
fn succeeded(shape: Shape) -> Vec<(Exchange, Reply)> {
    answered(shape).into_iter().filter(|(_, reply)| reply.status == StatusCode::OK).collect()
}

fn reply(Exchange { target, answer, .. }: &Exchange) -> Reply {
    let header = |(name, value): (&String, &String)| {
        (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
    };
    let headers: HeaderMap = answer.headers.iter().map(header).collect();
    let (status, body) = (StatusCode::from_u16(answer.status).unwrap(), answer.body.clone().into_bytes());
    Reply { status, headers, body, what: target.clone() }
}

/// Reads every recorded list of this shape: each row as it came, and what the client makes of it.
fn lists<R: Row>(shape: Shape) -> Vec<(Value, R::Observed)> {
    let mut all = Vec::new();
    for (exchange, reply) in succeeded(shape) {
        let came: Vec<Value> = reply.json().unwrap();
        let read: Vec<R> = rows(&reply, "project:list").unwrap();
        assert_eq!(read.len(), came.len(), "{}", exchange.target);
        assert!(total(&reply).unwrap() >= u64::try_from(read.len()).unwrap(), "{}", exchange.target);
        let observed = read.into_iter().map(|row| row.observed(&reply).unwrap());
        all.extend(came.into_iter().zip(observed));
    }
    all
}

/// What each spelling meant to strangers when it was recorded.
fn visibility(project: &Value) -> Visibility {
    match project.pointer("/metadata/public").and_then(Value::as_str) {
        Some("true" | "True" | "TRUE" | "1") => Visibility::Public,
        Some("false" | "maybe" | " true") | None => Visibility::Private,
        Some(other) => unreachable!("look up how strangers were answered while it was {other:?}"),
    }
}

fn instant(text: &Value) -> Option<Timestamp> {
    let instant = DateTime::parse_from_rfc3339(text.as_str()?).unwrap();
    Some(Timestamp::from_micros(instant.timestamp_micros()))
}

fn is_read_as(project: &Value, space: &ObservedSpace) {
    assert_eq!(space.path, project["name"].as_str().unwrap());
    assert_eq!(space.upstream_id, Some(project["project_id"].to_string()), "{}", space.path);
    assert_eq!(space.visibility, Some(visibility(project)), "{project}");
    assert_eq!(space.proxy_cache, space.path == "mirror", "{}", space.path);
    assert_eq!(space.repository_count.map(u64::from), project["repo_count"].as_u64(), "{}", space.path);
}

#[test]
fn reads_every_recorded_list_of_projects() {
    let read = lists::<Project>(PROJECTS);
    assert_eq!(read.len(), 345, "the number of recorded rows");
    for (came, space) in &read {
        is_read_as(came, space);
    }
}

#[test]
fn reads_every_recorded_project() {
    let read = succeeded(PROJECT);
    assert_eq!(read.len(), 22, "the number of recorded projects");
    for (_, reply) in read {
        let project: Project = reply.json().unwrap();
        is_read_as(&reply.json().unwrap(), &project.observed(&reply).unwrap());
    }
}

#[test]
fn takes_a_project_for_public_exactly_when_strangers_could_read_it() {
    let recorded = answered(PROJECT);
    let mut seen = Vec::new();
    for ((asked, told), (next, strange)) in recorded.iter().zip(recorded.iter().skip(1)) {
        let same = asked.target == next.target && next.number == asked.number + 1;
        if !same || asked.caller.as_deref() != Some("admin") || next.caller.is_some() {
            continue;
        }
        let project: Project = told.json().unwrap();
        let public = project.visibility() == Visibility::Public;
        assert_eq!(public, strange.status == StatusCode::OK, "{}", asked.answer.body);
        seen.push(public);
    }
    assert_eq!(
        seen,
        [true, true, true, false, false, false],
        "1, TRUE and True; maybe, maybe after an empty one, and \" true\""
    );
}

#[test]
fn reads_every_recorded_list_of_repositories() {
    let read = lists::<Repository>(REPOSITORIES);
    assert_eq!(read.len(), 70, "the number of recorded rows");
    for (came, listed) in read {
        assert_eq!(Some(listed.project_id), came["project_id"].as_i64(), "{came}");
        assert_eq!(listed.repository.path, came["name"].as_str().unwrap());
        assert_eq!(listed.repository.pull_count, came["pull_count"].as_i64(), "{came}");
        assert_eq!(listed.repository.updated_at, instant(&came["update_time"]), "{came}");
        assert!(listed.repository.updated_at.is_some(), "{came}");
    }
}

#[test]
fn reads_every_recorded_list_of_artifacts() {
    let read = lists::<Artifact>(ARTIFACTS);
    assert_eq!(read.len(), 23, "the number of recorded rows");
    for (came, tagged) in read {
        assert_eq!(tagged.project_id, came["project_id"].as_i64(), "{came}");
        assert_eq!(tagged.repository.as_deref(), came["repository_name"].as_str(), "{came}");
        let names = came["tags"].as_array().into_iter().flatten();
        assert_eq!(tagged.tags.len(), names.clone().count(), "{came}");
        let index = came["repository_name"] == "team-a/multi";
        for (tag, came_tag) in tagged.tags.iter().zip(names) {
            assert_eq!(tag.name, came_tag["name"].as_str().unwrap());
            assert_eq!(tag.pushed_at, instant(&came_tag["push_time"]), "{came}");
            assert_eq!(tag.digest, came["digest"].as_str().unwrap());
            assert_eq!(tag.size_bytes, came["size"].as_i64(), "{came}");
            assert_eq!(tag.media_type.as_deref(), came["manifest_media_type"].as_str(), "{came}");
            let platforms: &[&str] = if index { &["linux/amd64", "linux/arm64"] } else { &["linux/amd64"] };
            assert_eq!(tag.platforms, platforms, "{came}");
        }
    }
}

#[test]
fn reads_every_recorded_system_information() {
    let read = succeeded(SYSTEM);
    assert_eq!(read.len(), 7, "the number of recorded answers");
    for (exchange, reply) in read {
        let info: SystemInfo = reply.json().unwrap();
        assert_eq!(info.auth_mode.as_deref(), Some("db_auth"));
        let known = exchange.caller.is_some();
        assert_eq!(info.registry_url.as_deref(), known.then_some("127.0.0.1:58080"), "{}", exchange.number);
        assert_eq!(info.harbor_version.as_deref(), known.then_some("-"), "{}", exchange.number);
    }
}

#[test]
fn a_token_is_there_in_every_success_of_the_token_service() {
    let recorded = exchanges().unwrap();
    let asked = recorded.iter().filter(|exchange| exchange.target.starts_with("/service/token?"));
    let (given, refused): (Vec<_>, Vec<_>) = asked.partition(|exchange| exchange.answer.status == 200);
    assert!(given.iter().all(|exchange| reply(exchange).json::<Token>().unwrap().is_there()));
    assert!(refused.iter().all(|exchange| reply(exchange).json::<Token>().is_err()));
    assert_eq!((given.len(), refused.len()), (10, 5));
}

#[test]
fn tells_every_recorded_refusal_for_what_it_is() {
    let refused: Vec<_> = answered(ANY).into_iter().filter(|(_, reply)| reply.status != StatusCode::OK).collect();
    for (Exchange { number, .. }, reply) in &refused {
        let error = reply.error().unwrap();
        let read = expect(reply, "project:read").map(|_| ()).unwrap_err();
        let right = RegistryError::MissingRight("project:read".to_owned());
        match reply.status.as_u16() {
            401 => assert_eq!(read, RegistryError::Unauthorized, "{number}"),
            403 => assert_eq!(read, right, "{number}"),
            status => {
                let text = read.to_string();
                let told = error.message.lines().all(|line| text.contains(line));
                assert!(told && text.contains(&status.to_string()), "{number}: {text}");
            }
        }
        let path = error.message.starts_with("path /api/v2.0/");
        assert_eq!(is_unknown_path(reply), path, "{number}");
        assert_eq!(is_missing_project(reply), is_about_project(&error.message), "{number}");
    }
    assert_eq!(refused.len(), 59, "the number of recorded refusals");
}

/// Harbor's words about a project that is not there.
fn is_about_project(message: &str) -> bool {
    let names = ["nothere", "99999", "Team-A", "mirror"];
    names.iter().any(|name| message == format!("project {name} not found"))
}
