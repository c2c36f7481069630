//! Every place where a pod or a template holds an image is found, and nothing of another type is taken for one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use wharfinger_domain::images::{PodImages, TemplateImages, WorkloadKind};

/// Field path and text of every image of a pod.
fn images_of_pod(pod: &str) -> Vec<(String, String)> {
    let pod: PodImages<'_> = serde_json::from_str(pod).unwrap();
    pod.images().map(|image| (image.place.below(PodImages::PREFIX).to_string(), image.reference.to_owned())).collect()
}

fn listed(images: &[(String, String)]) -> Vec<(&str, &str)> {
    images.iter().map(|(place, reference)| (&**place, &**reference)).collect()
}

fn recorded(review: &str, object: &str) -> String {
    let review: Value = serde_json::from_str(review).unwrap();
    review["request"][object].to_string()
}

#[test]
fn finds_the_images_of_recorded_pods() {
    let created = include_str!("../../tests/fixtures/admission/0-create-pods.json");
    assert_eq!(listed(&images_of_pod(&recorded(created, "object"))), [("spec.containers[0].image", "public/a:1")]);

    let debugged = include_str!("../../tests/fixtures/admission/1-update-pods-ephemeralcontainers.json");
    assert_eq!(listed(&images_of_pod(&recorded(debugged, "oldObject"))), [("spec.containers[0].image", "public/a:1")]);
    assert_eq!(
        listed(&images_of_pod(&recorded(debugged, "object"))),
        [("spec.containers[0].image", "public/a:1"), ("spec.ephemeralContainers[0].image", "public/b:1")]
    );

    let updated = include_str!("../../tests/fixtures/admission/2-update-pods.json");
    assert_eq!(
        listed(&images_of_pod(&recorded(updated, "object"))),
        [("spec.containers[0].image", "public/c:2"), ("spec.ephemeralContainers[0].image", "public/b:1")]
    );
}

/// A pod's `spec` with an image in every place.
fn spec_with_every_source() -> Value {
    json!({
        "nodeName": "n",
        "containers": [{ "name": "a", "image": "a:1", "ports": [1] }, { "name": "b", "image": "b:1" }],
        "initContainers": [{ "name": "i", "image": "i:1", "restartPolicy": "Always" }],
        "ephemeralContainers": [{ "name": "debug", "image": "e:1" }, { "image": "e:2" }],
        "volumes": [
            { "name": "tmp", "emptyDir": {} },
            { "name": "none", "image": null },
            { "name": "data", "image": { "reference": "v:1", "pullPolicy": "Always" } },
            { "name": "empty", "image": {} },
            { "name": "null", "image": { "reference": null } },
        ],
    })
}

const EVERY_SOURCE: [(&str, &str); 8] = [
    ("containers[0].image", "a:1"),
    ("containers[1].image", "b:1"),
    ("initContainers[0].image", "i:1"),
    ("ephemeralContainers[0].image", "e:1"),
    ("ephemeralContainers[1].image", "e:2"),
    ("volumes[2].image.reference", "v:1"),
    ("volumes[3].image.reference", ""),
    ("volumes[4].image.reference", ""),
];

#[test]
fn finds_an_image_in_every_place_of_a_pod() {
    let pod = json!({ "spec": spec_with_every_source() }).to_string();
    let pod: PodImages<'_> = serde_json::from_str(&pod).unwrap();
    let found: Vec<_> = pod.images().map(|image| (image.place.to_string(), image.reference.to_owned())).collect();
    assert_eq!(listed(&found), EVERY_SOURCE);
}

#[test]
fn only_an_ephemeral_container_has_a_name() {
    let pod = json!({ "spec": spec_with_every_source() }).to_string();
    let pod: PodImages<'_> = serde_json::from_str(&pod).unwrap();
    let names: Vec<_> = pod.images().map(|image| image.ephemeral_name).collect();
    assert_eq!(names, [None, None, None, Some("debug"), Some(""), None, None, None]);
    assert!(pod.images().all(|image| image.place.is_ephemeral() == image.ephemeral_name.is_some()));
}

/// The object of this kind that has this `spec` for its pods.
fn workload(kind: WorkloadKind, spec: &Value) -> Value {
    match kind {
        WorkloadKind::CronJob => json!({ "spec": { "jobTemplate": { "spec": { "template": { "spec": spec } } } } }),
        WorkloadKind::PodTemplate => json!({ "template": { "spec": spec } }),
        _ => json!({ "spec": { "template": { "spec": spec } } }),
    }
}

#[test]
fn finds_an_image_in_every_place_of_every_kind_of_template() {
    for kind in WorkloadKind::ALL {
        let object = workload(kind, &spec_with_every_source()).to_string();
        let template: TemplateImages<'_> = serde_json::from_str(&object).unwrap();
        let found: Vec<_> =
            template.images(kind).map(|image| (image.place.to_string(), image.reference.to_owned())).collect();
        assert_eq!(listed(&found), EVERY_SOURCE, "{kind:?}");
    }
}

