//! The picker's list: the repositories that a namespace may use, by path. What it may use comes in as grants that `domain`
//! has worked out; nothing here knows a rule.

use wharfinger_domain::binding::BindingScope;
use wharfinger_domain::id::{RegistryId, SpaceId};

use crate::page::NameKey;
use crate::repositories::RepositoryRecord;
use crate::{Page, Paged, Result};

/// A space that may be used, as a whole or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedSpace {
    /// The space.
    pub space: SpaceId,
    /// Which repositories of it; `None`: all.
    pub scope: Option<BindingScope>,
}

/// Which images a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SelectableFilter {
    /// A part of the repository's path, letters of either case.
    pub search: Option<String>,
    /// Only those of these registries.
    pub registries: Option<Vec<RegistryId>>,
    /// Only those of these spaces.
    pub spaces: Option<Vec<SpaceId>>,
}

/// A row of the picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectableImage {
    /// The repository, its newest tag included.
    pub repository: RepositoryRecord,
    /// The path of its space.
    pub space_path: String,
    /// The registry that it is in.
    pub registry: RegistryId,
    /// The host that a reference begins with; the store gives the first, which not every reference can be written with.
    pub host: String,
}

/// What can be selected.
pub trait Selectable {
    /// A page of what these grants let somebody use, by path, in one statement (and one more when it is counted). Each
    /// space is granted at most once.
    fn page_selectable(
        &mut self,
        grants: &[GrantedSpace],
        filter: &SelectableFilter,
        page: &Page<NameKey>,
    ) -> Result<Paged<SelectableImage>>;
}
