//! Pods that claim an owner of a kind that nobody knows, and what is told of a template within a template: cases of
//! `docs/security.md` about pods that the other tests leave over.

use serde_json::json;

use crate::case::{Case, NOT_BOUND, assert_told};
use crate::manifest::{self, pod};

// Case: POD-14
#[test]
fn a_pod_that_an_operators_own_kind_owns_is_decided_like_any_other() {
    let case = Case::assigned("operated");
    let owner = json!([{ "apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "controller": true,
        "uid": "2d1f0a3c-0000-4000-8000-000000000004" }]);
    let widget = pod("owned", &case.world.image("team-b/app:1.0")).with("/metadata", "ownerReferences", owner);
    case.refuses(widget, NOT_BOUND);
}

// Case: POD-16
#[test]
fn a_cron_job_is_warned_of_with_the_whole_path_of_the_image() {
    let case = Case::assigned("cron");
    let image = case.world.image("team-b/app:1.0");
    let mut workloads = manifest::workloads(&image);
    workloads.retain(|workload| workload["kind"] == "CronJob");
    let created = case.create(&workloads[0]);
    assert_told(&created.stderr, &["Warning: ", "spec.jobTemplate.spec.template.spec.containers[0].image", &image]);
    created.expect_success();
    assert!(case.get("cronjob", "idle").is_some());
}
