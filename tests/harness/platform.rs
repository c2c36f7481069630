//! A running product: the real binary on a database of its own. Tests reach it as its users do: GraphQL over HTTP, reviews
//! over TLS, the command line.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use wharfinger_store::{DatabaseUrl, Place, Store, StoreOptions};

use super::leash::Leash;

/// How long the binary may take from its start to being ready, on a busy machine.
const START: Duration = Duration::from_secs(90);

/// How long a graceful stop may take.
const STOP: Duration = Duration::from_secs(30);

/// Where the registries of the tests are.
const HERE: &str = "\"127.0.0.0/8,::1/128\"";

/// The name of the cluster that every test platform serves.
pub(crate) const CLUSTER: &str = "test";

/// A test asks for more in a minute than a caller does in an hour. Tests of the budgets set them in [`Options::environment`].
const BOUNDLESS: [(&str, &str); 4] = [
    ("WHARFINGER_BUDGETS_COST", "4294967295"),
    ("WHARFINGER_BUDGETS_EXPLANATIONS", "4294967295"),
    ("WHARFINGER_BUDGETS_SYNCS", "4294967295"),
    ("WHARFINGER_BUDGETS_REGISTRY_TESTS", "4294967295"),
];

/// What to run it with.
#[derive(Debug, Default, Clone)]
pub(crate) struct Options {
    /// The kubeconfig of the cluster whose namespaces it watches.
    pub(crate) kubeconfig: PathBuf,
    /// A certificate and its key for the webhook; without them the binary makes its own.
    pub(crate) webhook_tls: Option<(PathBuf, PathBuf)>,
    /// Where the webhook listens, for a test that stops the product and wants it to come back in the same place; without
    /// it on any free port.
    pub(crate) webhook_listen: Option<SocketAddr>,
    /// The registration with that cluster that it keeps right.
    pub(crate) registration: Option<String>,
    /// The address of the PostgreSQL database it uses; without one it uses a file in its data directory.
    pub(crate) database: Option<String>,
    /// More environment variables.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// More configuration: YAML of top-level keys, as it is.
    pub(crate) configuration: String,
}

/// Where it listens.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Addresses {
    /// GraphQL.
    #[serde(deserialize_with = "socket")]
    pub(crate) api: SocketAddr,
    /// Reviews, over TLS.
    #[serde(deserialize_with = "socket")]
    pub(crate) webhook: SocketAddr,
    /// Metrics, health and readiness.
    #[serde(deserialize_with = "socket")]
    pub(crate) metrics: SocketAddr,
}

/// The password that the administrator sets when it first signs in.
pub(crate) const PASSWORD: &str = "a password of the tests";

/// The running product.
pub(crate) struct Platform {
    directory: TempDir,
    environment: Vec<(&'static str, String)>,
    process: Option<Child>,
    leash: Option<Leash>,
    addresses: Addresses,
    http: reqwest::Client,
    token: String,
}

impl Platform {
    /// Starts it in a directory of its own, and waits until it is ready.
    pub(crate) async fn start(options: &Options) -> Self {
        let mut platform = Self::new(options);
        platform.run().await;
        platform
    }

    /// One in a directory of its own that does not run yet.
    pub(crate) fn new(options: &Options) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::write(directory.path().join("wharfinger.yaml"), configuration(directory.path(), options)).unwrap();
        let address = options.database.clone().map(|url| ("DATABASE_URL", url));
        Self {
            directory,
            environment: options.environment.iter().cloned().chain(address).collect(),
            process: None,
            leash: None,
            addresses: Addresses { api: nowhere(), webhook: nowhere(), metrics: nowhere() },
            http: client(&[]),
            token: String::new(),
        }
    }

