//! Projects: listing what the caller may see, reading one by id or by name, making, changing and deleting them.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::harbor::answer::Answer;
use crate::harbor::asked::{Asked, decoded};
use crate::harbor::instant::{NEVER, written};
use crate::harbor::listing::list;
use crate::harbor::project::Project;
use crate::harbor::world::World;

/// What a path says about a project: its text, and the project if there is one.
pub(super) struct Target<'w> {
    pub(super) text: String,
    pub(super) project: Option<&'w Project>,
}

/// Reads a project's id or name from a path segment, and requires a right in it, in Harbor's order: what is asked for by
/// name and does not exist is unauthorized or forbidden for everybody but an administrator.
pub(super) fn require<'w>(world: &'w World, asked: &Asked, segment: &str, right: &str) -> Result<Target<'w>, Answer> {
    let text = decoded(segment);
    let number = text.parse::<i64>().ok().filter(|_| !asked.by_name());
    let project = number.map_or_else(|| world.project_named(&text), |id| world.project(id));
    let id = number.or(project.map(|found| found.id));
    let caller = &asked.caller;
    let may = caller.is_admin() || id.is_some_and(|id| caller.may_in(right, id, project));
    if !may {
        return Err(if caller.is_authenticated() { Answer::forbidden("forbidden") } else { Answer::unauthorized() });
    }
    Ok(Target { text, project })
}

impl<'w> Target<'w> {
    /// The project, or the answer that it is not there.
    pub(super) fn found(&self) -> Result<&'w Project, Answer> {
        self.project.ok_or_else(|| Answer::not_found(&format!("project {}", self.text)))
    }
}

/// `GET /projects`.
pub(super) fn all(world: &World, asked: &Asked) -> Answer {
    let detail = asked.flag("with_detail", true);
    let wanted = |project: &&Project| {
        let part = asked.param("name").unwrap_or_default();
        let public = asked.param("public").is_none_or(|public| project.public == public);
        asked.caller.lists(project) && project.name.contains(part) && public
    };
    list(asked, world.projects.values().filter(wanted).map(|project| row(asked, project, detail)).collect())
}

/// A project as its lists have it.
pub(super) fn row(asked: &Asked, project: &Project, detail: bool) -> Value {
    let created = written(project.created);
    let mut row = json!({
        "project_id": project.id, "name": project.name, "owner_id": 1, "creation_time": created, "update_time": created,
        "repo_count": project.repositories.len(), "current_user_role_ids": asked.caller.roles(),
        "cve_allowlist": { "creation_time": NEVER, "update_time": NEVER, "items": null },
    });
    if asked.caller.is_admin() {
        row["current_user_role_id"] = json!(1);
    }
    if detail {
        row["owner_name"] = json!("admin");
        row["metadata"] = json!({ "public": project.public });
        row["cve_allowlist"]["id"] = json!(project.id);
        row["cve_allowlist"]["project_id"] = json!(project.id);
        row["cve_allowlist"]["items"] = json!([]);
    }
    if let Some(registry) = project.registry_id {
        row["registry_id"] = json!(registry);
        row["metadata"]["retention_id"] = json!("1");
    }
    row
}

/// `GET /projects/{name or id}`.
pub(super) fn one(world: &World, asked: &Asked, segment: &str) -> Answer {
    require(world, asked, segment, "project:read")
        .and_then(|target| target.found())
        .map_or_else(|refusal| refusal, |project| Answer::json(&row(asked, project, true)))
}

/// `HEAD /projects?project_name=`: tells any account whether the name exists.
pub(super) fn exists(world: &World, asked: &Asked) -> Answer {
    let name = asked.param("project_name").unwrap_or_default();
    match (asked.caller.is_authenticated(), world.project_named(name)) {
        (false, _) => Answer::unauthorized(),
        (true, None) => Answer::not_found(&format!("project {name}")),
        (true, Some(_)) => Answer::empty(200),
    }
}

