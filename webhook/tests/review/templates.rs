//! Deployments and everything else that has a template: told at apply time what their pods will meet.

use serde_json::{Value, json};
use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_webhook::{Settings, Templates};

use crate::door::{Door, create, r1, review, spec};
use crate::world::{NOW, World};

const KINDS: [(&str, &str, &str); 8] = [
    ("Deployment", "apps", "spec.template.spec"),
    ("ReplicaSet", "apps", "spec.template.spec"),
    ("StatefulSet", "apps", "spec.template.spec"),
    ("DaemonSet", "apps", "spec.template.spec"),
    ("Job", "batch", "spec.template.spec"),
    ("CronJob", "batch", "spec.jobTemplate.spec.template.spec"),
    ("ReplicationController", "", "spec.template.spec"),
    ("PodTemplate", "", "template.spec"),
];

/// The review of an object of this kind that is created, with these images in its template.
pub(crate) fn workload(kind: &str, images: &[&str]) -> Value {
    let (_, group, path) = KINDS.into_iter().find(|(known, ..)| *known == kind).unwrap();
    let mut review = review("CREATE", object(kind, path, images), Value::Null);
    review["request"]["kind"] = json!({"group": group, "version": "v1", "kind": kind});
    review
}

fn object(kind: &str, path: &str, images: &[&str]) -> Value {
    let nested = path.rsplit('.').fold(spec(images), |inner, field| json!({field: inner}));
    let mut object = json!({"kind": kind, "metadata": {"name": "web"}});
    object.as_object_mut().unwrap().extend(nested.as_object().unwrap().clone());
    object
}

fn door(templates: Templates) -> Door {
    Door::with(&World::new(), Settings { templates, ..Settings::default() }, NOW)
}

#[tokio::test]
async fn warns_of_every_kind_of_template_with_the_path_of_the_image() {
    for (kind, _, path) in KINDS {
        let image = r1("team-b/x");
        let answer = door(Templates::Warn).ask(&workload(kind, &[&r1("pub/a"), &image])).await;
        answer.warns(&[&format!("{path}.containers[1].image \"{image}\""), "Decision 0000"]);
        assert_eq!(answer.annotation("decision"), Some("warned"));
        door(Templates::Warn).ask(&workload(kind, &[&r1("team-a/x")])).await.admits("BOUND");
    }
}

#[tokio::test]
async fn denies_templates_where_the_setting_says_so() {
    for (kind, _, path) in KINDS {
        let answer = door(Templates::Deny).ask(&workload(kind, &[&r1("team-b/x")])).await;
        answer.denies("NOT_BOUND", &[&format!("{path}.containers[0].image")]);
    }
}

#[tokio::test]
async fn is_as_silent_about_templates_as_the_mode_is() {
    let door = Door::of(&World::new().mode(EnforcementMode::Audit));
    let answer = door.ask(&workload("Deployment", &[&r1("team-b/x")])).await;
    answer.admits("NOT_BOUND");
    assert_eq!(answer.annotation("decision"), Some("audited"));
}

#[tokio::test]
async fn skips_an_empty_image_of_a_template_but_not_of_a_pod() {
    for empty in [json!(""), Value::Null] {
        let mut review = workload("Deployment", &["x"]);
        review["request"]["object"]["spec"]["template"]["spec"]["containers"][0]["image"] = empty.clone();
        door(Templates::Deny).ask(&review).await.admits("NO_IMAGE");
        let mut pod = create(&["x"]);
        pod["request"]["object"]["spec"]["containers"][0]["image"] = empty;
        door(Templates::Deny).ask(&pod).await.denies("REFERENCE_INVALID", &["the image is missing"]);
    }
}

#[tokio::test]
async fn warns_only_of_what_an_update_of_a_template_adds() {
    let (old, new) = (r1("team-b/old"), r1("team-b/new"));
    let mut review = workload("Deployment", &[&old, &new]);
    review["request"]["operation"] = "UPDATE".into();
    review["request"]["oldObject"] = workload("Deployment", &[&old])["request"]["object"].clone();
    let answer = door(Templates::Warn).ask(&review).await;
    answer.warns(&["team-b/new"]);
    assert!(!answer.warnings().concat().contains("team-b/old"));
    review["request"]["object"] = review["request"]["oldObject"].clone();
    door(Templates::Warn).ask(&review).await.admits("GRANDFATHERED");
}

#[tokio::test]
async fn lets_the_subresources_of_a_workload_be() {
    let mut review = workload("Deployment", &[&r1("team-b/x")]);
    review["request"]["operation"] = "UPDATE".into();
    review["request"]["oldObject"] = review["request"]["object"].clone();
    review["request"]["subResource"] = "status".into();
    door(Templates::Deny).ask(&review).await.admits("GRANDFATHERED");
}

#[tokio::test]
async fn names_the_field_of_a_broken_template() {
    let mut review = workload("CronJob", &["x"]);
    review["request"]["object"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"] = json!("none");
    let path = "request.object.spec.jobTemplate.spec.template.spec.containers";
    door(Templates::Deny).ask(&review).await.denies("OBJECT_INVALID", &[path]);
    door(Templates::Warn).ask(&review).await.warns(&[path]);
    review["request"]["object"]["spec"] = json!("none");
    door(Templates::Deny).ask(&review).await.denies("OBJECT_INVALID", &["request.object.spec"]);
}

#[tokio::test]
async fn denies_a_kind_that_it_cannot_judge_and_says_what_to_change() {
    for (group, kind) in [("example.com", "Widget"), ("batch.example.com", "Job"), ("example.com", "Pod")] {
        let mut review = review("CREATE", json!({"kind": kind, "spec": "odd"}), Value::Null);
        review["request"]["kind"] = json!({"group": group, "version": "v1", "kind": kind});
        let words = format!("kind \"{kind}\", which cannot be judged; take them out of the webhook's rules");
        let softened = kind == "Job";
        let answer = door(Templates::Deny).ask(&review).await;
        assert!(!softened || !answer.is_allowed());
        answer.denies("KIND_UNKNOWN", &[&words]);
        review["request"]["namespace"] = "kube-system".into();
        door(Templates::Deny).ask(&review).await.admits("NOT_JUDGED");
    }
}

#[tokio::test]
async fn judges_whole_reviews_of_workloads() {
    for (review, path) in [
        (
            include_str!("../../../tests/fixtures/reviews/deployment-create.json"),
            "spec.template.spec.initContainers[0].image",
        ),
        (
            include_str!("../../../tests/fixtures/reviews/cronjob-create.json"),
            "spec.jobTemplate.spec.template.spec.containers[0].image",
        ),
    ] {
        let review: Value = serde_json::from_str(review).unwrap();
        door(Templates::Warn).ask(&review).await.warns(&[path]);
        door(Templates::Deny).ask(&review).await.denies("NOT_BOUND", &["1 image may", path]);
    }
    let deleted = include_str!("../../../tests/fixtures/reviews/pod-delete.json");
    door(Templates::Deny).ask(&serde_json::from_str(deleted).unwrap()).await.admits("NOT_JUDGED");
}
