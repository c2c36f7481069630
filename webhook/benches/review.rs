//! How long a review takes from its bytes to its answer, against the rules of a large platform: without a socket, and with
//! everything else that the webhook does.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

#[path = "../../tests/still/door.rs"]
mod door;
#[path = "../../tests/still/large.rs"]
mod large;
#[path = "../../tests/still/rows.rs"]
mod rows;

use axum::Router;
use axum::body::{Body, Bytes};
use divan::Bencher;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

fn main() {
    divan::main();
}

fn router() -> Router {
    door::router(large::policy())
}

/// A pod as it is after admission, with five images, filled up to this length by what decisions do not look at: managed
/// fields, environments, mounts.
fn review(length: usize, denied: bool) -> Bytes {
    let namespace = 4_321;
    let images = large::pod(namespace, denied);
    let containers: Vec<_> = images.iter().enumerate().map(|(n, image)| container(n, image)).collect();
    let mut review = json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
        "uid": "89d4ddbe-3003-4e02-86ca-84512fbc5e77",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "name": "web-6d4cf56db6-x7k2p",
        "namespace": large::name(namespace),
        "operation": "CREATE",
        "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller", "groups": ["system:authenticated"]},
        "object": {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web", "managedFields": []},
            "spec": {"initContainers": containers[3..], "containers": containers[..3], "serviceAccountName": "default"}},
        "oldObject": null, "dryRun": false,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
    }});
    let mut fields = 0;
    while review.to_string().len() < length {
        let field = json!({"manager": format!("manager-{fields}"), "operation": "Update", "time": "2026-01-01T00:00:00Z",
            "fieldsV1": {"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {".": {}, "f:image": {}, "f:env": {}}}}}});
        review["request"]["object"]["metadata"]["managedFields"].as_array_mut().unwrap().push(field);
        fields += 1;
    }
    review.to_string().into()
}

fn container(n: usize, image: &str) -> Value {
    let variable =
        |v: i64| json!({"name": format!("SETTING_{v}"), "value": format!("a value of the setting number {v}")});
    json!({"name": format!("c{n}"), "image": image, "env": (0..10).map(variable).collect::<Vec<_>>(),
        "resources": {"limits": {"cpu": "500m", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "tmp", "mountPath": "/tmp"}]})
}

fn answer(bencher: Bencher<'_, '_>, body: &Bytes, allowed: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let router = router();
    let ask = || {
        let response = router.clone().oneshot(door::post(body.clone()));
        runtime.block_on(response).unwrap()
    };
    assert_eq!(ask().status(), StatusCode::OK);
    let text = runtime.block_on(axum::body::to_bytes(ask().into_body(), usize::MAX)).unwrap();
    assert_eq!(String::from_utf8_lossy(&text).contains("\"allowed\":true"), allowed);
    bencher.bench_local(ask);
}

/// A body that is no review, to know what the router and the runtime cost.
#[divan::bench]
fn nothing_parsed(bencher: Bencher<'_, '_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let router = router();
    bencher.bench_local(|| {
        let request = Request::post("/validate/east?timeout=5s").body(Body::empty()).unwrap();
        runtime.block_on(router.clone().oneshot(request)).unwrap()
    });
}

#[divan::bench(args = [10 * 1024, 195 * 1024])]
fn admitted(bencher: Bencher<'_, '_>, length: usize) {
    answer(bencher, &review(length, false), true);
}

#[divan::bench(args = [10 * 1024])]
fn denied(bencher: Bencher<'_, '_>, length: usize) {
    answer(bencher, &review(length, true), false);
}
