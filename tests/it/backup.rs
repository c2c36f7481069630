//! Backup and restore from a shell while pods are created and changes are made, a disk that is full, and a file that is
//! damaged.

use std::cell::Cell;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::platform::Platform;
use crate::world::World;

/// How long the product may take to follow what was restored. It looks for another state four times a second; a busy machine
/// has its time.
const NOTICE: Duration = Duration::from_secs(5);

/// How long the product may take to write again once there is room.
const RECOVERY: Duration = Duration::from_secs(20);

/// The size of SQLite's pages.
const PAGE: u64 = 4096;

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(output));
    text(output)
}

/// Copies or puts back the database of a platform; others may go on meanwhile.
async fn database(platform: &Platform, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wharfinger"));
    command.args(arguments).arg("--data-directory").arg(platform.data()).stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// Asks for a workspace. Gives the whole answer.
async fn create(platform: &Platform, name: &str) -> Value {
    let query = "mutation($name: String!) { createWorkspace(input: { name: $name }) { userErrors { code } } }";
    platform.ask(query, json!({ "name": name })).await
}

/// A change is refused because of the database: with a code to act on, and words that say what it means.
async fn assert_refused(platform: &Platform, words: &[&str]) {
    let answer = create(platform, "none").await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "UPSTREAM_UNAVAILABLE", "{answer}");
    let message = error["message"].as_str().unwrap();
    for told in ["database", "nothing was changed"].iter().chain(words) {
        assert!(message.contains(told), "{told} is not in {message}");
    }
}

/// A namespace in a workspace with one space bound to it, and a backup of that.
struct Scene {
    world: World,
    workspace: String,
    space: String,
    directory: tempfile::TempDir,
}

impl Scene {
    async fn start() -> Self {
        let world = World::start().await;
        let workspace = world.platform.workspace("wa").await;
        world.platform.assign("ns-a", Some(&workspace)).await;
        let space = world.platform.space(&world.registry, "team-a").await;
        world.platform.bind(&[&space], &[&workspace]).await;
        let scene = Self { world, workspace, space, directory: tempfile::tempdir().unwrap() };
        let said = done(&database(scene.platform(), &["backup", "--to", &scene.backup()]).await);
        assert!(said.contains("the state of revision"), "{said}");
        scene
    }

    fn platform(&self) -> &Platform {
        &self.world.platform
    }

    async fn restart(&mut self) {
        self.world.platform.stop().await;
        self.world.platform.run().await;
    }

    fn backup(&self) -> String {
        self.file("backup.db")
    }

