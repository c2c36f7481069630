//! Units of work: kept whole or not at all, one state throughout, and the revision that names it.

use wharfinger_store::sight::Sight;
use wharfinger_store::{Result, StoreError};

use crate::arrangement::{Ground, SETTINGS, at};

#[tokio::test]
async fn nothing_is_kept_of_a_transaction_that_fails() {
    let ground = Ground::new();
    let failed: Result<()> = ground
        .store
        .write(|tx| {
            tx.insert_workspace("team", None, at(1))?;
            tx.bump_revision(1)?;
            Err(StoreError::Dangling)
        })
        .await;
    assert_eq!(failed, Err(StoreError::Dangling));
    assert_eq!(ground.read(|tx| tx.workspace_by_name(&Sight::All, "team")).await, None);
    assert_eq!(ground.read(|tx| tx.revision()).await.number, 0);
}

#[tokio::test]
async fn a_panic_rolls_back_and_leaves_the_store_in_order() {
    let ground = Ground::new();
    let failed: Result<()> = ground
        .store
        .write(|tx| {
            tx.insert_workspace("team", None, at(1))?;
            panic!("as a fault of ours would");
        })
        .await;
    assert!(matches!(failed, Err(StoreError::Internal { .. })));
    assert_eq!(ground.read(|tx| tx.workspace_by_name(&Sight::All, "team")).await, None);
    ground.workspace("team").await;
}

#[tokio::test]
async fn a_reading_transaction_cannot_write() {
    let ground = Ground::new();
    let refused = ground.store.read(|tx| tx.insert_workspace("team", None, at(1))).await;
    assert!(refused.is_err());
    assert_eq!(ground.read(|tx| tx.workspace_by_name(&Sight::All, "team")).await, None);
}

#[tokio::test]
async fn a_reading_transaction_sees_one_state() {
    let ground = Ground::new();
    let (started, wait_for_start) = std::sync::mpsc::channel();
    let (written, wait_for_write) = std::sync::mpsc::channel::<()>();
    let store = ground.store.clone();
    let reading = async {
        let work = move |tx: &mut dyn wharfinger_store::Transaction| {
            let before = tx.revision()?;
            started.send(()).unwrap();
            wait_for_write.recv().unwrap();
            Ok((before, tx.revision()?))
        };
        store.read::<_, StoreError, _>(work).await.unwrap()
    };
    let writing = async {
        tokio::task::spawn_blocking(move || wait_for_start.recv().unwrap()).await.unwrap();
        ground.write(|tx| tx.bump_revision(9)).await;
        written.send(()).unwrap();
    };
    let ((before, after), ()) = tokio::join!(reading, writing);
    assert_eq!(before, after);
    assert_eq!(ground.read(|tx| tx.revision()).await.number, before.number + 1);
}

#[tokio::test]
async fn the_revision_moves_by_one_and_takes_the_token() {
    let ground = Ground::new();
    let (from, to) = ground.write(|tx| tx.bump_revision(42)).await;
    assert_eq!((to.number, to.token), (from.number + 1, 42));
    assert_eq!(ground.read(|tx| tx.revision()).await, to);
    let (from, _) = ground.write(|tx| tx.bump_revision(43)).await;
    assert_eq!(from, to);
}

#[tokio::test]
async fn two_new_stores_are_told_apart() {
    let (one, other) = (Ground::new(), Ground::new());
    let revision = one.read(|tx| tx.revision()).await;
    assert_ne!(revision, other.read(|tx| tx.revision()).await);
}

#[tokio::test]
async fn a_cluster_is_made_once_and_keeps_its_settings() {
    use wharfinger_domain::cluster::EnforcementMode;
    let ground = Ground::new();
    let (made, fresh) = ground.write(|tx| tx.ensure_cluster("default", SETTINGS)).await;
    assert!(fresh);
    let warn = wharfinger_store::clusters::ClusterSettings { mode: EnforcementMode::Warn, ..SETTINGS };
    let (again, fresh) = ground.write(move |tx| tx.ensure_cluster("default", warn)).await;
    assert_eq!((&again, fresh), (&made, false));
    let id = made.cluster.id;
    assert!(ground.write(move |tx| tx.update_cluster(id, made.revision, warn)).await);
    assert!(!ground.write(move |tx| tx.update_cluster(id, made.revision, SETTINGS)).await);
    let now = ground.read(move |tx| tx.cluster_by_id(id)).await.unwrap();
    assert_eq!((now.cluster.mode, now.revision), (EnforcementMode::Warn, made.revision + 1));
    assert_eq!(ground.read(|tx| tx.clusters()).await, [now]);
}
