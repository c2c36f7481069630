//! What holds of the database file only, and of SQLite.

use std::os::unix::fs::PermissionsExt;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use wharfinger_store::audit::AuditFilter;
use wharfinger_store::sight::Sight;
use wharfinger_store::{Page, StoreError, Unique};

use crate::arrangement::{Ground, at, open};
use crate::records::event;

#[tokio::test]
async fn the_file_is_readable_by_its_owner_alone() {
    let ground = Ground::new();
    ground.workspace("team").await;
    for file in ["store.db", "store.db-wal", "store.db-shm"] {
        let mode = std::fs::metadata(ground.dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn what_was_committed_is_there_when_the_store_is_opened_again() {
    let ground = Ground::new();
    ground.workspace("team").await;
    let again = open(ground.path()).unwrap();
    let found = again.read(|tx| tx.workspace_by_name(&Sight::All, "team")).await.unwrap();
    assert!(found.is_some());
}

#[tokio::test]
async fn a_conflict_names_what_exists_and_later_statements_still_run() {
    let ground = Ground::new();
    let other = ground
        .write(|tx| {
            tx.insert_workspace("team", None, at(1))?;
            let conflict = tx.insert_workspace("team", None, at(2));
            assert_eq!(conflict, Err(StoreError::Conflict(Unique::WorkspaceName)));
            tx.insert_workspace("other", None, at(3))
        })
        .await;
    assert!(ground.read(move |tx| tx.workspace(&Sight::All, other.workspace.id)).await.is_some());
    let text = StoreError::Conflict(Unique::WorkspaceName).to_string();
    assert_eq!(text, "a workspace of this name exists already");
}

#[tokio::test]
async fn the_database_refuses_to_change_or_remove_a_record_of_the_audit() {
    let ground = Ground::new();
    ground.write(|tx| tx.append_audit(&[event(1)])).await;
    let mut stranger = SqliteConnection::establish(ground.path().to_str().unwrap()).unwrap();
    for attempt in ["UPDATE audit_events SET actor = 'nobody'", "DELETE FROM audit_events"] {
        let refused = stranger.batch_execute(attempt).unwrap_err().to_string();
        assert!(refused.contains("a record of the audit is never"), "{refused}");
    }
    let page = ground.read(|tx| tx.page_audit(&AuditFilter::seen_with(Sight::All), &Page::first(9))).await;
    assert_eq!(page.items[0].event, event(1));
    let id = page.items[0].id;
    assert_eq!(ground.read(move |tx| tx.audit_events_by_id(&Sight::All, &[id])).await[&id], page.items[0]);
}
