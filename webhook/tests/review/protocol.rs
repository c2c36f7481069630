//! What is a review and what is not, and what every answer to one has.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::door::{Door, UID, create, r1};
use crate::world::World;

fn door() -> Door {
    Door::of(&World::new())
}

const PATH: &str = "/validate/east";

#[tokio::test]
async fn refuses_another_content_type_and_none() {
    let body = create(&["nginx"]).to_string();
    for content_type in [Some("text/plain"), Some("application/yaml"), Some("application/jsonp"), None] {
        let mut request = Request::post(PATH);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let (status, _) = door().send(request.body(Body::from(body.clone())).unwrap()).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type:?}");
    }
    let request = Request::post(PATH).header("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(door().send(request.body(Body::from(body)).unwrap()).await.0, StatusCode::OK);
}

#[tokio::test]
async fn refuses_another_method_and_another_path() {
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let request = Request::builder().method(method).uri(PATH).body(Body::empty()).unwrap();
        assert_eq!(door().send(request).await.0, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    for path in ["/", "/validate", "/validate/", "/validate/east/west", "/mutate/east"] {
        let (status, _) = door().post(path, create(&["nginx"]).to_string()).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn refuses_what_is_no_review_and_says_why() {
    let with = |change: fn(&mut Value)| {
        let mut review = create(&["nginx"]);
        change(&mut review);
        review.to_string()
    };
    for (body, why) in [
        (String::new(), "not the JSON of an AdmissionReview"),
        ("not json".to_owned(), "not the JSON of an AdmissionReview"),
        ("[]".to_owned(), "not the JSON of an AdmissionReview"),
        (r#"["admission.k8s.io/v1", "AdmissionReview", {"uid": "u"}]"#.to_owned(), "not the JSON"),
        ("{}".to_owned(), "apiVersion: admission.k8s.io/v1"),
        (format!("{} trailing", with(|_| ())), "not the JSON of an AdmissionReview"),
        (with(|it| it["apiVersion"] = "admission.k8s.io/v1beta1".into()), "apiVersion: admission.k8s.io/v1"),
        (with(|it| it["kind"] = "Review".into()), "kind: AdmissionReview"),
        (with(|it| it["request"] = Value::Null), "no request"),
        (with(|it| it["request"] = json!([])), "not the JSON of an AdmissionReview"),
        (with(|it| it["request"]["uid"] = "".into()), "no uid"),
        (with(|it| it["request"]["uid"] = Value::Null), "no uid"),
        (with(|it| it["request"]["uid"] = 7.into()), "not the JSON of an AdmissionReview"),
    ] {
        let door = door();
        let (status, text) = door.post(PATH, body.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(text.contains(why), "{why} in {text}");
        assert_eq!(door.metrics.refusals().find(|(status, _)| *status == 400), Some((400, 1)));
    }
}

#[tokio::test]
async fn answers_every_review_with_its_uid_and_no_patch() {
    // `ask` asserts both, with kind and apiVersion.
    let door = door();
    door.ask(&create(&["nginx"])).await.admits("REGISTRY_UNKNOWN");
    door.ask(&create(&[&r1("team-b/app:1")])).await.denies("NOT_BOUND", &[]);
}

#[tokio::test]
async fn answers_a_half_broken_review_with_its_uid_and_the_path_of_the_field() {
    for (pointer, value, path) in [
        ("/request/object", Value::Null, "request.object is missing"),
        ("/request/object", json!("x"), "request.object"),
        ("/request/object", json!([]), "request.object"),
        ("/request/object/spec", json!(5), "request.object.spec"),
        ("/request/object/spec", json!([]), "request.object.spec"),
        ("/request/object/spec/containers", json!({}), "request.object.spec.containers"),
        ("/request/object/spec/containers/0", json!("nginx"), "request.object.spec.containers[0]"),
        ("/request/object/spec/containers/0", Value::Null, "request.object.spec.containers[0]"),
        ("/request/object/spec/containers/0/image", json!(["nginx"]), "request.object.spec.containers[0].image"),
        ("/request/object/kind", json!("Deployment"), "request.object.kind"),
        ("/request/oldObject", json!(1), "request.oldObject"),
        ("/request/operation", json!("PATCH"), "request.operation"),
        ("/request/operation", json!(1), "request.operation"),
        ("/request/namespace", json!({}), "request.namespace"),
        ("/request/namespace", json!(""), "request.namespace is missing"),
        ("/request/kind", Value::Null, "request.kind.kind is missing"),
        ("/request/kind", json!("Pod"), "request.kind"),
        ("/request/userInfo", json!("alice"), "request.userInfo"),
        ("/request/dryRun", json!("no"), "request.dryRun"),
    ] {
        let mut review = create(&["nginx"]);
        *review.pointer_mut(pointer).unwrap() = value.clone();
        let path = if path.ends_with("missing") {
            path.replace(" is missing", " cannot be judged: is missing")
        } else {
            format!("{path} cannot be judged: ")
        };
        door().ask(&review).await.denies("OBJECT_INVALID", &[&path]);
    }
}

#[tokio::test]
async fn denies_a_list_of_another_type_with_its_path() {
    for list in ["containers", "initContainers", "ephemeralContainers", "volumes"] {
        for value in [
            json!({}),
            json!("x"),
            json!(1),
            json!(true),
            json!([1]),
            json!([null]),
            json!([[]]),
            json!([{"image": 1}]),
        ] {
            let mut review = create(&["nginx"]);
            review["request"]["object"]["spec"][list] = value;
            door().ask(&review).await.denies("OBJECT_INVALID", &[&format!("request.object.spec.{list}")]);
        }
    }
}

#[tokio::test]
async fn takes_null_for_an_empty_list_and_ignores_what_it_does_not_know() {
    let mut review = create(&["nginx"]);
    for list in ["initContainers", "ephemeralContainers", "volumes"] {
        review["request"]["object"]["spec"][list] = Value::Null;
    }
    review["request"]["object"]["spec"]["futureField"] = json!({"image": 5, "containers": "none"});
    review["request"]["object"]["status"] = json!(["odd"]);
    review["request"]["novel"] = json!([{}]);
    review["more"] = json!(1);
    door().ask(&review).await.admits("REGISTRY_UNKNOWN");
    review["request"]["object"]["spec"]["containers"] = Value::Null;
    door().ask(&review).await.admits("NO_IMAGE");
}

#[tokio::test]
async fn denies_for_a_cluster_that_is_not_there_and_names_the_mistake() {
    let answer = door().ask_at("/validate/we%22st", &create(&["nginx"])).await;
    answer.denies("CLUSTER_UNKNOWN", &[r#"no cluster is called "we\"st""#, "path"]);
}

// Case: NS-6
#[tokio::test]
async fn denies_before_there_is_a_snapshot() {
    let answer = Door::unready().ask(&create(&["nginx"])).await;
    assert!(!answer.is_allowed());
    assert_eq!(answer.0["status"]["code"], 503);
    assert!(answer.message().contains("not loaded yet"));
    Door::unready().ask(&crate::door::review("DELETE", Value::Null, Value::Null)).await.admits("NOT_JUDGED");
}

#[tokio::test]
async fn annotates_what_an_auditor_needs_without_a_slash_in_a_key() {
    let answer = door().ask(&create(&[&r1("team-b/app:1"), &r1("pub/app")])).await;
    assert_eq!(
        answer.0["auditAnnotations"],
        json!({
            "decision": "denied",
            "reason": "NOT_BOUND",
            "images": "decided=2 denied=1",
            "workspace": "wa",
            "revision": "7-0000000000000007",
            "decision-id": "00000000000000000000000000000001",
        })
    );
    assert_eq!(answer.0["uid"], UID);
}