#[test]
fn a_place_below_the_prefix_of_its_kind_is_the_path_of_the_field() {
    for kind in WorkloadKind::ALL {
        let object = workload(kind, &spec_with_every_source());
        let text = object.to_string();
        let template: TemplateImages<'_> = serde_json::from_str(&text).unwrap();
        for image in template.images(kind) {
            let path = image.place.below(kind.prefix()).to_string();
            let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
            let there = object.pointer(&pointer).and_then(Value::as_str).unwrap_or_default();
            assert_eq!(there, image.reference, "{path}");
        }
    }
    let cron = WorkloadKind::CronJob.prefix();
    assert_eq!(cron, "spec.jobTemplate.spec.template.spec");
}

#[test]
fn a_kind_is_known_by_its_exact_name() {
    for kind in WorkloadKind::ALL {
        assert_eq!(WorkloadKind::parse(kind.name()), Some(kind));
    }
    for name in ["Pod", "deployment", "", "Deployment "] {
        assert_eq!(WorkloadKind::parse(name), None, "{name}");
    }
}

#[test]
fn what_is_null_or_absent_is_empty() {
    for pod in [
        json!({}),
        json!({ "spec": null }),
        json!({ "spec": {} }),
        json!({ "spec": { "containers": null, "initContainers": null, "ephemeralContainers": null, "volumes": null } }),
        json!({ "spec": { "containers": [], "volumes": [{}] } }),
    ] {
        assert_eq!(images_of_pod(&pod.to_string()), [], "{pod}");
    }
    for container in [json!({}), json!({ "image": null }), json!({ "name": null, "image": "" })] {
        let pod = json!({ "spec": { "containers": [container] } }).to_string();
        assert_eq!(listed(&images_of_pod(&pod)), [("spec.containers[0].image", "")], "{pod}");
    }
    for kind in WorkloadKind::ALL {
        for object in ["{}", r#"{"spec":null,"template":null}"#, r#"{"spec":{"template":null,"jobTemplate":{}}}"#] {
            let template: TemplateImages<'_> = serde_json::from_str(object).unwrap();
            assert_eq!(template.images(kind).count(), 0, "{kind:?} {object}");
        }
    }
}

/// A value in a pod that has not the type it must have there.
fn wrongly_typed_pods() -> Vec<Value> {
    let list = |name: &str, value: Value| json!({ "spec": { name: value } });
    let mut pods =
        vec![json!([]), json!("x"), json!(null), json!({ "spec": [] }), json!({ "spec": "x" }), json!({ "spec": 1 })];
    for name in ["containers", "initContainers", "ephemeralContainers", "volumes"] {
        let wrong = [
            json!({}),
            json!("x"),
            json!(1),
            json!(true),
            json!(["x"]),
            json!([["a", "b"]]),
            json!([[]]),
            json!([null]),
        ];
        pods.extend(wrong.map(|value| list(name, value)));
    }
    for name in ["containers", "initContainers", "ephemeralContainers"] {
        let wrong = [json!(1), json!({}), json!(["x"]), json!(false)];
        pods.extend(wrong.clone().map(|value| list(name, json!([{ "image": value }]))));
        pods.extend(wrong.map(|value| list(name, json!([{ "name": value }]))));
    }
    let wrong = [json!(1), json!("x"), json!(["x"]), json!([]), json!({ "reference": 1 }), json!({ "reference": {} })];
    pods.extend(wrong.map(|value| list("volumes", json!([{ "image": value }]))));
    pods
}

#[test]
fn refuses_a_value_of_the_wrong_type() {
    for pod in wrongly_typed_pods() {
        let text = pod.to_string();
        assert!(serde_json::from_str::<PodImages<'_>>(&text).is_err(), "{text}");
        let Some(spec) = pod.get("spec") else { continue };
        for kind in WorkloadKind::ALL {
            let text = workload(kind, spec).to_string();
            assert!(serde_json::from_str::<TemplateImages<'_>>(&text).is_err(), "{text}");
        }
    }
}

#[test]
fn refuses_a_field_that_is_there_twice() {
    let text = r#"{"spec":{"containers":[{"image":"a"}],"containers":[]}}"#;
    assert!(serde_json::from_str::<PodImages<'_>>(text).is_err());
}

#[test]
fn a_text_with_escapes_is_decoded() {
    let pod = r#"{"spec":{"containers":[{"image":"h\u002eexample\/a:1"}]}}"#;
    assert_eq!(listed(&images_of_pod(pod)), [("spec.containers[0].image", "h.example/a:1")]);
}

#[test]
fn a_text_without_escapes_is_borrowed() {
    let json = r#"{"spec":{"containers":[{"image":"h.example/a:1"}]}}"#;
    let pod: PodImages<'_> = serde_json::from_str(json).unwrap();
    let image = pod.images().next().unwrap();
    assert!(json.as_bytes().as_ptr_range().contains(&image.reference.as_ptr()));
}