    /// Starts the binary on what is in the directory, and waits until it is ready.
    pub(crate) async fn run(&mut self) {
        self.open().await;
        let started = Instant::now();
        while !self.is_ready().await {
            self.assert_starting(started);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Starts the binary on what is in the directory, and waits until it listens, ready or not.
    pub(crate) async fn open(&mut self) {
        self.listen().await;
        self.meet().await;
    }

    /// The same, and nobody signs in.
    pub(crate) async fn listen(&mut self) {
        self.spawn();
        self.wait_until_it_listens().await;
    }

    /// Starts the binary on what is in the directory, which must end by itself. Gives its exit code and what it has logged since.
    pub(crate) async fn fail(&mut self) -> (Option<i32>, String) {
        let before = self.log().len();
        self.spawn();
        let (mut child, started) = (self.process.take().expect("it was started"), Instant::now());
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return (status.code(), self.log().split_off(before));
            }
            assert!(started.elapsed() < START, "the binary has not ended after {START:?}:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn spawn(&mut self) {
        let _ = fs::remove_file(self.data().join("addresses.json"));
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log_file()).unwrap();
        // A limit on the size of files, which stands for a full disk, is then an error and not the end of the process.
        let child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_wharfinger")])
            .args(["serve", "--config"])
            .arg(self.directory.path().join("wharfinger.yaml"))
            .env_remove("RUST_LOG")
            .env_remove("DATABASE_URL")
            .envs(BOUNDLESS)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        self.leash = Some(Leash::hold(child.id(), self.directory.path()));
        self.process = Some(child);
    }

    /// Takes what a user of the running product needs.
    async fn meet(&mut self) {
        let given = self.environment.iter().find(|(name, _)| *name == "WHARFINGER_IDENTITY_PASSWORD_FILE");
        let file = given.map_or_else(|| self.data().join("admin-password"), |(_, file)| file.into());
        self.meet_by(&fs::read_to_string(file).unwrap_or_default()).await;
    }

    /// The same with the administrator's first password.
    pub(crate) async fn meet_by(&mut self, once: &str) {
        let authorities: Vec<_> = fs::read(self.data().join("webhook-ca.pem")).into_iter().collect();
        self.http = client(&authorities);
        // Whoever has met it keeps the token; it is still good after a restart.
        if self.token.is_empty() {
            self.token = self.make_token(once).await;
            let _ = fs::write(self.token_file(), &self.token);
        }
    }

    /// Signs in as the administrator, for the first time if need be, and makes a token that is good for everything that a
    /// token can be.
    async fn make_token(&self, once: &str) -> String {
        let administrator = match self.sign_in("admin", once.trim(), Some(PASSWORD)).await {
            Ok(administrator) => administrator,
            // Another replica has been met before.
            Err(_) => self.sign_in("admin", PASSWORD, None).await.expect("the administrator signs in"),
        };
        self.token_of(&administrator, &["READ", "BIND", "REGISTRY_ADMIN", "WORKSPACE_ADMIN"]).await
    }

    fn token_file(&self) -> PathBuf {
        self.data().join("token")
    }

    async fn wait_until_it_listens(&mut self) {
        let started = Instant::now();
        loop {
            if let Ok(text) = fs::read_to_string(self.data().join("addresses.json"))
                && let Ok(addresses) = serde_json::from_str(&text)
            {
                self.addresses = addresses;
                return;
            }
            self.assert_starting(started);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Fails when the binary has ended, or takes too long.
    fn assert_starting(&mut self, since: Instant) {
        if let Some(status) = self.process.as_mut().and_then(|child| child.try_wait().unwrap()) {
            panic!("the binary ended with {status} before it was ready:\n{}", self.log());
        }
        assert!(since.elapsed() < START, "the binary is not ready after {START:?}:\n{}", self.log());
    }

    /// Whether `/readyz` says so.
    pub(crate) async fn is_ready(&self) -> bool {
        self.readiness().await.is_ok_and(|answer| answer.status().is_success())
    }

    /// What `/readyz` answers.
    pub(crate) async fn readiness(&self) -> reqwest::Result<reqwest::Response> {
        let url = format!("http://{}/readyz", self.addresses.metrics);
        self.http.get(url).send().await
    }

    /// What `/metrics` says.
    pub(crate) async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.addresses.metrics);
        self.http.get(url).send().await.unwrap().text().await.unwrap()
    }

    /// The value of a metric that has no labels.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let page = self.metrics().await;
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {page}"))
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        let Some(mut child) = self.process.take() else { return };
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let started = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < STOP, "the binary does not stop:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.leash = None;
    }

