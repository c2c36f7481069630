//! A text that names an image by its id means, to a node, any image that lies there already, of whatever space: it is
//! refused in every place, in a workspace that everything is bound to.

use crate::case::{Case, IMAGE_ID, assert_told};
use crate::manifest::{self, pod};

/// A whole id, and the short form of one that a node takes too.
fn ids() -> [String; 2] {
    [format!("sha256:{}", "0123456789abcdef".repeat(4)), "sha256:0123456789ab".to_owned()]
}

fn with_everything_bound(name: &'static str) -> Case {
    let case = Case::assigned(name);
    case.bind("team-a");
    case.bind("team-b");
    case
}

// Case: IMG-15
#[test]
fn an_image_id_is_refused_in_every_place_of_a_pod() {
    let case = with_everything_bound("ids");
    let public = case.world.image("pub/app:1.0");
    for id in ids() {
        let places = [
            ("spec.containers[0].image", pod("p", &id)),
            ("spec.initContainers[0].image", pod("p", &public).init_container("first", &id)),
            ("spec.volumes[0].image.reference", pod("p", &public).image_volume("data", &id)),
        ];
        for (place, pod) in places {
            assert_told(&case.refuses(pod, IMAGE_ID), &[place, &id]);
        }
    }
}

// Case: IMG-15
#[test]
fn an_image_id_is_refused_as_a_debug_container_and_as_a_pods_new_image() {
    let case = with_everything_bound("ids-later");
    let private = case.world.image("team-a/app:1.0");
    case.admits(pod("app", &private));
    for id in ids() {
        let debug = ["debug", "app", "--attach=false", "--container=d", "--image", &id, "--", "sh"];
        assert_told(&case.kubectl(&debug).expect_refusal(IMAGE_ID), &["spec.ephemeralContainers[0].image", &id]);
        let set = ["set", "image", "pod/app", &format!("main={id}")];
        assert_told(&case.kubectl(&set).expect_refusal(IMAGE_ID), &["spec.containers[0].image", &id]);
    }
    let stored = case.pod("app").unwrap();
    assert_eq!(stored["spec"]["containers"][0]["image"], *private);
    assert!(stored["spec"]["ephemeralContainers"].is_null());
}

#[test]
fn an_image_id_in_a_template_is_warned_of() {
    let case = with_everything_bound("ids-templates");
    for workload in manifest::workloads(&ids()[1]) {
        let created = case.create(&workload);
        assert_told(&created.stderr, &["Warning: ", &ids()[1]]);
        created.expect_success();
    }
}
