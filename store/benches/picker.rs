//! The picker's list at the size of a large company, on both databases, as CPU time of all that takes part, and as a ratio to
//! the bare ordered SQL for the same rows in the same run. Fails when a bar is missed.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]
#![expect(clippy::print_stdout, reason = "a benchmark says what it has measured")]
#![expect(clippy::cast_precision_loss, reason = "what is counted is small")]

#[expect(dead_code, reason = "a server is ended by tests of the running product")]
#[path = "../../tests/harness/database.rs"]
mod database;
#[path = "picker/fill.rs"]
mod fill;
#[path = "../../tests/harness/leash.rs"]
mod leash;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection};
use wharfinger_domain::id::SpaceId;
use wharfinger_store::page::NameKey;
use wharfinger_store::selectable::{GrantedSpace, SelectableFilter};
use wharfinger_store::{DatabaseUrl, Page, Place, Result, Store, StoreOptions};

use fill::{COMMON, RARE, Size};

const SIZE: Size = Size { spaces: 500, repositories: 40, tags: 25 };
const MORE_TAGS: Size = Size { tags: 250, ..SIZE };

/// Rows of a page, and how often each page is read.
const ROWS: u32 = 50;
const TIMES: u32 = 40;

/// The bars: the first page by the bare SQL, a deep one by the first, the first with ten times the tags by the first.
const FIRST: f64 = 3.0;
const DEEP: f64 = 1.2;
const TENFOLD: f64 = 1.3;

/// The same rows, and nothing that says who may see them.
const BARE: &str = "SELECT * FROM repositories ORDER BY path, id LIMIT 51";

/// A database, and how to run the bare SQL on it.
enum Base {
    Sqlite(SqliteConnection),
    Postgres(tokio_postgres::Client),
}

/// What the picker shows of a repository.
#[derive(QueryableByName)]
#[expect(dead_code, reason = "that they are read is what is measured")]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    space_id: i64,
    #[diesel(sql_type = Text)]
    path: String,
    #[diesel(sql_type = Nullable<Text>)]
    latest_tag: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    latest_digest: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    latest_platforms: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    latest_pushed_at: Option<i64>,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if runtime.block_on(run()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let (first, kept_sqlite) = measure("SQLite", sqlite(folder.path(), "one.db", SIZE)).await;
    let server = database::Server::start();
    let (_, kept_postgres) = measure("PostgreSQL", postgres(&server).await).await;
    let (tenfold, _) = measure("SQLite, ten times the tags", sqlite(folder.path(), "two.db", MORE_TAGS)).await;
    let kept_tenfold = kept("first page with ten times the tags, by the first", tenfold / first, TENFOLD);
    kept_sqlite & kept_postgres & kept_tenfold
}

fn sqlite(folder: &Path, name: &str, size: Size) -> (Store, Base) {
    let path = folder.join(name);
    let store = open(Place::File(path.clone()));
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection.batch_execute("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF").unwrap();
    for statement in fill::statements(size, true) {
        connection.batch_execute(&statement).unwrap();
    }
    connection.batch_execute("ANALYZE").unwrap();
    (store, Base::Sqlite(connection))
}

async fn postgres(server: &database::Server) -> (Store, Base) {
    let url = server.schema();
    let store = open(Place::Postgres { url: DatabaseUrl::new(&url), trust: None });
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "it ends with the benchmark")]
    tokio::spawn(connection);
    for statement in fill::statements(SIZE, false) {
        client.batch_execute(&statement).await.unwrap();
    }
    client.batch_execute("ANALYZE").await.unwrap();
    (store, Base::Postgres(client))
}

fn open(place: Place) -> Store {
    Store::open(&StoreOptions { place, busy_timeout: Duration::from_mins(1), readers: 2 }).unwrap()
}

/// Measures every page on a database. Gives the CPU time of the first page, and whether its bars are kept.
async fn measure(name: &str, (store, mut base): (Store, Base)) -> (f64, bool) {
    let search = |text: &str| SelectableFilter { search: Some(text.to_owned()), ..SelectableFilter::default() };
    let key = NameKey { name: "space-450".to_owned(), id: 0 };
    let whole = SelectableFilter::default;
    let pages = [
        ("first page", whole(), Page::first(ROWS)),
        ("a common term", search(COMMON), Page::first(ROWS)),
        ("a rare term", search(RARE), Page::first(ROWS)),
        ("no match", search("nowhere-at-all"), Page::first(ROWS)),
        ("after 450 spaces", whole(), Page::first(ROWS).after(key)),
        ("totalCount", whole(), Page::first(0).counted()),
    ];
    let mut spent: BTreeMap<&str, f64> = BTreeMap::new();
    let grants: Vec<_> =
        (1..=SIZE.spaces).map(|id| GrantedSpace { space: SpaceId(i64::from(id)), scope: None }).collect();
    for turn in 0..=TIMES {
        // The first turn warms everything.
        let mut note = |name, seconds| *spent.entry(name).or_default() += if turn == 0 { 0.0 } else { seconds };
        let began = cpu();
        bare(&mut base).await;
        note("bare", cpu() - began);
        for (name, filter, page) in &pages {
            let (grants, filter, page) = (grants.clone(), filter.clone(), page.clone());
            let before = store.statements();
            let began = cpu();
            let answer: Result<_> = store.read(move |tx| tx.page_selectable(&grants, &filter, &page)).await;
            note(name, cpu() - began);
            answer.unwrap();
            assert_eq!(store.statements() - before, if *name == "totalCount" { 2 } else { 1 }, "{name}");
        }
    }
    println!("{name}: CPU time of a page, mean of {TIMES}, and by the bare SQL");
    let by = |name: &str, other: &str| spent[name] / spent[other];
    for name in ["bare"].into_iter().chain(pages.iter().map(|(name, ..)| *name)) {
        println!("{name:<24}{:>10.2} ms{:>10.2}", spent[name] * 1e3 / f64::from(TIMES), by(name, "bare"));
    }
    let first = kept("first page by the bare SQL", by("first page", "bare"), FIRST);
    let deep = kept("page after 450 spaces by the first", by("after 450 spaces", "first page"), DEEP);
    (spent["first page"], first & deep)
}

#[expect(clippy::disallowed_methods, reason = "the bare SQL is what the product is held to")]
async fn bare(base: &mut Base) {
    let rows = match base {
        Base::Sqlite(connection) => diesel::sql_query(BARE).load::<Row>(connection).unwrap().len(),
        Base::Postgres(client) => client.query(BARE, &[]).await.unwrap().len(),
    };
    std::hint::black_box(rows);
}

/// Seconds of CPU time of this process and of every database server that runs here.
fn cpu() -> f64 {
    let mut nanoseconds = tasks(Path::new("/proc/self"));
    for process in fs::read_dir("/proc").unwrap().filter_map(std::result::Result::ok) {
        let path = process.path();
        let name = fs::read_to_string(path.join("comm")).unwrap_or_default();
        if name.trim() == "postgres" {
            nanoseconds += tasks(&path);
        }
    }
    nanoseconds as f64 / 1e9
}

/// Nanoseconds of all threads of a process, the first number of each one's `schedstat`.
fn tasks(process: &Path) -> u64 {
    let threads = fs::read_dir(process.join("task")).into_iter().flatten().filter_map(std::result::Result::ok);
    let spent = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    spent.sum()
}

fn kept(what: &str, measured: f64, bar: f64) -> bool {
    let kept = measured <= bar;
    println!("{what}: {measured:.2}, {} {bar}", if kept { "within" } else { "MISSED the bar of" });
    kept
}