    fn file(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    async fn restore(&self) -> String {
        done(&database(self.platform(), &["restore", "--from", &self.backup(), "--output", "json"]).await)
    }

    async fn admits(&self) -> bool {
        self.platform().create_pod("ns-a", &[&self.world.image("team-a/app:1.0")]).await.allowed()
    }

    /// What is decided alike in every state that there is here.
    async fn assert_reviews_go_on(&self) {
        for (path, expected) in [("pub/app:1.0", true), ("team-b/app:1.0", false)] {
            let answer = self.platform().create_pod("ns-a", &[&self.world.image(path)]).await;
            assert_eq!(answer.allowed(), expected, "{path}: {answer:?}");
        }
    }

    /// Reviews during a piece of work. Gives how many there were, and what the work gave.
    async fn reviewing<T>(&self, work: impl Future<Output = T>) -> (usize, T) {
        let busy = Cell::new(true);
        let reviews = async {
            let mut count = 0;
            while busy.get() {
                self.assert_reviews_go_on().await;
                count += 2;
            }
            count
        };
        let work = async {
            let result = work.await;
            busy.set(false);
            result
        };
        tokio::join!(reviews, work)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_product_goes_over_to_what_was_restored() {
    let mut scene = Scene::start().await;
    scene.platform().unbind(&[&scene.space], &[&scene.workspace]).await;
    scene.platform().workspace("wb").await;
    assert!(!scene.admits().await);
    let (reviews, said) = scene.reviewing(scene.restore()).await;
    let restored = Instant::now();
    assert!(reviews > 2, "pods were created meanwhile");
    let said: Value = serde_json::from_str(&said).unwrap();
    assert!(Path::new(said["kept"].as_str().unwrap()).exists(), "{said}");
    while !scene.admits().await {
        assert!(restored.elapsed() < NOTICE, "the restored state is not in force after {NOTICE:?}");
    }
    assert_eq!(scene.platform().workspaces().await, ["wa"]);
    scene.platform().workspace("wc").await;
    scene.platform().unbind(&[&scene.space], &[&scene.workspace]).await;
    assert!(!scene.admits().await);
    scene.restart().await;
    assert_eq!(scene.platform().workspaces().await, ["wa", "wc"]);
    assert!(!scene.admits().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_while_changes_are_made_has_all_that_was_made_before_and_nothing_by_half() {
    let scene = Scene::start().await;
    let (made, busy) = (Cell::new(0), Cell::new(true));
    let changes = async {
        while busy.get() {
            let answer = create(scene.platform(), &format!("x{:05}", made.get())).await;
            assert_eq!(answer["data"]["createWorkspace"]["userErrors"], json!([]), "{answer}");
            made.set(made.get() + 1);
        }
    };
    let backups = async {
        let mut bounds = Vec::new();
        for file in ["first.db", "second.db", "third.db"] {
            let before = made.get();
            done(&database(scene.platform(), &["backup", "--to", &scene.file(file)]).await);
            // The change that is under way may be in it already.
            bounds.push((file, before..=made.get() + 1));
        }
        busy.set(false);
        bounds
    };
    let (bounds, ()) = tokio::join!(backups, changes);
    assert!(bounds.iter().any(|(_, bounds)| bounds.end() - bounds.start() > 1), "{bounds:?}");
    for (file, bounds) in bounds {
        done(&database(scene.platform(), &["restore", "--from", &scene.file(file)]).await);
        let names = scene.platform().workspaces().await;
        assert!(bounds.contains(&(names.len() - 1)), "{file}: {} of {bounds:?}", names.len() - 1);
        let expected = (0..names.len() - 1).map(|number| format!("x{number:05}"));
        assert!(names.iter().skip(1).eq(&expected.collect::<Vec<_>>()), "{names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_backup_is_overwritten_and_nothing_unsound_is_restored() {
    let scene = Scene::start().await;
    let again = database(scene.platform(), &["backup", "--to", &scene.backup()]).await;
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again).contains("exists already") && text(&again).contains("--force"), "{}", text(&again));
    done(&database(scene.platform(), &["backup", "--to", &scene.backup(), "--force"]).await);
    fs::write(scene.file("text"), "No database. ".repeat(100)).unwrap();
    let mut half = fs::read(scene.backup()).unwrap();
    half.truncate(half.len() / 2);
    fs::write(scene.file("half"), half).unwrap();
    for (file, code, told) in [
        ("text", 1, "is not a database of Wharfinger"),
        ("half", 1, "is damaged"),
        ("nowhere", 2, "there is no database at"),
    ] {
        let refused = database(scene.platform(), &["restore", "--from", &scene.file(file)]).await;
        assert_eq!(refused.status.code(), Some(code), "{file}: {}", text(&refused));
        assert!(text(&refused).contains(told) && text(&refused).contains(&scene.file(file)), "{}", text(&refused));
    }
    assert!(scene.admits().await && scene.platform().is_ready().await);
    assert_eq!(scene.platform().workspaces().await, ["wa"]);
}

/// Sets how large the files may become that a process writes: none at all is what a full disk is to it.
fn limit_files(platform: &Platform, bytes: &str) {
    let limit = format!("--fsize={bytes}:");
    let set = Command::new("prlimit").args(["--pid", &platform.id().to_string(), &limit]).output().unwrap();
    assert!(set.status.success(), "{}", text(&set));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_changes_are_refused_in_words_reviews_go_on_and_nothing_is_lost() {
    let mut scene = Scene::start().await;
    limit_files(scene.platform(), "0");
    for _ in 0..3 {
        assert_refused(scene.platform(), &[]).await;
        for _ in 0..20 {
            scene.assert_reviews_go_on().await;
            assert!(scene.admits().await);
        }
    }
    assert_eq!(scene.platform().workspaces().await, ["wa"]);
    limit_files(scene.platform(), "unlimited");
    let room = Instant::now();
    while create(scene.platform(), "wb").await.get("errors").is_some() {
        assert!(room.elapsed() < RECOVERY, "nothing can be changed after {RECOVERY:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    limit_files(scene.platform(), "0");
    assert_refused(scene.platform(), &[]).await;
    // Stopped without room: what was committed is in the log of the database, and is found there.
    scene.restart().await;
    assert_eq!(scene.platform().workspaces().await, ["wa", "wb"]);
    assert!(scene.admits().await);
    scene.platform().unbind(&[&scene.space], &[&scene.workspace]).await;
    assert!(!scene.admits().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_without_room_says_so_and_leaves_nothing() {
    let scene = Scene::start().await;
    let (data, to) = (scene.platform().data(), scene.file("second.db"));
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_wharfinger")])
        .args(["backup", "--to", &to, "--data-directory"])
        .arg(data)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("second.db"), "{}", text(&output));
    assert_eq!(fs::read_dir(scene.directory.path()).unwrap().count(), 1, "only the first backup is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_named_at_the_start_with_what_to_do_and_a_restore_mends_it() {
    let mut scene = Scene::start().await;
    let file = scene.platform().data().join("wharfinger.db");
    scene.world.platform.stop().await;
    fs::write(&file, "No database. ".repeat(1000)).unwrap();
    let configuration = scene.platform().data().with_file_name("wharfinger.yaml");
    let start = Command::new(env!("CARGO_BIN_EXE_wharfinger")).args(["serve", "--config"]).arg(configuration).output();
    let start = start.unwrap();
    assert_eq!(start.status.code(), Some(2));
    for told in [file.to_str().unwrap(), "damaged", "restore it from a backup"] {
        assert!(text(&start).contains(told), "{told} is not in {}", text(&start));
    }
    scene.restore().await;
    scene.world.platform.run().await;
    assert!(scene.admits().await);
}

/// Overwrites all of a file but its first page.
fn damage(file: &Path) {
    let mut file = fs::OpenOptions::new().write(true).open(file).unwrap();
    let pages = file.metadata().unwrap().len() / PAGE;
    assert!(pages > 10);
    file.seek(SeekFrom::Start(PAGE)).unwrap();
    file.write_all(&vec![0x5A; usize::try_from((pages - 1) * PAGE).unwrap()]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_while_it_runs_is_told_in_words_reviews_go_on_and_a_restore_mends_it() {
    let mut scene = Scene::start().await;
    // With the end of the last process everything is in the file, and nothing in its log.
    scene.restart().await;
    damage(&scene.platform().data().join("wharfinger.db"));
    let damaged = Instant::now();
    while damaged.elapsed() < Duration::from_secs(1) {
        assert_refused(scene.platform(), &["damaged", "restore"]).await;
        scene.assert_reviews_go_on().await;
        assert!(scene.admits().await);
    }
    let backup = database(scene.platform(), &["backup", "--to", &scene.file("second.db")]).await;
    assert_eq!(backup.status.code(), Some(1), "{}", text(&backup));
    assert!(text(&backup).contains("damaged"), "{}", text(&backup));
    let (_, said) = scene.reviewing(scene.restore()).await;
    assert!(said.contains("kept"), "{said}");
    assert_eq!(scene.platform().workspaces().await, ["wa"]);
    scene.platform().unbind(&[&scene.space], &[&scene.workspace]).await;
    assert!(!scene.admits().await);
}
