//! Rows of the picker.

use async_graphql::{Enum, Object, Result, SimpleObject};
use wharfinger_app::selectable::{EmptyReason as AppEmptyReason, Selected};

use super::repository::{Repository, Tag};
use crate::connection::{Connection, Edge, PageInfo};

/// Why a namespace may use an image.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_domain::grants::Grant")]
pub(crate) enum Grant {
    /// Its space is public.
    PublicSpace,
    /// Its space is bound to the workspace.
    BoundSpace,
    /// Its registry is the workspace's own.
    AssociatedRegistry,
}

/// Why a list of the picker is empty.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_app::selectable::EmptyReason")]
pub(crate) enum EmptyReason {
    /// No image is known at all.
    NothingYet,
    /// There are images, and none matches.
    NoMatch,
    /// There is nothing that this namespace may use.
    NothingAllowed,
    /// The namespace is in no workspace, and nothing is public.
    NamespaceNotMapped,
}

/// One row of the picker: a repository that the namespace may use, and why.
#[derive(SimpleObject)]
pub(crate) struct SelectableImage {
    /// The repository.
    repository: Repository,
    /// Why it may be used.
    via: Grant,
    /// Its newest tag.
    latest: Option<Tag>,
}

impl From<Selected> for SelectableImage {
    fn from(selected: Selected) -> Self {
        let mut record = selected.image.repository;
        let latest = record.latest.take().map(|tag| Tag::new(&selected.image.host, &record.path, tag));
        Self { repository: record.into(), via: selected.via.into(), latest }
    }
}

/// A page of the picker.
pub(crate) struct SelectableImageConnection {
    pub(crate) page: Connection<SelectableImage>,
    pub(crate) empty: Option<AppEmptyReason>,
}

/// A page of the picker's list.
#[Object]
impl SelectableImageConnection {
    /// The nodes, in the order of the list.
    async fn nodes(&self) -> Vec<&SelectableImage> {
        self.page.nodes_of_page()
    }

    /// The nodes, each with its cursor.
    async fn edges(&self) -> &[Edge<SelectableImage>] {
        &self.page.edges
    }

    /// Where the page begins and ends.
    async fn page_info(&self) -> &PageInfo {
        &self.page.page_info
    }

    /// How many nodes the whole list has.
    async fn total_count(&self) -> Result<i32> {
        self.page.total_count_of_list()
    }

    /// Why the list is empty, when it is.
    async fn empty_reason(&self) -> Option<EmptyReason> {
        self.empty.map(Into::into)
    }
}
