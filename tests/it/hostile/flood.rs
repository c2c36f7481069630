//! Thousands of hostile requests at once: the process grows no larger, keeps no connection, and reviews go on.

use std::fs;

use futures_util::future::join_all;

use super::scene::Scene;
use super::{documents, transport};

/// How many hostile requests there are: so many to warm up what is kept for later, and then the rest.
const WARM: usize = 1_000;
const REQUESTS: usize = 4_000;

/// How many of them at a time.
const AT_ONCE: usize = 8;

/// By so much the process may grow meanwhile, in bytes. What kept a body of each request would take several times as much.
const GROWTH: u64 = 48 << 20;

/// The memory that a process has, in bytes.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// How many files and sockets a process has open.
fn open(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).unwrap().count()
}

async fn flood(scene: &Scene, requests: usize) {
    let attacks = [documents::all(), transport::disguises(), vec![transport::oversized(); 20]].concat();
    let lane = async |lane: usize| {
        for attack in attacks.iter().cycle().skip(lane * 7).take(requests / AT_ONCE) {
            let answer = scene.send(attack, true).await;
            assert_eq!(answer.status(), attack.refusal.status(), "{}", attack.what);
            answer.bytes().await.unwrap();
        }
    };
    join_all((0..AT_ONCE).map(lane)).await;
}

// Case: API-5, API-33
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_hostile_requests_leaves_the_process_as_large_as_it_was() {
    let scene = Scene::start().await;
    let process = scene.platform().id();
    scene
        .withstand(async {
            flood(&scene, WARM).await;
            let (memory, files) = (resident(process), open(process));
            flood(&scene, REQUESTS).await;
            let grown = resident(process).saturating_sub(memory);
            assert!(grown < GROWTH, "it has grown by {} KiB", grown >> 10);
            assert!(open(process) < files + 50, "{files} files were open, and now {}", open(process));
        })
        .await;
}
