//! What a tenant takes off a namespace or puts on it, and namespaces while nobody answers: cases of `docs/security.md` about
//! namespaces that only an API server can tell.

use serde_json::{Value, json};

use crate::case::{Case, NOT_BOUND};
use crate::manifest::{self, pod};
use crate::world::{World, eventually, world};

/// A namespace that nobody answers for.
const SILENT: &str = "silent";

fn replace_namespace(case: &Case, change: impl FnOnce(&mut Value)) {
    let mut namespace = case.get("namespace", case.name).unwrap();
    change(&mut namespace["metadata"]);
    case.world.plane.kubectl_with(&["replace", "--filename=-"], &namespace.to_string()).expect_success();
}

// Case: NS-4
#[test]
fn a_namespace_without_labels_annotations_and_owners_has_what_it_had() {
    let case = Case::assigned("stripped");
    case.bind("team-a");
    let owner = json!([{ "apiVersion": "example.com/v1", "kind": "Tenant", "name": "t",
        "uid": "2d1f0a3c-0000-4000-8000-000000000003" }]);
    for owners in [owner, json!([])] {
        replace_namespace(&case, |metadata| {
            (metadata["labels"], metadata["annotations"]) = (json!({}), json!({}));
            metadata["ownerReferences"] = owners;
        });
        case.refuses(pod("other", &case.world.image("team-b/app:1.0")), NOT_BOUND);
    }
    case.admits(pod("own", &case.world.image("team-a/app:1.0")));
}

// Case: NS-5
#[test]
fn no_label_switches_the_webhook_off() {
    let case = Case::assigned("opted-out");
    let labels = json!({ "wharfinger.dev/ignore": "true", "wharfinger.dev/skip": "true", "wharfinger.dev/exempt": "true",
        "admission.wharfinger.dev/ignore": "", "control-plane": "wharfinger", "app.kubernetes.io/name": "wharfinger" });
    replace_namespace(&case, |metadata| metadata["labels"] = labels.clone());
    let marked = pod("marked", &case.world.image("team-b/app:1.0")).with("/metadata", "labels", labels);
    case.refuses(marked, NOT_BOUND);
}

/// The registration as it is stored, for one namespace and with nobody at its address.
fn unanswered(world: &World) -> Value {
    let get = ["get", "validatingwebhookconfiguration", "wharfinger", "--output=json"];
    let mut registration: Value = serde_json::from_str(&world.plane.kubectl(&get).expect_success()).unwrap();
    registration["metadata"] = json!({ "name": SILENT });
    for webhook in registration["webhooks"].as_array_mut().unwrap() {
        webhook["clientConfig"] = json!({ "url": "https://127.0.0.1:1/" });
        webhook["namespaceSelector"] = manifest::only_in(SILENT);
    }
    registration
}

// Case: NS-8
#[test]
fn namespaces_are_made_changed_and_removed_while_nobody_answers() {
    let world = world();
    world.plane.create_namespace(SILENT);
    world.plane.create(&unanswered(world)).expect_success();
    let probe = pod("probe", &world.image("pub/app:1.0")).in_namespace(SILENT).object();
    eventually("nobody answers for the namespace", || {
        let told = world.plane.kubectl_with(&["create", "--dry-run=server", "--filename=-"], &probe.to_string());
        told.stderr.contains("failed calling webhook").then_some(())
    });
    world.plane.kubectl(&["label", "namespace", SILENT, "tier=web"]).expect_success();
    world.plane.kubectl(&["delete", "namespace", SILENT]).expect_success();
    world.plane.kubectl(&["create", "namespace", SILENT]).expect_success();
    world.plane.kubectl(&["create", "configmap", "any", "--namespace", SILENT]).expect_success();
}
