//! `wharfinger serve`: puts the rooms together, opens the doors, and stops them in good order.

mod admission;
mod bootstrap;
mod door;
mod registration;
mod replica;
mod sessions;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use tokio::sync::{Mutex, mpsc};
use wharfinger_app::call::Call;
use wharfinger_app::clusters::Watched;
use wharfinger_app::decisions::DecisionQueue;
use wharfinger_app::installation;
use wharfinger_app::publisher::Publisher;
use wharfinger_app::random::{Clock, Random};
use wharfinger_app::record::ClusterSettings;
use wharfinger_app::syncs::Pace;
use wharfinger_app::vault::Vault;
use wharfinger_app::{App, Bounds};
use wharfinger_cluster::{Access, Cluster};
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::source::{SnapshotSource, Wish};
use wharfinger_store::{Store, StoreOptions};

use crate::clock::{SystemClock, SystemRandom};
use crate::config::{ClusterConfig, Config};
use crate::health::{self, Readiness};
use crate::listener::{Addresses, Doors, Listener, identified};
use crate::metrics::{Metrics, Refusals};
use crate::secret_file;
use crate::supervisor::Supervisor;
use crate::tls::{Clients, ServerTls, Source};

/// What the running product is made of.
struct Product {
    config: Config,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    app: Arc<App>,
    /// The clusters that are watched, by name.
    connected: BTreeMap<String, Cluster>,
    publisher: Arc<Publisher>,
    queues: Queues,
    supervisor: Supervisor,
    readiness: Readiness,
    metrics: Metrics,
    /// Signs cursors. Follows from the data key, so that it outlives a restart.
    cursor_secret: Vec<u8>,
}

/// What one part asks of another; each is emptied by a task.
struct Queues {
    walks: Arc<Mutex<mpsc::Receiver<RegistryId>>>,
    wishes: Arc<Mutex<mpsc::Receiver<Wish>>>,
    decisions: DecisionQueue,
    stored: Arc<Mutex<mpsc::Receiver<wharfinger_app::decisions::DecisionRecord>>>,
}

/// Serves until `stop` is ready, then stops in good order; `hurry` cuts the waiting short.
pub async fn serve(
    config: Config,
    stop: impl Future<Output = ()>,
    hurry: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let product = assemble(config).await?;
    product.load().await;
    bootstrap::administrator(&product.app, &product.config).await?;
    let watched = product.clusters().await?;
    product.keep_tasks(&watched);
    let doors = Doors::new();
    let replica = product.open(&doors, &watched)?;
    stop.await;
    tracing::info!("stopping");
    doors.close(&product.readiness, &product.config.shutdown, hurry).await;
    let grace = product.config.shutdown.grace;
    if !product.supervisor.end(grace).await {
        tracing::warn!(grace_s = grace.as_secs(), "some tasks did not end in time");
    }
    product.retire(replica).await;
    Ok(())
}

