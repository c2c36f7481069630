//! One watch of the namespaces that lasts through everything that ends a watch. kube has such a watcher too, but keeps
//! bookmarks to itself and waits for five minutes on a connection whose other end is gone.

use std::time::Duration;

use futures_util::StreamExt;
use kube::api::WatchEvent;
use tokio::time::{Instant, timeout_at};
use wharfinger_domain::overlay::Sighting;

use crate::error::ClusterError;
use crate::namespaces::Observation;
use crate::server::{Events, Metadata, Server, Stop};

/// The watch, from observation to observation.
pub(crate) struct Watch {
    server: Server,
    state: State,
    /// When something was last told: a list, an event or a bookmark.
    heard: Instant,
    /// How often in a row a request or a watch came to nothing.
    failures: u32,
    /// A pause is due before the next request.
    pausing: bool,
    /// The last thing told to the outside was a failure.
    interrupted: bool,
}

enum State {
    /// The namespaces must be listed.
    Unlisted,
    /// They are known as of this resource version, and a watch must be opened.
    Listed(String),
    /// A watch is open, since then.
    Open(String, Events, Instant),
}

impl Watch {
    pub(crate) fn new(server: Server) -> Self {
        let heard = Instant::now();
        Self { server, state: State::Unlisted, heard, failures: 0, pausing: false, interrupted: false }
    }

    /// The next observation.
    pub(crate) async fn next(&mut self) -> Observation {
        loop {
            if std::mem::take(&mut self.pausing) {
                tokio::time::sleep(self.pause()).await;
            }
            match self.step().await {
                Ok(None) => {}
                Ok(Some(observation)) => {
                    self.resumed();
                    return observation;
                }
                Err(Stop::Expired) => {
                    self.state = State::Unlisted;
                    self.failed();
                }
                Err(Stop::Failed(error)) => {
                    self.failed();
                    self.lost(&error);
                    return Observation::Interrupted(error);
                }
            }
        }
    }

    /// One request, or one event of the open watch. The state is then the one to go on from, also after a failure.
    async fn step(&mut self) -> Result<Option<Observation>, Stop> {
        match std::mem::replace(&mut self.state, State::Unlisted) {
            State::Unlisted => {
                let (version, all) = self.server.list().await?;
                self.state = State::Listed(version);
                self.heard = Instant::now();
                Ok(Some(Observation::Sighting(Sighting::Listed(all))))
            }
            State::Listed(version) => {
                self.state = State::Listed(version.clone());
                let events = self.server.open(&version).await?;
                self.state = State::Open(version, events, Instant::now());
                Ok(self.interrupted.then_some(Observation::Alive))
            }
            State::Open(version, events, since) => self.listen(version, events, since).await,
        }
    }

    /// What an open watch tells next. A silent one is given up and the namespaces are listed again. That is no failure:
    /// where nothing happens, a server has no bookmark to send either, and the list shows which of the two it was.
    async fn listen(
        &mut self,
        version: String,
        mut events: Events,
        since: Instant,
    ) -> Result<Option<Observation>, Stop> {
        let silence = self.server.timing.silence;
        let Ok(event) = timeout_at(self.heard + silence, events.next()).await else { return Ok(None) };
        self.state = State::Listed(version.clone());
        let Some(event) = event else {
            self.closed(since);
            return Ok(None);
        };
        let (newer, observation) = self.told(event)?;
        self.state = State::Open(newer.unwrap_or(version), events, since);
        Ok(observation)
    }

    /// What an event says, and the resource version after it.
    fn told(
        &mut self,
        event: kube::Result<WatchEvent<Metadata>>,
    ) -> Result<(Option<String>, Option<Observation>), Stop> {
        let (version, observation) = match event.map_err(|error| self.server.stop(&error))? {
            WatchEvent::Added(metadata) | WatchEvent::Modified(metadata) => {
                let seen = self.server.live_or_left_out(&metadata).map(|(name, live)| Sighting::Seen(name, live));
                (metadata.metadata.resource_version, seen.map(Observation::Sighting))
            }
            WatchEvent::Deleted(metadata) => {
                let gone = metadata.metadata.name.map(|name| Sighting::Gone(name.into()));
                (metadata.metadata.resource_version, gone.map(Observation::Sighting))
            }
            WatchEvent::Bookmark(bookmark) => (Some(bookmark.metadata.resource_version), Some(Observation::Alive)),
            WatchEvent::Error(status) => return Err(self.server.stop(&kube::Error::Api(status))),
        };
        self.heard = Instant::now();
        self.failures = 0;
        Ok((version, observation))
    }

    /// A watch ended, as each does when its time is up. One that ends at once and brought nothing is a failure like any
    /// other, lest it be opened again and again without a pause.
    fn closed(&mut self, since: Instant) {
        if self.heard < since && since.elapsed() < self.server.timing.first_pause {
            self.failed();
        }
    }

    fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
        self.pausing = true;
    }

    fn pause(&self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.failures.saturating_sub(1));
        self.server.timing.first_pause.saturating_mul(doubled).min(self.server.timing.longest_pause)
    }

    /// Says once that the watch is lost, however often it is tried again.
    fn lost(&mut self, error: &ClusterError) {
        if !std::mem::replace(&mut self.interrupted, true) {
            tracing::warn!(server = &*self.server.address, %error, "namespaces are not watched; what was seen stays in force");
        }
    }

    fn resumed(&mut self) {
        if std::mem::replace(&mut self.interrupted, false) {
            tracing::info!(server = &*self.server.address, "namespaces are watched again");
        }
    }
}
