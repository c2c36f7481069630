//! Two products on one database, one cluster and one set of keys.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use wharfinger_store::StoreError;

use crate::database::{self, Server};
use crate::harness::platform::{Options, Platform};
use crate::world::World;

/// The two, and a namespace `ns-a` in a workspace to which the space of `team-a` is not bound.
pub(super) struct Pair {
    pub(super) world: World,
    pub(super) other: Platform,
    pub(super) workspace: String,
    pub(super) space: String,
    server: Server,
    schema: String,
    _keys: TempDir,
}

impl Pair {
    pub(super) async fn start() -> Self {
        let (server, keys) = (Server::start(), tempfile::tempdir().unwrap());
        let url = server.schema();
        let schema = database::schema(&url).to_owned();
        let secret = |name: &str, text: &str| secret(keys.path(), name, text).display().to_string();
        let environment = vec![
            ("WHARFINGER_DATA_KEY_FILE", secret("data-key", &"5a".repeat(32))),
            ("WHARFINGER_IDENTITY_PASSWORD_FILE", secret("admin-password", "a first password of tests")),
        ];
        let options = Options { database: Some(url), environment, ..Options::default() };
        let world = World::start_with(options.clone()).await;
        let kubeconfig = secret("kubeconfig", &world.kube.kubeconfig()).into();
        let other = Platform::start(&Options { kubeconfig, ..options }).await;
        let workspace = world.platform.workspace("wa").await;
        world.platform.assign("ns-a", Some(&workspace)).await;
        let space = world.platform.space(&world.registry, "team-a").await;
        Self { world, other, workspace, space, server, schema, _keys: keys }
    }

    /// The one that was there first.
    pub(super) fn one(&self) -> &Platform {
        &self.world.platform
    }

    /// Runs SQL from outside, in which `{}` is the schema.
    pub(super) fn run(&self, sql: &str) {
        self.server.run(&sql.replace("{}", &self.schema)).unwrap();
    }

    /// Cuts every connection of both.
    pub(super) fn cut_connections(&self) {
        self.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wharfinger' \
             AND pid <> pg_backend_pid()",
        );
    }

    /// The number of the revision in the store.
    pub(super) async fn revision(&self) -> i64 {
        self.one().store().read::<_, StoreError, _>(|tx| tx.revision()).await.unwrap().number
    }

    /// What the other replica says of all.
    pub(super) async fn replicas_told_by_the_other(&self) -> Vec<Value> {
        let query = "{ clusters { nodes { replicas { name ready namespacesSynced snapshotAge policyRevision
            certificateExpiresAt } } } }";
        let data = self.other.graphql(query, json!({})).await;
        data["clusters"]["nodes"][0]["replicas"].as_array().unwrap().clone()
    }
}

/// How many tasks a replica says it does for all.
pub(super) async fn leases_held(platform: &Platform) -> u32 {
    let metrics = platform.metrics().await;
    let line = metrics.lines().find(|line| line.starts_with("wharfinger_leases_held "));
    let value: f64 = line.and_then(|line| line.rsplit(' ').next()).unwrap().parse().unwrap();
    format!("{value:.0}").parse().unwrap()
}

fn secret(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    file
}
