//! kube's typed review is the oracle: whatever images it finds in a review, the webhook has judged, in the places where
//! they stand.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, EphemeralContainer, ImageVolumeSource, Pod, PodSpec, Volume};
use kube::core::admission::AdmissionReview;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::door::{Door, r1, review, waiting};
use crate::world::{NOW, World};

/// What the typed review finds: path and text of each image, in order of the paths.
fn found_by_kube(review: &Value) -> Vec<(String, String)> {
    let review: AdmissionReview<Pod> = serde_json::from_value(review.clone()).unwrap();
    let spec = review.request.unwrap().object.unwrap().spec.unwrap_or_default();
    let mut images = Vec::new();
    let mut found = |list: &str, index: usize, field: &str, image: Option<String>| {
        images.push((format!("spec.{list}[{index}].{field}"), image.unwrap_or_default()));
    };
    for (index, container) in spec.containers.into_iter().enumerate() {
        found("containers", index, "image", container.image);
    }
    for (index, container) in spec.init_containers.unwrap_or_default().into_iter().enumerate() {
        found("initContainers", index, "image", container.image);
    }
    for (index, container) in spec.ephemeral_containers.unwrap_or_default().into_iter().enumerate() {
        found("ephemeralContainers", index, "image", container.image);
    }
    for (index, volume) in spec.volumes.unwrap_or_default().into_iter().enumerate() {
        if let Some(source) = volume.image {
            found("volumes", index, "image.reference", source.reference);
        }
    }
    images.sort();
    images
}

/// A door that does not wait for the namespaces of recorded reviews, which are not of this world.
fn door() -> Door {
    Door::with(&World::new(), waiting(Duration::ZERO), NOW)
}

/// What the webhook has judged, as its record says.
async fn judged(review: &Value) -> Vec<(String, String)> {
    let door = door();
    door.ask(review).await;
    let records = door.records();
    let images = records.last().map(|record| record.images.as_slice()).unwrap_or_default();
    let mut images: Vec<_> = images.iter().map(|image| (image.field_path.clone(), image.reference.clone())).collect();
    images.sort();
    images
}

const RECORDED: [&str; 5] = [
    include_str!("../../../tests/fixtures/admission/0-create-pods.json"),
    include_str!("../../../tests/fixtures/admission/1-update-pods-ephemeralcontainers.json"),
    include_str!("../../../tests/fixtures/admission/2-update-pods.json"),
    include_str!("../../../tests/fixtures/admission/3-create-pods.json"),
    include_str!("../../../tests/fixtures/admission/4-create-pods.json"),
];

#[tokio::test]
async fn finds_in_recorded_reviews_what_kube_finds() {
    for recorded in RECORDED {
        let mut review: Value = serde_json::from_str(recorded).unwrap();
        let containers = review["request"]["object"]["spec"]["containers"].as_array_mut().unwrap();
        // A denied image, so that all of them are recorded, which a dry run's are not.
        containers.push(json!({"name": "more", "image": r1("team-b/x")}));
        review["request"]["dryRun"] = false.into();
        assert_eq!(judged(&review).await, found_by_kube(&review));
    }
}

#[tokio::test]
async fn answers_recorded_reviews_as_kube_reads_an_answer() {
    for recorded in RECORDED {
        let (status, answer) = door().post("/validate/east", recorded).await;
        let answer: AdmissionReview<Pod> = serde_json::from_str(&answer).expect(&answer);
        let asked: AdmissionReview<Pod> = serde_json::from_str(recorded).unwrap();
        let answer = answer.response.unwrap();
        assert_eq!(
            (status.as_u16(), answer.uid, answer.allowed),
            (200, asked.request.unwrap().uid, true),
            "{recorded}"
        );
    }
}

#[tokio::test]
async fn answers_a_denial_as_kube_reads_an_answer() {
    let denied = review("CREATE", crate::door::pod(&[&r1("team-b/x")]), Value::Null);
    let (_, answer) = door().post("/validate/east", denied.to_string()).await;
    let answer: AdmissionReview<Pod> = serde_json::from_str(&answer).expect(&answer);
    let answer = answer.response.unwrap();
    assert_eq!((answer.allowed, answer.result.code, &*answer.result.reason), (false, 403, "Forbidden"));
    assert!(answer.result.message.contains("team-b/x") && answer.patch.is_none() && answer.warnings.is_none());
}

fn image() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        Just(Some(String::new())),
        "[a-zA-Z0-9./:@_ \"\\\\é-]{1,20}".prop_map(Some),
        "(pub|team-a|team-b|nope)/[a-z]{1,4}(:[0-9])?".prop_map(|path| Some(r1(&path))),
    ]
}

fn container() -> impl Strategy<Value = Container> {
    (image(), "[a-z]{1,3}").prop_map(|(image, name)| Container { image, name, ..Container::default() })
}

fn volume() -> impl Strategy<Value = Volume> {
    let source = image().prop_map(|reference| ImageVolumeSource { reference, ..ImageVolumeSource::default() });
    prop::option::of(source).prop_map(|image| Volume { name: "v".to_owned(), image, ..Volume::default() })
}

fn any_pod() -> impl Strategy<Value = Pod> {
    let containers = || prop::collection::vec(container(), 0..4);
    let lists = (containers(), prop::option::of(containers()), prop::option::of(containers()));
    (lists, prop::option::of(prop::collection::vec(volume(), 0..3))).prop_map(|((containers, init, debug), volumes)| {
        let ephemeral = |it: Container| EphemeralContainer { image: it.image, name: it.name, ..Default::default() };
        let ephemeral_containers = debug.map(|all| all.into_iter().map(ephemeral).collect());
        let spec = PodSpec { containers, init_containers: init, ephemeral_containers, volumes, ..PodSpec::default() };
        Pod { spec: Some(spec), ..Pod::default() }
    })
}

proptest! {
    #[test]
    fn finds_in_any_pod_what_kube_finds(mut pod in any_pod()) {
        let denied = Container { name: "z".to_owned(), image: Some(r1("team-b/x")), ..Container::default() };
        pod.spec.as_mut().unwrap().containers.push(denied);
        let review = review("CREATE", serde_json::to_value(&pod).unwrap(), Value::Null);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        prop_assert_eq!(runtime.block_on(judged(&review)), found_by_kube(&review));
    }
}
