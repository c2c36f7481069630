//! A Harbor for tests and for the demo: it answers as a real one was recorded to, traps included, and lets a test edit
//! what it holds, look at what was asked, and make the next request fail.

mod account;
mod answer;
mod asked;
mod contents;
mod door;
mod instant;
mod listing;
mod overview;
mod project;
mod projects;
mod robots;
mod router;
mod seed;
mod sign_in;
mod world;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum_server::tls_rustls::RustlsConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use account::{Account, Grant, Rights, Robot, Scope};
pub use project::{Artifact, Child, OCI_INDEX, OCI_MANIFEST, Project, Push, Repository, Tag};
pub use seed::{Seed, SeedProject, SeedRepository, SeedRobot};
pub use world::{Fault, Seen, World};

use answer::Answer;
use asked::Asked;

/// Requests with a larger body are refused: a test pushes descriptions, not layers.
const BODY_LIMIT: usize = 16 << 20;

/// How a fake Harbor is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The version that it tells those who have signed in. Before 2.11 it does not list the artifacts of a project.
    pub version: String,
    /// Certificate chain and key, both PEM; plain HTTP without.
    pub tls: Option<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen, version: "v2.15.2-0f1e2d3c".to_owned(), tls: None }
    }
}

/// A running fake Harbor. It stops when this is dropped.
pub struct FakeHarbor {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinSet<io::Result<()>>,
}

struct Shared {
    world: Mutex<World>,
    under_way: AtomicUsize,
    most_at_once: AtomicUsize,
    scheme: &'static str,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeHarbor {
    /// Starts one. Fails when the address is taken or the certificate is no PEM.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?.into_std()?;
        let address = listener.local_addr()?;
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new(&options.version)),
            under_way: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
            scheme,
        });
        let service = Router::new().fallback(handle).with_state(shared.clone()).into_make_service();
        let mut server = JoinSet::new();
        match options.tls {
            None => server.spawn(axum_server::from_tcp(listener)?.serve(service)),
            Some((certificates, key)) => {
                let config = RustlsConfig::from_config(Arc::new(server_config(&certificates, &key)?));
                server.spawn(axum_server::from_tcp_rustls(listener, config)?.serve(service))
            }
        };
        Ok(Self { address, shared, server })
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.shared.scheme, self.address)
    }

    /// Its `host:port`, as image references carry it.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Reads or edits what it holds.
    pub fn edit<T>(&self, edit: impl FnOnce(&mut World) -> T) -> T {
        edit(&mut self.shared.world())
    }

    /// Runs an edit just before the first request whose path and query contain `part` is answered.
    pub fn before(&self, part: &str, edit: impl FnOnce(&mut World) + Send + 'static) {
        self.shared.world().ambushes.push((part.to_owned(), Box::new(edit)));
    }

    /// Makes a project; see [`World::create_project`].
    pub fn create_project(&self, name: &str, public: &str) -> i64 {
        self.edit(|world| world.create_project(name, public))
    }

    /// Sets a project's visibility text; see [`World::set_public`].
    pub fn set_public(&self, project: &str, public: &str) {
        self.edit(|world| world.set_public(project, public));
    }

    /// Removes a project with its contents.
    pub fn delete_project(&self, name: &str) {
        self.edit(|world| world.delete_project(name));
    }

    /// Pushes an image; see [`World::push_artifact`].
    pub fn push_artifact(&self, repository: &str, push: &Push) -> Option<String> {
        self.edit(|world| world.push_artifact(repository, push))
    }

    /// Changes the secret of an account.
    pub fn set_credential(&self, name: &str, secret: &str) {
        self.edit(|world| world.set_credential(name, secret));
    }

    /// Lets the next request whose path and query contain `part` go wrong.
    pub fn fail_next(&self, part: &str, fault: Fault) {
        self.edit(|world| world.fail_next(part, fault));
    }

    /// The requests so far, oldest first.
    pub fn seen(&self) -> Vec<Seen> {
        self.edit(|world| world.seen().to_vec())
    }

    /// The most requests that were answered at one time.
    pub fn most_at_once(&self) -> usize {
        self.shared.most_at_once.load(Ordering::Relaxed)
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

fn server_config(certificates: &str, key: &str) -> io::Result<rustls::ServerConfig> {
    let invalid = |error: rustls::pki_types::pem::Error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string());
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates.as_bytes()).collect();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(invalid)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider);
    let mut config = builder
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain.map_err(|_| no_pem())?, key))
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn no_pem() -> rustls::Error {
    rustls::Error::General("the certificate chain is no PEM".to_owned())
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers: BTreeMap<String, String> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .chain(parts.uri.authority().map(|authority| ("host".to_owned(), authority.to_string())))
        .collect();
    let target = parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let seen = Seen { method: parts.method.to_string(), target, headers };
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return Answer::error(413, "REQUEST_ENTITY_TOO_LARGE", "request entity too large").into_response();
    };
    let under_way = shared.under_way.fetch_add(1, Ordering::Relaxed) + 1;
    shared.most_at_once.fetch_max(under_way, Ordering::Relaxed);
    let (answer, delay) = respond(&shared, &seen, body.to_vec());
    let delay = delay.unwrap_or(shared.world().latency);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    shared.under_way.fetch_sub(1, Ordering::Relaxed);
    answer.into_response()
}

fn respond(shared: &Shared, seen: &Seen, body: Vec<u8>) -> (Answer, Option<std::time::Duration>) {
    let mut world = shared.world();
    world.seen.push(seen.clone());
    while let Some(at) = world.ambushes.iter().position(|(part, _)| seen.target.contains(part)) {
        let (_, edit) = world.ambushes.remove(at);
        edit(&mut world);
    }
    let fault = world.faults.iter().position(|(part, _)| seen.target.contains(part));
    let fault = fault.and_then(|at| world.faults.remove(at)).map(|(_, fault)| fault);
    let asked = Asked::new(seen, body, shared.scheme, &world.accounts);
    let right = |world: &mut World| router::answer(world, &asked);
    let (answer, delay) = match fault {
        None => (right(&mut world), None),
        Some(Fault::Delay(delay)) => (right(&mut world), Some(delay)),
        Some(Fault::Answer(status, kind, body)) => (Answer::raw(status, kind, body), None),
        Some(Fault::Listing(total, body)) => {
            (Answer::raw(200, "application/json", body).with("x-total-count", total.to_string()), None)
        }
        Some(Fault::Challenge(challenge)) => (Answer::unauthorized().with("www-authenticate", challenge), None),
        Some(Fault::Redirect(to)) => (Answer::empty(302).with("location", to), None),
    };
    let fresh = !asked.has_session_cookie() && !asked.path.starts_with("/fake/");
    (if fresh { answer.with("set-cookie", "sid=5e5510; Path=/; HttpOnly") } else { answer }, delay)
}
