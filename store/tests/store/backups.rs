//! Backup and restore of a database that is in use, and what is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use wharfinger_store::{BackupError, StoreError, backup, restore};

use crate::arrangement::{Ground, open};

#[tokio::test]
async fn a_backup_holds_what_was_committed_before_and_is_for_its_owner_alone() {
    let ground = Ground::new();
    ground.write(|tx| tx.bump_revision(7)).await;
    let to = ground.dir.path().join("it's 50%.db");
    let copied = backup(&ground.path(), &to, false).unwrap();
    assert_eq!((copied.revision.number, copied.revision.token), (1, 7));
    let found = fs::metadata(&to).unwrap();
    assert_eq!((found.permissions().mode() & 0o777, found.len()), (0o600, copied.size));
    ground.write(|tx| tx.bump_revision(8)).await;
    let revision = open(to.clone()).unwrap().read::<_, StoreError, _>(|tx| tx.revision()).await.unwrap();
    assert_eq!((revision.number, revision.token), (1, 7));
    assert!(matches!(backup(&ground.path(), &to, false), Err(BackupError::Exists(path)) if path == to));
    assert_eq!(backup(&ground.path(), &to, true).unwrap().revision.number, 2);
}

#[tokio::test]
async fn a_store_in_use_goes_over_to_what_was_restored_and_the_old_one_is_kept() {
    let ground = Ground::new();
    let (to, aside) = (ground.dir.path().join("backup.db"), ground.dir.path().join("aside.db"));
    ground.write(|tx| tx.bump_revision(7)).await;
    backup(&ground.path(), &to, false).unwrap();
    ground.write(|tx| tx.bump_revision(8)).await;
    assert_eq!(restore(&to, &ground.path(), &aside).unwrap().revision.token, 7);
    assert_eq!(ground.read(|tx| tx.revision()).await.token, 7);
    assert_eq!(ground.write(|tx| tx.bump_revision(9)).await.1.number, 2);
    assert_eq!(ground.read(|tx| tx.revision()).await.token, 9);
    let kept = open(aside).unwrap().read::<_, StoreError, _>(|tx| tx.revision()).await.unwrap();
    assert_eq!((kept.number, kept.token), (2, 8));
    // The connections to the old file are closed by now, and took nothing of the new one with them.
    let again = open(ground.path()).unwrap().read::<_, StoreError, _>(|tx| tx.revision()).await.unwrap();
    assert_eq!(again.token, 9);
}

#[tokio::test]
async fn no_change_is_answered_as_done_and_lost_by_a_restore_that_comes_meanwhile() {
    let ground = Ground::new();
    let to = ground.dir.path().join("backup.db");
    backup(&ground.path(), &to, false).unwrap();
    for round in 0..20 {
        let store = ground.store.clone();
        let writing = async move {
            let mut done = Vec::new();
            for token in 1..=20 {
                if store.write::<_, StoreError, _>(move |tx| tx.bump_revision(token)).await.is_ok() {
                    done.push(token);
                }
            }
            done
        };
        let (from, path) = (to.clone(), ground.path());
        let aside = ground.dir.path().join(format!("aside-{round}.db"));
        let kept = aside.clone();
        let restoring = tokio::task::spawn_blocking(move || restore(&from, &path, &kept).unwrap());
        let (done, restored) = tokio::join!(writing, restoring);
        restored.unwrap();
        let aside = open(aside).unwrap().read::<_, StoreError, _>(|tx| tx.revision()).await.unwrap();
        let now = ground.read(|tx| tx.revision()).await;
        assert_eq!(usize::try_from(aside.number + now.number).unwrap(), done.len(), "each is in one of the two");
        restore(&to, &ground.path(), &ground.dir.path().join(format!("reset-{round}.db"))).unwrap();
    }
}

#[tokio::test]
async fn what_is_no_sound_database_of_ours_is_not_restored() {
    let ground = Ground::new();
    ground.write(|tx| tx.bump_revision(7)).await;
    let file = |name: &str| ground.dir.path().join(name);
    let refused = |name: &str| restore(&file(name), &ground.path(), &file("aside.db")).unwrap_err();
    assert!(matches!(refused("nowhere.db"), BackupError::Missing(_)));
    for (name, text) in [("empty.db", String::new()), ("text.db", "No database. ".repeat(100))] {
        fs::write(file(name), text).unwrap();
        assert!(matches!(refused(name), BackupError::Foreign(_)), "{name}");
    }
    backup(&ground.path(), &file("newer.db"), false).unwrap();
    let mut newer = SqliteConnection::establish(file("newer.db").to_str().unwrap()).unwrap();
    newer.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')").unwrap();
    assert!(matches!(refused("newer.db"), BackupError::Newer(_)));
    backup(&ground.path(), &file("damaged.db"), false).unwrap();
    let mut bytes = fs::read(file("damaged.db")).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    fs::write(file("damaged.db"), bytes).unwrap();
    assert!(matches!(refused("damaged.db"), BackupError::Damaged { .. }), "{:?}", refused("damaged.db"));
    // Nothing was touched.
    assert_eq!(ground.read(|tx| tx.revision()).await.token, 7);
    assert!(!file("aside.db").exists() && !file("store.db.restoring").exists());
}

#[tokio::test]
async fn a_restore_that_was_cut_off_is_told_and_can_be_done_again() {
    let ground = Ground::new();
    ground.write(|tx| tx.bump_revision(7)).await;
    let (to, path) = (ground.dir.path().join("backup.db"), ground.path());
    backup(&path, &to, false).unwrap();
    let Ground { store, dir } = ground;
    drop(store);
    fs::rename(&path, dir.path().join("aside.db")).unwrap();
    fs::write(dir.path().join("store.db.restoring"), "half").unwrap();
    let told = open(path.clone()).unwrap_err().to_string();
    assert!(told.contains("a restore was cut off") && !path.exists(), "{told}");
    restore(&to, &path, &dir.path().join("nothing.db")).unwrap();
    assert_eq!(open(path).unwrap().read::<_, StoreError, _>(|tx| tx.revision()).await.unwrap().token, 7);
}
