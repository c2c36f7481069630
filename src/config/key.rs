//! The table of keys: the one place that says which keys there are, what they default to, how they are written and what
//! they mean. The parser, the environment, the errors and `docs/configuration.md` all follow it.

use super::form::{self, Wrong};
use super::{ClusterConfig, Config, ExemptionConfig};

/// One key of a section `T`.
pub(super) struct Key<T> {
    /// Its path within the section.
    pub(super) path: &'static str,
    /// What holds when it is not given; `None` when then nothing does.
    pub(super) default: Option<&'static str>,
    /// What it means, in Markdown.
    pub(super) about: &'static str,
    /// Reads the value into the section.
    pub(super) set: fn(&mut T, &str) -> Result<(), Wrong>,
}

/// A list of sections.
pub(super) struct List<T: 'static> {
    /// Its name.
    pub(super) path: &'static str,
    /// What its entries are, in Markdown.
    pub(super) about: &'static str,
    /// The keys of an entry.
    pub(super) keys: &'static [Key<T>],
}

/// Writes one line of a table: the key, its default, where the value goes and by which form, and what it means.
macro_rules! key {
    ($path:literal, $default:expr, |$section:ident| $place:expr, $form:path, $about:literal) => {
        Key {
            path: $path,
            default: $default,
            about: $about,
            set: |$section, text| {
                $place = $form(text)?.into();
                Ok(())
            },
        }
    };
}

