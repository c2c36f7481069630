//! What a registry is asked, whatever its kind, and what it tells about itself. The rest of the product knows
//! registries by this trait alone.

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use wharfinger_domain::space::Visibility;
use wharfinger_domain::time::Timestamp;

use crate::RegistryError;

/// A registry that can be asked. Every call may fail with any [`RegistryError`] of the network.
pub trait RegistryClient: Send + Sync {
    /// Proves that the endpoint is there and of its kind, that its certificate is trusted and that its credential counts.
    fn prove(&self) -> BoxFuture<'_, Result<Proof, RegistryError>>;

    /// All spaces that the credential sees, page by page. The walk proves the credential before its first page and after
    /// its last, because a Harbor answers a wrong one as if nobody had signed in. Only a walk that ends without an error
    /// may be taken as complete; what a page says may be used when it is read.
    fn spaces(&self) -> BoxStream<'_, Result<Vec<ObservedSpace>, RegistryError>>;

    /// Whether a space is still there. `upstream_id` is [`ObservedSpace::upstream_id`], or the path in a registry that
    /// has no ids.
    fn space<'a>(&'a self, upstream_id: &'a str) -> BoxFuture<'a, Result<Presence, RegistryError>>;

    /// The repositories of all spaces, page by page, the one that changed last first; `None` when the registry has no such
    /// list. Not every change of a tag counts as one.
    fn latest(&self) -> Option<BoxStream<'_, Result<Vec<RepositoryChange>, RegistryError>>>;

    /// Whether the credential may pull from a space: to see one in a list is less.
    fn may_pull<'a>(&'a self, space: &'a ObservedSpace) -> BoxFuture<'a, Result<bool, RegistryError>>;

    /// The hosts by which the registry calls itself, `host[:port]`: of its images and of its token service, as far as it tells.
    fn own_hosts(&self) -> BoxFuture<'_, Result<Vec<String>, RegistryError>>;

    /// How many requests were sent until now.
    fn requests(&self) -> u64;

    /// The repositories of a space with their tags, page by page.
    fn repositories<'a>(
        &'a self,
        space: &'a ObservedSpace,
    ) -> BoxStream<'a, Result<Vec<ObservedRepository>, RegistryError>>;
}

/// What a proof found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The version that the registry tells; `None` when it tells none.
    pub version: Option<String>,
    /// The `host[:port]` under which the registry says that its images are named.
    pub registry_host: Option<String>,
    /// Rights that the account was seen to lack, as the registry names them. Only what could be tried is listed.
    pub missing_rights: Vec<String>,
}

/// Whether a space is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Present(ObservedSpace),
    /// The registry says that there is no such space, to an account that may read all.
    Gone,
}

/// A space as a registry shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedSpace {
    /// The registry's own id, which is never used again: Harbor's project id. `None` in a distribution registry.
    pub upstream_id: Option<String>,
    /// The path prefix below the host, in whole components.
    pub path: String,
    /// `None` in a registry that knows no visibility.
    pub visibility: Option<Visibility>,
    /// True when it mirrors another registry, so that its repositories are only those that were pulled before.
    pub proxy_cache: bool,
    /// How many repositories it says that it has.
    pub repository_count: Option<u32>,
}

/// When a repository last changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryChange {
    /// [`ObservedSpace::upstream_id`] of its space.
    pub space: String,
    /// The path below the host, the space included.
    pub path: String,
    /// [`ObservedRepository::updated_at`].
    pub at: Option<Timestamp>,
}

impl ObservedSpace {
    /// Whether everybody may pull through it from another registry, with the account that it has there.
    pub fn is_public_cache(&self) -> bool {
        self.proxy_cache && self.visibility == Some(Visibility::Public)
    }
}

/// A repository as a registry shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedRepository {
    /// The path below the host, the space included.
    pub path: String,
    /// How often it was pulled.
    pub pull_count: Option<i64>,
    /// When something was last pushed.
    pub updated_at: Option<Timestamp>,
    /// Its tags; what has none is left out.
    pub tags: Vec<ObservedTag>,
}

/// A tag and the manifest that it points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedTag {
    /// The tag.
    pub name: String,
    /// The digest of the manifest.
    pub digest: String,
    /// The media type of the manifest.
    pub media_type: Option<String>,
    /// Bytes, layers included.
    pub size_bytes: Option<i64>,
    /// `os/architecture` with an optional `/variant`, in the order of the manifest; empty when unknown.
    pub platforms: Vec<String>,
    /// When the tag was set.
    pub pushed_at: Option<Timestamp>,
}
