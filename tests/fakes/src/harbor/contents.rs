//! Repositories and artifacts: lists and single ones, with the answers that surprise: artifacts of a repository that does
//! not exist are an empty list, and lists without a member are null.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::harbor::answer::Answer;
use crate::harbor::asked::{Asked, decoded};
use crate::harbor::instant::{NEVER, written};
use crate::harbor::listing::{list, twice_encoded};
use crate::harbor::project::{Artifact, Child, Project, Repository, Tag};
use crate::harbor::projects::require;
use crate::harbor::world::World;

const ICON: &str = "sha256:0048162a053eef4d4ce3fe7518615bef084403614f8bca43b40ae2e762e11e06";

/// A repository name from a path segment: written `%252F`, but `%2F` is understood as well.
fn repository_path(segment: &str) -> String {
    decoded(&decoded(segment))
}

fn repository_row(repository: &Repository) -> Value {
    json!({
        "artifact_count": repository.artifacts.len(), "creation_time": written(repository.created),
        "id": repository.id, "name": repository.name, "project_id": repository.project_id,
        "pull_count": repository.pull_count, "update_time": written(repository.updated),
    })
}

fn listed<'w>(asked: &Asked, repositories: impl Iterator<Item = &'w Repository>) -> Answer {
    let mut rows: Vec<&Repository> = repositories.collect();
    rows.sort_by_key(|repository| std::cmp::Reverse(repository.id));
    list(asked, rows.into_iter().map(repository_row).collect())
}

/// `GET /repositories`: of every project that the caller sees.
pub(super) fn everywhere(world: &World, asked: &Asked) -> Answer {
    let seen = world.projects.values().filter(|project| asked.caller.sees(project));
    listed(asked, seen.flat_map(|project| project.repositories.values()))
}

/// `GET /projects/{name}/repositories`.
pub(super) fn repositories(world: &World, asked: &Asked, project: &str) -> Answer {
    match require(world, asked, project, "repository:list").and_then(|target| target.found()) {
        Ok(project) => listed(asked, project.repositories.values()),
        Err(refusal) => refusal,
    }
}

/// The full name that a project and a repository in a path make.
fn full_name(project: &str, repository: &str) -> String {
    format!("{}/{}", decoded(project), repository_path(repository))
}

/// `GET /projects/{name}/repositories/{repository}`.
pub(super) fn repository(world: &World, asked: &Asked, project: &str, repository: &str) -> Answer {
    if let Err(refusal) = require(world, asked, project, "repository:read") {
        return refusal;
    }
    let name = full_name(project, repository);
    world
        .repository_named(&name)
        .map_or_else(|| Answer::not_found(&format!("repository {name}")), |found| Answer::json(&repository_row(found)))
}

/// `DELETE /projects/{name}/repositories/{repository}`.
pub(super) fn delete_repository(world: &mut World, asked: &Asked, project: &str, repository: &str) -> Answer {
    if let Err(refusal) = require(world, asked, project, "repository:delete") {
        return refusal;
    }
    let name = full_name(project, repository);
    if world.delete_repository(&name) { Answer::empty(200) } else { Answer::not_found(&format!("repository {name}")) }
}

/// `GET /projects/{name}/repositories/{repository}/artifacts`.
pub(super) fn artifacts(world: &World, asked: &Asked, project: &str, repository: &str) -> Answer {
    if let Err(refusal) = require(world, asked, project, "artifact:list") {
        return refusal;
    }
    listed_artifacts(asked, world.repository_named(&full_name(project, repository)).into_iter())
}

/// `GET /projects/{name or id}/artifacts`, which Harbor has from 2.11.
pub(super) fn project_artifacts(world: &World, asked: &Asked, project: &str) -> Answer {
    match require(world, asked, project, "artifact:list").and_then(|target| target.found()) {
        Ok(Project { repositories, .. }) => listed_artifacts(asked, repositories.values()),
        Err(refusal) => refusal,
    }
}

/// An artifact and the repository that holds it.
pub(super) type Held<'w> = (&'w Repository, &'w Artifact);

fn listed_artifacts<'w>(asked: &Asked, repositories: impl Iterator<Item = &'w Repository>) -> Answer {
    let held = |repository: &'w Repository| repository.artifacts.iter().map(move |artifact| (repository, artifact));
    let mut rows: Vec<Held<'_>> = repositories.flat_map(held).collect();
    rows.sort_by_key(|(_, artifact)| std::cmp::Reverse((artifact.pushed, artifact.id)));
    let with_tags = asked.flag("with_tag", true);
    list(asked, rows.into_iter().map(|held| artifact_row(held, with_tags)).collect())
}

/// `GET …/artifacts/{tag or digest}`, and `/tags` of it.
pub(super) fn artifact(world: &World, asked: &Asked, path: [&str; 3], tags_only: bool) -> Answer {
    match named(world, asked, path, "artifact:read") {
        Err(refusal) => refusal,
        Ok(Named { held, .. }) if tags_only => list(asked, tag_rows(held)),
        Ok(Named { held, .. }) => Answer::json(&artifact_row(held, true)),
    }
}

/// `DELETE …/artifacts/{tag or digest}`.
pub(super) fn delete_artifact(world: &mut World, asked: &Asked, path: [&str; 3]) -> Answer {
    match named(world, asked, path, "artifact:delete") {
        Err(refusal) => refusal,
        Ok(Named { name, reference, .. }) => {
            world.delete_artifact(&name, &reference);
            Answer::empty(200)
        }
    }
}

