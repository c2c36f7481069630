//! Nobody is told whether a private space exists: whatever the reason for which a private image is denied, every door tells a
//! pod's creator, a member and a stranger the same, in the same shape, at the same cost.

#[path = "masking/scene.rs"]
mod scene;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wharfinger_domain::caller::{AuthMethod, Caller, PlatformRole, WorkspaceRole};

use self::scene::{Door, Scene};
use crate::harness::journey::creation;
use crate::harness::platform::CLUSTER;

/// Every masked reason in a namespace that is in a workspace, with an image that is denied for it. All references are equally
/// long, since a warning is cut at its end.
const MAPPED: [(&str, &str); 8] = [
    ("SPACE_UNKNOWN", "harbor.example/absent00/app:1.0"),
    ("SPACE_UNKNOWN", "harbor.example/vanished/app:1.0"),
    ("SPACE_UNKNOWN", "former.example/anything/app:1.0"),
    ("NOT_BOUND", "harbor.example/unbound0/app:1.0"),
    ("NOT_BOUND", "closed.example/anything/app:1.0"),
    ("BINDING_PENDING", "harbor.example/pending0/app:1.0"),
    ("BINDING_EXPIRED", "harbor.example/expired0/app:1.0"),
    ("REPOSITORY_OUT_OF_SCOPE", "harbor.example/partial0/app:1.0"),
];

/// The same in a namespace that is in none.
const UNMAPPED: [(&str, &str); 8] = [
    ("SPACE_UNKNOWN", "harbor.example/absent00/app:1.0"),
    ("SPACE_UNKNOWN", "harbor.example/vanished/app:1.0"),
    ("SPACE_UNKNOWN", "former.example/anything/app:1.0"),
    ("NAMESPACE_NOT_MAPPED", "harbor.example/unbound0/app:1.0"),
    ("NOT_BOUND", "closed.example/anything/app:1.0"),
    ("NAMESPACE_NOT_MAPPED", "harbor.example/pending0/app:1.0"),
    ("NAMESPACE_NOT_MAPPED", "harbor.example/expired0/app:1.0"),
    ("NAMESPACE_NOT_MAPPED", "harbor.example/partial0/app:1.0"),
];

/// The states of a namespace: its name, and what is denied in it.
const STATES: [(&str, [(&str, &str); 8]); 2] = [("mapped", MAPPED), ("unmapped", UNMAPPED)];

/// The cluster in which denials are only warned of.
const WARNED: &str = "warned";

/// Everything that may be asked of an explanation.
const EXPLANATION: &str = "query($ns: NamespaceRef!, $ref: String!) { explainImage(namespace: $ns, reference: $ref) {
    reference namespace { id name } selectable admissible reason policyRevision evaluatedAt cause { ...Told } checks { ...Told }
} }
fragment Told on Check { kind outcome message subject { __typename id } remedy { action allowedTo viewerCan } }";

