//! What a tenant can write on a pod or on a namespace changes nothing.

use serde_json::json;

use crate::case::{Case, NOT_BOUND, UNMAPPED};
use crate::manifest::{Pod, pod};

fn private(case: &Case, name: &str) -> Pod {
    pod(name, &case.world.image("team-a/app:1.0"))
}

// Case: NS-3
#[test]
fn labels_and_annotations_of_a_namespace_change_nothing() {
    let case = Case::unassigned("tampered");
    let owner = Case::assigned("owner");
    owner.bind("team-a");
    owner.admits(private(&owner, "app"));
    let labels = ["wharfinger.dev/workspace=owner", "workspace.ghippo.io/id=1", "kubesphere.io/workspace=owner"];
    case.world.plane.kubectl(&[&["label", "namespace", case.name][..], &labels].concat()).expect_success();
    let annotate =
        ["annotate", "namespace", case.name, "field.cattle.io/projectId=owner", "wharfinger.dev/exempt=true"];
    case.world.plane.kubectl(&annotate).expect_success();
    case.refuses(private(&case, "labelled"), UNMAPPED);
}

// Case: NS-3
#[test]
fn a_namespace_cannot_be_called_one_of_the_systems() {
    let case = Case::unassigned("renamed");
    // The API server restores this label, whatever is written.
    let label = ["label", "namespace", case.name, "--overwrite", "kubernetes.io/metadata.name=kube-system"];
    case.world.plane.kubectl(&label).expect_success();
    case.refuses(private(&case, "renamed"), UNMAPPED);
    for part in ["status", "finalize"] {
        let path = format!("/api/v1/namespaces/{}/{part}", case.name);
        let mut namespace = case.get("namespace", case.name).unwrap();
        namespace["metadata"]["labels"] = json!({ "kubernetes.io/metadata.name": "kube-system" });
        let replace = ["replace", "--raw", &path, "--filename=-"];
        case.world.plane.kubectl_with(&replace, &namespace.to_string()).expect_success();
        case.refuses(private(&case, "renamed"), UNMAPPED);
    }
}

// Case: POD-13, POD-18
#[test]
fn a_pod_that_claims_an_owner_is_decided_like_any_other() {
    let case = Case::assigned("forged");
    let owner = json!([{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "trusted", "controller": true,
        "uid": "2d1f0a3c-0000-4000-8000-000000000001" }]);
    case.refuses(private(&case, "owned").with("/metadata", "ownerReferences", owner), NOT_BOUND);
    let node = json!([{ "apiVersion": "v1", "kind": "Node", "name": "nowhere", "controller": true,
        "uid": "2d1f0a3c-0000-4000-8000-000000000002" }]);
    let mirror = private(&case, "mirror").with("/metadata", "ownerReferences", node);
    let mirror = mirror.with("/metadata", "annotations", json!({ "kubernetes.io/config.mirror": "0123" }));
    case.refuses(mirror.with("/spec", "nodeName", json!("nowhere")), NOT_BOUND);
}

// Case: POD-18
#[test]
fn labels_and_annotations_of_a_pod_change_nothing() {
    let case = Case::assigned("marked");
    let marked = private(&case, "marked").with("/metadata", "labels", json!({ "wharfinger.dev/exempt": "true" }));
    case.refuses(marked.with("/metadata", "annotations", json!({ "wharfinger.dev/workspace": "owner" })), NOT_BOUND);
}
