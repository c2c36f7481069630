//! The product under attack: what a client sends, what it must be told, and the reviews that go on meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::harness::platform::{PASSWORD, Platform};
use crate::harness::session::Session;
use crate::world::World;

/// The media type whose status tells of the document.
const GRAPHQL: &str = "application/graphql-response+json";

/// So many faults are told of one document.
const MOST_ERRORS: usize = 20;

/// What is reviewed all along: the namespace, the path of the image, and whether it is let in.
const REVIEWS: [(&str, &str, bool); 3] =
    [("ns-a", "pub/app:1.0", true), ("ns-a", "team-a/app:1.0", true), ("ns-a", "team-b/app:1.0", false)];

/// What must come of an attack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    /// The status for a client that takes the status to tell of the document, and for another one.
    statuses: [u16; 2],
    code: &'static str,
    /// A part of the message.
    words: &'static str,
}

impl Refusal {
    /// Of what is no request at all.
    pub(super) const fn request(status: u16, code: &'static str, words: &'static str) -> Self {
        Self { statuses: [status, status], code, words }
    }

    /// Of a document before it is executed.
    pub(super) const fn document(code: &'static str, words: &'static str) -> Self {
        Self { statuses: [400, 200], code, words }
    }

    /// Of an argument that a resolver looks at.
    pub(super) const fn argument(words: &'static str) -> Self {
        Self { statuses: [200, 200], code: "BAD_USER_INPUT", words }
    }

    /// The status for a client that takes it to tell of the document.
    pub(super) fn status(&self) -> u16 {
        self.statuses[0]
    }
}

/// Something that a hostile client sends.
#[derive(Debug, Clone)]
pub(super) struct Attack {
    pub(super) what: String,
    pub(super) method: Method,
    /// Behind the address of the endpoint.
    pub(super) query: &'static str,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) body: Vec<u8>,
    pub(super) refusal: Refusal,
}

impl Attack {
    /// A body that says it is JSON.
    pub(super) fn json(what: impl Into<String>, body: impl Into<Vec<u8>>, refusal: Refusal) -> Self {
        let headers = vec![("content-type", "application/json")];
        Self { what: what.into(), method: Method::POST, query: "", headers, body: body.into(), refusal }
    }

    /// A document with its variables.
    pub(super) fn document(what: impl Into<String>, query: &str, variables: &Value, refusal: Refusal) -> Self {
        Self::json(what, json!({ "query": query, "variables": variables }).to_string(), refusal)
    }
}

/// A platform with a workspace, a namespace in it, a space that is bound to it, and one that is not.
pub(super) struct Scene {
    pub(super) world: World,
    /// The administrator's, who may do what no token may.
    session: Session,
}

impl Scene {
    pub(super) async fn start() -> Self {
        let world = World::start().await;
        let workspace = world.platform.workspace("wa").await;
        world.platform.assign("ns-a", Some(&workspace)).await;
        world.platform.wait_for_namespace("ns-b").await;
        let space = world.platform.space(&world.registry, "team-a").await;
        world.platform.bind(&[&space], &[&workspace]).await;
        let session = world.platform.sign_in("admin", PASSWORD, None).await.unwrap();
        Self { world, session }
    }

    /// Asks as the administrator. Gives the whole answer.
    pub(super) async fn ask(&self, query: &str, variables: Value) -> Value {
        self.platform().ask_in(&self.session, query, variables).await.1
    }

    /// The same; gives the data, and fails on any error.
    pub(super) async fn graphql(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.ask(query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].take()
    }

    pub(super) fn platform(&self) -> &Platform {
        &self.world.platform
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}/graphql", self.platform().addresses().api)
    }

    /// Attacks the product: pods are reviewed all along, each as it must be, and in the end nothing has changed.
    pub(super) async fn withstand<T>(&self, attack: impl Future<Output = T>) -> T {
        let before = self.revision().await;
        let over = AtomicBool::new(false);
        let attack = async {
            let outcome = attack.await;
            over.store(true, Ordering::Relaxed);
            outcome
        };
        let (outcome, ()) = tokio::join!(attack, self.review_until(&over));
        assert_eq!(self.revision().await, before, "something was changed");
        outcome
    }

    async fn review_until(&self, over: &AtomicBool) {
        loop {
            for (namespace, path, allowed) in REVIEWS {
                let answer = self.platform().create_pod(namespace, &[&self.world.image(path)]).await;
                assert_eq!(answer.allowed(), allowed, "{path} in {namespace}: {answer:?}");
            }
            if over.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    /// The state of everything that decisions follow, and how many objects there are.
    async fn revision(&self) -> Value {
        let query = "query($ns: NamespaceRef!) {
            explainImage(namespace: $ns) { policyRevision }
            workspaces { totalCount } registries { totalCount } bindings { totalCount } }";
        let by = json!({ "name": { "cluster": crate::harness::platform::CLUSTER, "name": "ns-a" } });
        self.platform().graphql(query, json!({ "ns": by })).await
    }

    /// Sends an attack as the administrator; the client takes the status to tell of the document, or does not.
    pub(super) async fn send(&self, attack: &Attack, takes_status: bool) -> Response {
        let url = format!("{}{}", self.endpoint(), attack.query);
        let mut request = self.platform().http().request(attack.method.clone(), url);
        request = request.bearer_auth(self.platform().token()).body(attack.body.clone());
        for (name, value) in &attack.headers {
            request = request.header(*name, *value);
        }
        if takes_status {
            request = request.header("accept", GRAPHQL);
        }
        request.send().await.unwrap_or_else(|error| panic!("{}: {error}", attack.what))
    }

    /// Sends an attack in both ways, which must be refused as it says.
    pub(super) async fn assert_refused(&self, attack: &Attack) {
        for (takes_status, status) in [true, false].into_iter().zip(attack.refusal.statuses) {
            let answer = self.send(attack, takes_status).await;
            let what = &attack.what;
            assert_eq!(answer.status(), status, "{what}: {answer:?}");
            assert_told(what, answer, attack.refusal).await;
        }
    }
}

/// Fails unless an answer says why nothing was done, and has its id in every place.
async fn assert_told(what: &str, answer: Response, Refusal { code, words, .. }: Refusal) {
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Value = answer.json().await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(body["extensions"]["requestId"], *id, "{what}: {body}");
    let errors = body["errors"].as_array().unwrap_or_else(|| panic!("{what}: {body}"));
    for error in errors {
        assert_eq!(error["extensions"]["code"], code, "{what}: {body}");
        assert_eq!(error["extensions"]["requestId"], *id, "{what}: {body}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(words) && message.len() < 1_000, "{what}: {message}");
    }
    let empty = match &body["data"] {
        Value::Object(data) => data.values().all(Value::is_null),
        data => data.is_null(),
    };
    assert!((1..=MOST_ERRORS).contains(&errors.len()) && empty, "{what}: {body}");
}
