//! Texts that name images: spellings of what is registered, look-alikes of it, and what is no reference at all.

use serde_json::json;

use super::door::{Door, Told};
use super::scene::{STRICT, Scene};
use crate::harness::journey::creation;
use crate::harness::platform::CLUSTER;

/// An id of the page, the namespace, the image, whether it is admitted, and why or why not.
type Row = (&'static str, &'static str, &'static str, bool, &'static str);

/// In a cluster that admits what no registry has.
const ROWS: &[Row] = &[
    ("IMG-1", "ns-a", "harbor.corp.example.evil.example/team-b/app:1", true, "REGISTRY_UNKNOWN"),
    ("IMG-1", "ns-a", "xharbor.corp.example/team-b/app:1", true, "REGISTRY_UNKNOWN"),
    ("IMG-1", "ns-a", "harborxcorp.example/team-b/app:1", true, "REGISTRY_UNKNOWN"),
    ("IMG-2", "ns-a", "harbor.corp.example/team-abc/app", false, "SPACE_UNKNOWN"),
    ("IMG-2", "ns-a", "harbor.corp.example/team/app", false, "SPACE_UNKNOWN"),
    ("IMG-2", "ns-a", "harbor.corp.example/xteam-a/app", false, "SPACE_UNKNOWN"),
    ("IMG-2", "ns-a", "harbor.corp.example/team-b/team-a/app", false, "NOT_BOUND"),
    ("IMG-2", "ns-a", "harbor.corp.example/orphan/app", false, "NOT_BOUND"),
    ("IMG-2", "ns-a", "harbor.corp.example/shared/app", true, "BOUND"),
    ("IMG-2", "ns-b", "harbor.corp.example/shared/app", true, "BOUND"),
    ("IMG-4", "ns-a", "HARBOR.Corp.Example/team-b/app", false, "NOT_BOUND"),
    ("IMG-4", "ns-a", "HARBOR.Corp.Example/team-a/app", true, "BOUND"),
    ("IMG-5", "ns-a", "Harbor/team-b/app", false, "NOT_BOUND"),
    ("IMG-5", "ns-a", "Harbor/team-a/app", true, "BOUND"),
    ("IMG-5", "ns-a", "10.1.2.3/team-b/app", false, "NOT_BOUND"),
    ("IMG-6", "ns-a", "harbor.corp.example/team-a/nginx:latest", true, "BOUND"),
    ("IMG-6", "ns-a", "harbor.corp.example/team-a/nginx", true, "BOUND"),
    ("IMG-7", "ns-a", "harbor.corp.example/team_x/my-image:12345", true, "BOUND"),
    ("IMG-7", "ns-b", "harbor.corp.example/team_x/my-image:12345", false, "NOT_BOUND"),
    ("IMG-8", "ns-a", "harbor.corp.example/team-a/app:v1.10_test", true, "BOUND"),
    (
        "IMG-9",
        "ns-a",
        "harbor.corp.example/team-b/app:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        false,
        "NOT_BOUND",
    ),
    (
        "IMG-9",
        "ns-a",
        "harbor.corp.example/team-a/app:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        true,
        "BOUND",
    ),
    ("IMG-10", "ns-a", "harbor.corp.example:443/team-b/app", false, "NOT_BOUND"),
    ("IMG-10", "ns-a", "harbor.corp.example:0443/team-b/app", false, "NOT_BOUND"),
    ("IMG-10", "ns-a", "harbor.corp.example:443/team-a/app", true, "BOUND"),
    ("IMG-11", "ns-a", "harbor.corp.example:8443/team-a/app", false, "NOT_BOUND"),
    ("IMG-11", "ns-b", "harbor.corp.example:8443/team-a/app", true, "BOUND"),
    ("IMG-11", "ns-b", "harbor.corp.example/team-a/app", false, "NOT_BOUND"),
    ("IMG-12", "ns-a", "harbor.corp.example/Team-B/app", false, "REFERENCE_INVALID"),
    ("IMG-12", "ns-a", "harbor.corp.example//team-b/app", false, "REFERENCE_INVALID"),
    ("IMG-12", "ns-a", "harbor.corp.example/team-b/app:", false, "REFERENCE_INVALID"),
    ("IMG-12", "ns-a", "harbor.corp.example/pub/app@sha256:01", false, "REFERENCE_INVALID"),
    ("IMG-13", "ns-a", "[2001:db8::5]:5000/team-b/app", false, "REGISTRY_UNKNOWN"),
    ("IMG-13", "ns-a", "192.0.2.7:5000/team-b/app", false, "REGISTRY_UNKNOWN"),
    ("IMG-13", "ns-a", "intranet:5000/team-b/app", false, "REGISTRY_UNKNOWN"),
    ("IMG-14", "ns-a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, "REFERENCE_INVALID"),
    ("IMG-15", "ns-a", "sha256:0123456789ab", false, "REFERENCE_INVALID"),
    ("IMG-17", "ns-a", "team-b/app", true, "REGISTRY_UNKNOWN"),
    ("IMG-17", "ns-a", "nginx", true, "REGISTRY_UNKNOWN"),
    ("NS-9", "ns-none", "harbor.corp.example/team-a/app", false, "NAMESPACE_NOT_MAPPED"),
    ("NS-9", "ns-none", "harbor.corp.example/pub/app", true, "SPACE_PUBLIC"),
    ("NS-9", "exempt", "harbor.corp.example/team-b/app", true, "EXEMPT"),
    ("NS-9", "exempt", "harbor.corp.example/Team-B/app", false, "REFERENCE_INVALID"),
];

/// In a cluster that refuses what no registry has.
const STRICT_ROWS: &[Row] = &[
    ("IMG-1", "ns-a", "harbor.corp.example.evil.example/team-b/app:1", false, "REGISTRY_UNKNOWN"),
    ("IMG-1", "ns-a", "harbor.corp.example.evil.example/pub/app:1", false, "REGISTRY_UNKNOWN"),
    ("IMG-17", "ns-a", "team-b/app", false, "REGISTRY_UNKNOWN"),
    ("IMG-6", "ns-a", "harbor.corp.example/team-a/nginx", true, "BOUND"),
    ("IMG-12", "ns-a", "harbor.corp.example/team-b/app:", false, "REFERENCE_INVALID"),
];

/// Docker Hub is a registry now: the names of its official images, and of its hosts.
const HUB_ROWS: &[Row] = &[
    ("IMG-3", "ns-a", "nginx", false, "NOT_BOUND"),
    ("IMG-3", "ns-a", "library/nginx:1", false, "NOT_BOUND"),
    ("IMG-3", "ns-a", "docker.io/nginx", false, "NOT_BOUND"),
    ("IMG-3", "ns-a", "index.docker.io/library/nginx", false, "NOT_BOUND"),
    ("IMG-3", "ns-a", "team-b/app", false, "SPACE_UNKNOWN"),
];

/// Puts every row to every door, and lists all that were answered otherwise.
async fn assert_rows(scene: &Scene, cluster: &str, rows: &[Row]) {
    let mut wrong = Vec::new();
    for &(id, namespace, image, admitted, reason) in rows {
        for door in Door::ALL {
            let expected = Told { admitted, reason: door.gives(reason).to_owned() };
            let told = door.ask(scene, (cluster, namespace), image).await;
            if told != expected {
                wrong.push(format!("{id}: {image} in {cluster}/{namespace}: {door:?} says {told:?}, not {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_spelling_of_an_image_is_judged_as_what_it_names() {
    let scene = Scene::start().await;
    assert_rows(&scene, CLUSTER, ROWS).await;
    assert_rows(&scene, STRICT, STRICT_ROWS).await;
    scene.add_docker_hub().await;
    assert_rows(&scene, CLUSTER, HUB_ROWS).await;
}

// Case: IMG-16
#[tokio::test(flavor = "multi_thread")]
async fn without_any_registry_everything_is_admitted_in_silence() {
    let scene = Scene::empty().await;
    assert_rows(&scene, CLUSTER, &[("IMG-16", "ns-a", "nginx", true, "REGISTRY_UNKNOWN")]).await;
    let answer = scene.whole_answer(CLUSTER, &creation("ns-a", &["nginx"])).await;
    assert_eq!(answer["response"].get("warnings"), None, "{answer:#}");
}

// Case: IMG-18
#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_is_left_blank_is_refused_in_a_pod_alone() {
    let scene = Scene::start().await;
    for blank in [json!(""), json!(null)] {
        let mut pod = creation("ns-a", &["x"]);
        pod["request"]["object"]["spec"]["containers"][0]["image"] = blank.clone();
        let response = scene.whole_answer(CLUSTER, &pod).await["response"].take();
        assert_eq!((&response["allowed"], &response["status"]["code"]), (&json!(false), &json!(403)), "{response:#}");
        let mut template = super::pods::workload("Deployment", "apps", &["spec", "template"], "x");
        template["request"]["object"]["spec"]["template"]["spec"]["containers"][0]["image"] = blank;
        let response = scene.whole_answer(CLUSTER, &template).await["response"].take();
        assert_eq!((&response["allowed"], response.get("warnings")), (&json!(true), None), "{response:#}");
    }
}