/// The keys outside lists, in the order of the document.
pub(super) const KEYS: &[Key<Config>] = &[
    key!(
        "data.directory",
        Some("wharfinger-data"),
        |c| c.data.directory,
        form::path,
        "Where the database, the keys, the administrator's first password and `addresses.json` are kept. Made at first start; \
         only its owner may read it. Relative to the working directory."
    ),
    key!(
        "data.keyFile",
        None,
        |c| c.data.key_file,
        form::path,
        "File with the key that seals credentials in the database: 64 hexadecimal digits, such as a mounted Secret. It \
         is never written. Replicas that share a database share it; without it the product makes `data-key` in the \
         data directory."
    ),
    key!(
        "database.authority",
        None,
        |c| c.database.authority,
        form::path,
        "PEM file with the authorities that the certificate of the PostgreSQL server at `DATABASE_URL` may be from; those \
         of the system when not given."
    ),
    key!(
        "api.listen",
        Some("127.0.0.1:8080"),
        |c| c.api.listen,
        form::address,
        "Where the GraphQL API answers: an IP address and a port; port 0 takes a free one. In the clear unless \
         `api.tls` names a certificate."
    ),
    key!(
        "api.tls.certificate",
        None,
        |c| c.api.tls.certificate,
        form::path,
        "PEM file with the API's certificate and what leads to its authority. A changed file is taken up without a \
         restart."
    ),
    key!("api.tls.key", None, |c| c.api.tls.key, form::path, "PEM file with the key of that certificate."),
    key!(
        "api.externalUrl",
        None,
        |c| c.api.external_url,
        form::origin,
        "Where browsers reach the API and its pages, such as `https://images.example.com`, when a proxy is before it. Sessions \
         are good for pages from there alone, and their cookies are for TLS alone when it begins with `https`."
    ),
    key!(
        "identity.passwordFile",
        None,
        |c| c.identity.password_file,
        form::path,
        "File with the one-time password of the administrator whom the first start makes, such as a mounted Secret: at least 12 \
         characters. It is never written. Without it the product makes `admin-password` in the data directory."
    ),
    key!(
        "identity.passwordSecret.name",
        None,
        |c| c.identity.password_secret.name,
        form::label,
        "The Secret of Kubernetes in which that password is, in the place of a file, under the key `admin-password`. The first \
         start creates it; one that is there is used as it is and never changed, so that replicas that start at once have one \
         password. It needs the right to `create` Secrets in the namespace and to `get` this one."
    ),
    key!(
        "identity.passwordSecret.namespace",
        None,
        |c| c.identity.password_secret.namespace,
        form::label,
        "Its namespace; that of the pod when not given."
    ),
    key!(
        "identity.passwordSecret.cluster",
        None,
        |c| c.identity.password_secret.cluster,
        form::label,
        "The one of `clusters` that it is in; the one with `inCluster` when not given."
    ),
    key!(
        "budgets.cost",
        Some("60000"),
        |c| c.budgets.cost,
        form::points,
        "How many points of cost one caller may spend in a minute, with the prices of the schema; 2000, the most that one request \
         may cost, or more. So much is there at once, and comes back evenly. Each replica counts for itself, and a user's tokens \
         count for the user."
    ),
    key!(
        "budgets.explanations",
        Some("120"),
        |c| c.budgets.explanations,
        form::count,
        "How many explanations of images one caller may ask for in a minute."
    ),
    key!(
        "budgets.syncs",
        Some("30"),
        |c| c.budgets.syncs,
        form::count,
        "How many walks through registries one caller may ask for in a minute, by registering some as well. What the schedule does \
         counts for nobody."
    ),
    key!(
        "budgets.registryTests",
        Some("10"),
        |c| c.budgets.registry_tests,
        form::count,
        "How many registries one caller may have tested in a minute. Each test makes the product connect to an address that somebody \
         enters: with many of them a network is mapped."
    ),
    key!(
        "webhook.listen",
        Some("127.0.0.1:8443"),
        |c| c.webhook.listen,
        form::address,
        "Where the admission webhook answers, always over TLS. In a cluster write `0.0.0.0:8443` or `[::]:8443`, so that \
         the API server reaches it."
    ),
    key!(
        "webhook.tls.certificate",
        None,
        |c| c.webhook.tls.certificate,
        form::path,
        "PEM file with the webhook's certificate. Without it the product makes an authority of its own at first start \
         (`webhook-ca.pem` in the data directory, for the webhook's `caBundle`) and renews the certificate itself."
    ),
    key!("webhook.tls.key", None, |c| c.webhook.tls.key, form::path, "PEM file with the key of that certificate."),
    key!(
        "webhook.tls.authority",
        None,
        |c| c.webhook.authority,
        form::path,
        "PEM file with the authority that API servers are to trust, for `clusters[n].registration`; required there when \
         the certificate is given. Both, the old one and the new one, while the authority changes. A changed file is \
         taken up without a restart."
    ),
    key!(
        "webhook.tls.names",
        Some("localhost,127.0.0.1"),
        |c| c.webhook.names,
        form::server_names,
        "The DNS names and IP addresses by which API servers reach the webhook, such as \
         `wharfinger-webhook.wharfinger.svc`; they go into the certificate that the product makes. In a variable, \
         between commas."
    ),
    key!(
        "webhook.tls.clientAuthority",
        None,
        |c| c.webhook.client_authority,
        form::path,
        "PEM file with the authorities that the certificates of API servers must be from. With it, whoever connects to the \
         webhook without such a certificate is not heard. Both, the old one and the new one, while the authority changes. A \
         changed file is taken up without a restart, by connections that are made from then on."
    ),
    key!(
        "webhook.tls.clientNames",
        None,
        |c| c.webhook.client_names,
        form::client_names,
        "The names of which such a certificate must have one, as its common name or a DNS name, between commas; every one of \
         the authorities' when not given."
    ),
    key!(
        "webhook.maxBody",
        Some("7MiB"),
        |c| c.webhook.max_body,
        form::size,
        "The longest review that is read. API servers send objects of up to 3 MiB, twice for an update."
    ),
    key!(
        "webhook.templates",
        Some("WARN"),
        |c| c.webhook.templates,
        form::templates,
        "What becomes of a Deployment or another template whose pods would be denied: `WARN` admits it with a warning, \
         `DENY` denies it."
    ),
    key!(
        "metrics.listen",
        Some("127.0.0.1:9090"),
        |c| c.metrics.listen,
        form::address,
        "Where `/metrics`, `/healthz` and `/readyz` answer, in the clear. In a cluster write `0.0.0.0:9090`, so that \
         the probes reach it."
    ),
    key!(
        "snapshot.maxAge",
        Some("off"),
        |c| c.snapshot.max_age,
        form::limit,
        "When the store has not confirmed the rules for so long, images that need a binding or an association are \
         denied. `off`: the last rules stay in force, however old."
    ),
    key!("log.format", Some("text"), |c| c.log.format, form::log_format, "`text` or `json`; to standard error."),
    key!(
        "log.level",
        Some("info"),
        |c| c.log.level,
        form::log_level,
        "`error`, `warn`, `info`, `debug` or `trace`, also for single modules: `info,wharfinger_webhook=debug`."
    ),
    key!(
        "sync.interval",
        Some("60s"),
        |c| c.sync.interval,
        form::duration,
        "How long a registry is left alone between two walks through its spaces: a change of their visibility is in force so soon."
    ),
    key!(
        "sync.contents",
        Some("10m"),
        |c| c.sync.contents,
        form::duration,
        "How long between two looks at what was pushed into them. Only what has changed is read, as far as the registry tells; \
         everything once a day, and whenever somebody asks for a walk."
    ),
    key!(
        "registries.networks",
        Some("10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7"),
        |c| c.registries.networks,
        form::networks,
        "The networks, besides the public ones, in which the platform's registries may be; between commas. Loopback and link-local \
         networks can be opened here as well; the addresses of clouds' metadata services and of the clusters' API servers cannot."
    ),
    key!(
        "registries.associatedNetworks",
        None,
        |c| c.registries.associated_networks,
        form::networks,
        "The same for registries that workspaces associate. Without it these are public ones: whoever enters one makes the \
         product send requests into the networks that are open."
    ),
    key!(
        "registries.tokenHosts",
        Some("auth.docker.io"),
        |c| c.registries.token_hosts,
        form::hosts,
        "The hosts of token services to which a registry on another host may send the product for a token, and so its \
         credential; between commas. Over TLS only."
    ),
    key!(
        "shutdown.delay",
        Some("5s"),
        |c| c.shutdown.delay,
        form::pause,
        "How long new connections are still taken after the signal to stop, while `/readyz` already says no: the time \
         that load balancers and API servers need to look elsewhere. A second signal ends the wait."
    ),
    key!(
        "shutdown.grace",
        Some("20s"),
        |c| c.shutdown.grace,
        form::duration,
        "How long requests may then take to finish. Together with the delay less than the pod's \
         `terminationGracePeriodSeconds`."
    ),
    key!(
        "exemptSystemNamespaces",
        Some("true"),
        |c| c.exempt_system_namespaces,
        form::flag,
        "Whether `kube-system`, `kube-node-lease` and `kube-public` of every cluster are exempt. The product's own \
         namespace always is, where it runs in a cluster."
    ),
];

