//! Repositories of spaces, as the last walk saw them: read by whoever may see their space.

use std::collections::HashMap;

use wharfinger_domain::id::{RepositoryId, SpaceId};

use crate::App;
use crate::call::Call;
use crate::error::AppError;
use crate::record::{NameKey, Page, Paged, RepositoryRecord};

impl App {
    /// The repositories with these ids that exist and whose space the caller may see.
    pub async fn repositories_by_id(
        &self,
        call: &Call,
        ids: Vec<RepositoryId>,
    ) -> Result<HashMap<RepositoryId, RepositoryRecord>, AppError> {
        let mut found = self.read(move |tx| Ok(tx.repositories_by_id(&ids)?)).await?;
        let spaces = self.spaces_by_id(call, found.values().map(|record| record.space).collect()).await?;
        found.retain(|_, record| spaces.contains_key(&record.space));
        Ok(found)
    }

    /// A page of the repositories of a space, by path; empty when the caller may not see the space.
    pub async fn page_repositories(
        &self,
        call: &Call,
        space: SpaceId,
        search: Option<String>,
        page: Page<NameKey>,
    ) -> Result<Paged<RepositoryRecord>, AppError> {
        if self.space(call, space).await?.is_none() {
            return Ok(Paged { items: Vec::new(), has_next: false, total: Some(0) });
        }
        self.read(move |tx| Ok(tx.page_repositories(space, search.as_deref(), &page)?)).await
    }

    /// The beginning of the list of repositories of each of these spaces that the caller may see, by path.
    pub async fn first_repositories_of(
        &self,
        call: &Call,
        spaces: Vec<SpaceId>,
        first: u32,
    ) -> Result<HashMap<SpaceId, Paged<RepositoryRecord>>, AppError> {
        let seen: Vec<_> = self.spaces_by_id(call, spaces).await?.into_keys().collect();
        self.read(move |tx| Ok(tx.first_repositories_of(&seen, first)?)).await
    }
}
