//! A platform in which an image is denied for every masked reason, and the API of the same database for callers who are not
//! its administrator: there is no way yet to sign in as one of them.

use std::future::ready;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use wharfinger::clock::{SystemClock, SystemRandom};
use wharfinger_app::budgets::Rates;
use wharfinger_app::call::Call;
use wharfinger_app::publisher::Publisher;
use wharfinger_app::random::{Clock, Random};
use wharfinger_app::vault::Vault;
use wharfinger_app::{App, Bounds, Reaches};
use wharfinger_domain::binding::BindingScope;
use wharfinger_domain::caller::Caller;
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::overlay::{LiveNamespace, Sighting};
use wharfinger_domain::registry::{Owner, RegistryKind, RetiredHost};
use wharfinger_domain::space::Visibility;
use wharfinger_domain::time::Timestamp;
use wharfinger_fakes::kube::FakeKube;
use wharfinger_graphql::{Api, Authenticate, Proven};
use wharfinger_store::bindings::{BindingTerms, NewBinding};
use wharfinger_store::registries::{NewRegistry, RegistrySettings};
use wharfinger_store::repositories::{ObservedRepository, TagRecord};
use wharfinger_store::sight::Sight;
use wharfinger_store::spaces::ObservedSpace;
use wharfinger_store::{Result, Store, StoreError, Transaction};

use super::{STATES, WARNED, until_some};
use crate::harness::platform::{CLUSTER, Options, Platform};

/// The running product with everything in place.
pub(super) struct Scene {
    platform: Platform,
    store: Store,
    workspaces: [WorkspaceId; 2],
    /// The UIDs of the namespaces, in the order of the states.
    uids: Vec<String>,
    _kube: FakeKube,
    _kubeconfig: TempDir,
}

impl Scene {
    pub(super) async fn start() -> Self {
        let kube = FakeKube::start().await.unwrap();
        let uids: Vec<_> = STATES.iter().map(|(namespace, _)| kube.create(namespace).unwrap()).collect();
        let directory = tempfile::tempdir().unwrap();
        let kubeconfig = directory.path().join("kubeconfig");
        std::fs::write(&kubeconfig, kube.kubeconfig()).unwrap();
        // The list of clusters goes on where the harness has left off.
        let configuration = format!(
            "  - name: {WARNED}\n    kubeconfig: {}\n    mode: WARN\nsync:\n  interval: 24h",
            kubeconfig.display()
        );
        let platform = Platform::start(&Options { kubeconfig, configuration, ..crate::place::options() }).await;
        let store = platform.store();
        let workspaces = place(&store).await;
        let scene = Self { platform, store, workspaces, uids, _kube: kube, _kubeconfig: directory };
        scene.wait_until_in_force().await;
        scene
    }

    /// The workspace of the namespace that is mapped.
    pub(super) fn workspace(&self) -> WorkspaceId {
        self.workspaces[0]
    }

    /// The workspace that has associated a registry for itself alone.
    pub(super) fn other_workspace(&self) -> WorkspaceId {
        self.workspaces[1]
    }

    /// How many statements the doors of this process have had executed.
    pub(super) fn statements(&self) -> u64 {
        self.store.statements()
    }

    /// What the webhook answers.
    pub(super) async fn review(&self, cluster: &str, review: &Value) -> Value {
        let url = format!("https://{}/validate/{cluster}?timeout=5s", self.platform.addresses().webhook);
        let answer = self.platform.http().post(url).json(review).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let mut answer: Value = answer.json().await.unwrap();
        answer["response"].take()
    }

    /// The administrator of the running product is told this reason.
    pub(super) async fn assert_precise_reason(&self, (cluster, namespace): (&str, &str), image: &str, reason: &str) {
        let query =
            "query($ns: NamespaceRef!, $ref: String!) { explainImage(namespace: $ns, reference: $ref) { reason } }";
        let by = json!({ "name": { "cluster": cluster, "name": namespace } });
        let told = self.platform.graphql(query, json!({ "ns": by, "ref": image })).await;
        assert_eq!(told["explainImage"]["reason"], reason, "{image} in {cluster}/{namespace}");
    }

    /// What is kept under this id.
    pub(super) async fn record(&self, id: &str) -> Value {
        let find = || async {
            let id = id.to_owned();
            self.store.read::<_, StoreError, _>(move |tx| tx.decision(&Sight::All, &id)).await.unwrap()
        };
        serde_json::from_str(&until_some(find).await.body).unwrap()
    }

    async fn wait_until_in_force(&self) {
        let query = "query($ns: NamespaceRef!) { explainImage(namespace: $ns) { policyRevision } }";
        let by = json!({ "name": { "cluster": CLUSTER, "name": "mapped" } });
        until_some(|| async {
            let stored = self.store.read::<_, StoreError, _>(|tx| tx.revision()).await.unwrap().to_string();
            let told = self.platform.graphql(query, json!({ "ns": by })).await;
            (told["explainImage"]["policyRevision"] == stored).then_some(())
        })
        .await;
    }
}

