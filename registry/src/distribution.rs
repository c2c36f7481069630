//! A registry of the OCI distribution specification. It knows repositories and nothing above them: a space is the first
//! component of their paths, has no id, and no visibility.

mod catalogue;
mod manifest;
mod session;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _, TryFutureExt as _};
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use reqwest::StatusCode;
use wharfinger_domain::registry::RegistryKind;

use crate::http::Http;
use crate::http::challenge::{self, Challenge};
use crate::quoted::quoted;
use crate::{ObservedRepository, ObservedSpace, Presence, Proof, RegistryClient, RegistryError, RepositoryChange};
use session::Session;

/// A page of spaces. They are counted when the whole catalogue is known, so that pages are only a portion.
const PORTION: usize = 500;
/// Repositories that are read at a time; each has requests for its tags beside it.
const WIDTH: usize = 2;

/// A client of one distribution registry.
#[derive(Clone)]
pub(crate) struct Distribution {
    session: Arc<Session>,
    /// Every repository, as the last walk through the spaces has found them.
    catalogue: Arc<Mutex<Option<Arc<[String]>>>>,
    /// [`crate::Endpoint::declared`].
    declared: Arc<[String]>,
}

impl Distribution {
    pub(crate) fn new(http: Http, has_credential: bool, declared: Vec<String>) -> Self {
        let session = Arc::new(Session::new(http, has_credential));
        Self { session, catalogue: Arc::default(), declared: declared.into() }
    }

    /// The base of the interface tells kind and credential.
    async fn prove_credential(&self) -> Result<(), RegistryError> {
        let reply = self.session.get("/v2/", "").await?;
        match reply.status {
            StatusCode::OK => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(RegistryError::Unauthorized),
            status => Err(RegistryError::NotThatKind {
                expected: RegistryKind::Distribution,
                reason: format!("/v2/ answers with status {}", status.as_u16()),
            }),
        }
    }

    async fn proof(&self) -> Result<Proof, RegistryError> {
        self.prove_credential().await?;
        let missing_rights = match self.first_names().await {
            Err(RegistryError::CatalogueClosed) if self.declared.is_empty() => vec![catalogue::RIGHT.to_owned()],
            Err(RegistryError::CatalogueClosed) => Vec::new(),
            outcome => outcome.map(|_| Vec::new())?,
        };
        Ok(Proof { version: None, registry_host: None, missing_rights })
    }

