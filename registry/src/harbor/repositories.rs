//! The repositories of a project with their tags. From 2.11 one list has all artifacts of a project; before, each
//! repository is asked for its own. Only tags are wanted: the other parts of an artifact take Harbor many times longer.

use std::collections::HashMap;

use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use url::form_urlencoded::byte_serialize;

use crate::harbor::Harbor;
use crate::harbor::walk::Walk;
use crate::harbor::wire::{Artifact, Listed, Repository};
use crate::{ObservedRepository, ObservedSpace, ObservedTag, Presence, RegistryError};

/// Tags, and none of what is slow. New artifacts go to the end, so that they do not shift pages.
const TAGS_ONLY: &str = "with_tag=true&with_label=false&with_scan_overview=false&with_sbom_overview=false\
                         &with_immutable_status=false&with_accessory=false&sort=id";

/// The tags of a project by repository.
type TagsByRepository = HashMap<String, Vec<ObservedTag>>;

/// A walk over a project's repositories.
struct Contents<'s> {
    space: &'s ObservedSpace,
    repositories: Walk<Repository>,
    /// `None` in a Harbor that has no list of a project's artifacts.
    tags: Option<TagsByRepository>,
}

impl Harbor {
    pub(super) fn walk_repositories<'a>(
        &'a self,
        space: &'a ObservedSpace,
    ) -> BoxStream<'a, Result<Vec<ObservedRepository>, RegistryError>> {
        let path = format!("/api/v2.0/projects/{}/repositories?sort=name", space.path);
        let repositories = Walk::<Repository>::new(path, "repository:list").growing();
        let start = Contents { space, repositories, tags: None };
        let step = move |contents: Contents<'a>| async move {
            match self.next_repositories(contents).await {
                Err(error) => Err(self.explained(space, error).await),
                next => next,
            }
        };
        stream::try_unfold(Some(start), move |contents| async move {
            match contents {
                Some(contents) => step(contents).await,
                None => Ok(None),
            }
        })
        .boxed()
    }

    /// The next page and what is left to do; the last page has what was pushed since the walk began.
    async fn next_repositories<'s>(
        &self,
        mut contents: Contents<'s>,
    ) -> Result<Option<(Vec<ObservedRepository>, Option<Contents<'s>>)>, RegistryError> {
        let space = contents.space;
        if contents.repositories.is_fresh() {
            contents.tags = self.tags_of_project(space).await?;
        }
        let Some(rows) = contents.repositories.next(self).await? else {
            let late = contents.tags.unwrap_or_default();
            let mut late: Vec<ObservedRepository> = late.into_iter().map(late_repository).collect();
            late.sort_by(|left, right| left.path.cmp(&right.path));
            return Ok((!late.is_empty()).then_some((late, None)));
        };
        let mut page = rows.into_iter().map(|row| own(space, row)).collect::<Result<Vec<_>, _>>()?;
        match contents.tags.as_mut() {
            Some(tags) => page.iter_mut().for_each(|known| known.tags = tags.remove(&known.path).unwrap_or_default()),
            None => page = self.with_tags(space, page).await?,
        }
        Ok(Some((page, Some(contents))))
    }

    async fn tags_of_project(&self, space: &ObservedSpace) -> Result<Option<TagsByRepository>, RegistryError> {
        let path = format!("/api/v2.0/projects/{}/artifacts?{TAGS_ONLY}", space.path);
        let Some(artifacts) = Walk::<Artifact>::new(path, "artifact:list").growing().all(self).await? else {
            return Ok(None);
        };
        let mut tags = TagsByRepository::new();
        for artifact in artifacts {
            check_project(space, artifact.project_id)?;
            let named = artifact.repository.filter(|name| is_inside(space, name));
            let name = named.ok_or_else(|| outside("an artifact of the project"))?;
            tags.entry(name).or_default().extend(artifact.tags);
        }
        Ok(Some(tags))
    }

    async fn with_tags(
        &self,
        space: &ObservedSpace,
        page: Vec<ObservedRepository>,
    ) -> Result<Vec<ObservedRepository>, RegistryError> {
        let fill = |mut repository: ObservedRepository| async move {
            let below = repository.path.get(space.path.len() + 1..).unwrap_or_default();
            let path = format!(
                "/api/v2.0/projects/{}/repositories/{}/artifacts?{TAGS_ONLY}",
                space.path,
                twice_encoded(below)
            );
            let artifacts = Walk::<Artifact>::new(path, "artifact:list").growing().all(self).await?.unwrap_or_default();
            repository.tags = artifacts.into_iter().flat_map(|artifact| artifact.tags).collect();
            Ok(repository)
        };
        let width = self.http.limits.concurrency.max(1);
        stream::iter(page).map(fill).buffered(width).try_collect().await
    }

    /// Harbor forbids the name of a project that is gone: only its id tells whether it is the right that is missing.
    async fn explained(&self, space: &ObservedSpace, error: RegistryError) -> RegistryError {
        let unclear = matches!(error, RegistryError::MissingRight(_) | RegistryError::Failed { status: 404, .. });
        let Some(id) = space.upstream_id.as_deref().filter(|_| unclear) else { return error };
        match self.find_space(id).await {
            Ok(Presence::Gone) => RegistryError::SpaceGone(space.path.clone()),
            _ => error,
        }
    }
}

/// The repository, if it is this space's and not that of another project which has its name now.
fn own(space: &ObservedSpace, row: Listed) -> Result<ObservedRepository, RegistryError> {
    check_project(space, Some(row.project_id))?;
    if is_inside(space, &row.repository.path) {
        Ok(row.repository)
    } else {
        Err(outside("a repository of the project"))
    }
}

fn check_project(space: &ObservedSpace, project: Option<i64>) -> Result<(), RegistryError> {
    let (known, told) = (space.upstream_id.as_deref(), project.map(|id| id.to_string()));
    let differs = known.zip(told.as_deref()).is_some_and(|(known, told)| known != told);
    if differs { Err(RegistryError::SpaceGone(space.path.clone())) } else { Ok(()) }
}

fn is_inside(space: &ObservedSpace, path: &str) -> bool {
    path.strip_prefix(space.path.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

fn outside(what: &str) -> RegistryError {
    RegistryError::Malformed { what: what.to_owned(), reason: "it lies outside the project".to_owned() }
}

/// A repository that had artifacts before it was in the list of repositories.
fn late_repository((path, tags): (String, Vec<ObservedTag>)) -> ObservedRepository {
    ObservedRepository { path, pull_count: None, updated_at: None, tags }
}

/// A repository below its project as it stands in a path: twice encoded, because proxies on the way decode it once.
fn twice_encoded(name: &str) -> String {
    let once: String = byte_serialize(name.as_bytes()).collect();
    byte_serialize(once.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_are_encoded_twice() {
        assert_eq!(twice_encoded("sub/dir/svc"), "sub%252Fdir%252Fsvc");
        assert_eq!(twice_encoded("a__b.c-d"), "a__b.c-d");
    }
}
