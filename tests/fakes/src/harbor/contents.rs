//! Repositories and artifacts: lists and single ones, with the answers that surprise: artifacts of a repository that does
//! not exist are an empty list, and lists without a member are null.

use serde_json::{Value, json};

use crate::harbor::answer::Answer;
use crate::harbor::asked::{Asked, decoded};
use crate::harbor::instant::{NEVER, written};
use crate::harbor::listing::{list, twice_encoded};
use crate::harbor::projects::require;
use crate::harbor::world::{Artifact, Repository, Tag, World};

const ICON: &str = "sha256:0048162a053eef4d4ce3fe7518615bef084403614f8bca43b40ae2e762e11e06";

/// A repository name from a path segment: written `%252F`, but `%2F` is understood as well.
fn repository_path(segment: &str) -> String {
    decoded(&decoded(segment))
}

fn repository_row(world: &World, repository: &Repository) -> Value {
    json!({
        "artifact_count": world.artifacts_of(repository.id).count(), "creation_time": written(repository.created),
        "id": repository.id, "name": repository.name, "project_id": repository.project_id,
        "pull_count": repository.pull_count, "update_time": written(repository.updated),
    })
}

fn listed<'w>(world: &World, asked: &Asked, repositories: impl Iterator<Item = &'w Repository>) -> Answer {
    let mut rows: Vec<&Repository> = repositories.collect();
    rows.sort_by_key(|repository| std::cmp::Reverse(repository.id));
    list(asked, rows.into_iter().map(|repository| repository_row(world, repository)).collect())
}

/// `GET /repositories`: of every project that the caller sees.
pub(super) fn everywhere(world: &World, asked: &Asked) -> Answer {
    let seen = |repository: &&Repository| {
        world.projects.get(&repository.project_id).is_some_and(|project| asked.caller.sees(project))
    };
    listed(world, asked, world.repositories.values().filter(seen))
}

/// `GET /projects/{name}/repositories`.
pub(super) fn repositories(world: &World, asked: &Asked, project: &str) -> Answer {
    match require(world, asked, project, "repository:list").and_then(|target| target.found()) {
        Ok(project) => listed(world, asked, world.repositories_of(project.id)),
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
    world.repository_named(&name).map_or_else(
        || Answer::not_found(&format!("repository {name}")),
        |found| Answer::json(&repository_row(world, found)),
    )
}

/// `DELETE /projects/{name}/repositories/{repository}`.
pub(super) fn delete_repository(world: &mut World, asked: &Asked, project: &str, repository: &str) -> Answer {
    if let Err(refusal) = require(world, asked, project, "repository:delete") {
        return refusal;
    }
    let name = full_name(project, repository);
    let Some(id) = world.repository_named(&name).map(|found| found.id) else {
        return Answer::not_found(&format!("repository {name}"));
    };
    world.delete_repository(id);
    Answer::empty(200)
}

/// `GET /projects/{name}/repositories/{repository}/artifacts`.
pub(super) fn artifacts(world: &World, asked: &Asked, project: &str, repository: &str) -> Answer {
    if let Err(refusal) = require(world, asked, project, "artifact:list") {
        return refusal;
    }
    let repository = world.repository_named(&full_name(project, repository)).map(|found| found.id);
    listed_artifacts(
        world,
        asked,
        world.artifacts.values().filter(|artifact| Some(artifact.repository_id) == repository),
    )
}

/// `GET /projects/{name or id}/artifacts`, which Harbor has from 2.11.
pub(super) fn project_artifacts(world: &World, asked: &Asked, project: &str) -> Answer {
    match require(world, asked, project, "artifact:list").and_then(|target| target.found()) {
        Ok(project) => {
            let here = |artifact: &&Artifact| {
                let repository = world.repositories.get(&artifact.repository_id);
                repository.is_some_and(|repository| repository.project_id == project.id)
            };
            listed_artifacts(world, asked, world.artifacts.values().filter(here))
        }
        Err(refusal) => refusal,
    }
}

fn listed_artifacts<'w>(world: &World, asked: &Asked, artifacts: impl Iterator<Item = &'w Artifact>) -> Answer {
    let mut rows: Vec<&Artifact> = artifacts.collect();
    rows.sort_by_key(|artifact| std::cmp::Reverse((artifact.pushed, artifact.id)));
    let with_tags = asked.flag("with_tag", true);
    list(asked, rows.into_iter().map(|artifact| artifact_row(world, artifact, with_tags)).collect())
}

/// `GET …/artifacts/{tag or digest}`, and `/tags` of it.
pub(super) fn artifact(world: &World, asked: &Asked, path: [&str; 3], tags_only: bool) -> Answer {
    let [project, repository, reference] = path;
    if let Err(refusal) = require(world, asked, project, "artifact:read") {
        return refusal;
    }
    let (name, reference) = (full_name(project, repository), decoded(reference));
    let Some(found) = find_artifact(world, &name, &reference) else {
        let separator = if reference.starts_with("sha256:") { '@' } else { ':' };
        return Answer::not_found(&format!("artifact {name}{separator}{reference}"));
    };
    if tags_only {
        return list(asked, sorted_tags(found).map(|tag| tag_row(found, tag)).collect());
    }
    Answer::json(&artifact_row(world, found, true))
}

/// The artifact of a repository that a tag or a digest names.
pub(super) fn find_artifact<'w>(world: &'w World, repository: &str, reference: &str) -> Option<&'w Artifact> {
    let id = world.repository_named(repository)?.id;
    let named =
        |artifact: &&Artifact| artifact.digest == reference || artifact.tags.iter().any(|tag| tag.name == reference);
    world.artifacts.values().filter(|artifact| artifact.repository_id == id).find(named)
}

fn artifact_row(world: &World, artifact: &Artifact, with_tags: bool) -> Value {
    let name = world.repositories.get(&artifact.repository_id).map_or("", |repository| repository.name.as_str());
    let project = world.repositories.get(&artifact.repository_id).map_or(0, |repository| repository.project_id);
    let tags: Vec<Value> = sorted_tags(artifact).map(|tag| tag_row(artifact, tag)).collect();
    let mut row = json!({
        "accessories": null, "digest": artifact.digest, "icon": ICON, "id": artifact.id, "labels": null,
        "manifest_media_type": artifact.manifest_media_type, "media_type": artifact.media_type, "project_id": project,
        "pull_time": pulled(artifact), "push_time": written(artifact.pushed), "references": references(artifact),
        "repository_id": artifact.repository_id, "repository_name": name, "size": artifact.size, "type": "IMAGE",
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
    let reference = |child: &super::world::Child| {
        let (os, architecture) = child.platform.split_once('/').unwrap_or((&child.platform, ""));
        json!({
            "child_digest": child.digest, "child_id": child.id, "parent_id": artifact.id, "urls": null,
            "platform": { "OsFeatures": null, "architecture": architecture, "os": os },
        })
    };
    if artifact.children.is_empty() { Value::Null } else { artifact.children.iter().map(reference).collect() }
}

/// Newest first, as Harbor lists them.
fn sorted_tags(artifact: &Artifact) -> impl Iterator<Item = &Tag> {
    let mut tags: Vec<&Tag> = artifact.tags.iter().collect();
    tags.sort_by_key(|tag| std::cmp::Reverse(tag.id));
    tags.into_iter()
}

fn tag_row(artifact: &Artifact, tag: &Tag) -> Value {
    json!({
        "artifact_id": artifact.id, "id": tag.id, "immutable": false, "name": tag.name,
        "pull_time": pulled(artifact), "push_time": written(tag.pushed), "repository_id": artifact.repository_id,
    })
}