/// `GET /projects/{name or id}/summary`, `/_deletable` and `/metadatas/`.
pub(super) fn aspect(world: &World, asked: &Asked, segment: &str, aspect: &str) -> Answer {
    let project = match require(world, asked, segment, "project:read").and_then(|target| target.found()) {
        Ok(project) => project,
        Err(refusal) => return refusal,
    };
    let repositories = project.repositories.len();
    Answer::json(&match aspect {
        "summary" => json!({
            "project_admin_count": 1, "repo_count": repositories,
            "quota": { "hard": { "storage": -1 }, "used": { "storage": project.stored() } },
        }),
        "_deletable" => json!({ "deletable": repositories == 0 }),
        _ => json!({ "public": project.public }),
    })
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    project_name: String,
    #[serde(default)]
    metadata: Metadata,
    public: Option<bool>,
    registry_id: Option<i64>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    public: Option<String>,
}

/// `POST /projects`.
pub(super) fn create(world: &mut World, asked: &Asked) -> Answer {
    let wish: Wish = match serde_json::from_slice(&asked.body) {
        Ok(wish) => wish,
        Err(error) => return unreadable(&error),
    };
    if let Some(refusal) = refuse(world, asked, &wish) {
        // The insert that failed has spent a number of the sequence.
        world.skip_project_ids(i64::from(refusal.status == 409));
        return refusal;
    }
    let public =
        wish.metadata.public.or(wish.public.map(|flag| flag.to_string())).unwrap_or_else(|| "false".to_owned());
    let id = world.create_project(&wish.project_name, &public);
    if let Some(registry) = wish.registry_id {
        world.set_registry(&wish.project_name, registry);
    }
    let by_name = asked.header("x-resource-name-in-location") == Some("true");
    let last = if by_name { wish.project_name } else { id.to_string() };
    Answer::empty(201).with("location", format!("/api/v2.0/projects/{last}"))
}

fn unreadable(error: &serde_json::Error) -> Answer {
    Answer::unprocessable(&format!("parsing project body from \"\" failed, because {error}"))
}

fn refuse(world: &World, asked: &Asked, wish: &Wish) -> Option<Answer> {
    let name = wish.project_name.as_str();
    if name.len() > 255 {
        let text = "validation failure list:\nproject_name in body should be at most 255 chars long";
        return Some(Answer::unprocessable(text));
    }
    if !asked.caller.is_authenticated() {
        return Some(Answer::unauthorized());
    }
    if asked.caller.robot().is_some() && !asked.caller.may("project:create") {
        return Some(Answer::forbidden(asked.caller.name()));
    }
    if name.is_empty() {
        let text = "Project name  is illegal in length. (greater than 255 or less than 1)";
        return Some(Answer::bad_request(text));
    }
    if !is_name(name) {
        return Some(Answer::bad_request("project name is not in lower case or contains illegal characters"));
    }
    if let Some(public) = wish.metadata.public.as_deref().filter(|public| !matches!(*public, "true" | "false")) {
        let text = format!("metadata.public should only be 'true' or 'false', but got: '{public}'");
        return Some(Answer::bad_request(&text));
    }
    world.project_named(name).map(|_| Answer::conflict(&format!("The project named {name} already exists")))
}

/// Lower-case letters and digits, joined by single `.`, `_` or `-`.
pub(super) fn is_name(name: &str) -> bool {
    let letters =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.split(['.', '_', '-']).all(letters)
}

/// `PUT /projects/{name or id}`, and `PUT …/metadatas/public`. The new visibility is not checked; an empty one changes
/// nothing.
pub(super) fn change(world: &mut World, asked: &Asked, segment: &str) -> Answer {
    let name = match require(world, asked, segment, "project:update").and_then(|target| target.found()) {
        Ok(project) => project.name.clone(),
        Err(refusal) => return refusal,
    };
    let body: Value = match serde_json::from_slice(&asked.body) {
        Ok(body) => body,
        Err(error) => return unreadable(&error),
    };
    let public = body.pointer("/metadata/public").or_else(|| body.get("public"));
    if let Some(public) = public.and_then(Value::as_str).filter(|public| !public.is_empty()) {
        world.set_public(&name, public);
    }
    Answer::empty(200)
}

/// `DELETE /projects/{name or id}`: refused while there are repositories.
pub(super) fn delete(world: &mut World, asked: &Asked, segment: &str) -> Answer {
    let project = match require(world, asked, segment, "project:delete").and_then(|target| target.found()) {
        Ok(project) => project,
        Err(refusal) => return refusal,
    };
    if !project.repositories.is_empty() {
        return Answer::precondition("precondition failed: the project contains repositories, can not be deleted");
    }
    let name = project.name.clone();
    world.delete_project(&name);
    Answer::empty(200)
}
