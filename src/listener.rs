//! Sockets and what guards them: how long a handshake and a request's head may take, how many connections there may be,
//! and how they end: first readiness, then new connections, then requests that are under way.

mod addresses;
mod headers;
mod limit;
mod requests;

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Version, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum_server::accept::DefaultAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Control, Handle};
use thiserror::Error;

pub use self::addresses::{ADDRESSES, Addresses};
use self::limit::Limited;
pub use self::requests::identified;
use crate::config::Shutdown;
use crate::health::Readiness;

/// A client that needs longer for its handshake is not one of ours.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long the head of a request may take, the first one included.
const HEAD: Duration = Duration::from_secs(10);

/// The most connections of one listener at a time. An API server holds few; the limit keeps descriptors for the store.
const CONNECTIONS: usize = 1024;

/// Why an address cannot be listened on.
#[derive(Debug, Error)]
#[error("cannot listen on {address} ({key}): {sentence}")]
pub struct ListenError {
    /// The address.
    pub address: SocketAddr,
    /// The configuration's key for it.
    pub key: &'static str,
    sentence: String,
}

/// A socket that connections can be made to already, though nobody answers yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Takes an address; `key` is the configuration's key for it, for the error.
    pub fn bind(key: &'static str, address: SocketAddr) -> Result<Self, ListenError> {
        let bound = TcpListener::bind(address).and_then(|socket| Ok((socket.local_addr()?, socket)));
        match bound {
            Ok((address, socket)) => Ok(Self { socket, address }),
            Err(error) => Err(ListenError { address, key, sentence: explain(&error) }),
        }
    }

    /// The address that it really has, its port never 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => {
            "another process has the port; end that process or set the key to another port".to_owned()
        }
        ErrorKind::PermissionDenied => "this process may not; set the key to a port from 1024 on".to_owned(),
        ErrorKind::AddrNotAvailable => "this machine has no such address; set the key to one it has".to_owned(),
        _ => error.to_string(),
    }
}

/// Serves on all listeners and closes them together. Clones are the same doors.
#[derive(Debug, Clone, Default)]
pub struct Doors {
    control: Control,
    leaving: Arc<AtomicBool>,
}

impl Doors {
    /// Doors that stay open until [`Doors::close`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Connections that are open now, on all listeners.
    pub fn connections(&self) -> usize {
        self.control.connection_count()
    }

    /// Answers on a listener, over TLS when there is a certificate, until the doors close. May be called again for the
    /// same listener after an error.
    pub async fn serve(&self, listener: &Listener, router: Router, tls: Option<RustlsConfig>) -> io::Result<()> {
        let leaving = Arc::clone(&self.leaving);
        let router = router.layer(from_fn_with_state(leaving, part));
        let router = router.layer(from_fn_with_state(tls.is_some(), headers::protect));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let mut server = axum_server::from_tcp(listener.socket.try_clone()?)?
            .handle(Handle::with_control(self.control.clone()))
            .first_request_timeout(HEAD);
        server.http_builder().http1().header_read_timeout(HEAD);
        let limited = Limited::new(DefaultAcceptor::new(), CONNECTIONS);
        match tls {
            None => server.acceptor(limited).serve(service).await,
            Some(config) => {
                let acceptor = RustlsAcceptor::new(config).handshake_timeout(HANDSHAKE).acceptor(limited);
                server.acceptor(acceptor).serve(service).await
            }
        }
    }

    /// Ends readiness, goes on answering for the delay while clients are asked to connect elsewhere, takes no more
    /// connections, and lets requests finish for the grace. `hurry` ends the delay early.
    pub async fn close(&self, readiness: &Readiness, shutdown: &Shutdown, hurry: impl Future<Output = ()>) {
        readiness.leave();
        self.leaving.store(true, Ordering::Relaxed);
        tokio::select! {
            () = tokio::time::sleep(shutdown.delay) => {}
            () = hurry => {}
        }
        self.control.graceful_shutdown(Some(shutdown.grace));
    }
}

/// While the product stops, every answer over HTTP/1 ends its connection, so that the client's next request is made on a
/// new one, elsewhere. HTTP/2 has no such header; its connections are told when the doors close.
async fn part(State(leaving): State<Arc<AtomicBool>>, request: Request, next: Next) -> Response {
    let closes = request.version() < Version::HTTP_2;
    let mut response = next.run(request).await;
    if closes && leaving.load(Ordering::Relaxed) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

#[cfg(test)]
mod tests;
