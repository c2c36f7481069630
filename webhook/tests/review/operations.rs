//! Which operations and subresources are judged, and what an update is judged by.

use serde_json::{Value, json};

use crate::door::{Answer, Door, create, pod, r1, review, through, update, within};
use crate::world::World;

async fn ask(review: &Value) -> Answer {
    Door::of(&World::new()).ask(review).await
}

/// A pod with an ephemeral container besides its own.
fn debugged(image: &str, debugger: &str) -> Value {
    let mut pod = pod(&[image]);
    pod["spec"]["ephemeralContainers"] = json!([{"name": "debug", "image": debugger}]);
    pod
}

#[tokio::test]
async fn denies_an_init_container_of_another_workspace() {
    let mut review = create(&[&r1("pub/app")]);
    review["request"]["object"]["spec"]["initContainers"] = json!([{"name": "i", "image": r1("team-b/init")}]);
    ask(&review).await.denies("NOT_BOUND", &[r#"spec.initContainers[0].image "harbor.corp.example/team-b/init""#]);
}

#[tokio::test]
async fn denies_a_debug_container_through_the_subresource() {
    let attached = |image: &str| {
        let review = review("UPDATE", debugged(&r1("pub/app"), &r1(image)), pod(&[&r1("pub/app")]));
        through(review, "ephemeralcontainers")
    };
    ask(&attached("team-b/dbg")).await.denies("NOT_BOUND", &["1 image may", "spec.ephemeralContainers[0].image"]);
    ask(&attached("pub/tools")).await.admits("SPACE_PUBLIC");
}

#[tokio::test]
async fn decides_an_image_volume() {
    for (image, reason) in [("team-b/model:1", "NOT_BOUND"), ("team-a/model", "SPACE_PUBLIC")] {
        let mut review = create(&[&r1("pub/app")]);
        review["request"]["object"]["spec"]["volumes"] = json!([{"name": "m", "image": {"reference": r1(image)}}]);
        let answer = ask(&review).await;
        if reason == "NOT_BOUND" {
            answer.denies(reason, &["spec.volumes[0].image.reference"]);
        } else {
            answer.admits(reason);
        }
    }
}

#[tokio::test]
async fn decides_only_what_an_update_adds() {
    let (old, new) = (r1("team-b/x"), r1("orphan/y"));
    let changed = ask(&update(&[&new], &[&old])).await;
    changed.denies("NOT_BOUND", &["orphan/y"]);
    assert!(!changed.message().contains("team-b"), "{}", changed.message());
    let added = ask(&update(&[&old, &new], &[&old])).await;
    added.denies("NOT_BOUND", &["1 image may", "orphan/y"]);
    assert_eq!(added.annotation("grandfathered"), Some("1"));
}

#[tokio::test]
async fn never_blocks_an_update_that_adds_no_image() {
    let old = r1("team-b/x");
    let mut review = update(&[&old], &[&old]);
    review["request"]["object"]["metadata"]["labels"] = json!({"a": "b"});
    let answer = ask(&review).await;
    answer.admits("GRANDFATHERED");
    assert_eq!(
        (answer.annotation("grandfathered"), answer.annotation("images")),
        (Some("1"), Some("decided=0 denied=0"))
    );
    for subresource in ["status", "resize", "a-new-one"] {
        ask(&through(review.clone(), subresource)).await.admits("GRANDFATHERED");
    }
}

#[tokio::test]
async fn decides_a_new_image_while_the_pod_is_being_deleted() {
    let deleting = |image: &str| {
        let mut review = update(&[image], &[&r1("pub/app")]);
        for object in ["object", "oldObject"] {
            review["request"][object]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
            review["request"][object]["metadata"]["finalizers"] = json!(["example.com/wait"]);
        }
        review
    };
    ask(&deleting(&r1("team-b/x"))).await.denies("NOT_BOUND", &["team-b/x"]);
    let mut released = deleting(&r1("pub/app"));
    released["request"]["object"]["metadata"]["finalizers"] = json!([]);
    ask(&released).await.admits("GRANDFATHERED");
}

#[tokio::test]
async fn never_denies_a_deletion_or_a_connection() {
    ask(&review("DELETE", Value::Null, pod(&[&r1("team-b/x")]))).await.admits("NOT_JUDGED");
    ask(&review("DELETE", Value::Null, json!("broken"))).await.admits("NOT_JUDGED");
    let connect = through(review("CONNECT", json!({"kind": "PodExecOptions", "command": ["sh"]}), Value::Null), "exec");
    ask(&connect).await.admits("NOT_JUDGED");
}

#[tokio::test]
async fn lets_subresources_be_that_carry_no_pod() {
    for (subresource, group, kind) in
        [("binding", "", "Binding"), ("eviction", "policy", "Eviction"), ("scale", "autoscaling", "Scale")]
    {
        let mut review = through(review("CREATE", json!({"kind": kind, "spec": "odd"}), Value::Null), subresource);
        review["request"]["kind"] = json!({"group": group, "version": "v1", "kind": kind});
        ask(&review).await.admits("NOT_JUDGED");
    }
}

#[tokio::test]
async fn judges_an_unknown_subresource_that_carries_a_pod() {
    let (old, new) = (r1("pub/app"), r1("team-b/x"));
    for operation in ["UPDATE", "CREATE"] {
        let review = through(review(operation, pod(&[&new]), pod(&[&old])), "a-new-one");
        ask(&review).await.denies("NOT_BOUND", &["team-b/x"]);
    }
    ask(&through(create(&[&new]), "a-new-one")).await.denies("NOT_BOUND", &["team-b/x"]);
}

#[tokio::test]
async fn is_not_moved_by_owners_annotations_labels_or_the_user() {
    for owner in
        [json!({"apiVersion": "apps/v1", "kind": "ReplicaSet"}), json!({"apiVersion": "x/v1", "kind": "Custom"})]
    {
        let mut review = create(&[&r1("team-b/x")]);
        let mut owner = owner;
        (owner["name"], owner["uid"], owner["controller"]) = ("o".into(), "forged".into(), true.into());
        review["request"]["object"]["metadata"] = json!({
            "ownerReferences": [owner],
            "annotations": {"kubernetes.io/config.mirror": "x"},
            "labels": {"webhook": "ignore", "wharfinger.dev/workspace": "wb"},
            "namespace": "kube-system",
        });
        review["request"]["userInfo"] = json!({"username": "system:admin", "groups": ["system:masters"]});
        ask(&review).await.denies("NOT_BOUND", &["team-b/x"]);
    }
}

#[tokio::test]
async fn names_every_denied_image_in_one_message() {
    let mut review = create(&[&r1("team-b/main"), &r1("pub/good")]);
    review["request"]["object"]["spec"]["initContainers"] =
        json!([{"name": "i", "image": r1("team-b/one")}, {"name": "j", "image": r1("orphan/two")}]);
    review["request"]["object"]["spec"]["volumes"] = json!([{"name": "v", "image": {"reference": r1("nope/three")}}]);
    let answer = ask(&review).await;
    let clause = r#"is in no public space and in none that is bound to workspace "wa""#;
    let expected = format!(
        "4 images may not be used in namespace \"ns-a\": \
         spec.containers[0].image \"{R1}/team-b/main\" {clause}; \
         spec.initContainers[0].image \"{R1}/team-b/one\" {clause}; \
         spec.initContainers[1].image \"{R1}/orphan/two\" {clause}; \
         spec.volumes[0].image.reference \"{R1}/nope/three\" {clause}. \
         To use them, ask a platform administrator to bind the space to the workspace. \
         Decision 00000000000000000000000000000001.",
        R1 = crate::door::R1
    );
    answer.denies("NOT_BOUND", &[]);
    assert_eq!(answer.message(), expected);
}

#[tokio::test]
async fn bounds_the_message_and_says_how_many_more_there_are() {
    let images: Vec<_> = (0..500).map(|n| r1(&format!("team-b/{}-{n}", "long".repeat(40)))).collect();
    let images: Vec<_> = images.iter().map(String::as_str).collect();
    let answer = ask(&create(&images)).await;
    answer.denies("NOT_BOUND", &["500 images may", "spec.containers[0].image", " more. To use them, ", "Decision "]);
    assert!((1500..=2048).contains(&answer.message().len()), "{}", answer.message().len());
    let shown = answer.message().matches("].image \"").count();
    assert!(answer.message().contains(&format!("; and {} more", 500 - shown)), "{}", answer.message());
}

#[tokio::test]
async fn escapes_and_cuts_a_reference_before_it_repeats_it() {
    let hostile = format!("h/\u{1b}[31m\n\"\u{202e}é{}", "x".repeat(5_000));
    let answer = ask(&create(&[&hostile])).await;
    answer.denies("REFERENCE_INVALID", &[r#""h/\u{1b}[31m\n\"\u{202e}\u{e9}xxx"#, "xxx...\""]);
    assert!(answer.message().bytes().all(|byte| (0x20..0x7f).contains(&byte)));
    assert!(answer.message().len() < 1_000);
}

#[tokio::test]
async fn lets_an_exempt_namespace_run_everything() {
    ask(&within(create(&[&r1("team-b/x"), &r1("nope/y")]), "kube-system")).await.admits("EXEMPT");
}
