//! The configuration: one file and the environment, read once and handed on as values. What may be written is in the
//! table of keys (`config/key.rs`), which the parser, the errors and `docs/configuration.md` follow.

mod agreement;
mod environment;
mod error;
mod form;
mod key;
mod nearest;
mod reference;
mod tree;
mod values;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use wharfinger_app::Reaches;
use wharfinger_app::budgets::Rates;
use wharfinger_domain::cluster::{EnforcementMode, UnknownRegistries};
use wharfinger_domain::exemption::Exemption;
use wharfinger_registry::Reach;
use wharfinger_store::{DatabaseUrl, Place};

use crate::tls::Clients;

pub use self::environment::{DATABASE_URL, Environment, FILE, SERVER, TOKEN_FILE};
pub use self::error::{ConfigError, Origin, Problem};
pub use self::reference::reference;
use self::values::Values;

/// The name of the embedded database in the data directory.
const EMBEDDED: &str = "wharfinger.db";

/// Namespaces of every cluster without which the cluster does not run.
const SYSTEM_NAMESPACES: [&str; 3] = ["kube-system", "kube-node-lease", "kube-public"];

/// Where Kubernetes tells a pod the namespace it runs in.
const OWN_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// Everything that an administrator can set before the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `data.*`
    pub data: Data,
    /// `database.*`
    pub database: Database,
    /// `api.*`
    pub api: Api,
    /// `identity.*`
    pub identity: Identity,
    /// `budgets.*`
    pub budgets: Rates,
    /// `webhook.*`
    pub webhook: Webhook,
    /// `metrics.*`
    pub metrics: Metrics,
    /// `snapshot.*`
    pub snapshot: Snapshot,
    /// `log.*`
    pub log: Log,
    /// `sync.*`
    pub sync: Sync,
    /// `registries.*`
    pub registries: Registries,
    /// `shutdown.*`
    pub shutdown: Shutdown,
    /// Whether the system's namespaces are exempt.
    pub exempt_system_namespaces: bool,
    /// The clusters; no two have one name.
    pub clusters: Vec<ClusterConfig>,
    /// The exemptions that are written down; [`Config::exemptions`] has all of them.
    pub exemptions: Vec<ExemptionConfig>,
}

/// Where state is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// The directory.
    pub directory: PathBuf,
    /// The file with the data key; one in the directory without.
    pub key_file: Option<PathBuf>,
}

/// Which database is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Database {
    /// `DATABASE_URL`: PostgreSQL at this address; the embedded one in the data directory without.
    pub url: Option<DatabaseUrl>,
    /// PEM file of the authorities that PostgreSQL's certificate may be from; those of the system without.
    pub authority: Option<PathBuf>,
}

/// Where the GraphQL API answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// The address.
    pub listen: SocketAddr,
    /// Its certificate; in the clear without.
    pub tls: TlsFiles,
    /// Where browsers reach it, when that is another address than the one it listens on.
    pub external_url: Option<url::Url>,
}

impl Api {
    /// Whether browsers reach it over TLS, and the origin of its pages where that is not the host that requests name.
    pub fn outside(&self, has_tls: bool) -> (bool, Option<String>) {
        match &self.external_url {
            Some(url) => (url.scheme() == "https", Some(url.origin().ascii_serialization())),
            None => (has_tls, None),
        }
    }
}

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The file with the one-time password of the administrator of the first start; one in the data directory without.
    pub password_file: Option<PathBuf>,
    /// The `Secret` with that password, in the place of a file.
    pub password_secret: PasswordSecret,
}

/// A `Secret` of Kubernetes with the one-time password of the administrator of the first start; not used without a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PasswordSecret {
    /// Its name.
    pub name: Option<String>,
    /// Its namespace; that of the pod without.
    pub namespace: Option<String>,
    /// The cluster that it is in; the one that the product runs in without.
    pub cluster: Option<String>,
}

/// Where and how the admission webhook answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The address.
    pub listen: SocketAddr,
    /// Its certificate; one that the product makes without.
    pub tls: TlsFiles,
    /// PEM file of the authority that API servers are to trust; that of the certificate that the product makes without.
    pub authority: Option<PathBuf>,
    /// The DNS names and IP addresses of the certificate that the product makes.
    pub names: Vec<String>,
    /// PEM file of the authorities that the certificates of API servers must be from; whoever connects is heard without.
    pub client_authority: Option<PathBuf>,
    /// The names of which such a certificate must have one; any without.
    pub client_names: Vec<String>,
    /// The longest review, in bytes.
    pub max_body: usize,
    /// What becomes of templates.
    pub templates: Templates,
}

impl Webhook {
    /// Whom it hears; everybody without.
    pub fn clients(&self) -> Option<Clients> {
        let authority = self.client_authority.clone()?;
        Some(Clients { authority, names: self.client_names.clone() })
    }
}

/// A certificate and its key in files: both are given, or neither.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsFiles {
    /// PEM file of the chain.
    pub certificate: Option<PathBuf>,
    /// PEM file of the key.
    pub key: Option<PathBuf>,
}

impl TlsFiles {
    /// The certificate and the key, when they are given.
    pub fn pair(&self) -> Option<(&Path, &Path)> {
        Some((self.certificate.as_deref()?, self.key.as_deref()?))
    }
}

/// What becomes of a template whose pods would be denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Templates {
    /// It is admitted with a warning.
    Warn,
    /// It is denied.
    Deny,
}

