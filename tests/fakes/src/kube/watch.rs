//! A watch: the changes after one resource version, one JSON object a line, until the client's time is up, the past is
//! forgotten, or the test breaks it off.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header;
use serde_json::Value;
use tokio::time::{Interval, MissedTickBehavior, Sleep};

use crate::kube::Shared;
use crate::kube::object::{Refusal, Shape};
use crate::kube::world::{Kind, World};

/// How long a watch lasts whose client does not say.
const SECONDS: u64 = 1800;

/// How long before its end a watch gets a last bookmark, so that it can be taken up from there.
const PARTING: Duration = Duration::from_secs(2);

/// What a client asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) shape: Shape,
    /// Changes after it are told; 0 for all that is there, then all changes.
    pub(super) version: u64,
    pub(super) bookmarks: bool,
    /// Also tell what is there at the start, and mark where that ends.
    pub(super) initial: bool,
    pub(super) seconds: Option<u64>,
}

/// The answer to a watch.
pub(super) fn response(shared: Arc<Shared>, wanted: Wanted) -> Response {
    let watch = Watch::new(shared, wanted);
    let lines = stream::unfold(watch, async |mut watch| watch.next().await.map(|line| (line, watch)));
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(lines)).into_response()
}

struct Watch {
    shared: Arc<Shared>,
    wanted: Wanted,
    moved: tokio::sync::watch::Receiver<()>,
    clock: Clock,
    cuts: u64,
    expiries: u64,
    bookmarks: u64,
    /// The resource version that it started at. As with a real server, a bookmark that says no more is not sent.
    from: u64,
    /// All changes up to this resource version are in `lines` or were sent.
    told: u64,
    lines: VecDeque<Value>,
    /// What follows the last of the lines.
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The client's time is up, or an error was told.
    Ended,
    /// The connection breaks off.
    Cut,
}

impl Watch {
    fn new(shared: Arc<Shared>, wanted: Wanted) -> Self {
        let clock = Clock::new(shared.bookmarks, Duration::from_secs(wanted.seconds.unwrap_or(SECONDS)));
        let moved = shared.moved.subscribe();
        let world = shared.world();
        let (cuts, expiries, bookmarks) = (world.cuts, world.expiries, world.bookmarks);
        let mut lines = VecDeque::new();
        let mut state = State::Open;
        let mut told = wanted.version;
        if wanted.initial || wanted.version == 0 {
            told = world.version;
            lines.extend(start(&world, wanted));
        } else if wanted.version < world.oldest {
            lines.push_back(Refusal::expired(wanted.version, world.oldest).event());
            state = State::Ended;
        }
        drop(world);
        Self { shared, wanted, moved, clock, cuts, expiries, bookmarks, from: told, told, lines, state }
    }

    /// The next line; nothing at the end of the watch.
    async fn next(&mut self) -> Option<io::Result<String>> {
        loop {
            self.look();
            if let Some(line) = self.lines.pop_front() {
                return Some(Ok(format!("{line}\n")));
            }
            match self.state {
                State::Open => self.wait().await,
                State::Ended => return None,
                State::Cut => {
                    self.state = State::Ended;
                    return Some(Err(io::ErrorKind::ConnectionReset.into()));
                }
            }
        }
    }

    /// Takes over what happened.
    fn look(&mut self) {
        self.moved.mark_unchanged();
        if self.state != State::Open {
            return;
        }
        let world = self.shared.world();
        if world.cuts > self.cuts {
            self.lines.clear();
            self.state = State::Cut;
        } else if world.silent {
            self.lines.clear();
        } else if world.expiries > self.expiries {
            self.lines.push_back(Refusal::expired(self.told, world.oldest).event());
            self.state = State::Ended;
        } else {
            let changes = world.since(self.told).iter();
            self.lines.extend(changes.map(|change| self.wanted.shape.event(change.kind, &change.namespace)));
            self.told = self.told.max(world.version);
            let asked = std::mem::replace(&mut self.bookmarks, world.bookmarks) < world.bookmarks;
            drop(world);
            if asked {
                self.bookmark();
            }
        }
    }

    /// Waits until something happens or it is time for a bookmark or for the end.
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.moved.changed() => {}
            tick = self.clock.tick() => match tick {
                Tick::Bookmark => self.bookmark(),
                Tick::End => self.state = State::Ended,
            },
        }
    }

    fn bookmark(&mut self) {
        if self.wanted.bookmarks && self.told > self.from && !self.shared.world().silent {
            self.lines.push_back(self.wanted.shape.bookmark(self.told, false));
        }
    }
}

/// When a watch does something without being told to.
struct Clock {
    every: Interval,
    /// Nothing once it is over.
    parting: Option<Pin<Box<Sleep>>>,
    end: Pin<Box<Sleep>>,
}

enum Tick {
    Bookmark,
    End,
}

impl Clock {
    fn new(every: Duration, lasts: Duration) -> Self {
        let mut every = tokio::time::interval(every);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        every.reset();
        let parting = lasts.checked_sub(PARTING).map(|after| Box::pin(tokio::time::sleep(after)));
        Self { every, parting, end: Box::pin(tokio::time::sleep(lasts)) }
    }

    async fn tick(&mut self) -> Tick {
        let parting = async {
            match &mut self.parting {
                Some(sleep) => sleep.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = &mut self.end => Tick::End,
            _ = self.every.tick() => Tick::Bookmark,
            () = parting => {
                self.parting = None;
                Tick::Bookmark
            }
        }
    }
}

/// What a watch tells at its start: all that is there, and where that ends.
fn start(world: &World, wanted: Wanted) -> Vec<Value> {
    let there = world.at(world.version).into_values();
    let mut lines: Vec<_> = there.map(|namespace| wanted.shape.event(Kind::Added, namespace)).collect();
    if wanted.bookmarks && wanted.initial {
        lines.push(wanted.shape.bookmark(world.version, true));
    }
    lines
}
