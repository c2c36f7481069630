//! Repositories and tags, as the last walk saw them.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use wharfinger_app::record::{RepositoryRecord, TagRecord};

use super::space::RegistrySpace;
use crate::error::internal;
use crate::ids;
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
}

/// A tag of a repository; walks make it anew, so it is known by repository and name and not by an id.
#[derive(SimpleObject)]
pub(crate) struct Tag {
    /// The tag.
    name: String,
    /// The digest that it pointed at.
    digest: String,
    /// The image by its tag, ready to paste into a pod.
    reference: String,
    /// The image by its digest, ready to paste into a pod.
    pinned_reference: String,
    /// The media type of what it pointed at.
    media_type: Option<String>,
    /// Operating system, architecture and variant of each image in it.
    platforms: Vec<String>,
    /// Its size in bytes, as a text since it may be greater than an Int.
    size_bytes: Option<String>,
    /// When it was pushed, where the registry tells.
    pushed_at: Option<DateTime>,
}

impl Tag {
    /// A tag of the repository that host and path name.
    pub(crate) fn new(host: &str, path: &str, record: TagRecord) -> Self {
        Self {
            reference: format!("{host}/{path}:{}", record.name),
            pinned_reference: format!("{host}/{path}@{}", record.digest),
            name: record.name,
            digest: record.digest,
            media_type: record.media_type,
            platforms: record.platforms,
            size_bytes: record.size_bytes.map(|size| size.to_string()),
            pushed_at: record.pushed_at.map(DateTime::from),
        }
    }
}
