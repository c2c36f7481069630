//! What holds of a real API server: the watch of namespaces, and the control plane that the other tests rest on.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use wharfinger_cluster::{Access, Cluster, Observation, Timing, connect};
use wharfinger_domain::overlay::{LiveNamespace, Sighting};

use crate::control_plane::ControlPlane;

/// Longer than anything that a test waits for; a namespace takes seconds to be emptied.
const LONG: Duration = Duration::from_mins(1);

type Observations = Pin<Box<dyn Stream<Item = Observation> + Send>>;

async fn cluster() -> Cluster {
    let access = Access::Kubeconfig(ControlPlane::shared().kubeconfig(), None);
    connect(&access).await.expect("a kubeconfig that can be used")
}

async fn next(observations: &mut Observations) -> Observation {
    let observation = tokio::time::timeout(LONG, observations.next()).await;
    observation.expect("an observation in time").expect("a watch without an end")
}

/// What is next seen of the namespace of this name; other tests make namespaces at the same time.
async fn seen(observations: &mut Observations, wanted: &str) -> Option<LiveNamespace> {
    loop {
        match next(observations).await {
            Observation::Sighting(Sighting::Seen(name, live)) if &*name == wanted => return Some(live),
            Observation::Sighting(Sighting::Gone(name)) if &*name == wanted => return None,
            Observation::Sighting(Sighting::Seen(..) | Sighting::Gone(_)) | Observation::Alive => {}
            other => panic!("{other:?} instead of a change"),
        }
    }
}

fn kubectl(arguments: &[&str]) -> String {
    ControlPlane::shared().kubectl(arguments).expect_success()
}

fn uid(name: &str) -> String {
    kubectl(&["get", "namespace", name, "--output=jsonpath={.metadata.uid}"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_servers_namespaces_are_watched_from_their_creation_to_their_end() {
    let cluster = cluster().await;
    let mut observations: Observations = Box::pin(cluster.namespaces());
    let Observation::Sighting(Sighting::Listed(all)) = next(&mut observations).await else { panic!("not listed") };
    let (_, default) = all.iter().find(|(name, _)| &**name == "default").expect("every cluster has it");
    assert_eq!(*default.uid, *uid("default"));

    kubectl(&["create", "namespace", "watched"]);
    let live = LiveNamespace { uid: uid("watched").into(), terminating: false };
    assert_eq!(seen(&mut observations, "watched").await, Some(live.clone()));
    assert_eq!(cluster.namespace("watched").await, Ok(Some(live.clone())));

    kubectl(&["delete", "namespace", "watched", "--wait=false"]);
    let ending = LiveNamespace { terminating: true, ..live };
    assert_eq!(seen(&mut observations, "watched").await, Some(ending.clone()));
    while let Some(still) = seen(&mut observations, "watched").await {
        assert_eq!(still, ending);
    }
    assert_eq!(cluster.namespace("watched").await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_that_has_nothing_to_tell_is_listed_again_and_nothing_is_said_to_be_wrong() {
    let silence = Duration::from_secs(3);
    let cluster = cluster().await.with_timing(Timing { silence, ..Timing::default() });
    let mut observations: Observations = Box::pin(cluster.namespaces());
    let mut lists = 0;
    while lists < 3 {
        match next(&mut observations).await {
            Observation::Sighting(Sighting::Listed(_)) => lists += 1,
            Observation::Sighting(_) | Observation::Alive => {}
            Observation::Interrupted(error) => panic!("{error}"),
        }
    }
}

#[test]
fn the_control_plane_gives_tokens_that_it_knows_again() {
    let plane = ControlPlane::shared();
    kubectl(&["create", "namespace", "tokens"]);
    kubectl(&["create", "serviceaccount", "robot", "--namespace", "tokens"]);
    let token = plane.create_token("tokens", "robot");
    let review =
        format!(r#"{{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{{"token":"{token}"}}}}"#);
    let review = plane.kubectl_with(&["create", "--filename=-", "--output=jsonpath={.status.user.username}"], &review);
    assert_eq!(review.expect_success(), "system:serviceaccount:tokens:robot");
}

#[test]
fn the_control_plane_has_what_a_webhook_needs() {
    let plane = ControlPlane::shared();
    for file in [plane.webhook_cert(), plane.webhook_key()] {
        let pem = std::fs::read_to_string(&file).expect("a file of the control plane");
        assert!(pem.starts_with("-----BEGIN "), "{}", file.display());
    }
    assert!(plane.ca_pem().starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn the_control_plane_asks_the_webhook_that_is_registered_with_it() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = nobody.local_addr().expect("an address").port();
    kubectl(&["create", "namespace", "asked"]);
    let webhook = format!(
        r#"{{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {{"name": "nobody"}}, "webhooks": [{{"name": "nobody.example.com", "sideEffects": "None",
        "admissionReviewVersions": ["v1"], "timeoutSeconds": 1, "failurePolicy": "Fail",
        "clientConfig": {{"url": "https://127.0.0.1:{port}/"}},
        "namespaceSelector": {{"matchLabels": {{"kubernetes.io/metadata.name": "asked"}}}},
        "rules": [{{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}}]}}]}}"#
    );
    ControlPlane::shared().kubectl_with(&["create", "--filename=-"], &webhook).expect_success();
    let pod = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "p-", "namespace": "asked"},
        "spec": {"containers": [{"name": "c", "image": "example.com/a/b"}]}}"#;
    // A new configuration is in force within a second, and so is the namespace's service account.
    let refused = (0..50).find_map(|_| {
        let answer = ControlPlane::shared().kubectl_with(&["create", "--filename=-"], pod);
        answer.stderr.contains("failed calling webhook").then_some(answer)
    });
    let refused = refused.expect("the webhook is asked");
    assert!(!refused.status.success() && refused.stderr.contains("nobody.example.com"), "{refused:?}");
}

#[test]
fn a_control_plane_that_is_dropped_leaves_nothing_behind() {
    let plane = ControlPlane::start();
    let kubeconfig = plane.kubeconfig();
    assert!(plane.kubectl(&["get", "namespaces"]).expect_success().contains("kube-system"));
    drop(plane);
    assert!(!kubeconfig.exists());
}