    /// The repositories that it lists, with those that were declared; where it lists none, these are all.
    async fn known_names(&self) -> Result<Vec<String>, RegistryError> {
        let mut names = match self.names().await {
            Err(RegistryError::CatalogueClosed) if !self.declared.is_empty() => Vec::new(),
            names => names?,
        };
        names.extend_from_slice(&self.declared);
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// The spaces that the catalogue's paths make, with how many repositories each has.
    async fn all_spaces(&self) -> Result<Vec<ObservedSpace>, RegistryError> {
        self.prove_credential().await?;
        let mut counts = BTreeMap::<String, u32>::new();
        let names = self.known_names().await?;
        for name in &names {
            *counts.entry(first_component(name).to_owned()).or_default() += 1;
        }
        *self.catalogue.lock().unwrap_or_else(PoisonError::into_inner) = Some(names.into());
        Ok(counts.into_iter().map(|(path, count)| space(path, Some(count))).collect())
    }

    /// Asks for the tags of one of its repositories: what a catalogue names need not be pulled.
    async fn try_pull(&self, space: &ObservedSpace) -> Result<bool, RegistryError> {
        let Some(name) = self.names_in(space).await?.into_iter().next() else { return Ok(false) };
        let reply = self.session.get(&format!("/v2/{name}/tags/list?n=1"), &format!("repository:{name}:pull")).await;
        match reply {
            Ok(reply) => match reply.status {
                StatusCode::OK | StatusCode::NOT_FOUND => Ok(true),
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(false),
                _ => Err(reply.failed()),
            },
            Err(RegistryError::Unauthorized) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn told_hosts(&self) -> Result<Vec<String>, RegistryError> {
        let reply = self.session.http.send(self.session.http.get("/v2/")?).await?;
        let realm = match challenge::read(&reply) {
            Some(Challenge::Bearer(bearer)) => bearer.host(),
            _ => None,
        };
        Ok(realm.into_iter().collect())
    }

    async fn find_space(&self, path: &str) -> Result<Presence, RegistryError> {
        self.prove_credential().await?;
        let count = self.known_names().await?.iter().filter(|name| first_component(name) == path).count();
        if count == 0 {
            return Ok(Presence::Gone);
        }
        Ok(Presence::Present(space(path.to_owned(), u32::try_from(count).ok())))
    }

    /// The repositories of a space, as the walk through the spaces has found them, when there was one: the catalogue is as long
    /// for one space as for all.
    async fn names_in(&self, space: &ObservedSpace) -> Result<Vec<String>, RegistryError> {
        let found = self.catalogue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let names = if let Some(names) = found {
            names
        } else {
            self.prove_credential().await?;
            self.known_names().await?.into()
        };
        Ok(names.iter().filter(|name| is_in(&space.path, name)).cloned().collect())
    }
}

/// Whether a repository is in a space, by whole components. The repository that has the space's own path is.
fn is_in(space: &str, name: &str) -> bool {
    name.strip_prefix(space).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn first_component(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

fn space(path: String, repository_count: Option<u32>) -> ObservedSpace {
    ObservedSpace { upstream_id: None, path, visibility: None, proxy_cache: false, repository_count }
}

impl RegistryClient for Distribution {
    fn prove(&self) -> BoxFuture<'_, Result<Proof, RegistryError>> {
        self.proof().boxed()
    }

    /// No list of it is in the order of time.
    fn latest(&self) -> Option<BoxStream<'_, Result<Vec<RepositoryChange>, RegistryError>>> {
        None
    }

    fn may_pull<'a>(&'a self, space: &'a ObservedSpace) -> BoxFuture<'a, Result<bool, RegistryError>> {
        self.try_pull(space).boxed()
    }

    fn own_hosts(&self) -> BoxFuture<'_, Result<Vec<String>, RegistryError>> {
        self.told_hosts().boxed()
    }

    fn requests(&self) -> u64 {
        self.session.http.requests()
    }

    fn spaces(&self) -> BoxStream<'_, Result<Vec<ObservedSpace>, RegistryError>> {
        let portions = |spaces: Vec<ObservedSpace>| {
            stream::iter(spaces.chunks(PORTION).map(|portion| Ok(portion.to_vec())).collect::<Vec<_>>())
        };
        self.all_spaces().map_ok(portions).try_flatten_stream().boxed()
    }

    fn space<'a>(&'a self, upstream_id: &'a str) -> BoxFuture<'a, Result<Presence, RegistryError>> {
        self.find_space(upstream_id).boxed()
    }

    fn repositories<'a>(
        &'a self,
        space: &'a ObservedSpace,
    ) -> BoxStream<'a, Result<Vec<ObservedRepository>, RegistryError>> {
        let read = move |names: Vec<String>| {
            let each = stream::iter(names).map(move |name| async move { self.repository(&name).await });
            // What vanished since the catalogue was read is no page.
            each.buffered(WIDTH).try_filter_map(|found| async move { Ok(found.map(|repository| vec![repository])) })
        };
        self.names_in(space).map_ok(read).try_flatten_stream().boxed()
    }
}

/// Whether a name from a registry is a path that an image reference can carry.
fn checked_name(name: String) -> Result<String, RegistryError> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let component = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(inner);
    if name.len() <= 512 && name.split('/').all(component) {
        return Ok(name);
    }
    let reason = format!("{} is no name of a repository", quoted(&name));
    Err(RegistryError::Malformed { what: "the catalogue".to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_in_a_space_by_whole_components() {
        assert!(is_in("team", "team/app") && is_in("team", "team/sub/app") && is_in("rootapp", "rootapp"));
        assert!(!is_in("team", "team-b/app") && !is_in("team", "teams") && !is_in("team", "other/team"));
    }

    #[test]
    fn names_that_are_no_paths_are_refused() {
        for name in ["", "/a", "a/", "a//b", "../a", "A", "a b", "a%2fb", "a\nb"] {
            assert!(checked_name(name.to_owned()).is_err(), "{name:?}");
        }
        assert!(checked_name("team/a__b/c--d.e".to_owned()).is_ok());
    }
}
