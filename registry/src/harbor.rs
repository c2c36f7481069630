//! A Harbor, version 2.8 or later. It answers a wrong, disabled or expired credential with a success and what everybody
//! may see, so that nothing it lists counts before the credential has proved itself at the token service.

mod instant;
mod latest;
mod proof;
mod pull;
mod repositories;
mod walk;
mod wire;

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use reqwest::StatusCode;
use wharfinger_domain::registry::RegistryKind;

use crate::http::{Http, Reply};
use crate::quoted::quoted;
use crate::{ObservedRepository, ObservedSpace, Presence, Proof, RegistryClient, RegistryError, RepositoryChange};
use walk::{Row as _, Walk};
use wire::Project;

/// Makes Harbor take what looks like a number in a path for what the caller means: a name, or an id.
const IS_NAME: &str = "x-is-resource-name";
/// Every project, with its metadata; never filtered by visibility, because the filters miss spellings that count.
const PROJECTS: &str = "/api/v2.0/projects?with_detail=true&sort=name";

/// A client of one Harbor.
#[derive(Clone)]
pub(crate) struct Harbor {
    http: Arc<Http>,
}

impl Harbor {
    pub(crate) fn new(http: Http) -> Self {
        Self { http: Arc::new(http) }
    }

    /// Asks with projects in the path given by name.
    async fn by_name(&self, path: &str) -> Result<Reply, RegistryError> {
        self.ask(path, "true").await
    }

    /// Asks with projects in the path given by id.
    async fn by_id(&self, path: &str) -> Result<Reply, RegistryError> {
        self.ask(path, "false").await
    }

    async fn ask(&self, path: &str, is_name: &'static str) -> Result<Reply, RegistryError> {
        let call = self.http.get(path)?.header(IS_NAME, is_name).accept("application/json");
        self.http.send(call.authorization(self.http.basic())).await
    }

    /// Fails when the credential does not count. The lists would not tell: they are shorter, and that is all.
    async fn prove_credential(&self) -> Result<(), RegistryError> {
        let reply = self.by_name("/service/token?service=harbor-registry").await?;
        match reply.status {
            StatusCode::OK => match reply.json::<wire::Token>() {
                Ok(token) if token.is_there() => Ok(()),
                _ => Err(not_harbor("its token service answers without a token")),
            },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(RegistryError::Unauthorized),
            status => Err(not_harbor(&format!("its token service answers with status {}", status.as_u16()))),
        }
    }

    async fn find_space(&self, upstream_id: &str) -> Result<Presence, RegistryError> {
        let number: i64 = upstream_id.parse().map_err(|_| RegistryError::Malformed {
            what: "a space".to_owned(),
            reason: format!("{} is no project id", quoted(upstream_id)),
        })?;
        let reply = self.by_id(&format!("/api/v2.0/projects/{number}")).await?;
        if reply.status == StatusCode::NOT_FOUND && is_missing_project(&reply) {
            return Ok(Presence::Gone);
        }
        let project: Project = expect(&reply, "project:read")?.json()?;
        if project.number != number {
            return Err(reply.malformed("another project came back than was asked for"));
        }
        project.observed(&reply).map(Presence::Present)
    }
}

impl RegistryClient for Harbor {
    fn prove(&self) -> BoxFuture<'_, Result<Proof, RegistryError>> {
        self.proof().boxed()
    }

    fn spaces(&self) -> BoxStream<'_, Result<Vec<ObservedSpace>, RegistryError>> {
        let walk = Walk::<Project>::new(PROJECTS.to_owned(), "project:list");
        let step = move |mut walk: Walk<Project>| async move {
            if walk.is_fresh() {
                self.prove_credential().await?;
            }
            match walk.next(self).await? {
                Some(spaces) => Ok(Some((spaces, walk))),
                // A credential that was withdrawn during the walk has cut its last pages.
                None => self.prove_credential().await.map(|()| None),
            }
        };
        stream::try_unfold(walk, step).boxed()
    }

    fn space<'a>(&'a self, upstream_id: &'a str) -> BoxFuture<'a, Result<Presence, RegistryError>> {
        self.find_space(upstream_id).boxed()
    }

    fn latest(&self) -> Option<BoxStream<'_, Result<Vec<RepositoryChange>, RegistryError>>> {
        Some(self.walk_latest())
    }

    fn may_pull<'a>(&'a self, space: &'a ObservedSpace) -> BoxFuture<'a, Result<bool, RegistryError>> {
        self.try_pull(&space.path).boxed()
    }

    fn own_hosts(&self) -> BoxFuture<'_, Result<Vec<String>, RegistryError>> {
        self.told_hosts().boxed()
    }

    fn requests(&self) -> u64 {
        self.http.requests()
    }

    fn repositories<'a>(
        &'a self,
        space: &'a ObservedSpace,
    ) -> BoxStream<'a, Result<Vec<ObservedRepository>, RegistryError>> {
        self.walk_repositories(space)
    }
}

fn not_harbor(reason: &str) -> RegistryError {
    RegistryError::NotThatKind { expected: RegistryKind::Harbor, reason: quoted(reason) }
}

/// The answer when it is a success, or what its status means for a request that needs `right`.
fn expect<'r>(reply: &'r Reply, right: &str) -> Result<&'r Reply, RegistryError> {
    match reply.status {
        StatusCode::OK => Ok(reply),
        StatusCode::UNAUTHORIZED => Err(RegistryError::Unauthorized),
        StatusCode::FORBIDDEN => Err(RegistryError::MissingRight(right.to_owned())),
        _ => Err(reply.failed()),
    }
}

/// Whether it is Harbor itself that says of a project that it is not there: neither a proxy on the way, nor Harbor about a
/// path that it does not know.
fn is_missing_project(reply: &Reply) -> bool {
    reply.error().is_some_and(|error| {
        error.code == "NOT_FOUND" && error.message.starts_with("project ") && error.message.ends_with(" not found")
    })
}

/// Whether Harbor does not know the path, as before the version that brought it.
fn is_unknown_path(reply: &Reply) -> bool {
    let unknown = |error: crate::http::ErrorItem| error.message.starts_with("path ");
    reply.status == StatusCode::METHOD_NOT_ALLOWED
        || (reply.status == StatusCode::NOT_FOUND && reply.error().is_some_and(unknown))
}
