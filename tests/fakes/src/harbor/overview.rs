//! What spans projects: counts, a search, and quotas. What somebody does not see is in none of them.

use serde_json::{Value, json};

use crate::harbor::answer::Answer;
use crate::harbor::asked::Asked;
use crate::harbor::instant::written;
use crate::harbor::listing::list;
use crate::harbor::project::{Project, Repository};
use crate::harbor::projects::row;
use crate::harbor::world::World;

/// `GET /statistics`: the totals are for administrators.
pub(super) fn statistics(world: &World, asked: &Asked) -> Answer {
    if !asked.caller.is_authenticated() {
        return Answer::unauthorized();
    }
    let seen = || world.projects.values().filter(|project| asked.caller.sees(project));
    let projects = |public: bool| seen().filter(move |project| project.is_public() == public);
    let repositories = |public: bool| projects(public).map(|project| project.repositories.len()).sum::<usize>();
    let (private, public) = (projects(false).count(), projects(true).count());
    let mut counts = json!({
        "private_project_count": private, "private_repo_count": repositories(false), "public_project_count": public,
        "public_repo_count": repositories(true),
    });
    if asked.caller.is_admin() {
        counts["total_project_count"] = json!(private + public);
        counts["total_repo_count"] = json!(repositories(false) + repositories(true));
        counts["total_storage_consumption"] = json!(seen().map(Project::stored).sum::<i64>());
    }
    Answer::json(&counts)
}

/// `GET /search`: to a robot, whatever it may, only what is public.
pub(super) fn search(world: &World, asked: &Asked) -> Answer {
    let part = asked.param("q").unwrap_or_default();
    let robot = asked.caller.robot().is_some();
    let seen = || {
        let open = |project: &&Project| if robot { project.is_public() } else { asked.caller.sees(project) };
        world.projects.values().filter(open)
    };
    let projects: Vec<Value> =
        seen().filter(|project| project.name.contains(part)).map(|project| row(asked, project, true)).collect();
    let found = |project: &Project, repository: &Repository| {
        json!({
            "artifact_count": repository.artifacts.len(), "project_id": project.id, "project_name": project.name,
            "project_public": project.is_public(), "repository_name": repository.name,
        })
    };
    let repositories: Vec<Value> = seen()
        .flat_map(|project| project.repositories.values().map(move |repository| (project, repository)))
        .filter(|(_, repository)| repository.name.contains(part))
        .map(|(project, repository)| found(project, repository))
        .collect();
    Answer::json(&json!({ "project": projects, "repository": repositories }))
}

/// `GET /quotas`: of every project, newest first; none has a limit.
pub(super) fn quotas(world: &World, asked: &Asked) -> Answer {
    if !asked.caller.is_authenticated() {
        return Answer::unauthorized();
    }
    if !asked.caller.may("quota:list") {
        return Answer::forbidden(asked.caller.name());
    }
    let mut projects: Vec<&Project> = world.projects.values().collect();
    projects.sort_by_key(|project| std::cmp::Reverse(project.id));
    let quota = |project: &Project| {
        let created = written(project.created);
        json!({
            "creation_time": created, "hard": { "storage": -1 }, "id": project.id,
            "ref": { "id": project.id, "name": project.name, "owner_name": "" }, "update_time": created,
            "used": { "storage": project.stored() },
        })
    };
    list(asked, projects.into_iter().map(quota).collect())
}
