//! The namespaces of one cluster: watched for the overlay of the snapshot, or asked for one by one.

use std::time::Duration;

use futures_util::{Stream, stream};
use kube::{Api, Client};
use wharfinger_domain::name::Name;
use wharfinger_domain::overlay::{LiveNamespace, Sighting};

use crate::error::ClusterError;
use crate::server::{Server, Stop};
use crate::watch::Watch;

/// How long to wait for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// A watch that brings neither event nor bookmark for so long is given up, and the namespaces are listed again. That
    /// happens to every idle cluster: a server sends bookmarks only where the resource version has moved.
    pub silence: Duration,
    /// How long an answer to one request may take.
    pub request: Duration,
    /// The pause after a first failure. It doubles with each further one.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            silence: Duration::from_mins(1),
            request: Duration::from_secs(15),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(10),
        }
    }
}

/// What is seen of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// Namespaces were seen.
    Sighting(Sighting),
    /// The list or the watch failed and is tried again after a pause. What was known stays in force.
    Interrupted(ClusterError),
    /// Nothing changed, and the server said so by a bookmark or by taking an interrupted watch up again.
    Alive,
}

/// A cluster whose API server can be asked and watched.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) server: Server,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("server", &self.server.address).finish_non_exhaustive()
    }
}

impl Cluster {
    pub(crate) fn new(client: Client, address: Box<str>) -> Self {
        Self { server: Server { api: Api::all(client), address, timing: Timing::default() } }
    }

    /// The same cluster with other waiting times.
    #[must_use]
    pub fn with_timing(mut self, timing: Timing) -> Self {
        self.server.timing = timing;
        self
    }

    /// The address of its API server.
    pub fn address(&self) -> &str {
        &self.server.address
    }

    /// Watches the namespaces: one [`Sighting::Listed`] as soon as they have been listed, then each change; listed again
    /// when history was lost or nothing was heard. It never ends, and runs only while it is polled.
    pub fn namespaces(&self) -> impl Stream<Item = Observation> + Send + 'static {
        stream::unfold(Watch::new(self.server.clone()), async |mut watch| Some((watch.next().await, watch)))
    }

    /// Asks for one namespace. A name that no namespace can have is not asked for: there is none.
    pub async fn namespace(&self, name: &str) -> Result<Option<LiveNamespace>, ClusterError> {
        if Name::parse(name).is_err() {
            return Ok(None);
        }
        match self.server.one(name).await {
            Ok(found) => Ok(found),
            Err(Stop::Expired) => Ok(None),
            Err(Stop::Failed(error)) => Err(error),
        }
    }
}