// Case: API-11
#[tokio::test(flavor = "multi_thread")]
async fn tells_a_pods_creator_the_same_of_everything_private() {
    let scene = Scene::start().await;
    for (namespace, cases) in STATES {
        for (cluster, kind) in [(CLUSTER, "Pod"), (WARNED, "Pod"), (CLUSTER, "Deployment"), (WARNED, "Deployment")] {
            let mut told = Vec::new();
            for (reason, image) in cases {
                scene.assert_precise_reason((cluster, namespace), image, reason).await;
                let response = scene.review(cluster, &object(kind, namespace, image)).await;
                told.push((image, without_own(&response, image)));
            }
            assert_all_equal(&told, &format!("{kind} in {cluster}/{namespace}"));
            let denied = cluster == CLUSTER && kind == "Pod";
            assert_eq!(told[0].1["allowed"], !denied, "{}", told[0].1);
            assert_eq!(told[0].1["status"]["code"] == 403, denied, "{}", told[0].1);
            assert_eq!(told[0].1["warnings"].is_array(), !denied, "{}", told[0].1);
            assert_eq!(told[0].1["auditAnnotations"]["reason"], "NOT_BOUND", "{}", told[0].1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_a_pods_creator_the_same_of_everything_private_when_images_are_many() {
    let scene = Scene::start().await;
    for (namespace, cases) in STATES {
        let mut told = Vec::new();
        for (_, image) in cases {
            let images = ["nginx", image, "not an image", image];
            let response = scene.review(CLUSTER, &creation(namespace, &images)).await;
            told.push((image, without_own(&response, image)));
        }
        assert_all_equal(&told, namespace);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_in_a_record_what_may_be_told_apart_from_the_precise_reason() {
    let scene = Scene::start().await;
    for (namespace, cases) in STATES {
        let mut told = Vec::new();
        for (reason, image) in cases {
            let response = scene.review(CLUSTER, &creation(namespace, &[image])).await;
            let id = response["auditAnnotations"]["decision-id"].as_str().unwrap();
            let record = scene.record(id).await;
            assert_eq!(record["images"][0]["precise"]["reason"], reason, "{record}");
            told.push((image, record["images"][0]["told"].clone()));
        }
        assert_all_equal(&told, namespace);
    }
}

// Case: API-11
#[tokio::test(flavor = "multi_thread")]
async fn explains_everything_private_to_whoever_is_not_privileged_in_the_same_way_and_at_the_same_cost() {
    let scene = Scene::start().await;
    let caller =
        |roles: &[_]| Caller::new("somebody", AuthMethod::LocalAdmin, PlatformRole::None, roles.iter().copied());
    let own = scene.workspace();
    let callers = [
        ("a stranger", caller(&[])),
        ("a viewer", caller(&[(own, WorkspaceRole::Viewer)])),
        ("an administrator of the workspace", caller(&[(own, WorkspaceRole::Admin)])),
        ("a member of another workspace", caller(&[(scene.other_workspace(), WorkspaceRole::Editor)])),
    ];
    for (who, caller) in callers {
        let door = Door::open(&scene, caller).await;
        for (namespace, cases) in STATES {
            for cluster in [CLUSTER, WARNED] {
                let mut told = Vec::new();
                for (_, image) in cases {
                    let by = json!({ "name": { "cluster": cluster, "name": namespace } });
                    let before = scene.statements();
                    let answer = door.ask(EXPLANATION, json!({ "ns": by, "ref": image })).await;
                    let cost = scene.statements() - before;
                    let explanation = &answer["data"]["explainImage"];
                    assert_eq!(explanation["reason"], "NOT_BOUND", "{answer:#}");
                    assert_eq!(explanation["selectable"], false, "{answer:#}");
                    told.push((image, json!({ "answer": without_own(&answer, image), "statements": cost })));
                }
                assert_all_equal(&told, &format!("{who} in {cluster}/{namespace}"));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_an_administrator_the_precise_reason() {
    // Without a difference to be hidden, the other tests would hold of anything.
    let scene = Scene::start().await;
    let door = Door::open(&scene, Caller::administrator("admin", AuthMethod::LocalAdmin)).await;
    for (namespace, cases) in STATES {
        for (reason, image) in cases {
            let by = json!({ "name": { "cluster": CLUSTER, "name": namespace } });
            let answer = door.ask(EXPLANATION, json!({ "ns": by, "ref": image })).await;
            assert_eq!(answer["data"]["explainImage"]["reason"], reason, "{image} in {namespace}: {answer:#}");
        }
    }
}

/// The review of the creation of a pod, or of a Deployment with this image.
fn object(kind: &str, namespace: &str, image: &str) -> Value {
    let mut review = creation(namespace, &[image]);
    if kind == "Pod" {
        return review;
    }
    let request = &mut review["request"];
    let spec = request["object"]["spec"].take();
    for name in ["kind", "requestKind"] {
        request[name] = json!({ "group": "apps", "version": "v1", "kind": kind });
    }
    for name in ["resource", "requestResource"] {
        request[name] = json!({ "group": "apps", "version": "v1", "resource": "deployments" });
    }
    let metadata = json!({ "name": "d", "namespace": namespace });
    let spec = json!({ "selector": {}, "template": { "metadata": {}, "spec": spec } });
    request["object"] = json!({ "apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec });
    review
}

/// What was told, with the image's own text and the id of the decision left out. They are all that may differ.
fn without_own(answer: &Value, image: &str) -> Value {
    let mut text = answer.to_string().replace(image, "IMAGE");
    if let Some(id) = answer["auditAnnotations"]["decision-id"].as_str() {
        assert_eq!(id.len(), 32);
        text = text.replace(id, "ID");
    }
    serde_json::from_str(&text).unwrap()
}

fn assert_all_equal(told: &[(&str, Value)], context: &str) {
    let (first_image, first) = &told[0];
    for (image, other) in &told[1..] {
        assert_eq!(first.to_string(), other.to_string(), "{context}: {first_image} and {image} are told apart");
    }
}

/// Waits until this gives something.
async fn until_some<T, F: Future<Output = Option<T>>>(ask: impl Fn() -> F) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "it does not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
