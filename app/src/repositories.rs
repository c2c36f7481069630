//! Repositories of spaces, as the last walk saw them: read by whoever may see their space.

use std::collections::HashMap;

use wharfinger_domain::id::{RepositoryId, SpaceId};
use wharfinger_domain::rights::Action;
use wharfinger_store::repositories::ContentFilter;

use crate::App;
use crate::call::Call;
use crate::error::AppError;
use crate::record::{NameKey, Page, Paged, RepositoryRecord, TagKey, TagOrder, TagRecord, Within};

impl App {
    /// The repositories with these ids that exist and whose space the caller may see.
    pub async fn repositories_by_id(
        &self,
        call: &Call,
        ids: Vec<RepositoryId>,
    ) -> Result<HashMap<RepositoryId, RepositoryRecord>, AppError> {
        let sight = call.sight(Action::ReadWorkspaceSpaces);
        self.read(move |tx| Ok(tx.repositories_by_id(&sight, &ids)?)).await
    }

    /// This page of the repositories of each of these spaces that the caller may see, by path; without those that have none.
    pub async fn repository_pages(
        &self,
        call: &Call,
        spaces: Vec<SpaceId>,
        search: Option<String>,
        page: Page<Within<SpaceId, NameKey>>,
    ) -> Result<HashMap<SpaceId, Paged<RepositoryRecord>>, AppError> {
        let filter = seen_by(call, search);
        self.read(move |tx| Ok(tx.repository_pages(&spaces, &filter, &page)?)).await
    }

    /// This page of the tags of each of these repositories whose space the caller may see; without those that have none.
    pub async fn tag_pages(
        &self,
        call: &Call,
        repositories: Vec<RepositoryId>,
        search: Option<String>,
        order: TagOrder,
        page: Page<Within<RepositoryId, TagKey>>,
    ) -> Result<HashMap<RepositoryId, Paged<TagRecord>>, AppError> {
        let filter = seen_by(call, search);
        self.read(move |tx| Ok(tx.tag_pages(&repositories, &filter, order, &page)?)).await
    }

    /// The host that references to images of each of these spaces carry that the caller may see: the first of its registry.
    pub async fn hosts_of_spaces(
        &self,
        call: &Call,
        spaces: Vec<SpaceId>,
    ) -> Result<HashMap<SpaceId, String>, AppError> {
        let sight = call.sight(Action::ReadWorkspaceSpaces);
        self.read(move |tx| Ok(tx.hosts_of_spaces(&sight, &spaces)?)).await
    }
}

/// What is in the spaces that the caller may see.
fn seen_by(call: &Call, search: Option<String>) -> ContentFilter {
    ContentFilter { search, sight: call.sight(Action::ReadWorkspaceSpaces) }
}