/// Where metrics, health and readiness answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// The address.
    pub listen: SocketAddr,
}

/// How old the rules in force may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Beyond this age what needs a binding is denied; `None`: never.
    pub max_age: Option<Duration>,
}

/// What is logged and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The format.
    pub format: LogFormat,
    /// Directives of `tracing_subscriber::EnvFilter`, checked.
    pub level: String,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How registries are walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sync {
    /// Between two walks through the spaces of a registry.
    pub interval: Duration,
    /// Between two looks at what has changed in them.
    pub contents: Duration,
}

/// Where registries may be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registries {
    /// Networks in which the platform's may be, besides the public ones.
    pub networks: Vec<IpNet>,
    /// Networks in which associated ones may be, besides the public ones.
    pub associated_networks: Vec<IpNet>,
    /// Hosts of token services that a registry elsewhere may name.
    pub token_hosts: Vec<String>,
}

impl Registries {
    /// The rules, with these URLs of API servers, which are no registries.
    pub fn reaches<'s>(&self, servers: impl Iterator<Item = &'s str>) -> Reaches {
        let place = |server: &str| {
            let url = url::Url::parse(server).ok()?;
            let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
            Some((host, url.port_or_known_default()?))
        };
        let never: Vec<_> = servers.filter_map(place).collect();
        let reach = |open: &[IpNet]| {
            Arc::new(Reach { open: open.to_vec(), realms: self.token_hosts.clone(), never: never.clone() })
        };
        Reaches { platform: reach(&self.networks), associated: reach(&self.associated_networks) }
    }
}

/// How the product stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shutdown {
    /// How long new connections are still taken after readiness has ended; may be zero.
    pub delay: Duration,
    /// How long requests may then take to finish.
    pub grace: Duration,
}

/// A cluster whose API server asks the webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterConfig {
    /// Its name: a DNS label, unique.
    pub name: String,
    /// The kubeconfig by which it is watched.
    pub kubeconfig: Option<PathBuf>,
    /// The context of that file; the current one without.
    pub context: Option<String>,
    /// It is the cluster the product runs in.
    pub in_cluster: bool,
    /// The `ValidatingWebhookConfiguration` whose `caBundle` is kept right.
    pub registration: Option<String>,
    /// What the webhook does with a denial.
    pub mode: EnforcementMode,
    /// What becomes of images from hosts that no registry has.
    pub unknown_registries: UnknownRegistries,
    /// The same for IP addresses and single words.
    pub unnamed_hosts: UnknownRegistries,
}

/// A namespace in which everything is admitted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExemptionConfig {
    /// The cluster; every one without.
    pub cluster: Option<String>,
    /// The namespace's name.
    pub namespace: String,
    /// Why.
    pub reason: String,
}

impl Config {
    /// Reads the file, if one is named, and the environment, which wins. The file that is named on the command line
    /// is preferred to that of `WHARFINGER_CONFIG`.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        let file = file.or_else(|| environment.get(FILE).map(Path::new));
        let mut values = Values::default();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
            values.read_file(path, &text)?;
        }
        values.read_environment(environment);
        let mut config = values.into_config()?;
        config.database.url = environment.get(DATABASE_URL).map(DatabaseUrl::new);
        Ok(config)
    }

    /// Where the database is.
    pub fn database(&self) -> Place {
        match &self.database.url {
            Some(url) => Place::Postgres { url: url.clone(), trust: self.database.authority.clone() },
            None => Place::File(self.data.directory.join(EMBEDDED)),
        }
    }

    /// The cluster with the `Secret` of `identity.passwordSecret`: the one that is named there, else the one that the product
    /// runs in.
    pub fn password_cluster(&self) -> Option<&ClusterConfig> {
        let named = self.identity.password_secret.cluster.as_ref();
        self.clusters.iter().find(|cluster| named.map_or(cluster.in_cluster, |name| cluster.name == *name))
    }

    /// The exemptions of a cluster: those that are written down, the system's and, in the cluster the product runs in,
    /// that of its own namespace.
    pub fn exemptions(&self, cluster: &ClusterConfig) -> Vec<Exemption> {
        self.exemptions_beside(cluster, own_namespace().as_deref())
    }

    fn exemptions_beside(&self, cluster: &ClusterConfig, own: Option<&str>) -> Vec<Exemption> {
        let written = self.exemptions.iter().filter(|it| it.cluster.as_ref().is_none_or(|name| *name == cluster.name));
        let written = written.map(|it| (it.namespace.as_str(), it.reason.as_str()));
        let system = SYSTEM_NAMESPACES.iter().filter(|_| self.exempt_system_namespaces);
        let system = system.map(|namespace| (*namespace, "the cluster does not run without it"));
        let own = own.filter(|_| cluster.in_cluster).map(|namespace| (namespace, "Wharfinger itself runs here"));
        let mut exemptions: Vec<Exemption> = Vec::new();
        for (namespace, reason) in written.chain(system).chain(own) {
            if exemptions.iter().all(|known| &*known.namespace != namespace) {
                exemptions.push(Exemption {
                    id: None,
                    cluster: cluster.name.as_str().into(),
                    namespace: namespace.into(),
                    uid: None,
                    reason: reason.into(),
                    expires_at: None,
                });
            }
        }
        exemptions
    }
}

/// The namespace that this process runs in, if it runs in a pod.
pub fn own_namespace() -> Option<String> {
    std::fs::read_to_string(OWN_NAMESPACE).ok().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests;