async fn assemble(config: Config) -> anyhow::Result<Product> {
    // Whoever has installed a provider before has installed the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let directory = config.data.directory.clone();
    secret_file::make_directory(&directory)?;
    let (clock, random): (Arc<dyn Clock>, Arc<dyn Random>) = (Arc::new(SystemClock), Arc::new(SystemRandom::new()));
    let data_key = secret_file::data_key(&directory, config.data.key_file.as_deref(), &*random)?;
    let vault = Vault::new(&data_key)?;
    let cursor_secret = ring::digest::digest(&ring::digest::SHA256, &[b"cursors".as_slice(), &data_key].concat());
    let place = config.database();
    let opening = format!("opening {place}");
    let opened = tokio::task::spawn_blocking(move || Store::open(&StoreOptions::at(place)));
    let store = opened.await?.context(opening)?;
    if !store.migrated().is_empty() {
        tracing::info!(migrations = ?store.migrated(), "the tables were brought up to date");
    }
    installation::claim(&store, &vault).await?;
    let exemptions = config.clusters.iter().flat_map(|cluster| config.exemptions(cluster)).collect();
    let (publisher, wishes) = Publisher::new(exemptions);
    if let Some(max_age) = config.snapshot.max_age {
        publisher.limit_age(max_age);
    }
    let connected = connected(&config.clusters).await?;
    let reaches = config.registries.reaches(connected.values().map(Cluster::address));
    let bounds = Bounds { rates: config.budgets, reaches };
    let (held, drawn, read) = (Arc::clone(&publisher), Arc::clone(&random), Arc::clone(&clock));
    let (app, walks) = App::new(store, held, vault, drawn, read, bounds);
    let (decisions, stored) = DecisionQueue::new();
    let queues = Queues {
        walks: Arc::new(Mutex::new(walks)),
        wishes: Arc::new(Mutex::new(wishes)),
        decisions,
        stored: Arc::new(Mutex::new(stored)),
    };
    let (supervisor, readiness, metrics) = (Supervisor::new(), Readiness::new(), Metrics::new());
    let cursor_secret = cursor_secret.as_ref().to_vec();
    Ok(Product {
        config,
        clock,
        random,
        app,
        connected,
        publisher,
        queues,
        supervisor,
        readiness,
        metrics,
        cursor_secret,
    })
}

impl Product {
    /// Loads the first snapshot. Should the store be away, the task that follows it loads it later, and until then this
    /// replica is not ready.
    async fn load(&self) {
        if let Err(error) = self.app.reload().await {
            tracing::error!(error = %error, cause = ?error, "the policy could not be loaded yet");
        }
        let publisher = Arc::clone(&self.publisher);
        self.readiness.require("snapshot", move || match publisher.snapshot() {
            Some(_) => Ok(()),
            None => Err("the policy has not been loaded from the database yet".to_owned()),
        });
        self.show_snapshot();
        let app = Arc::clone(&self.app);
        #[expect(clippy::cast_precision_loss, reason = "there are no 2^53 spaces")]
        let opened = move || app.opened_spaces() as f64;
        let help = "Private spaces that walks have seen to have turned public: everybody may use their images";
        self.metrics.counter("spaces_turned_public", help, opened);
    }

    fn show_snapshot(&self) {
        let (publisher, clock) = (Arc::clone(&self.publisher), Arc::clone(&self.clock));
        let age = move || match publisher.current() {
            Some(current) => clock.now().since(current.confirmed_at).as_secs_f64(),
            None => f64::INFINITY,
        };
        self.metrics.gauge("snapshot_age_seconds", "Time since the store last confirmed the snapshot in force", age);
        let publisher = Arc::clone(&self.publisher);
        #[expect(clippy::cast_precision_loss, reason = "a revision beyond 2^53 would take a thousand years")]
        let revision = move || publisher.revision().map_or(0.0, |revision| revision.number as f64);
        self.metrics.gauge("snapshot_revision", "The number of the revision in force", revision);
    }

    /// Makes the configured clusters known, and names those that are watched.
    async fn clusters(&self) -> anyhow::Result<Vec<Watched>> {
        let mut watched = Vec::new();
        for cluster in &self.config.clusters {
            let settings = ClusterSettings {
                mode: cluster.mode,
                unknown_registries: cluster.unknown_registries,
                unnamed_hosts: cluster.unnamed_hosts,
            };
            let call = Call::system("start", self.clock.now());
            let known = self.app.ensure_cluster(&call, cluster.name.clone(), settings).await?;
            let record = known.map_err(|errors| anyhow!("cluster {:?}: {errors:?}", cluster.name))?;
            let Some(connected) = self.connected.get(&cluster.name).cloned() else { continue };
            watched.push(Watched { name: cluster.name.clone(), id: record.cluster.id, cluster: connected });
            self.await_namespaces(cluster.name.clone());
        }
        self.show_namespaces(watched.iter().map(|cluster| cluster.name.clone()).collect());
        Ok(watched)
    }