/// The clusters.
pub(super) const CLUSTERS: List<ClusterConfig> = List {
    path: "clusters",
    about: "The clusters whose API servers ask the webhook at `/validate/NAME`. Each needs `kubeconfig` or `inCluster`.",
    keys: &[
        key!("name", None, |c| c.name, form::label, "Required and unique: lower-case letters, digits and hyphens."),
        key!(
            "kubeconfig",
            None,
            |c| c.kubeconfig,
            form::path,
            "The kubeconfig file by which the cluster's namespaces are watched."
        ),
        key!(
            "context",
            None,
            |c| c.context,
            form::sentence,
            "The context of that file; its current one when not given."
        ),
        key!(
            "inCluster",
            Some("false"),
            |c| c.in_cluster,
            form::flag,
            "`true`: this is the cluster that the product runs in, reached by the pod's service account."
        ),
        key!(
            "registration",
            None,
            |c| c.registration,
            form::label,
            "The `ValidatingWebhookConfiguration` of that cluster in which the product keeps `caBundle` right; it needs \
             the rights to `get` and `patch` it. Without, `caBundle` is the administrator's affair."
        ),
        key!(
            "mode",
            Some("ENFORCE"),
            |c| c.mode,
            form::mode,
            "What the webhook does with a denial: `ENFORCE` denies, `WARN` admits with a warning, `AUDIT` admits and \
             records, `OFF` admits."
        ),
        key!(
            "unknownRegistries",
            Some("ALLOW"),
            |c| c.unknown_registries,
            form::unknown,
            "What becomes of images from hosts that no registry has: `ALLOW`, `WARN` or `DENY`."
        ),
        key!(
            "unnamedHosts",
            Some("DENY"),
            |c| c.unnamed_hosts,
            form::unknown,
            "The same for hosts that are IP addresses or single words, by which a known registry is reached under \
             another name."
        ),
    ],
};

/// The exemptions.
pub(super) const EXEMPTIONS: List<ExemptionConfig> = List {
    path: "exemptions",
    about: "Namespaces in which every image is admitted, besides the system's.",
    keys: &[
        key!("cluster", None, |c| c.cluster, form::label, "The cluster; every cluster when not given."),
        key!("namespace", None, |c| c.namespace, form::label, "Required: the namespace's name, in full."),
        key!("reason", None, |c| c.reason, form::sentence, "Required: why, for those who read the list later."),
    ],
};