    /// Ends it at once, as a machine that fails does.
    pub(crate) fn kill(&mut self) {
        let mut child = self.process.take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
        self.leash = None;
    }

    /// Another handle of its database, as another process has it.
    pub(crate) fn store(&self) -> Store {
        let place = match self.database() {
            Some(url) => Place::Postgres { url: DatabaseUrl::new(url), trust: None },
            None => Place::File(self.data().join("wharfinger.db")),
        };
        Store::open(&StoreOptions::at(place)).unwrap()
    }

    /// The address of its database; `None` for a file of its own.
    pub(crate) fn database(&self) -> Option<&str> {
        let address = self.environment.iter().find(|(name, _)| *name == "DATABASE_URL");
        address.map(|(_, url)| &**url)
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.as_ref().map(Child::id).expect("it runs")
    }

    /// Where it listens.
    pub(crate) fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Its data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The administrator's token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// Runs the command line against it.
    pub(crate) fn cli(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_wharfinger"))
            .args(arguments)
            .env("WHARFINGER_SERVER", format!("http://{}", self.addresses.api))
            .env_remove("DATABASE_URL")
            .env("WHARFINGER_TOKEN_FILE", self.token_file())
            .stdin(Stdio::null())
            .output()
            .expect("the command line runs")
    }

    /// The HTTP client that trusts its webhook.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Sends a GraphQL request as the administrator. Gives the whole answer.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        let url = format!("http://{}/graphql", self.addresses.api);
        let body = json!({ "query": query, "variables": variables });
        let request = self.http.post(url).bearer_auth(&self.token).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// The same; gives the data, and fails on any error.
    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.ask(query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].take()
    }

    /// Sends a review to the webhook. Gives the response in the answer.
    pub(crate) async fn review(&self, review: &Value) -> Value {
        let url = format!("https://{}/validate/{CLUSTER}?timeout=5s", self.addresses.webhook);
        let answer = self.http.post(url).json(review).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", self.log());
        let mut answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["response"]["uid"], review["request"]["uid"]);
        answer["response"].take()
    }
}

impl Drop for Platform {
    #[expect(clippy::print_stderr, reason = "a test that fails shows what the product logged")]
    fn drop(&mut self) {
        if let Some(child) = &mut self.process {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<_> = log.lines().rev().take(40).collect();
            eprintln!("the end of the log:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
    }
}

fn configuration(directory: &Path, options: &Options) -> String {
    let tls = options.webhook_tls.as_ref().map_or_else(String::new, |(certificate, key)| {
        format!("\n  tls:\n    certificate: {}\n    key: {}", certificate.display(), key.display())
    });
    let registration = options.registration.as_ref().map(|name| format!("\n    registration: {name}"));
    format!(
        "data:\n  directory: {data}\napi:\n  listen: 127.0.0.1:0\nwebhook:\n  listen: {webhook}{tls}\nmetrics:\n  listen: \
         127.0.0.1:0\nregistries:\n  networks: {HERE}\n  associatedNetworks: {HERE}\nclusters:\n  - name: {CLUSTER}\n    kubeconfig: {kubeconfig}{registration}\n{more}\n",
        data = directory.join("data").display(),
        webhook = options.webhook_listen.unwrap_or_else(nowhere),
        kubeconfig = options.kubeconfig.display(),
        registration = registration.unwrap_or_default(),
        more = options.configuration,
    )
}

/// The socket of a URL like `https://127.0.0.1:8443`.
fn socket<'de, D: serde::Deserializer<'de>>(json: D) -> Result<SocketAddr, D::Error> {
    let url = String::deserialize(json)?;
    let address = url.split_once("://").map_or(url.as_str(), |(_, address)| address);
    address.parse().map_err(serde::de::Error::custom)
}

fn nowhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

#[expect(clippy::disallowed_methods, reason = "a test is a client of the product")]
fn client(authorities: &[Vec<u8>]) -> reqwest::Client {
    let trusted = authorities.iter().map(|pem| reqwest::Certificate::from_pem(pem).unwrap());
    reqwest::Client::builder().tls_certs_only(trusted).build().unwrap()
}
