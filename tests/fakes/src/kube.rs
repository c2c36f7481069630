//! The namespaces and Secrets of an API server, for tests and for the demo: it lists, watches and forgets history as a real one
//! was seen to, and lets a test cut watches, refuse requests and fall silent. It asks for no credentials.

mod door;
mod object;
mod watch;
mod world;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum_server::Handle;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use world::NameTaken;
use world::World;

/// How a fake API server is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How often a watch that asked for them gets a bookmark, if the resource version has moved since its start. A real
    /// server sends one a minute, and one shortly before a watch's time is up.
    pub bookmarks: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)), bookmarks: Duration::from_secs(10) }
    }
}

/// A running fake API server. It stops when this is dropped.
pub struct FakeKube {
    address: SocketAddr,
    shared: Arc<Shared>,
    handle: Handle<SocketAddr>,
    server: JoinSet<io::Result<()>>,
}

impl Drop for FakeKube {
    /// Ends the connections as well, which are not the listener's own.
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

/// What the requests share with the handle.
struct Shared {
    world: Mutex<World>,
    /// Sent to after every edit, so that watches look again.
    moved: tokio::sync::watch::Sender<()>,
    bookmarks: Duration,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn edit<T>(&self, edit: impl FnOnce(&mut World) -> T) -> T {
        let answer = edit(&mut self.world());
        self.moved.send_replace(());
        answer
    }
}

impl FakeKube {
    /// Starts one on a free port, with no namespace.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// Starts one. Fails when the address is taken.
    pub async fn start_with(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?.into_std()?;
        let address = listener.local_addr()?;
        let (moved, _) = tokio::sync::watch::channel(());
        let shared = Arc::new(Shared { world: Mutex::new(World::default()), moved, bookmarks: options.bookmarks });
        let service = door::router(shared.clone()).into_make_service();
        let mut server = JoinSet::new();
        let handle = Handle::new();
        server.spawn(axum_server::from_tcp(listener)?.handle(handle.clone()).serve(service));
        Ok(Self { address, shared, handle, server })
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The text of a kubeconfig that leads here, with `fake` as its only context.
    pub fn kubeconfig(&self) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: fake\nclusters:\n- name: fake\n  cluster:\n    server: {}\nusers:\n\
             - name: anyone\n  user: {{}}\ncontexts:\n- name: fake\n  context:\n    cluster: fake\n    user: anyone\n",
            self.url()
        )
    }

    /// Creates a namespace and tells its UID, which depends on the name and on how often it was created, so that a
    /// restarted fake gives the same ones. Fails when there is one of this name.
    pub fn create(&self, name: &str) -> Result<String, NameTaken> {
        self.shared.edit(|world| world.create(name))
    }

    /// Starts a namespace's deletion: it stays, terminating, until [`Self::delete`]. Whether there was one.
    pub fn terminate(&self, name: &str) -> bool {
        self.shared.edit(|world| world.terminate(name))
    }

    /// Removes a namespace. Whether there was one.
    pub fn delete(&self, name: &str) -> bool {
        self.shared.edit(|world| world.delete(name))
    }

    /// Gives a namespace other metadata than a real server would, such as none at all under `uid`.
    pub fn deform(&self, name: &str, field: &str, value: serde_json::Value) -> bool {
        self.shared.edit(|world| world.deform(name, field, value))
    }

    /// A Secret as it is stored, if there is one.
    pub fn secret(&self, namespace: &str, name: &str) -> Option<serde_json::Value> {
        self.shared.world().secret(namespace, name).cloned()
    }

    /// Stores a Secret with this `data`, whose values are in Base64, in place of what is there.
    pub fn put_secret(&self, namespace: &str, name: &str, data: &serde_json::Value) {
        self.shared.edit(|world| world.put_secret(namespace, name, serde_json::json!({ "data": data })));
    }

    /// Breaks off all running watches, as when the connection is lost. A watch may be taken up again.
    pub fn cut_watches(&self) {
        self.shared.edit(|world| world.cuts += 1);
    }

    /// Whether every request is refused from now on, as by a server that goes down. Running watches break off.
    pub fn refuse(&self, refuse: bool) {
        self.shared.edit(|world| {
            world.refuses = refuse;
            world.cuts += u64::from(refuse);
        });
    }

    /// Forgets the past: what asks for an older resource version is answered 410 Gone. Running watches go on.
    pub fn compact(&self) {
        self.shared.edit(World::compact);
    }

    /// Forgets the past, and running watches have fallen so far behind that they end with 410 Gone as well.
    pub fn expire(&self) {
        self.shared.edit(|world| {
            world.compact();
            world.expiries += 1;
        });
    }

    /// Whether watches are kept open but tell nothing from now on, as behind a proxy that lost its other end.
    pub fn silence(&self, silent: bool) {
        self.shared.edit(|world| world.silent = silent);
    }

    /// Changes something else than namespaces: the resource version moves on and watches have nothing to tell.
    pub fn change_something_else(&self) {
        self.shared.edit(|world| world.version += 1);
    }

    /// Sends a bookmark to every watch that asked for them and has seen the resource version move since its start.
    pub fn bookmark(&self) {
        self.shared.edit(|world| world.bookmarks += 1);
    }

    /// How many lists, pages of one list each counted, and how many watches were asked for so far.
    pub fn asked(&self) -> Asked {
        self.shared.world().asked
    }

    /// Waits until the server ends, which is until something goes wrong with its listener.
    pub async fn serve(mut self) -> io::Result<()> {
        match self.server.join_next().await {
            Some(Ok(end)) => end,
            Some(Err(error)) => Err(io::Error::other(error)),
            None => Ok(()),
        }
    }
}

/// How often a fake API server was asked for what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Requests for a page of the list.
    pub lists: u64,
    /// Requests for a watch.
    pub watches: u64,
    /// Requests for one namespace.
    pub gets: u64,
}
