//! `kubectl debug` adds a container to a pod that is there, through a subresource of its own.

use crate::case::{Case, NOT_BOUND, assert_told};
use crate::manifest::pod;

fn ephemeral(case: &Case) -> Vec<String> {
    let pod = case.pod("app").unwrap();
    let containers = pod["spec"]["ephemeralContainers"].as_array().cloned().unwrap_or_default();
    containers.iter().map(|container| container["image"].as_str().unwrap().to_owned()).collect()
}

// Case: POD-2, POD-4, POD-5
#[test]
fn a_debug_container_is_decided_when_it_is_added() {
    let case = Case::assigned("debug");
    let (private, public) = (case.world.image("team-a/app:1.0"), case.world.image("pub/app:1.0"));
    case.admits(pod("app", &public));
    let debug = |name: &str, image: &str| {
        case.kubectl(&["debug", "app", "--attach=false", "--container", name, "--image", image, "--", "sh"])
    };
    let told = debug("refused", &private).expect_refusal(NOT_BOUND);
    assert_told(&told, &["spec.ephemeralContainers[0].image", &private]);
    assert!(ephemeral(&case).is_empty());

    debug("public", &public).expect_success();
    assert_eq!(ephemeral(&case), [&*public]);
    case.bind("team-a");
    debug("bound", &private).expect_success();
    assert_eq!(ephemeral(&case), [&*public, &*private]);
}

#[test]
fn a_debug_container_is_decided_although_the_pod_has_its_image_already() {
    let case = Case::assigned("debug-again");
    let private = case.world.image("team-a/app:1.0");
    case.bind("team-a");
    case.admits(pod("app", &private));
    case.unbind("team-a");
    let debug = ["debug", "app", "--attach=false", "--container=again", "--image", &private, "--", "sh"];
    case.kubectl(&debug).expect_refusal(NOT_BOUND);
    assert!(ephemeral(&case).is_empty());
}
