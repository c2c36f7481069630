//! The protocol between an API server and the webhook, over TLS: what every answer has, and what is not taken in.

use serde_json::{Value, json};

use super::scene::Scene;
use crate::harness::journey::creation;
use crate::harness::platform::CLUSTER;

const UID: &str = "5f2a7a7e-0000-4000-8000-000000000001";

/// An image that is admitted, and one that is denied.
const IMAGES: [(&str, bool); 2] = [("harbor.corp.example/pub/app", true), ("harbor.corp.example/team-b/app", false)];

// Case: PRO-1
#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_is_half_broken_is_denied_with_its_uid() {
    let scene = Scene::start().await;
    let broken = [
        ("/request/object", json!(null)),
        ("/request/object", json!("x")),
        ("/request/object/spec", json!(5)),
        ("/request/object/spec/containers", json!({})),
        ("/request/object/spec/containers/0/image", json!(["nginx"])),
    ];
    for (pointer, value) in broken {
        let mut review = creation("ns-a", &[IMAGES[0].0]);
        *review.pointer_mut(pointer).unwrap() = value;
        let answer = scene.whole_answer(CLUSTER, &review).await;
        assert_eq!(
            (&answer["response"]["uid"], &answer["response"]["allowed"]),
            (&json!(UID), &json!(false)),
            "{answer:#}"
        );
        let message = answer["response"]["status"]["message"].as_str().unwrap();
        assert!(message.contains(&pointer.replace("/0", "[0]").replace('/', ".")[1..]), "{message}");
    }
}

// Case: PRO-2
#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_what_it_is_and_whose() {
    let scene = Scene::start().await;
    for (image, allowed) in IMAGES {
        let answer = scene.whole_answer(CLUSTER, &creation("ns-a", &[image])).await;
        assert_eq!(
            (&answer["kind"], &answer["apiVersion"]),
            (&json!("AdmissionReview"), &json!("admission.k8s.io/v1"))
        );
        let response = &answer["response"];
        assert_eq!((&response["uid"], &response["allowed"]), (&json!(UID), &json!(allowed)), "{answer:#}");
        assert!(response.get("patch").is_none(), "{answer:#}");
    }
}

// Case: PRO-3
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_long_is_refused_and_the_next_review_is_answered() {
    let scene = Scene::start().await;
    let mut review = creation("ns-a", &[IMAGES[0].0]);
    review["request"]["object"]["metadata"]["annotations"] = json!({ "a": "x".repeat(7 * 1024 * 1024) });
    let url = format!("https://{}/validate/{CLUSTER}", scene.platform.addresses().webhook);
    // A server that stops to read may close the connection before the client has read the answer.
    if let Ok(answer) = scene.platform.http().post(&url).json(&review).send().await {
        assert_eq!(answer.status(), 413);
    }
    let answer = scene.whole_answer(CLUSTER, &creation("ns-a", &[IMAGES[0].0])).await;
    assert_eq!(answer["response"]["allowed"], true);
}

// Case: PRO-4
#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_gets_the_same_verdict_and_learns_of_the_namespace_alone() {
    let scene = Scene::start().await;
    let mut messages = Vec::new();
    for user in ["system:admin", "system:serviceaccount:ns-b:default", "system:anonymous"] {
        let mut review = creation("ns-a", &[IMAGES[1].0]);
        review["request"]["userInfo"] = json!({ "username": user, "groups": ["system:masters"] });
        let mut answer: Value = scene.whole_answer(CLUSTER, &review).await;
        let message = answer["response"]["status"]["message"].take();
        let message = message.as_str().unwrap();
        assert!(!message.contains("\"wb\"") && !message.contains("first"), "{message}");
        messages.push(message.split_once(" Decision ").expect("an id").0.to_owned());
    }
    messages.dedup();
    assert_eq!(messages.len(), 1, "{messages:?}");
}
