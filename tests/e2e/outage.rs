//! Nobody answers: nothing that was to be decided gets in, everything else goes on, and what had to wait recovers by itself.
//! This platform is the test's own, since it is stopped.

use std::net::{SocketAddr, TcpListener};

use serde_json::Value;

use crate::case::{NOT_BOUND, assert_told};
use crate::control_plane::{Answer, ControlPlane};
use crate::harness::platform::{Options, Platform};
use crate::manifest::{self, PODS_WEBHOOK, pod};
use crate::world::{HARBOR_ADMIN, World, eventually, wait, world};

/// The namespace that this platform decides, and the others do not.
pub(crate) const NAMESPACE: &str = "outage";

/// A port that is free, and stays so unless somebody takes it this very moment.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn kubectl(arguments: &[&str]) -> Answer {
    ControlPlane::shared().kubectl(&[&["--namespace", NAMESPACE], arguments].concat())
}

fn run(name: &str, image: &str) -> Answer {
    kubectl(&["run", name, "--image", image])
}

fn has(kind: &str, name: &str) -> bool {
    !kubectl(&["get", kind, name, "--ignore-not-found", "--output=name"]).expect_success().is_empty()
}

fn pods_of(deployment: &str) -> usize {
    let selector = format!("app={deployment}");
    kubectl(&["get", "pods", "--selector", &selector, "--output=name"]).expect_success().lines().count()
}

/// A platform that is asked about its namespace alone, in which `team-a` is bound.
fn platform(world: &World) -> Platform {
    let options = Options {
        kubeconfig: world.plane.kubeconfig(),
        webhook_listen: Some(free_address()),
        configuration: "shutdown:\n  delay: 50ms".to_owned(),
        ..Options::default()
    };
    let platform = wait(Platform::start(&options));
    world.plane.create_namespace(NAMESPACE);
    wait(async {
        let registry = platform.register("harbor", "HARBOR", &world.harbor.url(), Some(HARBOR_ADMIN)).await;
        let workspace = platform.workspace(NAMESPACE).await;
        platform.assign(NAMESPACE, Some(&workspace)).await;
        let space = platform.space(&registry, "team-a").await;
        platform.bind(&[&space], &[&workspace]).await;
    });
    let registration = manifest::registration(NAMESPACE, &platform, &manifest::only_in(NAMESPACE));
    world.plane.apply(&registration).expect_success();
    world.plane.wait_until_asked(&pod("probe", "sha256:0123").in_namespace(NAMESPACE).object());
    platform
}

// Case: PRO-5
#[test]
fn nothing_gets_in_while_nobody_answers_and_what_waited_recovers_by_itself() {
    let world = world();
    let mut platform = platform(world);
    let (bound, unbound) = (world.image("team-a/app:1.0"), world.image("team-b/app:1.0"));
    run("before", &bound).expect_success();
    run("old", &bound).expect_success();
    wait(platform.stop());

    let failed = run("public", &world.image("pub/app:1.0"));
    let words = format!("failed calling webhook \"{PODS_WEBHOOK}\"");
    assert_told(&failed.stderr, &["Error from server (InternalError)", &words, "connection refused"]);
    assert!(!failed.status.success() && !has("pod", "public"));
    kubectl(&["delete", "pod", "old", "--grace-period=0", "--force"]).expect_success();
    assert!(!has("pod", "old"), "deleting needs no answer");
    for (name, image) in [("waiting", &bound), ("refused", &unbound)] {
        kubectl(&["create", "deployment", name, "--image", image]).expect_success();
        eventually("an event says that nobody answers", || told(name, "failed calling webhook"));
        assert_eq!(pods_of(name), 0);
    }

    wait(platform.run());
    run("after", &bound).expect_success();
    assert_told(&run("other", &unbound).expect_refusal(NOT_BOUND), &[&unbound]);
    assert!(has("pod", "before") && has("pod", "after") && !has("pod", "other"));
    eventually("the waiting deployment gets its pod", || (pods_of("waiting") == 1).then_some(()));
    eventually("the other is refused its pod for a better reason", || told("refused", "denied the request"));
    assert_eq!(pods_of("refused"), 0);
}

/// Whether an event of the deployment's ReplicaSet says this. Its condition keeps the first reason for ever.
fn told(deployment: &str, words: &str) -> Option<()> {
    let text = kubectl(&["get", "events", "--output=json"]).expect_success();
    let list: Value = serde_json::from_str(&text).unwrap();
    let is_of =
        |event: &Value| event["involvedObject"]["name"].as_str().unwrap().starts_with(&format!("{deployment}-"));
    let mut events = list["items"].as_array().unwrap().iter().filter(|event| is_of(event));
    events.any(|event| event["message"].as_str().unwrap().contains(words)).then_some(())
}