    fn show_namespaces(&self, clusters: Vec<String>) {
        let (publisher, clock) = (Arc::clone(&self.publisher), Arc::clone(&self.clock));
        let since = move |heard_at| clock.now().since(heard_at).as_secs_f64();
        let age = move |cluster: &String| publisher.heard_at(cluster).map_or(f64::INFINITY, &since);
        let oldest = move || clusters.iter().map(&age).fold(0.0, f64::max);
        let help = "Longest time since the API server of a watched cluster confirmed which namespaces there are";
        self.metrics.gauge("namespaces_age_seconds", help, oldest);
    }

    fn await_namespaces(&self, cluster: String) {
        let publisher = Arc::clone(&self.publisher);
        self.readiness.require(format!("namespaces of {cluster}"), move || {
            if publisher.overlay().knows(&cluster) {
                Ok(())
            } else {
                Err(format!("the namespaces of cluster {cluster:?} have not been listed yet"))
            }
        });
    }

    fn keep_tasks(&self, watched: &[Watched]) {
        let keep = &self.supervisor;
        self.metrics.register(|registry| keep.register(registry));
        let app = &self.app;
        let refusals = Box::new(Refusals::new(Arc::clone(app)));
        self.metrics.register(|registry| registry.register_collector(refusals));
        let follower = Arc::clone(app);
        keep.keep("store", move || Arc::clone(&follower).follow_store());
        let pace = Pace { spaces: self.config.sync.interval, contents: self.config.sync.contents };
        let (follower, walks) = (Arc::clone(app), Arc::clone(&self.queues.walks));
        keep.keep("registries", move || Arc::clone(&follower).follow_registries(Arc::clone(&walks), pace));
        let (follower, records) = (Arc::clone(app), Arc::clone(&self.queues.stored));
        keep.keep("decisions", move || Arc::clone(&follower).store_decisions(Arc::clone(&records)));
        let (follower, wishes, known) = (Arc::clone(app), Arc::clone(&self.queues.wishes), watched.to_vec());
        keep.keep("wishes", move || Arc::clone(&follower).follow_wishes(Arc::clone(&wishes), known.clone()));
        for cluster in watched {
            let (follower, cluster) = (Arc::clone(app), cluster.clone());
            keep.keep("namespaces", move || Arc::clone(&follower).follow_cluster(cluster.clone()));
        }
    }

    /// Takes all addresses, tells them, and answers on them. Gives the name of this replica.
    fn open(&self, doors: &Doors, watched: &[Watched]) -> anyhow::Result<String> {
        let config = &self.config;
        let api = Listener::bind("api.listen", config.api.listen)?;
        let webhook = Listener::bind("webhook.listen", config.webhook.listen)?;
        let metrics = Listener::bind("metrics.listen", config.metrics.listen)?;
        let api_tls =
            config.api.tls.pair().map(|(certificate, key)| self.certificate("api", files(certificate, key), None));
        let api_tls = api_tls.transpose()?;
        let webhook_tls = self.certificate("webhook", self.webhook_source(), config.webhook.clients())?;
        self.keep_registrations(watched, webhook_tls.authority());
        let addresses = Addresses::of(api.address(), api_tls.is_some(), webhook.address(), metrics.address());
        let graphql = wharfinger_graphql::Api::new(Arc::clone(&self.app), &self.cursor_secret);
        let (secure, origin) = config.api.outside(api_tls.is_some());
        let door = Arc::new(door::Door::new(Arc::clone(&self.app), secure, origin));
        let sessions = sessions::router(Arc::clone(&self.app), Arc::clone(&door), Arc::clone(&self.random));
        let routes = wharfinger_graphql::router(graphql, door, Arc::clone(&self.random));
        let routes = routes.merge(sessions).merge(wharfinger_console::router());
        let routes = identified(routes, Arc::clone(&self.random));
        self.keep_door(doors, "api", api, routes, api_tls.as_ref());
        self.keep_door(doors, "webhook", webhook, self.admission(), Some(&webhook_tls));
        let routes = health::router(self.readiness.clone(), self.metrics.clone());
        self.keep_door(doors, "metrics", metrics, routes, None);
        let name = replica::name();
        self.keep_replica(name.clone(), watched, &webhook_tls);
        addresses.write(&config.data.directory).context("writing the addresses")?;
        tracing::info!(?addresses, replica = name, "serving");
        Ok(name)
    }

