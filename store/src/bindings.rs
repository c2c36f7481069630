//! Bindings of spaces to workspaces. Making or removing one grows the revision of its space.

use std::collections::HashMap;

use wharfinger_domain::binding::{Binding, BindingScope};
use wharfinger_domain::id::{BindingId, RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::time::Timestamp;

use crate::page::Within;
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// A binding as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingRecord {
    /// What decisions need of it.
    pub binding: Binding,
    /// Why it was made.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// Grows by one with every change.
    pub revision: i32,
}

/// What a binding says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BindingTerms {
    /// Which repositories of the space it covers; `None`: all.
    pub scope: Option<BindingScope>,
    /// The first instant at which it holds; `None`: at once.
    pub not_before: Option<Timestamp>,
    /// The first instant at which it no longer holds; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

/// A binding to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBinding {
    /// What may be used.
    pub space: SpaceId,
    /// Who may use it.
    pub workspace: WorkspaceId,
    /// What it says.
    pub terms: BindingTerms,
    /// Who makes it.
    pub created_by: String,
    /// The instant it is.
    pub created_at: Timestamp,
}

/// Which bindings a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct BindingFilter {
    /// A part of the space's path or of the workspace's name, letters of either case.
    pub search: Option<String>,
    /// Only of spaces of this registry.
    pub registry: Option<RegistryId>,
    /// Only of this space.
    pub space: Option<SpaceId>,
    /// Only to this workspace.
    pub workspace: Option<WorkspaceId>,
    /// Only those within this.
    pub sight: Sight,
}

impl BindingFilter {
    /// All bindings within this.
    pub fn seen_with(sight: Sight) -> Self {
        Self { sight, ..Self::default() }
    }
}

/// What can be done with bindings.
pub trait Bindings {
    /// Stores bindings, and gives them in no certain order. [`crate::Unique::Binding`], and none stored, when a space is
    /// bound to its workspace already.
    fn insert_bindings(&mut self, bindings: &[NewBinding]) -> Result<Vec<BindingRecord>>;

    /// Sets what a binding says. `None` when there is none.
    fn update_binding(&mut self, id: BindingId, terms: &BindingTerms) -> Result<Option<BindingRecord>>;

    /// Removes bindings. Gives those that there were.
    fn remove_bindings(&mut self, ids: &[BindingId]) -> Result<Vec<BindingRecord>>;

    /// The bindings of these pairs, as far as they exist and are seen, in one statement.
    fn bindings_by_pair(
        &mut self,
        sight: &Sight,
        pairs: &[(SpaceId, WorkspaceId)],
    ) -> Result<HashMap<(SpaceId, WorkspaceId), BindingRecord>>;

    /// The bindings with these ids, as far as they exist and are seen.
    fn bindings_by_id(&mut self, sight: &Sight, ids: &[BindingId]) -> Result<HashMap<BindingId, BindingRecord>>;

    /// This page of the bindings of each of these spaces, in the order they were made, in one statement; without those that
    /// have none.
    fn binding_pages_of_spaces(
        &mut self,
        spaces: &[SpaceId],
        filter: &BindingFilter,
        page: &Page<Within<SpaceId, BindingId>>,
    ) -> Result<HashMap<SpaceId, Paged<BindingRecord>>>;

    /// This page of the bindings to each of these workspaces, in the order they were made, in one statement; without those
    /// that have none.
    fn binding_pages_of_workspaces(
        &mut self,
        workspaces: &[WorkspaceId],
        filter: &BindingFilter,
        page: &Page<Within<WorkspaceId, BindingId>>,
    ) -> Result<HashMap<WorkspaceId, Paged<BindingRecord>>>;

    /// A page of bindings, in the order they were made.
    fn page_bindings(&mut self, filter: &BindingFilter, page: &Page<BindingId>) -> Result<Paged<BindingRecord>>;
}
