//! Pods that are there already, when their space has been unbound: everything that adds no image goes through, and what adds
//! one is decided, whatever becomes of the pod.

use serde_json::json;

use crate::case::{Case, NOT_BOUND, assert_told};
use crate::control_plane::Answer;
use crate::manifest::pod;
use crate::world::eventually;

/// A case with the pod `old`, which has an image of `team-a`, unbound meanwhile.
fn with_old_pod(name: &'static str) -> Case {
    let case = Case::assigned(name);
    case.bind("team-a");
    let old = pod("old", &case.world.image("team-a/app:1.0"));
    case.admits(old.with("/spec/containers/0", "resources", json!({ "requests": { "cpu": "10m" } })));
    case.unbind("team-a");
    case
}

fn patch(case: &Case, patch: &str) -> Answer {
    case.kubectl(&["patch", "pod", "old", "--type=merge", "--patch", patch])
}

fn image(case: &Case) -> String {
    case.pod("old").unwrap()["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()
}

fn set_image(case: &Case, path: &str) -> Answer {
    case.kubectl(&["set", "image", "pod/old", &format!("main={}", case.world.image(path))])
}

// Case: POD-9, POD-12
#[test]
fn what_adds_no_image_to_an_old_pod_goes_through() {
    let case = with_old_pod("kept");
    case.kubectl(&["label", "pod", "old", "tier=web"]).expect_success();
    case.kubectl(&["annotate", "pod", "old", "note=kept"]).expect_success();
    patch(&case, r#"{"metadata":{"finalizers":["example.com/hold"]}}"#).expect_success();
    let status = r#"{"status":{"phase":"Running"}}"#;
    case.kubectl(&["patch", "pod", "old", "--subresource=status", "--type=merge", "--patch", status]).expect_success();
    let size = r#"{"spec":{"containers":[{"name":"main","resources":{"requests":{"cpu":"20m"}}}]}}"#;
    case.kubectl(&["patch", "pod", "old", "--subresource=resize", "--patch", size]).expect_success();
    let stored = case.pod("old").unwrap();
    assert_eq!(stored["spec"]["containers"][0]["resources"]["requests"]["cpu"], "20m");
    assert_eq!(stored["metadata"]["labels"]["tier"], "web");
    assert_eq!(stored["metadata"]["annotations"]["note"], "kept");
    assert_eq!(stored["metadata"]["finalizers"][0], "example.com/hold");
    assert_eq!(stored["status"]["phase"], "Running");
    patch(&case, r#"{"metadata":{"finalizers":null}}"#).expect_success();
    case.kubectl(&["delete", "pod", "old", "--grace-period=0", "--force"]).expect_success();
    assert!(case.pod("old").is_none());
}

// Case: POD-8
#[test]
fn an_old_pods_image_is_changed_to_what_may_be_used_and_to_nothing_else() {
    let case = with_old_pod("changed");
    let old = image(&case);
    assert_told(&set_image(&case, "team-b/app:1.0").expect_refusal(NOT_BOUND), &[&case.world.image("team-b/app:1.0")]);
    set_image(&case, "team-a/app:latest").expect_refusal(NOT_BOUND);
    assert_eq!(image(&case), old);
    set_image(&case, "pub/app:1.0").expect_success();
    assert_eq!(image(&case), case.world.image("pub/app:1.0"));
    // What the pod has left behind counts as any other image.
    set_image(&case, "team-a/app:1.0").expect_refusal(NOT_BOUND);
    assert_eq!(image(&case), case.world.image("pub/app:1.0"));
}

// Case: POD-10, POD-11
#[test]
fn a_pod_that_is_being_deleted_gets_no_new_image_and_goes_when_its_finalizer_does() {
    let case = with_old_pod("deleted");
    let old = image(&case);
    patch(&case, r#"{"metadata":{"finalizers":["example.com/hold"]}}"#).expect_success();
    case.kubectl(&["delete", "pod", "old", "--wait=false"]).expect_success();
    assert!(case.pod("old").unwrap()["metadata"]["deletionTimestamp"].is_string());
    set_image(&case, "team-b/app:1.0").expect_refusal(NOT_BOUND);
    assert_eq!(image(&case), old);
    patch(&case, r#"{"metadata":{"finalizers":null}}"#).expect_success();
    eventually("the pod is gone", || case.pod("old").is_none().then_some(()));
}
