//! The index of what spaces contain: repositories and their tags, as the last walk saw them. It serves lists; no decision
//! depends on it.

use std::collections::HashMap;

use wharfinger_domain::id::{RegistryId, RepositoryId, SpaceId};
use wharfinger_domain::time::Timestamp;

use crate::page::{NameKey, Within};
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// A repository as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryRecord {
    /// The store's id.
    pub id: RepositoryId,
    /// The space that it lies in.
    pub space: SpaceId,
    /// The path below the registry's host, the space's included.
    pub path: String,
    /// How often it was pulled, where the registry counts.
    pub pull_count: Option<i64>,
    /// When it was last pushed to, where the registry tells.
    pub updated_at: Option<Timestamp>,
    /// Whether an administrator has named it; such a one stays, whatever a walk sees.
    pub declared: bool,
    /// How many tags it has.
    pub tag_count: i64,
    /// Its newest tag.
    pub latest: Option<TagRecord>,
}

impl RepositoryRecord {
    /// Where it stands in a list of repositories.
    pub fn key(&self) -> NameKey {
        NameKey { name: self.path.clone(), id: self.id.0 }
    }
}

/// A tag as it was seen and is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRecord {
    /// The tag.
    pub name: String,
    /// The digest that it pointed at.
    pub digest: String,
    /// The media type of what it pointed at.
    pub media_type: Option<String>,
    /// Its size in bytes.
    pub size_bytes: Option<i64>,
    /// `os/architecture[/variant]` of each image in it.
    pub platforms: Vec<String>,
    /// When it was pushed, where the registry tells.
    pub pushed_at: Option<Timestamp>,
}

impl TagRecord {
    /// Where it stands in a list of tags of this order.
    pub fn key(&self, order: TagOrder) -> TagKey {
        let pushed_at = match order.field {
            TagOrderField::Name => None,
            TagOrderField::PushedAt => self.pushed_at,
        };
        TagKey { pushed_at, name: self.name.clone() }
    }
}

/// A repository as a walk saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedRepository {
    /// The path below the registry's host, the space's included.
    pub path: String,
    /// How often it was pulled, where the registry counts.
    pub pull_count: Option<i64>,
    /// When it was last pushed to, where the registry tells.
    pub updated_at: Option<Timestamp>,
    /// All of its tags; `None` when they were not read this time, so that those known stay.
    pub tags: Option<Vec<TagRecord>>,
}

/// Which repositories, or tags, a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ContentFilter {
    /// A part of the path, or of the tag, letters of either case.
    pub search: Option<String>,
    /// Only what lies in spaces that this reaches.
    pub sight: Sight,
}

impl ContentFilter {
    /// All that lies in spaces that this reaches.
    pub fn seen_with(sight: Sight) -> Self {
        Self { sight, ..Self::default() }
    }
}

/// What tags are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TagOrderField {
    /// By the instant of the push, those without one as if pushed before all others; equal ones by name.
    #[default]
    PushedAt,
    /// By name.
    Name,
}

/// The order of a list of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TagOrder {
    /// By what.
    pub field: TagOrderField,
    /// Backwards.
    pub descending: bool,
}

impl Default for TagOrder {
    /// The newest first.
    fn default() -> Self {
        Self { field: TagOrderField::PushedAt, descending: true }
    }
}

/// Where a tag stands in a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TagKey {
    /// When it was pushed; `None` when the list is by name, or nobody knows.
    pub pushed_at: Option<Timestamp>,
    /// The tag.
    pub name: String,
}

/// What can be done with repositories and tags.
pub trait Repositories {
    /// Takes in what a walk that began at this instant saw of some repositories of a space, or of a space that was declared
    /// inside it. Gives the number of those new or changed.
    fn observe_repositories(
        &mut self,
        space: SpaceId,
        observed: &[ObservedRepository],
        walk: Timestamp,
    ) -> Result<usize>;

    /// Removes what a walk that began at this instant and was completed did not see of a space and of those that were
    /// declared inside it, except what was declared. Counts their repositories and notes when they were walked. Gives the
    /// number of those removed.
    fn finish_walk(&mut self, space: SpaceId, walk: Timestamp) -> Result<usize>;

    /// Names repositories that a registry does not list by itself. Gives the number of those that were not known.
    fn declare_repositories(&mut self, space: SpaceId, paths: &[String]) -> Result<usize>;

    /// Moves the repositories below this path of a registry from wherever they are into this space. Gives their number.
    fn move_repositories(&mut self, registry: RegistryId, below: &str, into: SpaceId) -> Result<usize>;

    /// The repository with this path in this space.
    fn repository_by_path(&mut self, sight: &Sight, space: SpaceId, path: &str) -> Result<Option<RepositoryRecord>>;

    /// The repositories with these ids, as far as they exist and their space is seen.
    fn repositories_by_id(
        &mut self,
        sight: &Sight,
        ids: &[RepositoryId],
    ) -> Result<HashMap<RepositoryId, RepositoryRecord>>;

    /// The paths of the repositories of a registry that somebody has named, in order.
    fn declared_repositories(&mut self, registry: RegistryId) -> Result<Vec<String>>;

    /// When each of these repositories of a registry last changed, as it was last read; `None` inside where nobody knows.
    /// Without those that are not known.
    fn repository_times(
        &mut self,
        registry: RegistryId,
        paths: &[String],
    ) -> Result<HashMap<String, Option<Timestamp>>>;

    /// A page of the repositories of a space, by path.
    fn page_repositories(
        &mut self,
        space: SpaceId,
        filter: &ContentFilter,
        page: &Page<NameKey>,
    ) -> Result<Paged<RepositoryRecord>>;

    /// This page of the repositories of each of these spaces, by path, in one statement; without those that have none.
    fn repository_pages(
        &mut self,
        spaces: &[SpaceId],
        filter: &ContentFilter,
        page: &Page<Within<SpaceId, NameKey>>,
    ) -> Result<HashMap<SpaceId, Paged<RepositoryRecord>>>;

    /// A page of the tags of a repository.
    fn page_tags(
        &mut self,
        repository: RepositoryId,
        filter: &ContentFilter,
        order: TagOrder,
        page: &Page<TagKey>,
    ) -> Result<Paged<TagRecord>>;

    /// This page of the tags of each of these repositories, in one statement; without those that have none.
    fn tag_pages(
        &mut self,
        repositories: &[RepositoryId],
        filter: &ContentFilter,
        order: TagOrder,
        page: &Page<Within<RepositoryId, TagKey>>,
    ) -> Result<HashMap<RepositoryId, Paged<TagRecord>>>;

    /// The tag of this name.
    fn tag(&mut self, sight: &Sight, repository: RepositoryId, name: &str) -> Result<Option<TagRecord>>;
}
