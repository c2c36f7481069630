//! Listeners over real sockets.

use std::io::Read as _;
use std::net::TcpStream;
use std::pin::pin;

use axum::routing::get;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use wharfinger_app::random::Clock as _;

use super::*;
use crate::clock::{SystemClock, SystemRandom};
use crate::supervisor::Supervisor;
use crate::tls::{ServerTls, Source};

const PATIENCE: Duration = Duration::from_secs(20);

fn anywhere() -> Listener {
    Listener::bind("api.listen", "127.0.0.1:0".parse().unwrap()).unwrap()
}

/// Serves under a supervisor, as the product does.
fn open(doors: &Doors, router: Router, tls: Option<RustlsConfig>) -> (Supervisor, SocketAddr) {
    let (supervisor, listener) = (Supervisor::new(), Arc::new(anywhere()));
    let (doors, address) = (doors.clone(), listener.address());
    supervisor.keep_to_its_end("listener", move || {
        let (doors, listener, router, tls) = (doors.clone(), Arc::clone(&listener), router.clone(), tls.clone());
        async move { doors.serve(&listener, router, tls).await.unwrap() }
    });
    (supervisor, address)
}

/// One exchange over a stream, on a thread that may block.
async fn exchange(mut stream: impl std::io::Read + std::io::Write + Send + 'static) -> String {
    let work = move || {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();
        let mut text = Vec::new();
        let mut piece = [0; 1024];
        while !text.ends_with(b"hello") {
            match stream.read(&mut piece).unwrap() {
                0 => break,
                count => text.extend_from_slice(&piece[..count]),
            }
        }
        String::from_utf8(text).unwrap()
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_told_with_the_key_to_change() {
    let listener = anywhere();
    assert_ne!(listener.address().port(), 0);
    let text = Listener::bind("webhook.listen", listener.address()).unwrap_err().to_string();
    assert!(text.contains("(webhook.listen): another process has the port"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_product_stops_answers_end_their_connections_and_then_nobody_is_let_in() {
    let (doors, readiness) = (Doors::new(), Readiness::new());
    let (supervisor, address) = open(&doors, hello(), None);
    assert!(!exchange(connect(address)).await.contains("connection: close"));
    let shutdown = Shutdown { delay: PATIENCE, grace: PATIENCE };
    let (end_delay, delay) = tokio::sync::oneshot::channel::<()>();
    let mut closing = pin!(doors.close(&readiness, &shutdown, async { delay.await.unwrap() }));
    assert!(futures_util::poll!(&mut closing).is_pending());
    assert_eq!(readiness.missing().len(), 1);
    assert!(exchange(connect(address)).await.contains("connection: close"));
    end_delay.send(()).unwrap();
    closing.await;
    assert!(supervisor.end(PATIENCE).await);
    let refused = TcpStream::connect(address).and_then(|mut stream| stream.read(&mut [0]));
    assert!(!matches!(refused, Ok(1..)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_under_way_finishes_within_the_grace() {
    let (doors, readiness) = (Doors::new(), Readiness::new());
    let begun = Arc::new(tokio::sync::Notify::new());
    let told = Arc::clone(&begun);
    let slow = move || async move {
        told.notify_one();
        tokio::time::sleep(Duration::from_millis(200)).await;
        "hello"
    };
    let (supervisor, address) = open(&doors, Router::new().route("/", get(slow)), None);
    let answer = exchange(connect(address));
    let shutdown = Shutdown { delay: Duration::ZERO, grace: PATIENCE };
    let close = async {
        begun.notified().await;
        doors.close(&readiness, &shutdown, std::future::pending()).await;
    };
    let (answer, ()) = tokio::join!(answer, close);
    assert!(answer.ends_with("hello"), "{answer}");
    assert!(supervisor.end(PATIENCE).await);
}

fn trusting(pem: &[u8]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}

fn connect_tls(address: SocketAddr, config: &Arc<ClientConfig>) -> StreamOwned<ClientConnection, TcpStream> {
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::clone(config), name).unwrap(), connect(address))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_trusts_the_own_authority_is_served() {
    let directory = tempfile::tempdir().unwrap();
    let source = Source::Made { directory: directory.path().to_owned(), names: vec!["localhost".into()] };
    let tls = ServerTls::load(source, None, SystemClock.now(), Arc::new(SystemRandom::new())).unwrap();
    let config = trusting(&std::fs::read(tls.authority().unwrap()).unwrap());
    let (_supervisor, address) = open(&Doors::new(), hello(), Some(tls.rustls()));
    assert!(exchange(connect_tls(address, &config)).await.ends_with("hello"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_shown_to_the_next_client_without_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let [certificate, key] = ["tls.crt", "tls.key"].map(|name| directory.path().join(name));
    let renew = || {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        trusting(made.cert.pem().as_bytes())
    };
    let first = renew();
    let source = Source::Files { certificate: certificate.clone(), key: key.clone() };
    let tls = ServerTls::load(source, None, SystemClock.now(), Arc::new(SystemRandom::new())).unwrap();
    let (_supervisor, address) = open(&Doors::new(), hello(), Some(tls.rustls()));
    assert!(exchange(connect_tls(address, &first)).await.ends_with("hello"));
    let second = renew();
    assert!(tls.refresh(SystemClock.now()));
    assert!(exchange(connect_tls(address, &second)).await.ends_with("hello"));
}

#[tokio::test]
async fn a_panic_is_answered_as_a_fault_with_the_id_of_the_request() {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;

    let route = get(async || -> &'static str { panic!("a secret") });
    let router = identified(Router::new().route("/", route), Arc::new(SystemRandom::new()));
    let request = Request::builder().uri("/").header("x-request-id", "of-a-test").body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["x-request-id"]), (500, &"of-a-test".parse().unwrap()));
    let body = to_bytes(answer.into_body(), 4096).await.unwrap();
    let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let extensions = &told["errors"][0]["extensions"];
    assert_eq!((&extensions["code"], &extensions["requestId"]), (&"INTERNAL".into(), &"of-a-test".into()), "{told}");
    assert!(!told.to_string().contains("secret"), "{told}");
}
