//! The webhook with everything that surrounds it, and what can be said to it.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;
use wharfinger_domain::source::{Current, SnapshotSource, Wish};
use wharfinger_domain::time::Timestamp;
use wharfinger_webhook::{DecisionRecord, DecisionSink, Metrics, Settings, Surroundings, Webhook};

use crate::world::{NOW, World};

/// The host of the world's first registry.
pub(crate) const R1: &str = "harbor.corp.example";

/// The uid of every review that a test makes.
pub(crate) const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// A snapshot that tests move on, and the wishes that were made.
pub(crate) struct Source {
    current: watch::Sender<Option<Current>>,
    pub(crate) wishes: Mutex<Vec<Wish>>,
    missing: watch::Sender<Option<(String, String)>>,
    panics: bool,
}

impl Source {
    fn new(world: Option<&World>, panics: bool) -> Self {
        let current = world.map(|world| current(world, 1));
        Self {
            current: watch::Sender::new(current),
            wishes: Mutex::default(),
            missing: watch::Sender::default(),
            panics,
        }
    }

    /// Puts a newer snapshot in force.
    pub(crate) fn move_on(&self, world: &World) {
        self.current.send_modify(|was| {
            let generation = was.as_ref().map_or(0, |was| was.generation);
            *was = Some(current(world, generation + 1));
        });
    }

    /// Says of a namespace that its cluster has none of that name.
    pub(crate) fn miss(&self, cluster: &str, namespace: &str) {
        self.missing.send_replace(Some((cluster.to_owned(), namespace.to_owned())));
    }
}

fn current(world: &World, generation: u64) -> Current {
    Current { snapshot: Arc::new(world.snapshot()), generation, confirmed_at: NOW }
}

impl SnapshotSource for Source {
    fn current(&self) -> Option<Current> {
        assert!(!self.panics, "a fault that a test makes");
        self.current.borrow().clone()
    }

    fn wish(&self, wish: Wish) {
        self.wishes.lock().unwrap().push(wish);
    }

