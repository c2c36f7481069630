//! The world of the cases: a Harbor under three names, another one on a port of the same host, spaces of every kind, two
//! workspaces, and a second cluster that refuses what no registry has. Written through the store, since nobody answers at
//! these hosts.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use wharfinger::clock::SystemClock;
use wharfinger_app::random::Clock;
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{RegistryId, WorkspaceId};
use wharfinger_domain::registry::{Owner, RegistryKind};
use wharfinger_domain::space::Visibility;
use wharfinger_domain::time::Timestamp;
use wharfinger_fakes::kube::FakeKube;
use wharfinger_store::bindings::{BindingTerms, NewBinding};
use wharfinger_store::registries::{NewRegistry, RegistrySettings};
use wharfinger_store::sight::Sight;
use wharfinger_store::spaces::ObservedSpace;
use wharfinger_store::{Result, Store, StoreError, Transaction};

use crate::harness::platform::{CLUSTER, Options, Platform};

/// The cluster that refuses images of hosts that no registry has.
pub(super) const STRICT: &str = "strict";

/// The namespaces; `ns-a` is in the workspace `wa`, `ns-b` in `wb`, `exempt` is exempt and `ns-none` is nothing.
const NAMESPACES: [&str; 4] = ["ns-a", "ns-b", "ns-none", "exempt"];

/// The spaces of the first registry, and whose they are.
const SPACES: [(&str, Visibility, &[Whose]); 6] = [
    ("pub", Visibility::Public, &[]),
    ("team-a", Visibility::Private, &[Whose::A]),
    ("team-b", Visibility::Private, &[Whose::B]),
    ("shared", Visibility::Private, &[Whose::A, Whose::B]),
    ("orphan", Visibility::Private, &[]),
    ("team_x", Visibility::Private, &[Whose::A]),
];

/// How long the product may take to see what was put in place.
const SIGHT: Duration = Duration::from_secs(30);

/// A workspace that a space is bound to.
#[derive(Debug, Clone, Copy)]
enum Whose {
    A,
    B,
}

/// The running product with the world in place.
pub(super) struct Scene {
    pub(super) platform: Platform,
    store: Store,
    _kube: FakeKube,
    _kubeconfig: TempDir,
}

impl Scene {
    /// One with everything in place.
    pub(super) async fn start() -> Self {
        let scene = Self::empty().await;
        scene.write(|tx, at| write_world(tx, at)).await;
        scene
    }

    /// One without any registry.
    pub(super) async fn empty() -> Self {
        let kube = FakeKube::start().await.unwrap();
        for namespace in NAMESPACES {
            kube.create(namespace).unwrap();
        }
        let directory = tempfile::tempdir().unwrap();
        let kubeconfig = directory.path().join("kubeconfig");
        std::fs::write(&kubeconfig, kube.kubeconfig()).unwrap();
        // The list of clusters goes on where the harness has left off.
        let configuration = format!(
            "  - name: {STRICT}\n    kubeconfig: {}\n    unknownRegistries: DENY\nsync:\n  interval: 24h\nexemptions:\n  - \
             namespace: exempt\n    reason: a test",
            kubeconfig.display()
        );
        let platform = Platform::start(&Options { kubeconfig, configuration, ..crate::place::options() }).await;
        let store = platform.store();
        let scene = Self { platform, store, _kube: kube, _kubeconfig: directory };
        scene.wait_for_namespaces().await;
        scene
    }

    /// Adds Docker Hub, with its official images in a private space that is bound to nobody.
    pub(super) async fn add_docker_hub(&self) {
        self.write(|tx, at| {
            let hub = tx.insert_registry(&registry("hub", &["docker.io"], at))?;
            tx.observe_spaces(hub, &[space("library", Visibility::Private)], at).map(drop)
        })
        .await;
    }

