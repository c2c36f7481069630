//! A whole pod: what is decided, what was there before, and what the answers come to.

use serde_json::{Value, json};
use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::images::{PodImages, TemplateImages, WorkloadKind};
use wharfinger_domain::review::{Action, Operation};

use crate::scene::{MINE, Scene};

const BOUND: &str = "harbor.example.com/mine/app:1";
const DENIED: &str = "harbor.example.com/theirs/app:1";

fn scene() -> Scene {
    Scene::new().private("mine").private("theirs").bound("mine", MINE, |_| ())
}

/// What became of each image: `allowed`, `denied`, or `kept` because it was there before.
fn fates(operation: Operation, pod: &Value, old: Option<&Value>) -> Vec<&'static str> {
    let (pod, old) = (pod.to_string(), old.map(ToString::to_string));
    let pod: PodImages<'_> = serde_json::from_str(&pod).unwrap();
    let old: Option<PodImages<'_>> = old.as_deref().map(|old| serde_json::from_str(old).unwrap());
    let scene = scene();
    let snapshot = scene.snapshot();
    let decided = scene.view(&snapshot).review(operation, &pod, old.as_ref());
    let kept = decided.images.iter().filter(|image| image.decision.is_none()).count();
    assert_eq!(decided.grandfathered(), kept);
    assert_eq!(decided.denied().count(), decided.images.iter().filter(|image| image.is_denied()).count());
    let fate = |image: &wharfinger_domain::review::JudgedImage<'_>| match image.decision {
        None => "kept",
        Some(decision) if decision.is_allowed() => "allowed",
        Some(_) => "denied",
    };
    decided.images.iter().map(fate).collect()
}

fn pod(images: &[&str]) -> Value {
    let containers: Vec<_> = images.iter().map(|image| json!({"name": "c", "image": image})).collect();
    json!({"spec": {"containers": containers}})
}

fn debugged(containers: &[(&str, &str)]) -> Value {
    let ephemeral: Vec<_> = containers.iter().map(|(name, image)| json!({"name": name, "image": image})).collect();
    json!({"spec": {"containers": [{"name": "c", "image": DENIED}], "ephemeralContainers": ephemeral}})
}

#[test]
fn decides_every_image_of_a_new_pod_and_names_each_denied_one() {
    let everywhere = json!({"spec": {
        "containers": [{"name": "a", "image": BOUND}, {"name": "b", "image": DENIED}],
        "initContainers": [{"name": "c", "image": DENIED}],
        "ephemeralContainers": [{"name": "d", "image": BOUND}],
        "volumes": [{"name": "e", "image": {"reference": DENIED}}, {"name": "f", "emptyDir": {}}],
    }});
    let expected = ["allowed", "denied", "denied", "allowed", "denied"];
    assert_eq!(fates(Operation::Create, &everywhere, None), expected);
    assert_eq!(fates(Operation::Create, &everywhere, Some(&everywhere)), expected, "a new pod has no past");
}

#[test]
fn leaves_an_update_alone_that_adds_no_image() {
    assert_eq!(fates(Operation::Update, &pod(&[DENIED, BOUND]), Some(&pod(&[DENIED, BOUND]))), ["kept", "kept"]);
}

#[test]
fn decides_only_what_an_update_adds() {
    assert_eq!(fates(Operation::Update, &pod(&[DENIED, "nginx"]), Some(&pod(&[BOUND]))), ["denied", "allowed"]);
    assert_eq!(fates(Operation::Update, &pod(&[BOUND, DENIED]), Some(&pod(&[BOUND]))), ["kept", "denied"]);
    assert_eq!(fates(Operation::Update, &pod(&[BOUND, DENIED]), None), ["allowed", "denied"]);
}

#[test]
fn remembers_an_image_wherever_it_stood() {
    let other = "harbor.example.com/theirs/tool:1";
    assert_eq!(fates(Operation::Update, &pod(&[other, DENIED]), Some(&pod(&[DENIED, other]))), ["kept", "kept"]);
    let mounted = json!({"spec": {
        "initContainers": [{"name": "i", "image": other}],
        "volumes": [{"name": "v", "image": {"reference": DENIED}}],
    }});
    assert_eq!(fates(Operation::Update, &pod(&[DENIED, other]), Some(&mounted)), ["kept", "kept"]);
}

