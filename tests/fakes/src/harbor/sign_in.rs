//! What tells a caller who it is: system information, the current user, the token service, and the distribution paths
//! that answer a wrong credential with a refusal, unlike the lists.

use serde_json::json;

use crate::harbor::answer::Answer;
use crate::harbor::asked::Asked;
use crate::harbor::contents::find_artifact;
use crate::harbor::instant::written;
use crate::harbor::world::{START, World};

/// `GET /systeminfo`: the version and the host of image names are for those who have signed in.
pub(super) fn system_info(world: &World, asked: &Asked) -> Answer {
    let mut body = json!({
        "auth_mode": "db_auth", "banner_message": "", "oidc_provider_name": "", "primary_auth_mode": false,
        "self_registration": false,
    });
    if asked.caller.is_authenticated() {
        let asked_host = asked.header("host").unwrap_or("localhost");
        let host = world.external_host.as_deref().unwrap_or(asked_host);
        let more = [
            ("current_time", json!(written(world.tick))),
            ("external_url", json!(format!("{}://{host}", asked.scheme))),
            ("harbor_version", json!(world.version)),
            ("has_ca_root", json!(false)),
            ("notification_enable", json!(true)),
            ("project_creation_restriction", json!("everyone")),
            ("read_only", json!(false)),
            ("registry_storage_provider_name", json!("filesystem")),
            ("registry_url", json!(host)),
        ];
        for (key, value) in more {
            body[key] = value;
        }
    }
    Answer::json(&body)
}

/// `GET /users/current`: a robot is no user.
pub(super) fn current_user(asked: &Asked) -> Answer {
    if !asked.caller.is_authenticated() {
        return Answer::unauthorized();
    }
    if asked.caller.robot().is_some() {
        return Answer::precondition("get current user not available for security context: robot");
    }
    let admin = asked.caller.is_admin();
    let (comment, realname) = if admin { ("admin user", "system admin") } else { ("", asked.caller.name()) };
    Answer::json(&json!({
        "admin_role_in_auth": false, "comment": comment, "creation_time": written(START), "realname": realname,
        "sysadmin_flag": admin, "update_time": written(START), "user_id": if admin { 1 } else { 2 },
        "username": asked.caller.name(),
    }))
}

/// `GET /service/token`: without a scope it refuses whoever has not signed in; with one everybody gets a token, with
/// whatever actions are granted.
pub(super) fn token(world: &World, asked: &Asked) -> Answer {
    let service = asked.param("service").unwrap_or_default();
    if service != "harbor-registry" {
        return Answer::text(400, &format!("Unable to handle service: {service}"));
    }
    if asked.param("scope").is_none() && !asked.caller.is_authenticated() {
        return Answer::empty(401);
    }
    let issued = written(world.tick);
    Answer::json(&json!({ "token": asked.token(), "access_token": "", "expires_in": 1800, "issued_at": issued }))
        .with("content-type", "application/json; charset=utf-8")
}

const API: (&str, &str) = ("docker-distribution-api-version", "registry/2.0");