    fn keep_door(
        &self,
        doors: &Doors,
        name: &'static str,
        listener: Listener,
        routes: axum::Router,
        tls: Option<&Arc<ServerTls>>,
    ) {
        let (doors, listener, config) = (doors.clone(), Arc::new(listener), tls.map(|tls| tls.rustls()));
        let stopping = self.supervisor.stopping();
        self.supervisor.keep_to_its_end(name, move || {
            let (doors, listener) = (doors.clone(), Arc::clone(&listener));
            let (routes, config, stopping) = (routes.clone(), config.clone(), stopping.clone());
            async move {
                match doors.serve(&listener, routes, config).await {
                    // The doors were closed, and the tasks are about to be ended.
                    Ok(()) => stopping.cancelled().await,
                    Err(error) => tracing::error!(door = name, error = %error, "a door failed"),
                }
            }
        });
    }

    fn webhook_source(&self) -> Source {
        let webhook = &self.config.webhook;
        match webhook.tls.pair() {
            Some((certificate, key)) => files(certificate, key),
            None => Source::Made { directory: self.config.data.directory.clone(), names: webhook.names.clone() },
        }
    }

    /// Loads a certificate, keeps it fresh, and makes readiness depend on it.
    fn certificate(
        &self,
        name: &'static str,
        source: Source,
        clients: Option<Clients>,
    ) -> anyhow::Result<Arc<ServerTls>> {
        let tls = ServerTls::load(source, clients, self.clock.now(), Arc::clone(&self.random));
        let tls = Arc::new(tls.with_context(|| format!("loading the certificate of the {name} listener"))?);
        let (followed, clock) = (Arc::clone(&tls), Arc::clone(&self.clock));
        self.supervisor.keep("certificate", move || Arc::clone(&followed).follow(Arc::clone(&clock)));
        let (held, clock) = (Arc::clone(&tls), Arc::clone(&self.clock));
        let left = move || held.expires_at().since(clock.now()).as_secs_f64();
        let metric =
            if name == "webhook" { "webhook_certificate_expiry_seconds" } else { "api_certificate_expiry_seconds" };
        self.metrics.gauge(metric, "Time until the certificate expires; 0 when it has", left);
        let (held, clock) = (Arc::clone(&tls), Arc::clone(&self.clock));
        self.readiness.require(format!("certificate of {name}"), move || {
            if held.expires_at() > clock.now() { Ok(()) } else { Err("the certificate has expired".to_owned()) }
        });
        Ok(tls)
    }
}

fn files(certificate: &std::path::Path, key: &std::path::Path) -> Source {
    Source::Files { certificate: certificate.to_owned(), key: key.to_owned() }
}

/// Connects to the clusters that are watched.
async fn connected(clusters: &[ClusterConfig]) -> anyhow::Result<BTreeMap<String, Cluster>> {
    let mut connected = BTreeMap::new();
    for cluster in clusters {
        let Some(access) = access(cluster) else { continue };
        let client = wharfinger_cluster::connect(&access).await;
        let client = client.with_context(|| format!("connecting to cluster {:?}", cluster.name))?;
        connected.insert(cluster.name.clone(), client);
    }
    Ok(connected)
}

/// How a cluster is watched; `None` for one that only asks.
fn access(cluster: &ClusterConfig) -> Option<Access> {
    if cluster.in_cluster {
        Some(Access::InCluster)
    } else {
        cluster.kubeconfig.clone().map(|file| Access::Kubeconfig(file, cluster.context.clone()))
    }
}
