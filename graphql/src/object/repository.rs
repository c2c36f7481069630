//! Repositories and tags, as the last walk saw them.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use wharfinger_app::record::{Paged, RepositoryRecord, TagOrder as TagOrderRecord, TagRecord, Within};
use wharfinger_domain::id::SpaceId;

use super::Direction;
use super::space::RegistrySpace;
use crate::access::directive;
use crate::connection::{Connection, Listing};
use crate::error::internal;
use crate::ids;
use crate::loader::{HostOf, PageOf, TagsWanted};
use crate::scalar::DateTime;
use crate::scope::scope;

/// A repository.
pub(crate) struct Repository(RepositoryRecord);

impl From<RepositoryRecord> for Repository {
    fn from(record: RepositoryRecord) -> Self {
        Self(record)
    }
}

/// A repository of a space.
#[Object]
impl Repository {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.id)
    }

    /// The path below the registry's host, the space's included.
    async fn path(&self) -> &str {
        &self.0.path
    }

    /// The space that it lies in.
    async fn space(&self, ctx: &Context<'_>) -> Result<RegistrySpace> {
        let found = scope(ctx).load.load_one(self.0.space).await?;
        found.map(RegistrySpace::from).ok_or_else(|| internal("the space of a repository is not there"))
    }

    /// How often it was pulled, where the registry counts.
    async fn pull_count(&self) -> Option<i32> {
        self.0.pull_count.map(|count| i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// When it was last pushed to, where the registry tells.
    async fn updated_at(&self) -> Option<DateTime> {
        self.0.updated_at.map(DateTime::from)
    }

    /// Its tags, the newest first when no order is given.
    #[graphql(directive = directive::cost::apply(3))]
    async fn tags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "A part of the tag, letters of either case.")] search: Option<String>,
        #[graphql(desc = "In which order; the newest first when it is left out.")] order_by: Option<TagOrder>,
    ) -> Result<Connection<Tag>> {
        let (parent, order) = (self.0.id, order_by.unwrap_or_default());
        let listing = Listing::new(ctx, order.name(), first, after.as_deref())?;
        let order = TagOrderRecord::from(order);
        let wanted = TagsWanted { search, order, page: listing.page.clone() };
        let paged = scope(ctx).load.load_one(PageOf { parent, wanted }).await?.unwrap_or_else(Paged::empty);
        let tag = |record| Tag { host: Host::Of(self.0.space), path: self.0.path.clone(), record };
        listing.connection_of(ctx, paged, |record: &TagRecord| Within { parent, key: record.key(order) }, tag)
    }
}

/// What tags are ordered by; equal ones by name.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_app::record::TagOrderField")]
pub(crate) enum TagOrderField {
    /// By the instant of the push, those without one as if pushed before all others.
    PushedAt,
    /// By name.
    Name,
}

/// The order of a list of tags.
#[derive(InputObject, Debug, Clone, Copy)]
pub(crate) struct TagOrder {
    /// By what.
    field: TagOrderField,
    /// In which direction.
    direction: Direction,
}

impl Default for TagOrder {
    fn default() -> Self {
        Self { field: TagOrderField::PushedAt, direction: Direction::Desc }
    }
}

impl TagOrder {
    /// Names the order in cursors.
    fn name(self) -> String {
        format!("tags {:?} {:?}", self.field, self.direction)
    }
}

impl From<TagOrder> for TagOrderRecord {
    fn from(order: TagOrder) -> Self {
        Self { field: order.field.into(), descending: order.direction == Direction::Desc }
    }
}

/// The host that references to a tag carry.
enum Host {
    /// This one.
    Known(String),
    /// The first one of the registry of this space: looked up when it is asked for.
    Of(SpaceId),
}

/// A tag.
pub(crate) struct Tag {
    host: Host,
    path: String,
    record: TagRecord,
}

impl Tag {
    /// A tag of the repository that host and path name.
    pub(crate) fn new(host: &str, path: &str, record: TagRecord) -> Self {
        Self { host: Host::Known(host.to_owned()), path: path.to_owned(), record }
    }

    /// The host and the path that a reference begins with.
    async fn name_of_repository(&self, ctx: &Context<'_>) -> Result<String> {
        let host = match &self.host {
            Host::Known(host) => host.clone(),
            Host::Of(space) => {
                let found = scope(ctx).load.load_one(HostOf(*space)).await?;
                found.ok_or_else(|| internal("the registry of a space has no host"))?
            }
        };
        Ok(format!("{host}/{}", self.path))
    }
}

/// A tag of a repository; walks make it anew, so it is known by repository and name and not by an id.
#[Object]
impl Tag {
    /// The tag.
    async fn name(&self) -> &str {
        &self.record.name
    }

    /// The digest that it pointed at.
    async fn digest(&self) -> &str {
        &self.record.digest
    }

    /// The image by its tag, ready to paste into a pod.
    async fn reference(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(format!("{}:{}", self.name_of_repository(ctx).await?, self.record.name))
    }

    /// The image by its digest, ready to paste into a pod.
    async fn pinned_reference(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(format!("{}@{}", self.name_of_repository(ctx).await?, self.record.digest))
    }

    /// The media type of what it pointed at.
    async fn media_type(&self) -> Option<&str> {
        self.record.media_type.as_deref()
    }

    /// Operating system, architecture and variant of each image in it.
    async fn platforms(&self) -> &[String] {
        &self.record.platforms
    }

    /// Its size in bytes, as a text since it may be greater than an Int.
    async fn size_bytes(&self) -> Option<String> {
        self.record.size_bytes.map(|size| size.to_string())
    }

    /// When it was pushed, where the registry tells.
    async fn pushed_at(&self) -> Option<DateTime> {
        self.record.pushed_at.map(DateTime::from)
    }
}
