//! Any bytes as an admission review: the webhook always answers, in the form that an API server reads, and never admits the
//! creation or the change of a pod that brings an image of a private space. What images the pod has is found here by other
//! code than the product's: every one in the four lists of a generic JSON value.
#![no_main]

#[path = "../../still/door.rs"]
mod door;
#[expect(dead_code, reason = "a review of this policy needs no binding")]
#[path = "../../still/rows.rs"]
mod rows;

use std::cell::OnceCell;

use axum::Router;
use axum::body::to_bytes;
use http::StatusCode;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tower::ServiceExt;
use wharfinger_domain::policy::Policy;
use wharfinger_domain::space::Visibility;

const PRIVATE: &str = "harbor.example.com/private/";

fn policy() -> Policy {
    let mut policy = rows::policy();
    policy.registries.push(rows::registry(1, "harbor.example.com"));
    policy.spaces.push(rows::space(1, 1, "private", Visibility::Private));
    policy.spaces.push(rows::space(2, 1, "public", Visibility::Public));
    policy.workspaces.push(rows::workspace(1, "team"));
    policy.namespaces.push(rows::namespace(1, "team", 1));
    policy
}

/// The runtime and the router, made once.
struct Door(tokio::runtime::Runtime, Router);

thread_local! {
    static DOOR: OnceCell<Door> = const { OnceCell::new() };
}

impl Door {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        Self(runtime, door::router(policy()))
    }

    fn ask(&self, body: &[u8]) -> (StatusCode, Vec<u8>) {
        self.0.block_on(async {
            let response = self.1.clone().oneshot(door::post(body.to_vec())).await.expect("an answer");
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