    /// Writes into the store of the running product and waits until that is in force.
    async fn write(&self, write: impl FnOnce(&mut dyn Transaction, Timestamp) -> Result<()> + Send + 'static) {
        let at = SystemClock.now();
        let all = move |tx: &mut dyn Transaction| {
            write(tx, at)?;
            tx.bump_revision(at.as_micros())?;
            Ok::<_, StoreError>(())
        };
        self.store.write(all).await.unwrap();
        let query = "query($ns: NamespaceRef!) { explainImage(namespace: $ns) { policyRevision } }";
        let by = json!({ "ns": { "name": { "cluster": CLUSTER, "name": "ns-a" } } });
        let stored = self.store.read::<_, StoreError, _>(|tx| tx.revision()).await.unwrap().to_string();
        let started = Instant::now();
        while self.platform.graphql(query, by.clone()).await["explainImage"]["policyRevision"] != stored {
            assert!(started.elapsed() < SIGHT, "the product does not follow the store");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn wait_for_namespaces(&self) {
        let names = both(&NAMESPACES);
        let started = Instant::now();
        loop {
            let wanted = names.clone();
            let found = self
                .store
                .read::<_, StoreError, _>(move |tx| tx.namespaces_by_name(&Sight::All, &wanted))
                .await
                .unwrap();
            if found.len() == names.len() {
                return;
            }
            assert!(started.elapsed() < SIGHT, "the namespaces are not seen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What `check` reports of a manifest, by the snapshot as it is exported now. The exit code says the same.
    pub(super) fn check(&self, (cluster, namespace): (&str, &str), manifest: &Value) -> Value {
        let directory = tempfile::tempdir().unwrap();
        let [snapshot, file] = ["snapshot.json", "manifest.json"].map(|name| directory.path().join(name));
        std::fs::write(&file, manifest.to_string()).unwrap();
        let [snapshot, file] = [snapshot.to_str().unwrap(), file.to_str().unwrap()];
        let exported = self.platform.cli(&["snapshot", "export", "--to", snapshot]);
        assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
        let place = ["--cluster", cluster, "--namespace", namespace];
        let by = ["check", "--snapshot", snapshot, "--file", file, "--output", "json"];
        let checked = self.platform.cli(&[&by[..], &place].concat());
        let report: Value = serde_json::from_slice(&checked.stdout).unwrap();
        let denies = report["results"].as_array().unwrap().iter().any(|line| line["action"] == "DENIED");
        assert_eq!(checked.status.code(), Some(i32::from(denies)), "{}", String::from_utf8_lossy(&checked.stderr));
        report
    }

    /// What the webhook answers to a review: the whole of it.
    pub(super) async fn whole_answer(&self, cluster: &str, review: &Value) -> Value {
        let url = format!("https://{}/validate/{cluster}?timeout=5s", self.platform.addresses().webhook);
        let answer = self.platform.http().post(url).json(review).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }
}

/// These namespaces of both clusters.
fn both(names: &[&str]) -> Vec<(String, String)> {
    let of = |cluster: &'static str| names.iter().map(move |name| (cluster.to_owned(), (*name).to_owned()));
    of(CLUSTER).chain(of(STRICT)).collect()
}

fn write_world(tx: &mut dyn Transaction, at: Timestamp) -> Result<()> {
    let workspaces =
        [tx.insert_workspace("wa", None, at)?.workspace.id, tx.insert_workspace("wb", None, at)?.workspace.id];
    for (namespace, workspace) in ["ns-a", "ns-b"].into_iter().zip(workspaces) {
        let found = tx.namespaces_by_name(&Sight::All, &both(&[namespace]))?;
        let ids: Vec<_> = found.iter().map(|record| record.namespace.id).collect();
        tx.assign_namespaces(&ids, Some(workspace))?;
    }
    let first = tx.insert_registry(&registry("first", &["harbor.corp.example", "harbor", "10.1.2.3"], at))?;
    for (path, visibility, whose) in SPACES {
        let workspaces = whose.iter().map(|whose| workspaces[usize::from(matches!(whose, Whose::B))]);
        add_space(tx, first, (path, visibility), workspaces, at)?;
    }
    let second = tx.insert_registry(&registry("second", &["harbor.corp.example:8443"], at))?;
    add_space(tx, second, ("team-a", Visibility::Private), [workspaces[1]], at)
}

fn add_space(
    tx: &mut dyn Transaction,
    registry: RegistryId,
    (path, visibility): (&str, Visibility),
    workspaces: impl IntoIterator<Item = WorkspaceId>,
    at: Timestamp,
) -> Result<()> {
    let space = tx.observe_spaces(registry, &[space(path, visibility)], at)?[0].after.space.id;
    let binding = |workspace| NewBinding {
        space,
        workspace,
        terms: BindingTerms::default(),
        created_by: "a test".to_owned(),
        created_at: at,
    };
    let bindings: Vec<_> = workspaces.into_iter().map(binding).collect();
    tx.insert_bindings(&bindings).map(drop)
}

fn registry(name: &str, hosts: &[&str], created_at: Timestamp) -> NewRegistry {
    let settings = RegistrySettings {
        name: name.to_owned(),
        endpoint: format!("https://{}", hosts[0]),
        scheme: Scheme::Https,
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        skip_tls_verify: false,
        ca_bundle_pem: None,
        exclusive: false,
        resting_reason: None,
    };
    NewRegistry { kind: RegistryKind::Harbor, owner: Owner::Platform, settings, created_at }
}

fn space(path: &str, visibility: Visibility) -> ObservedSpace {
    ObservedSpace {
        upstream_id: Some(path.to_owned()),
        path: path.to_owned(),
        upstream_visibility: Some(visibility),
        proxy_cache: false,
    }
}
