//! Any bytes as an admission review: the webhook always answers, in the form that an API server reads, and never admits the
//! creation or the change of a pod that brings an image of a private space. What images the pod has is found here by other
//! code than the product's: every one in the four lists of a generic JSON value.
#![no_main]

use std::cell::OnceCell;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, StatusCode};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tower::ServiceExt;
use wharfinger_domain::cluster::{Cluster, EnforcementMode, UnknownRegistries};
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{ClusterId, NamespaceId, RegistryId, SpaceId, WorkspaceId};
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

const NOW: Timestamp = Timestamp::from_micros(1_000_000);
const UID: &str = "6f2b7c7e-5f0b-4c59-9d0e-000000000001";
const PRIVATE: &str = "harbor.example.com/private/";

struct Still(Current);

impl SnapshotSource for Still {
    fn current(&self) -> Option<Current> {
        Some(self.0.clone())
    }

    fn wish(&self, _: Wish) {}

    /// A namespace that is not known does not become so.
    fn moved(&self, _: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

impl DecisionSink for Still {
    fn record(&self, _: DecisionRecord) {}
}

fn policy() -> Policy {
    let mut policy = Policy::empty(Revision { number: 1, token: 1 });
    let (unknown_registries, unnamed_hosts) = (UnknownRegistries::Allow, UnknownRegistries::Deny);
    let (id, mode) = (ClusterId(1), EnforcementMode::Enforce);
    policy.clusters.push(Cluster { id, name: "east".into(), mode, unknown_registries, unnamed_hosts });
    let (id, kind, owner, scheme) = (RegistryId(1), RegistryKind::Harbor, Owner::Platform, Scheme::Https);
    let (hosts, exclusive, resting) = (vec!["harbor.example.com".into()], false, false);
    policy.registries.push(Registry { id, name: "harbor".into(), kind, owner, scheme, hosts, exclusive, resting });
    for (id, path, visibility) in [(1, "private", Visibility::Private), (2, "public", Visibility::Public)] {
        let (registry, upstream_visibility) = (RegistryId(1), Some(visibility));
        let (path, declared_visibility, present) = (path.into(), None, true);
        policy.spaces.push(Space {
            id: SpaceId(id),
            registry,
            path,
            upstream_visibility,
            declared_visibility,
            present,
        });
    }
    policy.workspaces.push(Workspace { id: WorkspaceId(1), name: "team".into(), mode: None });
    let (cluster, name, workspace) = ("east".into(), "team".into(), Some(WorkspaceId(1)));
    policy.namespaces.push(Namespace { id: NamespaceId(1), cluster, name, uid: UID.into(), workspace });
    policy
}

fn router() -> Router {
    let live = ("team".into(), LiveNamespace { uid: UID.into(), terminating: false });
    let overlay = Overlay::default().after("east", Sighting::Listed([live].into_iter().collect()));
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

/// The runtime and the router, made once.
struct Door(tokio::runtime::Runtime, Router);

thread_local! {
    static DOOR: OnceCell<Door> = const { OnceCell::new() };
}

impl Door {
    fn open() -> Self {
        Self(tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime"), router())
    }

    fn ask(&self, body: &[u8]) -> (StatusCode, Vec<u8>) {
        let request = Request::post("/validate/east?timeout=5s").header("content-type", "application/json");
        let request = request.body(Body::from(body.to_vec())).expect("a request");
        self.0.block_on(async {
            let response = self.1.clone().oneshot(request).await.expect("an answer");
            let status = response.status();
            (status, to_bytes(response.into_body(), usize::MAX).await.expect("its body").to_vec())
        })
    }
}

/// The images of an object, in the plainest reading of it.
fn images(object: &Value) -> Vec<String> {
    let spec = &object["spec"];
    let lists = [
        ("containers", "/image"),
        ("initContainers", "/image"),
        ("ephemeralContainers", "/image"),
        ("volumes", "/image/reference"),
    ];
    let of = |(list, field): (&str, &'static str)| {
        let entries = spec[list].as_array().cloned().unwrap_or_default();
        entries.into_iter().filter_map(move |entry| entry.pointer(field)?.as_str().map(str::to_owned))
    };
    lists.into_iter().flat_map(of).collect()
}

/// Whether a review brings an image of the private space into a pod that had none that looks like it.
fn brings_private(review: &Value) -> bool {
    let request = &review["request"];
    let is_pod = request["kind"]["kind"] == "Pod" && request["resource"]["resource"] == "pods";
    let had = request["oldObject"].to_string().to_lowercase().contains("private");
    let is_judged = request["operation"] == "CREATE" || request["operation"] == "UPDATE" && !had;
    is_pod && is_judged && images(&request["object"]).iter().any(|image| image.starts_with(PRIVATE))
}

fuzz_target!(|body: &[u8]| {
    let (status, answer) = DOOR.with(|door| door.get_or_init(Door::open).ask(body));
    if status != StatusCode::OK {
        assert!(status.is_client_error(), "{status}");
        return;
    }
    let answer: Value = serde_json::from_slice(&answer).expect("an answer in JSON");
    assert_eq!((&answer["kind"], &answer["apiVersion"]), (&"AdmissionReview".into(), &"admission.k8s.io/v1".into()));
    let allowed = answer["response"]["allowed"].as_bool().expect("a verdict");
    if !allowed {
        assert!(!answer["response"]["status"]["message"].as_str().expect("a message").is_empty());
    }
    let Ok(review) = serde_json::from_slice::<Value>(body) else { return };
    assert_eq!(answer["response"]["uid"], review["request"]["uid"]);
    assert!(!(allowed && brings_private(&review)), "admitted: {review}");
});
