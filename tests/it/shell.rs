//! The main job from a shell, with the program's own commands against the running server.

use serde_json::Value;

use crate::harness::platform::CLUSTER;
use crate::world::{ADMIN, World, text};

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_does_the_main_job_from_a_shell() {
    let world = World::start().await;
    let image = world.image("team-a/app:1.0");
    world.platform.wait_for_namespace("ns-a").await;
    world.runs(&["workspace", "create", "wa"]);
    world.runs(&["namespace", "assign", "ns-a", "--workspace", "wa", "--cluster", CLUSTER]);
    assert!(!world.runs(&["images", "ns-a", "--cluster", CLUSTER]).contains("team-a/app"));
    let explained = world.platform.cli(&["explain", "ns-a", &image, "--cluster", CLUSTER]);
    assert_eq!(explained.status.code(), Some(1));
    assert!(text(&explained).contains("NOT_BOUND"), "{}", text(&explained));
    assert!(world.runs(&["bind", "--space", "harbor/team-a", "--workspace", "wa"]).contains("CREATED"));
    assert!(world.runs(&["images", "ns-a", "--cluster", CLUSTER]).contains("team-a/app"));
    let explained = world.runs(&["explain", "ns-a", &image, "--cluster", CLUSTER, "--output", "json"]);
    let explained: Value = serde_json::from_str(&explained).unwrap();
    assert!(explained.to_string().contains("BOUND"), "{explained}");
    assert!(world.platform.create_pod("ns-a", &[&image]).await.allowed());
    world.runs(&["unbind", "--space", "harbor/team-a", "--workspace", "wa"]);
    assert!(!world.platform.create_pod("ns-a", &[&image]).await.allowed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_is_added_walked_and_listed_from_a_shell() {
    let world = World::start().await;
    let other =
        wharfinger_fakes::harbor::FakeHarbor::start(wharfinger_fakes::harbor::Options::default()).await.unwrap();
    let password = world.platform.data().join("password");
    std::fs::write(&password, ADMIN.1).unwrap();
    let file = password.to_str().unwrap();
    let add = ["registry", "add", "second", &other.url(), "--username", ADMIN.0, "--password-file", file, "--wait"];
    world.runs(&add);
    world.runs(&["registry", "sync", "second", "--wait"]);
    let listed = world.runs(&["registry", "list"]);
    assert!(listed.contains("second") && listed.contains("harbor"), "{listed}");
    let taken = world.platform.cli(&add);
    assert_eq!(taken.status.code(), Some(1));
    assert!(text(&taken).contains("TAKEN") && !text(&taken).contains(ADMIN.1), "{}", text(&taken));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_without_a_server_says_so() {
    let nothing = std::process::Command::new(env!("CARGO_BIN_EXE_wharfinger"))
        .args(["workspace", "list", "--server", "http://127.0.0.1:1", "--token-file", "/nowhere/token"])
        .output()
        .unwrap();
    assert_eq!(nothing.status.code(), Some(2));
    assert!(text(&nothing).contains("/nowhere/token"), "{}", text(&nothing));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_read_from_a_file_and_stands_on_no_command_line() {
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    let run = |token: &str, arguments: &[&str]| {
        std::fs::write(&file, token).unwrap();
        std::process::Command::new(env!("CARGO_BIN_EXE_wharfinger"))
            .args(["workspace", "list", "--server", &format!("http://{}", world.platform.addresses().api)])
            .args(arguments)
            .env_clear()
            .output()
            .unwrap()
    };
    let token = world.platform.token();
    let named = ["--token-file", file.to_str().unwrap()];
    let listed = run(&format!("{token}\n"), &named);
    assert!(listed.status.success(), "{}", text(&listed));
    let refused = run("whf_another", &named);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused).contains("UNAUTHENTICATED") && !text(&refused).contains("whf_"), "{}", text(&refused));
    let given = run(token, &["--token", token]);
    assert_eq!(given.status.code(), Some(2), "there is no such option");
}
