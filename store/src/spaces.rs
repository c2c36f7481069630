//! The spaces of registries: what is observed there, what an administrator has declared, and what follows for decisions.

use std::collections::HashMap;

use wharfinger_domain::id::{RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::space::{Space, Visibility};
use wharfinger_domain::time::Timestamp;

use crate::page::Within;
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// A space as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceRecord {
    /// What decisions need of it.
    pub space: Space,
    /// The registry's own id of it (Harbor's `project_id`); `None` where there is none.
    pub upstream_id: Option<String>,
    /// Whether its repositories are another registry's, fetched on demand.
    pub proxy_cache: bool,
    /// Whether an administrator has named it; such a one stays, whatever a walk sees.
    pub declared: bool,
    /// How many repositories are known of it.
    pub repository_count: i64,
    /// To how many workspaces it is bound, expired bindings included.
    pub binding_count: i64,
    /// When the visibility that decisions use last changed; `None`: never since it was first seen.
    pub visibility_changed_at: Option<Timestamp>,
    /// When its contents were last walked to the end.
    pub walked_at: Option<Timestamp>,
    /// When it was first seen or declared.
    pub first_seen_at: Timestamp,
    /// Grows with every change of what is declared and with every binding made or removed.
    pub revision: i32,
}

impl SpaceRecord {
    /// Where it stands in a list of this order.
    pub fn key(&self, order: SpaceOrderField) -> SpaceKey {
        let number = match order {
            SpaceOrderField::Name => 0,
            SpaceOrderField::Visibility => i64::from(self.space.is_public()),
            SpaceOrderField::RepositoryCount => self.repository_count,
            SpaceOrderField::BindingCount => self.binding_count,
        };
        SpaceKey { number, path: self.space.path.to_string(), id: self.space.id }
    }
}

/// A space as a registry shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedSpace {
    /// The registry's own id of it: the same project again, or another one under the same name. Without one, the path
    /// tells.
    pub upstream_id: Option<String>,
    /// A prefix of repository paths, in whole components.
    pub path: String,
    /// What the registry reports; `None` when it knows no visibility.
    pub upstream_visibility: Option<Visibility>,
    /// Whether its repositories are another registry's.
    pub proxy_cache: bool,
}

/// A space before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceChange {
    /// As it was; `None` for one that is new.
    pub before: Option<SpaceRecord>,
    /// As it is.
    pub after: SpaceRecord,
}

impl SpaceChange {
    /// Whether what decisions need of it is another than before.
    pub fn is_policy(&self) -> bool {
        self.before.as_ref().is_none_or(|before| before.space != self.after.space)
    }
}

/// Which spaces a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SpaceFilter {
    /// A part of the path, letters of either case.
    pub search: Option<String>,
    /// Only those of this registry.
    pub registry: Option<RegistryId>,
    /// Only those with this visibility, as decisions use it.
    pub visibility: Option<Visibility>,
    /// Only those bound to this workspace, expired bindings included.
    pub bound_to: Option<WorkspaceId>,
    /// Only those that are bound to nobody.
    pub unbound_only: bool,
    /// Only those that are there, or only those that are gone.
    pub present: Option<bool>,
    /// Only these; `None`: any.
    pub among: Option<Vec<SpaceId>>,
    /// Only those that this reaches.
    pub sight: Sight,
}

impl SpaceFilter {
    /// All that this reaches.
    pub fn seen_with(sight: Sight) -> Self {
        Self { sight, ..Self::default() }
    }
}

/// What spaces are ordered by; equal ones by path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SpaceOrderField {
    /// By path alone.
    #[default]
    Name,
    /// Private ones first.
    Visibility,
    /// By the number of repositories.
    RepositoryCount,
    /// By the number of bindings.
    BindingCount,
}

/// The order of a list of spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SpaceOrder {
    /// By what.
    pub field: SpaceOrderField,
    /// Backwards.
    pub descending: bool,
}

/// Where a space stands in a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SpaceKey {
    /// What the list is ordered by; 0 when it is by name.
    pub number: i64,
    /// The path.
    pub path: String,
    /// The id, which tells two of one path apart.
    pub id: SpaceId,
}

/// What can be done with spaces.
pub trait Spaces {
    /// The space with this id.
    fn space(&mut self, sight: &Sight, id: SpaceId) -> Result<Option<SpaceRecord>>;

    /// The spaces with these ids, as far as they exist and this sight reaches them.
    fn spaces_by_id(&mut self, sight: &Sight, ids: &[SpaceId]) -> Result<HashMap<SpaceId, SpaceRecord>>;

    /// Every space of a registry, those that are gone included, by path.
    fn spaces_of_registry(&mut self, registry: RegistryId) -> Result<Vec<SpaceRecord>>;

    /// The first host of the registry of each of these spaces that are seen, in one statement.
    fn hosts_of_spaces(&mut self, sight: &Sight, ids: &[SpaceId]) -> Result<HashMap<SpaceId, String>>;

    /// This page of the spaces of each of these registries, in one statement; without those that have none.
    fn space_pages(
        &mut self,
        registries: &[RegistryId],
        filter: &SpaceFilter,
        order: SpaceOrder,
        page: &Page<Within<RegistryId, SpaceKey>>,
    ) -> Result<HashMap<RegistryId, Paged<SpaceRecord>>>;

    /// A page of spaces.
    fn page_spaces(
        &mut self,
        filter: &SpaceFilter,
        order: SpaceOrder,
        page: &Page<SpaceKey>,
    ) -> Result<Paged<SpaceRecord>>;

    /// Takes in what a registry shows of some of its spaces. Gives those that are new or changed. A space that was gone is
    /// there again when its upstream id, or without one its path, is shown again; another upstream id under the path of
    /// one that was there makes that one gone and is a new space, without its bindings and declarations.
    fn observe_spaces(
        &mut self,
        registry: RegistryId,
        observed: &[ObservedSpace],
        at: Timestamp,
    ) -> Result<Vec<SpaceChange>>;

    /// Names a space that a registry does not list by itself, with what an administrator says of it. One that was gone
    /// under this path is there again. `None`, and nothing done, when a space is there under this path.
    fn declare_space(
        &mut self,
        registry: RegistryId,
        path: &str,
        declared: Visibility,
        at: Timestamp,
    ) -> Result<Option<SpaceChange>>;

    /// Marks spaces as gone from their registry, but for those that were declared. Gives those that were there.
    fn mark_spaces_gone(&mut self, ids: &[SpaceId]) -> Result<Vec<SpaceChange>>;

    /// Marks spaces as gone from their registry, declared or not, and with them all that was declared inside them. Gives those
    /// that were there.
    fn withdraw_spaces(&mut self, ids: &[SpaceId]) -> Result<Vec<SpaceChange>>;

    /// Sets what an administrator says of a space. `None`, and nothing done, when it does not exist.
    fn declare_visibility(
        &mut self,
        id: SpaceId,
        declared: Option<Visibility>,
        at: Timestamp,
    ) -> Result<Option<SpaceChange>>;

    /// Grows the revision of a space that is at this one. False, and nothing done, when it is not.
    fn touch_space(&mut self, id: SpaceId, revision: i32) -> Result<bool>;

    /// Notes that the contents of a space were walked to the end, and counts its repositories.
    fn note_walked(&mut self, id: SpaceId, at: Timestamp) -> Result<()>;
}
