//! How the API server of a cluster is reached, and the client made from it. Nothing is asked yet: whether the server
//! answers shows in the first observation.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use crate::error::{ClusterError, bounded, chain};
use crate::namespaces::Cluster;

/// How long a connection to the API server may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How many contexts an error message names.
const NAMED: usize = 10;

/// How the API server of a cluster is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// By this file, in this context or in its current one.
    Kubeconfig(PathBuf, Option<String>),
    /// By the service account of the pod that this process runs in.
    InCluster,
}

/// A cluster that can be asked and watched. Fails when the settings cannot be used, never because the server is away.
/// Must be called within a Tokio runtime.
pub async fn connect(access: &Access) -> Result<Cluster, ClusterError> {
    let mut config = match access {
        Access::Kubeconfig(file, context) => from_file(file, context.as_ref()).await?,
        Access::InCluster => Config::incluster().map_err(|error| ClusterError::NotInCluster(chain(&error)))?,
    };
    config.connect_timeout = Some(CONNECT);
    // The watch has its own pauses, and whoever wishes for a namespace waits for a short time only.
    config.default_retry = false;
    let server: Box<str> = config.cluster_url.to_string().trim_end_matches('/').into();
    let client = Client::try_from(config)
        .map_err(|error| ClusterError::Settings { server: server.clone(), what: chain(&error) })?;
    Ok(Cluster::new(client, server))
}

async fn from_file(file: &Path, context: Option<&String>) -> Result<Config, ClusterError> {
    let unusable = |what| ClusterError::Kubeconfig { file: file.to_owned(), what };
    let kubeconfig = Kubeconfig::read_from(file).map_err(|error| unusable(reason(&error, None)))?;
    let options = KubeConfigOptions { context: context.cloned(), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig.clone(), &options).await;
    config.map_err(|error| unusable(reason(&error, Some(&kubeconfig))))
}

/// What is wrong in a kubeconfig, and what to do.
fn reason(error: &KubeconfigError, kubeconfig: Option<&Kubeconfig>) -> Box<str> {
    let contexts = || kubeconfig.map(contexts).unwrap_or_default();
    let text = match error {
        KubeconfigError::ReadConfig(error, _) => format!("{error}; name a file that this process may read"),
        KubeconfigError::CurrentContextNotSet => {
            format!("it has no current-context; set one, or name one of its contexts: {}", contexts())
        }
        KubeconfigError::LoadContext(name) => format!("it has no context {name:?}; name one of: {}", contexts()),
        KubeconfigError::LoadClusterOfContext(name) => {
            format!("its context leads to the cluster {name:?}, which is not under clusters")
        }
        KubeconfigError::MissingClusterUrl => "its cluster has no server; write the API server's address".to_owned(),
        KubeconfigError::ParseClusterUrl(error) => format!("its cluster's server is no URL: {error}"),
        error => return chain(error),
    };
    bounded(&text)
}

/// The names of the contexts, for a message.
fn contexts(kubeconfig: &Kubeconfig) -> String {
    let mut text = String::new();
    for (at, context) in kubeconfig.contexts.iter().take(NAMED).enumerate() {
        let _ = write!(text, "{}{}", if at > 0 { ", " } else { "" }, context.name);
    }
    match kubeconfig.contexts.len() {
        0 => "(there are none)".to_owned(),
        count if count > NAMED => text + ", …",
        _ => text,
    }
}