#[derive(Deserialize)]
struct NewTag {
    name: String,
}

/// `POST …/artifacts/{tag or digest}/tags`.
pub(super) fn add_tag(world: &mut World, asked: &Asked, path: [&str; 3]) -> Answer {
    let Named { name, reference, held } = match named(world, asked, path, "tag:create") {
        Ok(named) => named,
        Err(refusal) => return refusal,
    };
    let Ok(NewTag { name: tag }) = serde_json::from_slice(&asked.body) else {
        return Answer::unprocessable("parsing tag body from \"\" failed");
    };
    if held.0.artifact(&tag).is_some() {
        return Answer::conflict(&format!("tag {tag} already exists"));
    }
    world.add_tag(&name, &reference, &tag);
    Answer::empty(201)
}

/// `DELETE …/artifacts/{tag or digest}/tags/{tag}`.
pub(super) fn delete_tag(world: &mut World, asked: &Asked, path: [&str; 3], tag: &str) -> Answer {
    let tag = decoded(tag);
    match named(world, asked, path, "tag:delete") {
        Err(refusal) => refusal,
        Ok(Named { held, .. }) if held.1.tags.iter().all(|known| known.name != tag) => {
            Answer::not_found(&format!("tag {tag} attached to artifact {}", held.1.id))
        }
        Ok(Named { name, .. }) => {
            world.delete_tag(&name, &tag);
            Answer::empty(200)
        }
    }
}

/// An artifact in a path: the full name of its repository, the tag or the digest, and what they name.
struct Named<'w> {
    name: String,
    reference: String,
    held: Held<'w>,
}

/// The artifact in a path, for whoever has the right.
fn named<'w>(world: &'w World, asked: &Asked, path: [&str; 3], right: &str) -> Result<Named<'w>, Answer> {
    let [project, repository, reference] = path;
    require(world, asked, project, right)?;
    let (name, reference) = (full_name(project, repository), decoded(reference));
    let Some(held) = find_artifact(world, &name, &reference) else {
        let separator = if reference.starts_with("sha256:") { '@' } else { ':' };
        return Err(Answer::not_found(&format!("artifact {name}{separator}{reference}")));
    };
    Ok(Named { name, reference, held })
}

/// The artifact of a repository that a tag or a digest names.
pub(super) fn find_artifact<'w>(world: &'w World, repository: &str, reference: &str) -> Option<Held<'w>> {
    let repository = world.repository_named(repository)?;
    repository.artifact(reference).map(|artifact| (repository, artifact))
}

fn artifact_row((repository, artifact): Held<'_>, with_tags: bool) -> Value {
    let name = repository.name.as_str();
    let tags = tag_rows((repository, artifact));
    let mut row = json!({
        "accessories": null, "digest": artifact.digest, "icon": ICON, "id": artifact.id, "labels": null,
        "manifest_media_type": artifact.manifest_media_type, "media_type": artifact.media_type, "project_id": repository.project_id,
        "pull_time": pulled(artifact), "push_time": written(artifact.pushed), "references": references(artifact),
        "repository_id": repository.id, "repository_name": name, "size": artifact.size, "type": "IMAGE",
        "tags": if with_tags && !tags.is_empty() { Value::Array(tags) } else { Value::Null },
    });
    if let Some((os, architecture)) = artifact.platform.as_deref().and_then(|platform| platform.split_once('/')) {
        let (project, path) = name.split_once('/').unwrap_or((name, ""));
        let here = format!("/api/v2.0/projects/{project}/repositories/{}/artifacts", twice_encoded(path));
        let href = format!("{here}/{}/additions/build_history", artifact.digest);
        row["addition_links"] = json!({ "build_history": { "absolute": false, "href": href } });
        row["artifact_type"] = json!(artifact.media_type);
        row["extra_attrs"] = json!({
            "architecture": architecture, "author": "", "config": {}, "created": "2026-01-01T00:00:00Z", "os": os,
        });
    }
    row
}

fn pulled(artifact: &Artifact) -> String {
    artifact.pulled.map_or_else(|| NEVER.to_owned(), written)
}

fn references(artifact: &Artifact) -> Value {
    let reference = |child: &Child| {
        let (os, architecture) = child.platform.split_once('/').unwrap_or((&child.platform, ""));
        json!({
            "child_digest": child.digest, "child_id": child.id, "parent_id": artifact.id, "urls": null,
            "platform": { "OsFeatures": null, "architecture": architecture, "os": os },
        })
    };
    if artifact.children.is_empty() { Value::Null } else { artifact.children.iter().map(reference).collect() }
}

/// Newest first, as Harbor lists them.
fn tag_rows((repository, artifact): Held<'_>) -> Vec<Value> {
    let mut tags: Vec<&Tag> = artifact.tags.iter().collect();
    tags.sort_by_key(|tag| std::cmp::Reverse(tag.id));
    let row = |tag: &Tag| {
        json!({
            "artifact_id": artifact.id, "id": tag.id, "immutable": false, "name": tag.name,
            "pull_time": pulled(artifact), "push_time": written(tag.pushed), "repository_id": repository.id,
        })
    };
    tags.into_iter().map(row).collect()
}
