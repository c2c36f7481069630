//! How long a review takes from its bytes to its answer, against the rules of a large platform: without a socket, and with
//! everything else that the webhook does.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use divan::Bencher;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;
use wharfinger_domain::binding::Binding;
use wharfinger_domain::cluster::{Cluster, EnforcementMode, UnknownRegistries};
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{BindingId, ClusterId, NamespaceId, RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::namespace::Namespace;
use wharfinger_domain::overlay::{LiveNamespace, Overlay, Sighting};
use wharfinger_domain::policy::Policy;
use wharfinger_domain::registry::{Owner, Registry, RegistryKind};
use wharfinger_domain::revision::Revision;
use wharfinger_domain::snapshot::Snapshot;
use wharfinger_domain::source::{Current, SnapshotSource, Wish};
use wharfinger_domain::space::{Space, Visibility};
use wharfinger_domain::time::Timestamp;
use wharfinger_domain::workspace::Workspace;
use wharfinger_webhook::{DecisionRecord, DecisionSink, Metrics, Settings, Surroundings, Webhook};

const SPACES: i64 = 10_000;
const WORKSPACES: i64 = 1_000;
const NAMESPACES: i64 = 10_000;
const BINDINGS: i64 = 5;
const HOST: &str = "harbor.example.com";
const NOW: Timestamp = Timestamp::from_micros(1_000_000);

fn main() {
    divan::main();
}

fn bound_space(workspace: i64, n: i64) -> i64 {
    (workspace * BINDINGS + n) * 7 % SPACES
}

fn policy() -> Policy {
    let mut policy = Policy::empty(Revision { number: 1, token: 1 });
    policy.clusters.push(Cluster {
        id: ClusterId(1),
        name: "east".into(),
        mode: EnforcementMode::Enforce,
        unknown_registries: UnknownRegistries::Allow,
        unnamed_hosts: UnknownRegistries::Deny,
    });
    policy.registries.push(Registry {
        id: RegistryId(1),
        name: "harbor".into(),
        kind: RegistryKind::Harbor,
        owner: Owner::Platform,
        scheme: Scheme::Https,
        hosts: vec![HOST.into()],
        exclusive: false,
        resting: false,
    });
    policy.spaces = (0..SPACES).map(space).collect();
    policy.workspaces = (0..WORKSPACES)
        .map(|id| Workspace { id: WorkspaceId(id), name: format!("workspace-{id}").into(), mode: None })
        .collect();
    policy.namespaces = (0..NAMESPACES).map(namespace).collect();
    policy.bindings = (0..WORKSPACES * BINDINGS).map(binding).collect();
    policy
}

fn space(id: i64) -> Space {
    let (registry, path) = (RegistryId(1), format!("project-{id}").into());
    let (upstream_visibility, declared_visibility) = (Some(Visibility::Private), None);
    Space { id: SpaceId(id), registry, path, upstream_visibility, declared_visibility, present: true }
}

fn namespace(id: i64) -> Namespace {
    let (cluster, name, uid) = ("east".into(), name(id), uid(id));
    Namespace { id: NamespaceId(id), cluster, name, uid, workspace: Some(WorkspaceId(id % WORKSPACES)) }
}

fn binding(id: i64) -> Binding {
    let workspace = id / BINDINGS;
    let space = SpaceId(bound_space(workspace, id % BINDINGS));
    let (not_before, expires_at, scope) = (None, None, None);
    Binding { id: BindingId(id), space, workspace: WorkspaceId(workspace), not_before, expires_at, scope }
}

fn name(namespace: i64) -> Box<str> {
    format!("namespace-{namespace}").into()
}

fn uid(namespace: i64) -> Box<str> {
    format!("6f2b7c7e-5f0b-4c59-9d0e-{namespace:012}").into()
}

/// One snapshot that never moves, and a sink that keeps nothing.
struct Still(Current);

impl SnapshotSource for Still {
    fn current(&self) -> Option<Current> {
        Some(self.0.clone())
    }

    fn wish(&self, _: Wish) {}

    fn moved(&self, _: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

impl DecisionSink for Still {
    fn record(&self, record: DecisionRecord) {
        drop(divan::black_box(record));
    }
}

fn router() -> Router {
    let live = |id: i64| (name(id), LiveNamespace { uid: uid(id), terminating: false });
    let overlay = Overlay::default().after("east", Sighting::Listed((0..NAMESPACES).map(live).collect()));
    let snapshot = Arc::new(Snapshot::build(policy(), Arc::new(overlay)));
    let still = Arc::new(Still(Current { snapshot, generation: 1, confirmed_at: NOW }));
    let surroundings = Surroundings {
        source: Arc::clone(&still) as Arc<dyn SnapshotSource>,
        clock: Arc::new(|| NOW),
        ids: Arc::new(|| 1),
        sink: still,
        metrics: Arc::new(Metrics::default()),
    };
    wharfinger_webhook::router(Webhook::new(surroundings, Settings::default()))
}

/// A pod as it is after admission, with five images, filled up to this length by what decisions do not look at: managed
/// fields, environments, mounts.
fn review(length: usize, denied: bool) -> Bytes {
    let namespace = 4_321;
    let image = |n: i64| {
        let other = i64::from(denied && n == 4);
        format!("{HOST}/project-{}/service-{n}:v1.{n}.7", bound_space(namespace % WORKSPACES + other, n))
    };
    let containers = |from: i64, to: i64| (from..to).map(|n| container(n, &image(n))).collect::<Vec<_>>();
    let mut review = json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
        "uid": "89d4ddbe-3003-4e02-86ca-84512fbc5e77",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "name": "web-6d4cf56db6-x7k2p",
        "namespace": name(namespace),
        "operation": "CREATE",
        "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller", "groups": ["system:authenticated"]},
        "object": {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web", "managedFields": []},
            "spec": {"initContainers": containers(3, 5), "containers": containers(0, 3), "serviceAccountName": "default"}},
        "oldObject": null, "dryRun": false,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
    }});
    let mut fields = 0;
    while review.to_string().len() < length {
        let field = json!({"manager": format!("manager-{fields}"), "operation": "Update", "time": "2026-01-01T00:00:00Z",
            "fieldsV1": {"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {".": {}, "f:image": {}, "f:env": {}}}}}});
        review["request"]["object"]["metadata"]["managedFields"].as_array_mut().unwrap().push(field);
        fields += 1;
    }
    review.to_string().into()
}

fn container(n: i64, image: &str) -> Value {
    let variable =
        |v: i64| json!({"name": format!("SETTING_{v}"), "value": format!("a value of the setting number {v}")});
    json!({"name": format!("c{n}"), "image": image, "env": (0..10).map(variable).collect::<Vec<_>>(),
        "resources": {"limits": {"cpu": "500m", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "tmp", "mountPath": "/tmp"}]})
}

fn answer(bencher: Bencher<'_, '_>, body: &Bytes, allowed: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let router = router();
    let ask = || {
        let request = Request::post("/validate/east?timeout=5s").header("content-type", "application/json");
        let response = router.clone().oneshot(request.body(Body::from(body.clone())).unwrap());
        runtime.block_on(response).unwrap()
    };
    assert_eq!(ask().status(), StatusCode::OK);
    let text = runtime.block_on(axum::body::to_bytes(ask().into_body(), usize::MAX)).unwrap();
    assert_eq!(String::from_utf8_lossy(&text).contains("\"allowed\":true"), allowed);
    bencher.bench_local(ask);
}

/// A body that is no review, to know what the router and the runtime cost.
#[divan::bench]
fn nothing_parsed(bencher: Bencher<'_, '_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let router = router();
    bencher.bench_local(|| {
        let request = Request::post("/validate/east?timeout=5s").body(Body::empty()).unwrap();
        runtime.block_on(router.clone().oneshot(request)).unwrap()
    });
}

#[divan::bench(args = [10 * 1024, 195 * 1024])]
fn admitted(bencher: Bencher<'_, '_>, length: usize) {
    answer(bencher, &review(length, false), true);
}

#[divan::bench(args = [10 * 1024])]
fn denied(bencher: Bencher<'_, '_>, length: usize) {
    answer(bencher, &review(length, true), false);
}