#[test]
fn compares_images_in_their_canonical_form() {
    for (new, old) in [
        ("HARBOR.example.com/theirs/app:1", DENIED),
        ("harbor.example.com/theirs/app:1", "harbor.EXAMPLE.com/theirs/app:1"),
        ("harbor.example.com:0443/theirs/app", "harbor.example.com:443/theirs/app"),
    ] {
        assert_eq!(fates(Operation::Update, &pod(&[new]), Some(&pod(&[old]))), ["kept"], "{new}");
    }
    for new in ["harbor.example.com/theirs/app:2", "harbor.example.com/theirs/app", "harbor.example.com/theirs/app/x:1"]
    {
        assert_eq!(fates(Operation::Update, &pod(&[new]), Some(&pod(&[DENIED]))), ["denied"], "{new}");
    }
}

#[test]
fn compares_what_is_no_reference_as_it_stands() {
    let invalid = "harbor.example.com/Theirs/app";
    assert_eq!(fates(Operation::Update, &pod(&[invalid]), Some(&pod(&[invalid]))), ["kept"]);
    assert_eq!(fates(Operation::Update, &pod(&["harbor.example.com/THEIRS/app"]), Some(&pod(&[invalid]))), ["denied"]);
    assert_eq!(fates(Operation::Update, &pod(&[""]), Some(&pod(&[""]))), ["kept"]);
}

#[test]
fn does_not_take_an_image_id_for_the_repository_of_the_same_name() {
    let (repository, id) = ("docker.io/library/sha256:abc", "sha256:abc");
    assert_eq!(fates(Operation::Update, &pod(&[id]), Some(&pod(&[repository]))), ["denied"]);
    assert_eq!(fates(Operation::Update, &pod(&[id]), Some(&pod(&[id]))), ["kept"]);
}

#[test]
fn always_decides_an_ephemeral_container_with_a_new_name() {
    let update =
        |new: &[(&str, &str)], old: &[(&str, &str)]| fates(Operation::Update, &debugged(new), Some(&debugged(old)));
    assert_eq!(update(&[("debug", DENIED)], &[]), ["kept", "denied"], "although a container has the image already");
    assert_eq!(update(&[("debug", DENIED)], &[("debug", DENIED)]), ["kept", "kept"]);
    assert_eq!(update(&[("again", DENIED)], &[("debug", DENIED)]), ["kept", "denied"]);
    assert_eq!(update(&[("debug", BOUND)], &[("debug", DENIED)]), ["kept", "allowed"]);
    assert_eq!(update(&[("again", BOUND)], &[]), ["kept", "allowed"]);
}

#[test]
fn takes_the_mode_of_the_workspace_and_else_of_the_cluster() {
    let mut scene = scene();
    let mode = |scene: &Scene| scene.view(&scene.snapshot()).mode();
    scene.policy.clusters[0].mode = EnforcementMode::Audit;
    assert_eq!(mode(&scene), EnforcementMode::Audit);
    scene.policy.workspaces[0].mode = Some(EnforcementMode::Warn);
    assert_eq!(mode(&scene), EnforcementMode::Warn);
    scene = scene.alive("shop", "uid-again", false);
    assert_eq!(mode(&scene), EnforcementMode::Audit, "its workspace is not its own any more");
}

#[test]
fn does_with_a_denial_what_the_mode_says() {
    let action = |images: &[&str], mode| {
        let json = pod(images).to_string();
        let pod: PodImages<'_> = serde_json::from_str(&json).unwrap();
        let (scene, operation) = (scene(), Operation::Create);
        scene.view(&scene.snapshot()).review(operation, &pod, None).action(mode)
    };
    for (mode, expected) in [
        (EnforcementMode::Enforce, Action::Denied),
        (EnforcementMode::Warn, Action::Warned),
        (EnforcementMode::Audit, Action::Audited),
        (EnforcementMode::Off, Action::Admitted),
    ] {
        assert_eq!(action(&[BOUND, DENIED], mode), expected);
        assert_eq!(action(&[BOUND], mode), Action::Admitted);
    }
}

#[test]
fn decides_a_template_like_a_pod_and_skips_an_empty_image() {
    let json = json!({"spec": {"template": pod(&[BOUND, "", DENIED])}}).to_string();
    let template: TemplateImages<'_> = serde_json::from_str(&json).unwrap();
    let scene = scene();
    let snapshot = scene.snapshot();
    let view = scene.view(&snapshot);
    let created = view.review_template(Operation::Create, WorkloadKind::Deployment, &template, None);
    let denied: Vec<_> = created.denied().map(|(image, _)| image.reference).collect();
    assert_eq!((created.images.len(), denied), (2, vec![DENIED]));
    let updated = view.review_template(Operation::Update, WorkloadKind::Deployment, &template, Some(&template));
    assert_eq!((updated.denied().count(), updated.grandfathered()), (0, 2));
}