/// Waits until the namespaces are known, and writes what decisions depend on. Gives the two workspaces.
async fn place(store: &Store) -> [WorkspaceId; 2] {
    let names: Vec<_> = [CLUSTER, WARNED].map(|cluster| (cluster.to_owned(), "mapped".to_owned())).into();
    let ids = until_some(|| async {
        let names = names.clone();
        let found = store.read::<_, StoreError, _>(move |tx| tx.namespaces_by_name(&Sight::All, &names)).await.unwrap();
        (found.len() == 2).then(|| found.iter().map(|record| record.namespace.id).collect::<Vec<_>>())
    })
    .await;
    let at = SystemClock.now();
    let write = move |tx: &mut dyn Transaction| {
        let own = tx.insert_workspace("own", None, at)?.workspace.id;
        let other = tx.insert_workspace("other", None, at)?.workspace.id;
        tx.assign_namespaces(&ids, Some(own))?;
        write_registries(tx, (own, other), at)?;
        tx.bump_revision(at.as_micros())?;
        Ok::<_, StoreError>([own, other])
    };
    store.write(write).await.unwrap()
}

/// A registry of the platform with a space for each reason, one that another workspace has for itself, and a host that a
/// registry once had.
fn write_registries(tx: &mut dyn Transaction, (own, other): (WorkspaceId, WorkspaceId), at: Timestamp) -> Result<()> {
    let registry = tx.insert_registry(&new_registry("harbor.example", Owner::Platform, at))?;
    tx.insert_registry(&new_registry("closed.example", Owner::Workspace(other), at))?;
    tx.retire_hosts(&[RetiredHost { host: "former.example".into(), owner: Owner::Platform }], at)?;
    let hour = |hours: i64| Some(Timestamp::from_micros(at.as_micros() + hours * 3_600_000_000));
    let terms = |not_before, expires_at| BindingTerms { not_before, expires_at, ..BindingTerms::default() };
    let scope = BindingScope::new(&["elsewhere/"], &[] as &[&str]).ok();
    let spaces = [
        ("vanished", Some(terms(None, None))),
        ("unbound0", None),
        ("pending0", Some(terms(hour(1), None))),
        ("expired0", Some(terms(None, hour(-1)))),
        ("partial0", Some(BindingTerms { scope, ..BindingTerms::default() })),
    ];
    for (index, (path, terms)) in spaces.into_iter().enumerate() {
        let observed = ObservedSpace {
            upstream_id: Some(index.to_string()),
            path: path.to_owned(),
            upstream_visibility: Some(Visibility::Private),
            proxy_cache: false,
        };
        let space = tx.observe_spaces(registry, &[observed], at)?[0].after.space.id;
        tx.observe_repositories(space, &[repository(path)], at)?;
        if let Some(terms) = terms {
            tx.insert_bindings(&[NewBinding {
                space,
                workspace: own,
                terms,
                created_by: "a test".to_owned(),
                created_at: at,
            }])?;
        }
        if path == "vanished" {
            tx.mark_spaces_gone(&[space])?;
        }
    }
    Ok(())
}

fn new_registry(host: &str, owner: Owner, created_at: Timestamp) -> NewRegistry {
    let settings = RegistrySettings {
        name: host.to_owned(),
        endpoint: format!("https://{host}"),
        scheme: Scheme::Https,
        hosts: vec![host.to_owned()],
        skip_tls_verify: false,
        ca_bundle_pem: None,
        exclusive: owner != Owner::Platform,
        resting_reason: None,
    };
    NewRegistry { kind: RegistryKind::Harbor, owner, settings, created_at }
}

/// The image exists: that must not show either.
fn repository(space: &str) -> ObservedRepository {
    let tag = TagRecord {
        name: "1.0".to_owned(),
        digest: format!("sha256:{}", "0".repeat(64)),
        media_type: None,
        size_bytes: None,
        platforms: Vec::new(),
        pushed_at: None,
    };
    ObservedRepository { path: format!("{space}/app"), pull_count: None, updated_at: None, tags: Some(vec![tag]) }
}

/// The API as one caller has it, on the store of the scene, at an instant that stands still.
pub(super) struct Door(Router);

impl Door {
    pub(super) async fn open(scene: &Scene, caller: Caller) -> Self {
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let clock = Arc::new(Still(SystemClock.now()));
        let (publisher, _wishes) = Publisher::new(Vec::new());
        let vault = Vault::new(&[7; 32]).unwrap();
        let bounds = Bounds { rates: Rates::all(NonZeroU32::MAX), reaches: Reaches::default() };
        let (app, _walks) = App::new(scene.store.clone(), publisher, vault, Arc::clone(&random), clock, bounds);
        app.reload().await.unwrap();
        for cluster in [CLUSTER, WARNED] {
            let live = STATES.iter().zip(&scene.uids).map(|((namespace, _), uid)| {
                ((*namespace).into(), LiveNamespace { uid: uid.as_str().into(), terminating: false })
            });
            app.publisher().sight(cluster, Sighting::Listed(live.collect()));
        }
        let api = Api::new(app, b"a secret of the test's own");
        Self(wharfinger_graphql::router(api, Arc::new(Always(caller)), random))
    }

    /// The whole answer to a request.
    pub(super) async fn ask(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request =
            Request::post("/graphql").header("content-type", "application/json").header("x-request-id", "same");
        let answer = self.0.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer
    }
}

/// Whoever comes is this one.
struct Always(Caller);

impl Authenticate for Always {
    fn authenticate<'a>(&'a self, _: &'a Call, _: &'a HeaderMap) -> Proven<'a> {
        Box::pin(ready(Ok(self.0.clone())))
    }
}

/// A clock that stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}
