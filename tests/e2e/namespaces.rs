//! Whose a namespace is: known by its UID, needed for private images alone, and nothing to the namespaces of the system.

use crate::case::{Case, UNMAPPED, assert_told};
use crate::manifest::{self, pod};
use crate::world::{NOT_ASKED, eventually, world};

/// What is to be done about a private image in a namespace that is in no workspace.
const ASSIGN: &str = "ask a platform administrator to assign the namespace to a workspace";

// Case: NS-10
#[test]
fn a_namespace_made_again_is_in_no_workspace_until_it_is_assigned_again() {
    let case = Case::assigned("again");
    let private = case.world.image("team-a/app:1.0");
    case.bind("team-a");
    case.admits(pod("app", &private));
    let before = case.uid();
    case.world.plane.kubectl(&["delete", "namespace", case.name]).expect_success();
    case.world.plane.create_namespace(case.name);
    assert_ne!(case.uid(), before);
    assert_told(&case.refuses(pod("app", &private), UNMAPPED), &[ASSIGN]);
    case.assign();
    case.admits(pod("app", &private));
}

// Case: NS-1
#[test]
fn a_namespace_and_its_pods_are_created_in_one_breath() {
    let world = world();
    let private = pod("private", &world.image("team-a/app:1.0")).in_namespace("breath").object();
    let public = pod("public", &world.image("pub/app:1.0")).in_namespace("breath").object();
    let [namespace, account] = manifest::namespace("breath");
    let created = world.plane.create(&manifest::list(&[namespace, account, private, public]));
    let names =
        |answer: &str| answer.lines().filter(|line| line.starts_with("pod/")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names(&created.stdout), ["pod/public created"], "{created:?}");
    let told = created.expect_refusal(UNMAPPED);
    assert_told(&told, &[ASSIGN]);
    assert!(!told.contains("InternalError") && !told.contains("failed calling"), "{told}");
    let stored = world.plane.kubectl(&["get", "pods", "--namespace=breath", "--output=name"]).expect_success();
    assert_eq!(stored.trim(), "pod/public");
}

// Case: NS-9
#[test]
fn the_namespaces_of_the_system_are_not_asked_about() {
    let world = world();
    // Where anybody is asked, an image id is refused before anything else is looked at.
    let images = [("private", world.image("team-a/app:1.0")), ("id", "sha256:0123".to_owned())];
    for namespace in NOT_ASKED {
        let account = || world.plane.kubectl(&["get", "serviceaccount", "default", "--namespace", namespace]);
        eventually("the namespace has its service account", || account().status.success().then_some(()));
        for (name, image) in &images {
            world.plane.create(&pod(name, image).in_namespace(namespace).object()).expect_success();
            world.plane.kubectl(&["get", "pod", name, "--namespace", namespace]).expect_success();
        }
    }
}
