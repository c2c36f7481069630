//! What makes pods: the user is warned when applying it, its controller is refused the pod and tells why, and the pod comes
//! by itself once it may.

use serde_json::{Value, json};

use crate::case::{Case, assert_told};
use crate::manifest;
use crate::world::eventually;

/// The condition of the case's only ReplicaSet that says why there is no pod.
fn replica_failure(case: &Case) -> Option<String> {
    let sets = case.all("replicasets");
    let conditions = sets.first()?["status"]["conditions"].as_array()?.clone();
    let failure = conditions.iter().find(|condition| condition["type"] == "ReplicaFailure")?;
    assert_eq!((&failure["status"], &failure["reason"]), (&"True".into(), &"FailedCreate".into()), "{failure}");
    failure["message"].as_str().map(str::to_owned)
}

// Case: POD-15
#[test]
fn a_deployment_is_warned_of_when_applied_refused_its_pod_and_gets_it_once_the_space_is_bound() {
    let case = Case::assigned("deployment");
    let image = case.world.image("team-a/app:1.0");
    let created = case.kubectl(&["create", "deployment", "web", "--image", &image]);
    let (warning, field) = (format!("\"{image}\""), "spec.template.spec.containers[0].image");
    assert_told(&created.stderr, &["Warning: ", field, &warning]);
    created.expect_success();

    let told = eventually("the ReplicaSet tells of its failure", || replica_failure(&case));
    assert_told(&told, &["denied the request", "spec.containers[0].image", &image, "bind the space to the workspace"]);
    let event = eventually("an event tells of it", || {
        let of_the_set =
            |event: &Value| event["reason"] == "FailedCreate" && event["involvedObject"]["kind"] == "ReplicaSet";
        case.all("events").into_iter().find(of_the_set)
    });
    assert_eq!(event["type"], "Warning");
    assert_told(event["message"].as_str().unwrap(), &["denied the request", &image, "bind the space to the workspace"]);
    assert!(case.all("pods").is_empty());

    case.bind("team-a");
    let pods = eventually("the pod comes by itself", || Some(case.all("pods")).filter(|pods| !pods.is_empty()));
    assert_eq!(pods[0]["spec"]["containers"][0]["image"], *image);
    assert_eq!(pods[0]["metadata"]["ownerReferences"][0]["kind"], "ReplicaSet");
}

#[test]
fn every_kind_with_a_template_is_warned_of_and_stored() {
    let case = Case::assigned("templates");
    let image = case.world.image("team-b/app:1.0");
    for workload in manifest::workloads(&image) {
        let kind = workload["kind"].as_str().unwrap();
        let created = case.create(&workload);
        assert_told(&created.stderr, &["Warning: ", &image]);
        created.expect_success();
        assert!(case.get(kind, "idle").is_some(), "{kind}");
    }
}

#[test]
fn a_template_whose_pods_are_admitted_is_not_warned_of() {
    let case = Case::assigned("quiet");
    case.bind("team-a");
    let workloads = manifest::list(&manifest::workloads(&case.world.image("team-a/app:1.0")));
    let created = case.create(&workloads);
    assert!(!created.stderr.contains("Warning: "), "{created:?}");
    created.expect_success();
}

// Case: POD-16
#[test]
fn a_job_and_a_stateful_set_are_refused_their_pods_too() {
    let case = Case::assigned("others");
    let image = case.world.image("team-a/app:1.0");
    let mut workloads = manifest::workloads(&image);
    workloads.retain(|workload| workload["kind"] == "Job" || workload["kind"] == "StatefulSet");
    for workload in &mut workloads {
        let (field, value) = if workload["kind"] == "Job" { ("suspend", json!(false)) } else { ("replicas", json!(1)) };
        workload["spec"][field] = value;
    }
    case.create(&manifest::list(&workloads)).expect_success();
    for kind in ["Job", "StatefulSet"] {
        eventually("an event tells of the refusal", || {
            let events = case.all("events");
            let of_this = events.iter().filter(|event| event["involvedObject"]["kind"] == kind);
            let mut messages = of_this.filter_map(|event| event["message"].as_str());
            messages.any(|message| message.contains("denied the request") && message.contains(&image)).then_some(())
        });
    }
    assert!(case.all("pods").is_empty());
}