    fn moved(&self, generation: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut current = self.current.subscribe();
        Box::pin(async move {
            let newer = |current: &Option<Current>| current.as_ref().is_some_and(|it| it.generation > generation);
            if current.wait_for(newer).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }

    fn missed(&self, cluster: &str, namespace: &str) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (mut missing, sought) = (self.missing.subscribe(), Some((cluster.to_owned(), namespace.to_owned())));
        Box::pin(async move {
            if missing.wait_for(|missed| *missed == sought).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

#[derive(Default)]
struct Records(Mutex<Vec<DecisionRecord>>);

impl DecisionSink for Records {
    fn record(&self, record: DecisionRecord) {
        self.0.lock().unwrap().push(record);
    }
}

/// The webhook, and what surrounds it.
pub(crate) struct Door {
    pub(crate) source: Arc<Source>,
    pub(crate) metrics: Arc<Metrics>,
    records: Arc<Records>,
    router: Router,
}

impl Door {
    pub(crate) fn of(world: &World) -> Self {
        Self::with(world, Settings::default(), NOW)
    }

    /// With these settings, at this instant; the store confirmed the snapshot at [`NOW`].
    pub(crate) fn with(world: &World, settings: Settings, at: Timestamp) -> Self {
        Self::around(Source::new(Some(world), false), settings, at)
    }

    /// Before there is a snapshot.
    pub(crate) fn unready() -> Self {
        Self::around(Source::new(None, false), Settings::default(), NOW)
    }

    /// With a fault in whatever gives the snapshot.
    pub(crate) fn faulty() -> Self {
        Self::around(Source::new(None, true), Settings::default(), NOW)
    }

    fn around(source: Source, settings: Settings, at: Timestamp) -> Self {
        let (source, records, metrics) = (Arc::new(source), Arc::<Records>::default(), Arc::<Metrics>::default());
        let ids = Arc::new(AtomicU64::new(1));
        let surroundings = Surroundings {
            source: Arc::clone(&source) as Arc<dyn SnapshotSource>,
            clock: Arc::new(move || at),
            ids: Arc::new(move || ids.fetch_add(1, Ordering::Relaxed).into()),
            sink: Arc::clone(&records) as Arc<dyn DecisionSink>,
            metrics: Arc::clone(&metrics),
        };
        let router = wharfinger_webhook::router(Webhook::new(surroundings, settings));
        Self { source, metrics, records, router }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Posts a body as JSON to this path.
    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> (StatusCode, String) {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// The response to a review of the cluster `east`.
    pub(crate) async fn ask(&self, review: &Value) -> Answer {
        self.ask_at("/validate/east?timeout=5s", review).await
    }

    pub(crate) async fn ask_at(&self, path: &str, review: &Value) -> Answer {
        let (status, body) = self.post(path, review.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (&answer["apiVersion"], &answer["kind"]),
            (&"admission.k8s.io/v1".into(), &"AdmissionReview".into())
        );
        assert_eq!(answer["response"]["uid"], review["request"]["uid"]);
        for patch in ["patch", "patchType"] {
            assert_eq!(answer["response"].get(patch), None);
        }
        Answer(answer["response"].clone())
    }

    pub(crate) fn records(&self) -> Vec<DecisionRecord> {
        self.records.0.lock().unwrap().clone()
    }

    pub(crate) fn wishes(&self) -> Vec<Wish> {
        self.source.wishes.lock().unwrap().clone()
    }
}

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer(pub(crate) Value);

impl Answer {
    pub(crate) fn is_allowed(&self) -> bool {
        self.0["allowed"].as_bool().unwrap()
    }

    pub(crate) fn message(&self) -> &str {
        self.0["status"]["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn warnings(&self) -> Vec<&str> {
        self.0["warnings"].as_array().into_iter().flatten().map(|line| line.as_str().unwrap()).collect()
    }

    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.0["auditAnnotations"][key].as_str()
    }

    /// Admits without a warning, for this reason.
    #[track_caller]
    pub(crate) fn admits(&self, reason: &str) {
        assert!(self.is_allowed(), "{self:?}");
        assert_eq!(self.annotation("reason"), Some(reason), "{self:?}");
        assert_eq!(self.warnings(), Vec::<&str>::new());
        assert_eq!(self.0["status"], json!({"status": "Success", "code": 200}));
    }

    /// Denies as forbidden, for this reason, with these words somewhere in the message.
    #[track_caller]
    pub(crate) fn denies(&self, reason: &str, words: &[&str]) {
        assert!(!self.is_allowed(), "{self:?}");
        assert_eq!(self.annotation("reason"), Some(reason), "{self:?}");
        assert_eq!((&self.0["status"]["code"], &self.0["status"]["reason"]), (&403.into(), &"Forbidden".into()));
        assert_eq!(self.0.get("warnings"), None, "a denial says everything in its message");
        for words in words {
            assert!(self.message().contains(words), "{words} in {}", self.message());
        }
    }

    /// Admits with warnings, among them these words.
    #[track_caller]
    pub(crate) fn warns(&self, words: &[&str]) {
        assert!(self.is_allowed(), "{self:?}");
        let warnings = self.warnings();
        assert!((1..=5).contains(&warnings.len()), "{warnings:?}");
        for warning in &warnings {
            assert!(warning.chars().count() <= 120 && warning.chars().all(|it| !it.is_control()), "{warning:?}");
        }
        for words in words {
            assert!(warnings.iter().any(|warning| warning.contains(words)), "{words} in {warnings:?}");
        }
    }
}

/// A review of a pod in the namespace `ns-a`.
pub(crate) fn review(operation: &str, object: impl Into<Value>, old: impl Into<Value>) -> Value {
    let (object, old): (Value, Value) = (object.into(), old.into());
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": UID,
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "name": "web-1",
        "namespace": "ns-a",
        "operation": operation,
        "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
        "object": object,
        "oldObject": old,
        "dryRun": false,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
    }})
}

/// The review of a pod with these containers that is created.
pub(crate) fn create(images: &[&str]) -> Value {
    review("CREATE", pod(images), Value::Null)
}

/// The review of a pod that is changed.
pub(crate) fn update(images: &[&str], old: &[&str]) -> Value {
    review("UPDATE", pod(images), pod(old))
}

/// A pod with these containers.
pub(crate) fn pod(images: &[&str]) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1"}, "spec": spec(images)})
}

pub(crate) fn spec(images: &[&str]) -> Value {
    let container = |(index, image): (usize, &&str)| json!({"name": format!("c{index}"), "image": image});
    json!({"containers": images.iter().enumerate().map(container).collect::<Vec<_>>()})
}

/// An image of the first registry.
pub(crate) fn r1(path: &str) -> String {
    format!("{R1}/{path}")
}

/// The same review in this namespace.
pub(crate) fn within(mut review: Value, namespace: &str) -> Value {
    review["request"]["namespace"] = namespace.into();
    review
}

/// The same review of this subresource.
pub(crate) fn through(mut review: Value, subresource: &str) -> Value {
    review["request"]["subResource"] = subresource.into();
    review
}

/// Settings that wait this long for a namespace.
pub(crate) fn waiting(wait: Duration) -> Settings {
    Settings { wait, ..Settings::default() }
}
