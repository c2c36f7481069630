//! The requests for namespaces that an API server is sent, each with a bound on how long its answer may take.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::{ListParams, WatchEvent, WatchParams};
use kube::core::{ObjectList, PartialObjectMeta, Status};
use tokio::time::timeout;
use wharfinger_domain::name::Name;
use wharfinger_domain::overlay::LiveNamespace;

use crate::error::{ClusterError, bounded};
use crate::namespaces::Timing;

/// How many namespaces one page of a list has.
const PAGE: u32 = 500;

/// The HTTP status of an API server that has forgotten the resource version asked for.
const GONE: u16 = 410;

/// The longest UID that is taken over, in bytes. Kubernetes writes UUIDs, of 36.
const MAX_UID: usize = 128;

/// Only metadata is asked for: a namespace's name, its UID and whether it is being deleted.
pub(crate) type Metadata = PartialObjectMeta<Namespace>;

/// What an open watch tells.
pub(crate) type Events = BoxStream<'static, kube::Result<WatchEvent<Metadata>>>;

/// A namespace under its name.
pub(crate) type Named = (Box<str>, LiveNamespace);

/// Why a request or a watch came to nothing.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The server has forgotten the resource version asked for: list again.
    Expired,
    Failed(ClusterError),
}

/// An API server.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) api: Api<Metadata>,
    pub(crate) address: Box<str>,
    pub(crate) timing: Timing,
}

impl Server {
    /// All namespaces, and the resource version they are as of.
    pub(crate) async fn list(&self) -> Result<(String, Vec<Named>), Stop> {
        let mut all = Vec::new();
        let mut params = ListParams::default().limit(PAGE);
        loop {
            let page: ObjectList<Metadata> = self.answer(self.api.list(&params)).await?;
            all.extend(page.items.iter().filter_map(|metadata| self.live_or_left_out(metadata)));
            if let Some(token) = page.metadata.continue_.filter(|token| !token.is_empty()) {
                params = params.continue_token(&token);
                continue;
            }
            return match page.metadata.resource_version.filter(|version| !version.is_empty()) {
                Some(version) => Ok((version, all)),
                None => Err(Stop::Failed(self.malformed("a list without metadata.resourceVersion"))),
            };
        }
    }

    /// Opens a watch of what changes after this resource version.
    pub(crate) async fn open(&self, version: &str) -> Result<Events, Stop> {
        let params = WatchParams::default().timeout(watch_seconds(self.timing.silence));
        Ok(self.answer(self.api.watch(&params, version)).await?.boxed())
    }

    /// The namespace of this name.
    pub(crate) async fn one(&self, name: &str) -> Result<Option<LiveNamespace>, Stop> {
        let found = self.answer(self.api.get_opt(name)).await?;
        found.map(|metadata| self.live(&metadata).map(|(_, live)| live)).transpose().map_err(Stop::Failed)
    }

    /// The answer to a request, waited for no longer than it may take.
    async fn answer<T>(&self, request: impl Future<Output = kube::Result<T>>) -> Result<T, Stop> {
        let silent = || ClusterError::Silent { server: self.address.clone(), after: self.timing.request };
        let answer = timeout(self.timing.request, request).await.map_err(|_| Stop::Failed(silent()))?;
        answer.map_err(|error| self.stop(&error))
    }

    /// What an error means for the watch.
    pub(crate) fn stop(&self, error: &kube::Error) -> Stop {
        match error {
            kube::Error::Api(status) if is_gone(status) => Stop::Expired,
            error => Stop::Failed(ClusterError::from_kube(&self.address, error)),
        }
    }

    /// The namespace, or nothing where it is none. That is said here, since nothing else comes of it.
    pub(crate) fn live_or_left_out(&self, metadata: &Metadata) -> Option<Named> {
        self.live(metadata).map_err(|error| tracing::warn!(%error, "a namespace is left out")).ok()
    }

    /// The namespace that this metadata is of. Fails when it has no name that a namespace can have, or no UID.
    fn live(&self, metadata: &Metadata) -> Result<Named, ClusterError> {
        let metadata = &metadata.metadata;
        let name = metadata.name.as_deref().unwrap_or_default();
        Name::parse(name).map_err(|error| self.malformed(&format!("a namespace named {name:?}: {error}")))?;
        let uid = metadata.uid.as_deref().unwrap_or_default();
        if !(1..=MAX_UID).contains(&uid.len()) || !uid.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(self.malformed(&format!("the namespace {name} with the UID {uid:?}")));
        }
        Ok((name.into(), LiveNamespace { uid: uid.into(), terminating: metadata.deletion_timestamp.is_some() }))
    }

    fn malformed(&self, what: &str) -> ClusterError {
        ClusterError::Malformed { server: self.address.clone(), what: bounded(what) }
    }
}

/// Whether the server has forgotten the resource version, said by the status or by its reason.
fn is_gone(status: &Status) -> bool {
    status.code == GONE || status.reason == "Expired" || status.reason == "Gone"
}

/// How long a watch is asked to last, in seconds: five sixths of the silence that is borne. A server sends a bookmark two
/// or three seconds before the end if the resource version has moved since the start, and it must come in time.
fn watch_seconds(silence: Duration) -> u32 {
    u32::try_from(silence.as_secs() * 5 / 6).unwrap_or(u32::MAX).max(1)
}
