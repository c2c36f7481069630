//! The database away, locked or damaged: operations fail in good time and in words, and work again by themselves.

use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use wharfinger_store::StoreError;
use wharfinger_store::sight::Sight;

use crate::arrangement::{Ground, at, open};
use crate::place::PATIENCE;

fn stranger(ground: &Ground) -> SqliteConnection {
    SqliteConnection::establish(ground.path().to_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_lock_of_another_process_is_waited_for_and_no_longer() {
    let ground = Ground::new();
    let mut stranger = stranger(&ground);
    stranger.batch_execute("BEGIN IMMEDIATE").unwrap();
    let asked = Instant::now();
    let (one, other) = tokio::join!(
        ground.store.write::<_, StoreError, _>(|tx| tx.bump_revision(1)),
        ground.store.write::<_, StoreError, _>(|tx| tx.bump_revision(2)),
    );
    // The second one waited for the first, and then only for what was left.
    assert!(asked.elapsed() < PATIENCE * 2, "{:?}", asked.elapsed());
    for failed in [one, other] {
        assert!(matches!(failed, Err(StoreError::Unavailable { .. })), "{failed:?}");
    }
    // Whoever only reads is not held up.
    assert_eq!(ground.read(|tx| tx.revision()).await.number, 0);
    stranger.batch_execute("COMMIT").unwrap();
    assert_eq!(ground.write(|tx| tx.bump_revision(3)).await.1.number, 1);
}

#[tokio::test]
async fn a_database_that_was_moved_away_fails_and_serves_again_when_it_is_back() {
    let ground = Ground::new();
    let store = ground.store.clone();
    let (home, away) = (ground.dir.path().join("home"), ground.dir.path().join("away"));
    std::fs::create_dir(&home).unwrap();
    drop(store);
    let store = open(home.join("store.db")).unwrap();
    store.write(|tx| tx.bump_revision(1)).await.unwrap();
    std::fs::rename(&home, &away).unwrap();
    for _ in 0..2 {
        let asked = Instant::now();
        let written = store.write(|tx| tx.bump_revision(2)).await;
        assert!(matches!(written, Err(StoreError::Unavailable { .. })), "{written:?}");
        let read = store.read(|tx| tx.revision()).await;
        assert!(matches!(read, Err(StoreError::Unavailable { .. })), "{read:?}");
        assert!(asked.elapsed() < PATIENCE * 2);
    }
    std::fs::rename(&away, &home).unwrap();
    let revision = store.read(|tx| tx.revision()).await.unwrap();
    assert_eq!((revision.number, revision.token), (1, 1));
    assert_eq!(store.write(|tx| tx.bump_revision(3)).await.unwrap().1.number, 2);
}

#[tokio::test]
async fn no_empty_database_is_made_in_place_of_one_that_was_removed() {
    let ground = Ground::new();
    let kept = ground.dir.path().join("kept.db");
    std::fs::rename(ground.path(), &kept).unwrap();
    let written = ground.store.write(|tx| tx.bump_revision(1)).await;
    assert!(matches!(written, Err(StoreError::Unavailable { .. })), "{written:?}");
    assert!(!ground.path().exists());
}

#[tokio::test]
async fn a_file_that_was_put_in_its_place_is_the_one_that_is_read() {
    let (ground, other) = (Ground::new(), Ground::new());
    ground.workspace("old").await;
    other.workspace("new").await;
    stranger(&other).batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let other_revision = other.read(|tx| tx.revision()).await;
    stranger(&ground).batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    std::fs::copy(other.path(), ground.dir.path().join("restored.db")).unwrap();
    std::fs::rename(ground.dir.path().join("restored.db"), ground.path()).unwrap();
    assert_eq!(ground.read(|tx| tx.workspace_by_name(&Sight::All, "old")).await, None);
    assert!(ground.read(|tx| tx.workspace_by_name(&Sight::All, "new")).await.is_some());
    assert_eq!(ground.read(|tx| tx.revision()).await, other_revision);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_as_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    std::fs::write(&path, "these are not the pages of a database, and there are enough of them to tell".repeat(99))
        .unwrap();
    let refused = open(path).unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_directory_that_does_not_exist_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let refused = open(dir.path().join("missing/store.db")).unwrap_err();
    assert!(refused.to_string().contains("missing/store.db cannot be opened"), "{refused}");
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let ground = Ground::new();
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000001')";
    stranger(&ground).batch_execute(newer).unwrap();
    let refused = open(ground.path()).unwrap_err();
    assert!(refused.to_string().contains("newer version"), "{refused}");
}

#[tokio::test]
async fn a_word_that_nobody_wrote_is_told_as_damage() {
    let ground = Ground::new();
    let (id, _) = ground.harbor("harbor", &[]).await;
    let credential = "PRAGMA ignore_check_constraints = ON; UPDATE registries SET kind = 'SECRET'";
    stranger(&ground).batch_execute(credential).unwrap();
    let read = ground.store.read(move |tx| tx.registry(&Sight::All, id)).await;
    assert_eq!(read, Err(StoreError::Damaged { reason: "a kind of registry is unreadable".to_owned() }));
}

#[tokio::test]
async fn a_waiting_operation_gives_up_when_others_take_too_long() {
    let ground = Ground::new();
    let (release, held) = std::sync::mpsc::channel::<()>();
    let store = ground.store.clone();
    let holding = store.write::<_, StoreError, _>(move |tx| {
        held.recv().unwrap();
        tx.insert_workspace("team", None, at(1))
    });
    let waiting = async {
        tokio::task::yield_now().await;
        let refused = ground.store.write(|tx| tx.bump_revision(1)).await;
        release.send(()).unwrap();
        refused
    };
    let (held, refused) = tokio::join!(holding, waiting);
    assert!(held.is_ok());
    assert_eq!(refused, Err(StoreError::Unavailable { reason: "other transactions took too long".to_owned() }));
}
