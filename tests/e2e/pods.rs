//! Pods on their way in: refused until the space is bound, admitted at once after, refused again when it is unbound; and
//! every place of a pod that holds an image.

use crate::case::{Case, NO_REGISTRY, NOT_BOUND, assert_told};
use crate::manifest::{PODS_WEBHOOK, pod};

// Case: PRO-2
#[test]
fn a_pod_is_refused_until_its_space_is_bound_and_refused_again_when_it_is_unbound() {
    let case = Case::assigned("bound");
    let image = case.world.image("team-a/app:1.0");
    let run = |name: &str| case.kubectl(&["run", name, "--image", &image]);

    let told = run("before").expect_refusal(NOT_BOUND);
    let denied = format!("Error from server (Forbidden): admission webhook \"{PODS_WEBHOOK}\" denied the request: ");
    assert!(told.starts_with(&denied), "{told}");
    let found = format!("spec.containers[0].image \"{image}\" is in no public space and in none that is bound to");
    let parts = [&*found, "workspace \"bound\"", "ask a platform administrator to bind the space to the workspace"];
    assert_told(&told, &parts);
    assert!(case.pod("before").is_none());

    case.bind("team-a");
    run("while").expect_success();
    assert_eq!(case.pod("while").unwrap()["spec"]["containers"][0]["image"], *image);

    case.unbind("team-a");
    run("after").expect_refusal(NOT_BOUND);
    assert!(case.pod("after").is_none());
    assert!(case.pod("while").is_some(), "unbinding ends no pod");
}

// Case: IMG-2
#[test]
fn a_binding_lets_in_the_images_of_its_own_space_alone() {
    let case = Case::assigned("alone");
    case.bind("team-a");
    case.admits(pod("bound", &case.world.image("team-a/app:1.0")));
    case.refuses(pod("other", &case.world.image("team-b/app:1.0")), NOT_BOUND);
    case.refuses(pod("look-alike", &case.world.image("team-a-b/app:1.0")), NOT_BOUND);
    case.admits(pod("public", &case.world.image("pub/app:1.0")));
}

// Case: IMG-10, IMG-13
#[test]
fn the_host_may_be_spelled_in_no_other_way_to_get_by() {
    let case = Case::assigned("spelled");
    let port = case.world.harbor.host().rsplit_once(':').unwrap().1.to_owned();
    case.refuses(pod("zeros", &format!("127.0.0.1:0{port}/team-a/app:1.0")), NOT_BOUND);
    case.refuses(pod("word", &format!("localhost:{port}/team-a/app:1.0")), NO_REGISTRY);
}

// Case: POD-1
#[test]
fn an_init_container_is_decided_like_any_other() {
    let case = Case::assigned("init");
    let (private, public) = (case.world.image("team-a/app:1.0"), case.world.image("pub/app:1.0"));
    let wanted = |name| pod(name, &public).init_container("first", &private);
    assert_told(&case.refuses(wanted("before"), NOT_BOUND), &["spec.initContainers[0].image", &private]);
    case.bind("team-a");
    case.admits(wanted("after"));
}

// Case: POD-6, POD-7
#[test]
fn an_image_volume_is_decided_like_a_container() {
    let case = Case::assigned("volume");
    let (private, public) = (case.world.image("team-a/app:1.0"), case.world.image("pub/app:1.0"));
    let wanted = |name| pod(name, &public).image_volume("data", &private);
    assert_told(&case.refuses(wanted("before"), NOT_BOUND), &["spec.volumes[0].image.reference", &private]);
    case.bind("team-a");
    case.admits(wanted("after"));
    let stored = case.pod("after").unwrap();
    assert_eq!(stored["spec"]["volumes"][0]["image"]["reference"], *private);
}

// Case: POD-17
#[test]
fn one_message_names_every_image_that_is_refused_and_no_other() {
    let case = Case::assigned("several");
    let (first, second) = (case.world.image("team-a/app:1.0"), case.world.image("team-b/app:latest"));
    let public = case.world.image("pub/app:1.0");
    let several = pod("several", &first).container("good", &public).container("bad", &second);
    let told = case.refuses(several.init_container("first", &second).image_volume("data", &first), NOT_BOUND);
    let places = ["spec.containers[0].image", "spec.containers[2].image", "spec.initContainers[0].image"];
    assert_told(&told, &places);
    assert_told(&told, &["4 images", "spec.volumes[0].image.reference", &first, &second]);
    assert!(!told.contains("spec.containers[1]") && !told.contains(&public), "{told}");
}

// Case: IMG-13, IMG-17
#[test]
fn an_image_of_a_host_that_no_registry_has_is_left_to_the_clusters_setting() {
    let case = Case::unassigned("elsewhere");
    case.admits(pod("named", "registry.example.com/anything/at-all:1"));
    case.admits(pod("short", "nginx"));
    case.refuses(pod("address", "192.0.2.7:5000/anything/at-all:1"), NO_REGISTRY);
    case.refuses(pod("word", "intranet:5000/anything/at-all:1"), NO_REGISTRY);
}
