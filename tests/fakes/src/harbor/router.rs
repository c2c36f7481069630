//! From method and path to the answer. Paths are matched undecoded, because Harbor tells `%252F` from `/`.

use crate::harbor::answer::Answer;
use crate::harbor::asked::Asked;
use crate::harbor::world::World;
use crate::harbor::{contents, door, overview, projects, robots, sign_in};

/// Answers a request.
pub(super) fn answer(world: &mut World, asked: &Asked) -> Answer {
    let writes = !matches!(asked.method.as_str(), "GET" | "HEAD");
    if writes && asked.has_session_cookie() && asked.path.starts_with("/api/") {
        return Answer::forbidden("CSRF token not found in request");
    }
    let segments: Vec<&str> = asked.path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["fake", rest @ ..] => door::answer(world, asked, rest),
        ["service", "token"] => sign_in::token(world, asked),
        ["v2", rest @ ..] => distribution(world, asked, rest),
        ["api", "version"] => Answer::text(200, r#"{"version":"v2.0"}"#),
        ["api", "v2.0", rest @ ..] => api(world, asked, rest),
        _ => Answer::text(404, "404 page not found"),
    }
}

fn distribution(world: &World, asked: &Asked, segments: &[&str]) -> Answer {
    match segments {
        [""] => sign_in::api_base(asked),
        ["_catalog"] => sign_in::catalogue(world, asked),
        [repository @ .., "tags", "list"] => sign_in::contents(world, asked, &repository.join("/"), None),
        [repository @ .., "manifests", reference] => {
            sign_in::contents(world, asked, &repository.join("/"), Some(reference))
        }
        _ => Answer::text(404, "404 page not found"),
    }
}

fn api(world: &mut World, asked: &Asked, segments: &[&str]) -> Answer {
    match (asked.method.as_str(), segments) {
        ("GET", ["ping"]) => Answer::json(&"Pong".into()),
        ("GET", ["systeminfo"]) => sign_in::system_info(world, asked),
        ("GET", ["users", "current"]) => sign_in::current_user(asked),
        ("GET", ["statistics"]) => overview::statistics(world, asked),
        ("GET", ["search"]) => overview::search(world, asked),
        ("GET", ["quotas"]) => overview::quotas(world, asked),
        ("GET", ["repositories"]) => contents::everywhere(world, asked),
        ("GET", ["robots"]) => robots::all(world, asked),
        ("POST", ["robots"]) => robots::create(world, asked),
        (_, ["robots", id]) => robots::one(world, asked, id),
        ("GET", ["projects"]) => projects::all(world, asked),
        ("HEAD", ["projects"]) => projects::exists(world, asked),
        ("POST", ["projects"]) => projects::create(world, asked),
        ("GET", ["projects", project]) => projects::one(world, asked, project),
        ("PUT", ["projects", project] | ["projects", project, "metadatas", "public"]) => {
            projects::change(world, asked, project)
        }
        ("DELETE", ["projects", project]) => projects::delete(world, asked, project),
        (
            "GET",
            ["projects", project, aspect @ ("summary" | "_deletable")]
            | ["projects", project, aspect @ "metadatas", ..],
        ) => projects::aspect(world, asked, project, aspect),
        ("GET", ["projects", project, "artifacts"]) if world.lists_project_artifacts() => {
            contents::project_artifacts(world, asked, project)
        }
        ("GET", ["projects", project, "repositories"]) => contents::repositories(world, asked, project),
        (_, ["projects", project, "repositories", rest @ ..]) => repository(world, asked, project, rest),
        _ => Answer::no_path(&asked.path),
    }
}

fn repository(world: &mut World, asked: &Asked, project: &str, segments: &[&str]) -> Answer {
    match (asked.method.as_str(), segments) {
        ("GET", [name]) => contents::repository(world, asked, project, name),
        ("DELETE", [name]) => contents::delete_repository(world, asked, project, name),
        ("GET", [name, "artifacts"]) => contents::artifacts(world, asked, project, name),
        ("GET", [name, "artifacts", reference]) => contents::artifact(world, asked, [project, name, reference], false),
        ("GET", [name, "artifacts", reference, "tags"]) => {
            contents::artifact(world, asked, [project, name, reference], true)
        }
        ("DELETE", [name, "artifacts", reference]) => {
            contents::delete_artifact(world, asked, [project, name, reference])
        }
        ("POST", [name, "artifacts", reference, "tags"]) => contents::add_tag(world, asked, [project, name, reference]),
        ("DELETE", [name, "artifacts", reference, "tags", tag]) => {
            contents::delete_tag(world, asked, [project, name, reference], tag)
        }
        _ => Answer::no_path(&asked.path),
    }
}
