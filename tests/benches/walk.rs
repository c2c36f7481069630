//! A walk through a large Harbor: 3,000 projects, 30,000 repositories, 60,000 artifacts. How long it takes, how much it asks at
//! once, how much memory it holds, and how much it asks when nothing has changed. Fails when a bar is missed.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]
#![expect(clippy::print_stdout, reason = "a benchmark says what it has measured")]
#![expect(clippy::cast_precision_loss, reason = "what is counted is small")]
#![expect(dead_code, reason = "tests need more of what drives a running product")]

#[path = "../harness/database.rs"]
mod database;
#[path = "../harness/harness.rs"]
mod harness;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;
use wharfinger_fakes::harbor::{FakeHarbor, Options as HarborOptions, Push};
use wharfinger_fakes::kube::FakeKube;

use harness::leash;
use harness::platform::{Options, Platform};

const PROJECTS: usize = 3_000;
/// In each project.
const REPOSITORIES: usize = 10;
/// In each repository, each with one tag.
const ARTIFACTS: usize = 2;

/// What a robot's requests take at the least on a real Harbor of this size.
const LATENCY: Duration = Duration::from_millis(25);

/// The bars: how long the first walk may take, how many requests may be open, and how much memory may be held at most.
const LONGEST: Duration = Duration::from_mins(5);
const AT_ONCE: usize = 4;
const MEBIBYTES: u64 = 200;

/// Of the requests of the first walk one that finds nothing changed may make so many.
const UNCHANGED: f64 = 0.02;

const ADMIN: (&str, &str) = ("admin", "Harbor12345");

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if runtime.block_on(run()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run() -> bool {
    let harbor = harbor().await;
    let (kube, directory) = (FakeKube::start().await.unwrap(), tempfile::tempdir().unwrap());
    let kubeconfig = directory.path().join("kubeconfig");
    std::fs::write(&kubeconfig, kube.kubeconfig()).unwrap();
    let environment =
        vec![("WHARFINGER_SYNC_INTERVAL", "10s".to_owned()), ("WHARFINGER_SYNC_CONTENTS", "1s".to_owned())];
    let platform = Platform::start(&Options { kubeconfig, environment, ..Options::default() }).await;
    println!(
        "{PROJECTS} projects of {REPOSITORIES} repositories with {ARTIFACTS} artifacts, each answer after {LATENCY:?}"
    );

    let began = Instant::now();
    let query = "mutation($input: RegisterRegistryInput!) { registerRegistry(input: $input) { registry { id } } }";
    let credential = json!({ "username": ADMIN.0, "secret": ADMIN.1 });
    let input = json!({ "name": "large", "endpoint": harbor.url(), "credential": credential });
    let data = platform.graphql(query, json!({ "input": input })).await;
    let id = data["registerRegistry"]["registry"]["id"].as_str().unwrap().to_owned();
    let first = walk_after(&platform, &id, "").await;
    let (took, asked, memory) = (began.elapsed(), harbor.seen().len(), peak(&platform));
    println!("{:<44}{took:>12.1?}", "the first walk");
    println!("{:<44}{asked:>12}", "its requests");
    println!("{:<44}{:>12}", "most at once", harbor.most_at_once());
    println!("{:<44}{memory:>8} MiB", "most memory held");

    // The next ones are the schedule's: whole ones, of which the first may have begun before that ended.
    let second = walk_after(&platform, &id, &first).await;
    let before = harbor.seen().len();
    let began = Instant::now();
    walk_after(&platform, &id, &second).await;
    let (again, unchanged) = (began.elapsed(), harbor.seen().len() - before);
    let ratio = unchanged as f64 / asked as f64;
    println!("{:<44}{again:>12.1?}", "a walk that finds nothing changed, with its pause");
    println!("{:<44}{unchanged:>12}", "its requests");
    println!("{:<44}{ratio:>12.4}", "of those of the first");
    kept("the first walk", took.as_secs_f64(), LONGEST.as_secs_f64())
        & kept("requests at once", harbor.most_at_once() as f64, AT_ONCE as f64)
        & kept("MiB", memory as f64, MEBIBYTES as f64)
        & kept("requests where nothing has changed, of the first walk's", ratio, UNCHANGED)
}

async fn harbor() -> FakeHarbor {
    let harbor = FakeHarbor::start(HarborOptions::default()).await.unwrap();
    harbor.edit(|harbor| {
        harbor.latency = LATENCY;
        for project in 0..PROJECTS {
            let name = format!("team-{project:04}");
            harbor.create_project(&name, if project % 10 == 0 { "true" } else { "false" });
            for repository in 0..REPOSITORIES {
                for artifact in 0..ARTIFACTS {
                    let tag = format!("1.{artifact}");
                    harbor.push_artifact(&format!("{name}/app-{repository}"), &Push::tagged([&*tag]));
                }
            }
        }
    });
    harbor
}

/// Waits until a walk that began after this instant has succeeded. Gives when that one began.
async fn walk_after(platform: &Platform, id: &str, after: &str) -> String {
    let query = "query($id: ID!) { node(id: $id) { ... on Registry { lastSync { state startedAt error } } } }";
    loop {
        let data = platform.graphql(query, json!({ "id": id })).await;
        let sync = &data["node"]["lastSync"];
        assert_ne!(sync["state"], "FAILED", "{sync}");
        let began = sync["startedAt"].as_str().unwrap_or_default();
        if sync["state"] == "SUCCEEDED" && began > after {
            return began.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The most memory that the process has held, in MiB.
fn peak(platform: &Platform) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", platform.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

fn kept(what: &str, measured: f64, bar: f64) -> bool {
    let kept = measured <= bar;
    println!("{what}: {measured:.3}, {} {bar}", if kept { "within" } else { "MISSED the bar of" });
    kept
}