/// Who presents a credential is told to present a right one; who presents none is sent to the token service.
fn challenge(asked: &Asked, scope: &str, message: &str) -> Answer {
    let host = asked.header("host").unwrap_or("localhost");
    let bearer = format!(r#"Bearer realm="{}://{host}/service/token",service="harbor-registry"{scope}"#, asked.scheme);
    let value = if asked.headers.contains_key("authorization") { r#"Basic realm="harbor""#.to_owned() } else { bearer };
    let message = format!("{message}: {message}");
    Answer::error(401, "UNAUTHORIZED", &message).with(API.0, API.1).with("www-authenticate", value)
}

/// `GET /v2/`.
pub(super) fn api_base(asked: &Asked) -> Answer {
    if asked.caller.is_authenticated() {
        return Answer::json(&json!({})).with(API.0, API.1);
    }
    challenge(asked, "", "unauthorized")
}

/// `GET /v2/_catalog`: for administrators, and not with a token.
pub(super) fn catalogue(world: &World, asked: &Asked) -> Answer {
    let by_token = asked.header("authorization").is_some_and(|value| value.starts_with("Bearer "));
    if world.catalogue_takes_tokens && !asked.caller.is_authenticated() {
        return challenge(asked, r#",scope="registry:catalog:*""#, "unauthorized to list catalog");
    }
    if !asked.caller.is_admin() || (by_token && !world.catalogue_takes_tokens) {
        let message = "unauthorized to list catalog: unauthorized to list catalog";
        let basic = r#"Basic realm="harbor""#;
        return Answer::error(401, "UNAUTHORIZED", message).with(API.0, API.1).with("www-authenticate", basic);
    }
    let repositories = world.projects.values().flat_map(|project| project.repositories.keys());
    let mut names: Vec<&str> = repositories.map(String::as_str).collect();
    names.sort_unstable();
    let (names, next) = cut(asked, &names);
    linked(Answer::json(&json!({ "repositories": names })), next)
}

/// The names after `last`, at most `n` of them, and the link to the rest.
fn cut<'n>(asked: &Asked, names: &[&'n str]) -> (Vec<&'n str>, Option<String>) {
    let last = asked.param("last").unwrap_or_default();
    let rest: Vec<&str> = names.iter().copied().filter(|name| *name > last).collect();
    let n = asked.param("n").and_then(|n| n.parse().ok()).unwrap_or(rest.len());
    let page: Vec<&str> = rest.iter().copied().take(n).collect();
    let more = page.last().filter(|_| page.len() < rest.len());
    let next = more.map(|last| {
        let last: String = url::form_urlencoded::byte_serialize(last.as_bytes()).collect();
        format!("<{}?last={last}&n={n}>; rel=\"next\"", asked.path)
    });
    (page, next)
}

fn linked(answer: Answer, next: Option<String>) -> Answer {
    match next {
        Some(next) => answer.with("link", next),
        None => answer,
    }
}

/// `GET /v2/{repository}/tags/list` and `GET` or `HEAD /v2/{repository}/manifests/{reference}`.
pub(super) fn contents(world: &World, asked: &Asked, repository: &str, reference: Option<&str>) -> Answer {
    let project = world.project_named(repository.split('/').next().unwrap_or_default());
    if !asked.caller.is_authenticated() {
        let scope = format!(r#",scope="repository:{repository}:pull""#);
        return challenge(asked, &scope, "authorize header needed to send HEAD to repository");
    }
    let Some(project) = project else {
        let name = repository.split('/').next().unwrap_or_default();
        let message = format!("project {name} not found: project {name} not found");
        return Answer::error(401, "UNAUTHORIZED", &message).with(API.0, API.1).with("www-authenticate", "");
    };
    if !asked.caller.may_in("repository:pull", project.id, Some(project)) {
        return challenge(asked, "", &format!("unauthorized to access repository: {repository}, action: pull"));
    }
    let Some(reference) = reference else { return tags(world, asked, repository) };
    match find_artifact(world, repository, reference) {
        Some((_, found)) => Answer::raw(200, &found.manifest_media_type, String::new())
            .with("docker-content-digest", found.digest.clone())
            .with("etag", format!("\"{}\"", found.digest))
            .with(API.0, API.1),
        None => Answer::not_found(&format!("artifact {repository}:{reference}")),
    }
}

fn tags(world: &World, asked: &Asked, repository: &str) -> Answer {
    let Some(found) = world.repository_named(repository) else {
        return Answer::not_found(&format!("repository {repository}"));
    };
    let tags = found.artifacts.iter().flat_map(|artifact| &artifact.tags);
    let mut names: Vec<&str> = tags.map(|tag| tag.name.as_str()).collect();
    names.sort_unstable();
    let (names, next) = cut(asked, &names);
    linked(Answer::json(&json!({ "name": repository, "tags": names })), next)
}
