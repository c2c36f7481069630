//! Every place of a pod that holds an image, every operation that changes one, and what a pod may claim about itself.

use serde_json::{Value, json};

use super::scene::Scene;
use crate::harness::journey::creation;
use crate::harness::platform::CLUSTER;

const PUBLIC: &str = "harbor.corp.example/pub/app";
const BOUND: &str = "harbor.corp.example/team-a/app";
const FORBIDDEN: &str = "harbor.corp.example/team-b/x";
const OTHER: &str = "harbor.corp.example/orphan/y";

/// What must come of a review.
enum Expected {
    /// Admitted without a warning; the reason is that of the first image.
    Admits(&'static str),
    /// Denied with 403 and a message that names exactly these fields.
    Denies(&'static [&'static str]),
    /// Admitted with a warning that names this field.
    Warns(&'static str),
}

use Expected::{Admits, Denies, Warns};

/// Every place that holds an image, as a denial names it.
const PLACES: [&str; 5] = [
    "spec.containers[0].image",
    "spec.initContainers[0].image",
    "spec.initContainers[1].image",
    "spec.ephemeralContainers[0].image",
    "spec.volumes[0].image.reference",
];

/// A creation, with this put into the pod's spec.
fn with(image: &str, list: &str, items: Value) -> Value {
    let mut review = creation("ns-a", &[image]);
    review["request"]["object"]["spec"][list] = items;
    review
}

/// An update of a pod from these containers to those.
fn update(old: &[&str], new: &[&str]) -> Value {
    let mut review = creation("ns-a", new);
    review["request"]["operation"] = "UPDATE".into();
    review["request"]["oldObject"] = creation("ns-a", old)["request"]["object"].take();
    review
}

/// A debug container with this image, added to a running pod through its subresource.
fn debug(image: &str) -> Value {
    let mut review = update(&[PUBLIC], &[PUBLIC]);
    review["request"]["subResource"] = "ephemeralcontainers".into();
    review["request"]["requestSubResource"] = "ephemeralcontainers".into();
    review["request"]["object"]["spec"]["ephemeralContainers"] = json!([{ "name": "debug", "image": image }]);
    review
}

/// The same update of a pod that is being deleted and held by a finalizer, which the new object has or has not.
fn deleting(old: &str, new: &str, held: bool) -> Value {
    let mut review = update(&[old], &[new]);
    for object in ["object", "oldObject"] {
        let metadata = &mut review["request"][object]["metadata"];
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        metadata["finalizers"] = json!(["example.com/hold"]);
    }
    if !held {
        review["request"]["object"]["metadata"]["finalizers"] = json!([]);
    }
    review
}

fn labelled(image: &str) -> Value {
    let mut review = update(&[image], &[image]);
    review["request"]["object"]["metadata"]["labels"] = json!({ "tier": "web" });
    review
}

fn deletion(image: &str) -> Value {
    let mut review = creation("ns-a", &[image]);
    review["request"]["operation"] = "DELETE".into();
    review["request"]["oldObject"] = review["request"]["object"].take();
    review
}

/// A pod that says it has this owner, which nobody has made.
fn owned(version: &str, kind: &str) -> Value {
    let mut review = creation("ns-a", &[FORBIDDEN]);
    review["request"]["object"]["metadata"]["ownerReferences"] = json!([{ "apiVersion": version, "kind": kind,
        "name": "trusted", "controller": true, "uid": "2d1f0a3c-0000-4000-8000-000000000001" }]);
    review
}

/// A pod that carries every mark by which somebody might hope to be passed over, created by the most powerful user.
fn marked() -> Value {
    let mut review = creation("ns-a", &[FORBIDDEN]);
    let metadata = &mut review["request"]["object"]["metadata"];
    metadata["labels"] = json!({ "wharfinger.dev/ignore": "true", "wharfinger.dev/workspace": "wb" });
    metadata["annotations"] = json!({ "kubernetes.io/config.mirror": "0123", "wharfinger.dev/skip": "true" });
    metadata["namespace"] = "exempt".into();
    review["request"]["userInfo"] = json!({ "username": "system:admin", "groups": ["system:masters"] });
    review
}

/// Four bad images in three places, and good ones between them.
fn several() -> Value {
    let mut review = with(
        FORBIDDEN,
        "initContainers",
        json!([
            { "name": "i", "image": FORBIDDEN }, { "name": "j", "image": OTHER }
        ]),
    );
    review["request"]["object"]["spec"]["volumes"] = json!([{ "name": "v", "image": { "reference": OTHER } }]);
    review
}

/// The creation of an object with a template at this path, with one container.
pub(super) fn workload(kind: &str, group: &str, path: &[&str], image: &str) -> Value {
    let spec = json!({ "spec": { "containers": [{ "name": "main", "image": image }] } });
    let template = path.iter().rev().fold(spec, |inner, field| json!({ *field: inner }));
    let mut review = creation("ns-a", &[]);
    let request = &mut review["request"];
    request["kind"] = json!({ "group": group, "version": "v1", "kind": kind });
    request["requestKind"] = request["kind"].clone();
    request["object"] = template;
    request["object"]["kind"] = kind.into();
    request["object"]["metadata"] = json!({ "name": "web", "namespace": "ns-a" });
    review
}

/// An id of the page, what is asked, and what must come of it.
fn rows() -> Vec<(&'static str, Value, Expected)> {
    let init = |image| with(PUBLIC, "initContainers", json!([{ "name": "i", "image": image }]));
    let volume = |image| with(PUBLIC, "volumes", json!([{ "name": "v", "image": { "reference": image } }]));
    let cron = ["spec", "jobTemplate", "spec", "template"];
    let cron_field = "spec.jobTemplate.spec.template.spec.containers[0].image";
    let template_field = "spec.template.spec.containers[0].image";
    vec![
        ("POD-1", init(FORBIDDEN), Denies(&["spec.initContainers[0].image"])),
        ("POD-1", init(BOUND), Admits("SPACE_PUBLIC")),
        ("POD-2", debug(FORBIDDEN), Denies(&["spec.ephemeralContainers[0].image"])),
        ("POD-4", debug("harbor.corp.example/pub/tools"), Admits("SPACE_PUBLIC")),
        ("POD-6", volume(FORBIDDEN), Denies(&["spec.volumes[0].image.reference"])),
        ("POD-7", volume(BOUND), Admits("SPACE_PUBLIC")),
        ("POD-8", update(&[FORBIDDEN], &[OTHER]), Denies(&["spec.containers[0].image"])),
        ("POD-8", update(&[PUBLIC], &[FORBIDDEN]), Denies(&["spec.containers[0].image"])),
        ("POD-8", init_added_to_old(), Denies(&["spec.initContainers[0].image"])),
        ("POD-9", labelled(FORBIDDEN), Admits("GRANDFATHERED")),
        ("POD-10", deleting(PUBLIC, FORBIDDEN, true), Denies(&["spec.containers[0].image"])),
        ("POD-11", deleting(FORBIDDEN, FORBIDDEN, false), Admits("GRANDFATHERED")),
        ("POD-12", deletion(FORBIDDEN), Admits("NOT_JUDGED")),
        ("POD-13", owned("apps/v1", "ReplicaSet"), Denies(&["spec.containers[0].image"])),
        ("POD-14", owned("example.com/v1", "Widget"), Denies(&["spec.containers[0].image"])),
        ("POD-15", workload("Deployment", "apps", &["spec", "template"], FORBIDDEN), Warns(template_field)),
        ("POD-15", workload("Deployment", "apps", &["spec", "template"], BOUND), Admits("BOUND")),
        ("POD-16", workload("CronJob", "batch", &cron, FORBIDDEN), Warns(cron_field)),
        ("POD-16", workload("Job", "batch", &["spec", "template"], FORBIDDEN), Warns(template_field)),
        ("POD-17", several(), Denies(&[PLACES[0], PLACES[1], PLACES[2], PLACES[4]])),
        ("POD-18", marked(), Denies(&["spec.containers[0].image"])),
    ]
}

/// A pod that has a forbidden image already is given another one beside it.
fn init_added_to_old() -> Value {
    let mut review = update(&[FORBIDDEN], &[FORBIDDEN]);
    review["request"]["object"]["spec"]["initContainers"] = json!([{ "name": "i", "image": OTHER }]);
    review
}

/// What is wrong with an answer.
fn fault(response: &Value, expected: &Expected) -> Option<String> {
    let message = response["status"]["message"].as_str().unwrap_or_default();
    let reason = response["auditAnnotations"]["reason"].as_str().unwrap_or_default();
    let warnings = response["warnings"].to_string();
    let holds = match expected {
        Admits(why) => response["allowed"] == true && reason == *why && response["warnings"].is_null(),
        Denies(fields) => {
            let named = |place: &&str| message.contains(place);
            let all: Vec<_> = PLACES.into_iter().filter(named).collect();
            response["allowed"] == false
                && response["status"]["code"] == 403
                && reason == "NOT_BOUND"
                && all == **fields
        }
        Warns(field) => response["allowed"] == true && warnings.contains(field) && warnings.contains(FORBIDDEN),
    };
    (!holds).then(|| format!("{response:#}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_image_of_a_pod_is_judged_whatever_the_pod_claims() {
    let scene = Scene::start().await;
    let mut wrong = Vec::new();
    for (id, review, expected) in rows() {
        let answer = scene.whole_answer(CLUSTER, &review).await;
        wrong.extend(fault(&answer["response"], &expected).map(|fault| format!("{id}: {fault}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A check says of a manifest what a review says of the same object. It denies the pods of a template that a review of the
/// template only warns of.
#[tokio::test(flavor = "multi_thread")]
async fn the_offline_check_finds_the_same_images_in_the_same_places() {
    let scene = Scene::start().await;
    let mut wrong = Vec::new();
    for (id, mut review, expected) in
        rows().into_iter().filter(|(_, review, _)| review["request"]["operation"] == "CREATE")
    {
        let mut object = review["request"]["object"].take();
        object["apiVersion"] = version(&review["request"]["kind"]).into();
        // The API server lets no object name another namespace than it is sent to.
        object["metadata"]["namespace"] = review["request"]["namespace"].take();
        let report = scene.check((CLUSTER, "ns-a"), &object);
        let lines = report["results"].as_array().unwrap();
        let denied =
            lines.iter().filter(|line| line["action"] == "DENIED").map(|line| line["fieldPath"].as_str().unwrap());
        let named = match &expected {
            Admits(_) => Vec::new(),
            Denies(fields) => fields.to_vec(),
            Warns(field) => vec![*field],
        };
        if !denied.clone().eq(named.iter().copied()) {
            wrong.push(format!("{id}: {:?} are denied, not {named:?}", denied.collect::<Vec<_>>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn version(kind: &Value) -> String {
    match kind["group"].as_str().unwrap() {
        "" => "v1".to_owned(),
        group => format!("{group}/v1"),
    }
}

// Case: POD-9
#[tokio::test(flavor = "multi_thread")]
async fn an_old_image_that_stays_is_recorded_as_such() {
    let scene = Scene::start().await;
    let answer = scene.whole_answer(CLUSTER, &labelled(FORBIDDEN)).await;
    let annotations = &answer["response"]["auditAnnotations"];
    assert_eq!((&annotations["grandfathered"], &annotations["images"]), (&json!("1"), &json!("decided=0 denied=0")));
}

// Case: POD-8
#[tokio::test(flavor = "multi_thread")]
async fn a_denied_update_names_the_new_image_alone() {
    let scene = Scene::start().await;
    let answer = scene.whole_answer(CLUSTER, &update(&[FORBIDDEN], &[FORBIDDEN, OTHER])).await;
    let message = answer["response"]["status"]["message"].as_str().unwrap();
    assert!(message.starts_with("1 image may not be used") && message.contains(OTHER), "{message}");
    assert!(!message.contains(FORBIDDEN), "{message}");
}
