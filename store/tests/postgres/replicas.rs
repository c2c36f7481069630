//! Several stores on one database: turns, what the others are told, and a server that is away.

use std::time::Duration;

use wharfinger_store::sight::Sight;
use wharfinger_store::{Result, Store, StoreError, Unique};

use crate::arrangement::{at, open_at};
use crate::database::{self, Server};
use crate::place::{self, PATIENCE};

fn two() -> (Store, Store) {
    let url = database::url();
    (open_at(place::at(&url)).unwrap(), open_at(place::at(&url)).unwrap())
}

#[tokio::test]
async fn writes_of_two_replicas_take_turns_and_lose_no_revision() {
    let (one, other) = two();
    for token in 0..10 {
        let (first, second) = tokio::join!(
            one.write::<_, StoreError, _>(move |tx| tx.bump_revision(token)),
            other.write::<_, StoreError, _>(move |tx| tx.bump_revision(token)),
        );
        let numbers = [first.unwrap().1.number, second.unwrap().1.number];
        assert_eq!(numbers[0].abs_diff(numbers[1]), 1);
    }
    assert_eq!(one.read::<_, StoreError, _>(|tx| tx.revision()).await.unwrap().number, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_another_replica_keeps_is_waited_for_and_no_longer() {
    let (one, other) = two();
    let (done, held) = std::sync::mpsc::channel::<()>();
    let (began, has_begun) = std::sync::mpsc::channel::<()>();
    let keeping = tokio::join!(
        one.write::<_, StoreError, _>(move |tx| {
            began.send(()).unwrap();
            held.recv().unwrap();
            tx.revision()
        }),
        async move {
            tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
            let refused = other.write::<_, StoreError, _>(|tx| tx.bump_revision(1)).await;
            assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
            // Whoever only reads is not held up.
            assert_eq!(other.read::<_, StoreError, _>(|tx| tx.revision()).await.unwrap().number, 0);
            done.send(()).unwrap();
            other
        }
    );
    keeping.0.unwrap();
    assert_eq!(keeping.1.write::<_, StoreError, _>(|tx| tx.bump_revision(2)).await.unwrap().1.number, 1);
}

#[tokio::test]
async fn a_change_is_told_to_another_replica() {
    let (one, other) = two();
    let changes = other.changes();
    // The first time it says that it listens now.
    changes.changed().await;
    one.write::<_, StoreError, _>(|tx| tx.bump_revision(1)).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), changes.changed()).await.unwrap();
}

#[tokio::test]
async fn a_statement_that_failed_is_not_taken_for_a_commit() {
    let (one, _) = two();
    let swallowed: Result<()> = one
        .write(|tx| {
            tx.insert_workspace("team", None, at(1))?;
            let conflict = tx.insert_workspace("team", None, at(2));
            assert_eq!(conflict, Err(StoreError::Conflict(Unique::WorkspaceName)));
            Ok(())
        })
        .await;
    assert!(matches!(swallowed, Err(StoreError::Internal { .. })), "{swallowed:?}");
    assert_eq!(one.read::<_, StoreError, _>(|tx| tx.workspace_by_name(&Sight::All, "team")).await.unwrap(), None);
}

/// What a newer program adds does not disturb the one that still runs: that is what an upgrade without a pause rests on.
#[tokio::test]
async fn a_store_goes_on_when_a_newer_program_has_brought_the_tables_up_to_date() {
    let server = Server::start();
    let url = server.schema();
    let schema = url.rsplit_once("%3D").unwrap().1.to_owned();
    let older = open_at(place::at(&url)).unwrap();
    older.write::<_, StoreError, _>(|tx| tx.insert_workspace("before", None, at(1))).await.unwrap();
    let newer = "ALTER TABLE {}.workspaces ADD COLUMN note TEXT NOT NULL DEFAULT 'x'; CREATE TABLE {}.notes (id BIGINT); \
        INSERT INTO {}.__diesel_schema_migrations (version) VALUES ('99990101000000')";
    server.run(&newer.replace("{}", &schema)).unwrap();
    older.write::<_, StoreError, _>(|tx| tx.insert_workspace("after", None, at(2))).await.unwrap();
    let policy = older.read::<_, StoreError, _>(|tx| tx.load_policy()).await.unwrap();
    assert_eq!(policy.workspaces.len(), 2);
}

/// Replicas that start at once bring the tables up to date once.
#[test]
fn of_many_that_open_a_new_database_at_once_one_makes_the_tables() {
    let url = database::url();
    let opened = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..4).map(|_| scope.spawn(|| open_at(place::at(&url)).unwrap())).collect();
        opening.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let made: Vec<_> = opened.iter().filter(|store| !store.migrated().is_empty()).collect();
    assert_eq!(made.len(), 1);
    assert!(made[0].migrated().len() >= 2, "{:?}", made[0].migrated());
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let server = Server::start();
    let url = server.schema();
    let schema = url.rsplit_once("%3D").unwrap().1.to_owned();
    open_at(place::at(&url)).unwrap();
    let newer = "INSERT INTO {}.__diesel_schema_migrations (version) VALUES ('99990101000000')";
    server.run(&newer.replace("{}", &schema)).unwrap();
    let refused = open_at(place::at(&url)).unwrap_err().to_string();
    assert!(refused.contains("newer version"), "{refused}");
}

#[test]
fn a_server_that_is_not_there_is_told_in_good_time_and_without_the_password() {
    let asked = std::time::Instant::now();
    let refused = open_at(place::at("postgres://wharfinger:hush@127.0.0.1:1/x?sslmode=disable")).unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    assert!(!refused.to_string().contains("hush"));
    assert!(asked.elapsed() < PATIENCE * 10);
}
