//! The file of the embedded database moved away, locked, or replaced by something else while pods are created: no decision
//! changes by it, none fails, and everything recovers by itself.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Notify;
use wharfinger_store::StoreError;

use crate::harness::platform::Options;
use crate::outage::{Scene, assert_unavailable, error_code};

/// The files of a database, the one that tells whether it is there last.
const FILES: [&str; 3] = ["wharfinger.db-wal", "wharfinger.db-shm", "wharfinger.db"];

// Case: PRO-8
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_moved_away_changes_and_fails_no_decision() {
    let mut scene = Scene::start(Options::default()).await;
    let (data, away) = (scene.platform().data(), tempfile::tempdir_in(scene.platform().data()).unwrap());
    scene.bind_for_a_while().await;
    rename(FILES.into_iter().rev(), &data, away.path());
    scene.endure(|| rename(FILES, away.path(), &data)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_another_process_has_locked_changes_and_fails_no_decision() {
    let mut scene = Scene::start(Options::default()).await;
    let store = scene.platform().store();
    scene.bind_for_a_while().await;
    let (locked, release) = (Arc::new(Notify::new()), std::sync::mpsc::channel::<()>());
    let (tell, held) = (Arc::clone(&locked), release.1);
    let lock = store.write(move |_| {
        tell.notify_one();
        // Ends when the other end is dropped, also by a test that fails.
        let _ = held.recv();
        Ok::<_, StoreError>(())
    });
    let outage = async {
        locked.notified().await;
        let (counted, answer) = tokio::join!(scene.create_pods(), scene.write());
        drop(release.0);
        (counted, answer)
    };
    let (done, (counted, written)) = tokio::join!(lock, outage);
    done.unwrap();
    counted.assert_enough();
    assert_unavailable(&written);
    scene.assert_recovered().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_database_in_its_place_changes_and_fails_no_decision() {
    let mut scene = Scene::start(Options::default()).await;
    let (data, away) = (scene.platform().data(), tempfile::tempdir_in(scene.platform().data()).unwrap());
    scene.bind_for_a_while().await;
    rename(FILES.into_iter().rev(), &data, away.path());
    std::fs::write(data.join("wharfinger.db"), "This is no database, whatever its name says. ".repeat(100)).unwrap();
    let counted = scene.create_pods().await;
    counted.assert_enough();
    for answer in [scene.read().await, scene.write().await] {
        assert!(error_code(&answer).is_some(), "{answer}");
    }
    for file in FILES {
        let _ = std::fs::remove_file(data.join(file));
    }
    rename(FILES, away.path(), &data);
    scene.assert_recovered().await;
}

fn rename(files: impl IntoIterator<Item = &'static str>, from: &Path, to: &Path) {
    for file in files {
        match std::fs::rename(from.join(file), to.join(file)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{file}: {error}"),
            _ => {}
        }
    }
}
