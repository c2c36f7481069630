//! How long after a change is made on one replica it is in force on the other: while the database tells of it, and while it
//! tells nobody. Two running products share a database, with few rules and with those of a large platform; what is timed
//! begins when the change is asked for and ends when the other's webhook answers by it. Fails when a bar is missed.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]
#![expect(clippy::print_stdout, reason = "a benchmark says what it has measured")]
#![expect(dead_code, reason = "tests need more of what drives a running product")]

#[path = "../harness/database.rs"]
mod database;
#[path = "../harness/harness.rs"]
mod harness;
#[path = "propagation/numbers.rs"]
mod numbers;
#[path = "../postgres/replicas/pair.rs"]
mod pair;
#[path = "../postgres/place.rs"]
mod place;
#[path = "propagation/platform.rs"]
mod platform;
#[path = "../it/world.rs"]
mod world;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use wharfinger_domain::snapshot::Snapshot;
use wharfinger_store::{Store, StoreError};

use harness::leash;
use numbers::Numbers;
use pair::Pair;

/// How many changes are timed each way.
const CHANGES: usize = 100;

/// How many are made before, so that connections, statements and pages are warm.
const WARMING: usize = 10;

/// How often everything is loaded again, to know how long that takes.
const RELOADS: usize = 20;

/// What 99 of 100 changes have to keep while the database tells of them.
const TOLD: Duration = Duration::from_secs(1);

/// What every change has to keep while it does not.
const UNTOLD: Duration = Duration::from_secs(2);

/// When it is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a replica looks by itself. Changes are spread over that time, so that none of its instants is preferred.
const POLL: u64 = 250;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if runtime.block_on(run()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures on a small platform and on a large one, and says whether all bars are kept.
async fn run() -> bool {
    let pair = Pair::start().await;
    let store = pair.one().store();
    let small = measure(&pair, &store, "next to nothing").await;
    platform::fill(&store).await;
    small & measure(&pair, &store, platform::SIZE).await
}

async fn measure(pair: &Pair, store: &Store, size: &str) -> bool {
    let reload = reload(store).await;
    let (made, told) = change(pair, CHANGES).await;
    pair.run("ALTER TABLE {}.revision DISABLE TRIGGER revision_told");
    let (_, untold) = change(pair, CHANGES).await;
    pair.run("ALTER TABLE {}.revision ENABLE TRIGGER revision_told");
    println!("two replicas, {size}; {CHANGES} changes each way, timed from the request");
    println!("{:<30}{:>11}{:>11}{:>11}", "", "median", "p99", "maximum");
    for (name, numbers) in [
        ("made, where it was asked for", &made),
        ("told, in force on the other", &told),
        ("not told, the same", &untold),
        ("one load of everything", &reload),
    ] {
        println!("{name:<30}{numbers}");
    }
    println!("{:<30}{:>11.2}", "told / not told", told.median_by(&untold));
    println!("{:<30}{:>11.2}", "told / made", told.median_by(&made));
    println!("{:<30}{:>11.2}", "told / one load of everything", told.median_by(&reload));
    kept("p99 while told", told.percentile(99), TOLD) & kept("maximum while not told", untold.maximum(), UNTOLD)
}

fn kept(what: &str, measured: Duration, bar: Duration) -> bool {
    let kept = measured <= bar;
    println!("{what}: {measured:.1?}, {} {bar:?}", if kept { "within" } else { "MISSED the bar of" });
    kept
}

/// Binds and unbinds by turns, first on one replica and then on the other. Gives how long it took until the replica that
/// was asked had answered, and until the other one followed.
async fn change(pair: &Pair, times: usize) -> (Numbers, Numbers) {
    let (mut made, mut followed) = (Vec::new(), Vec::new());
    for turn in 0..WARMING + times {
        let (one, other) = change_once(pair, turn).await;
        if turn >= WARMING {
            made.push(one);
            followed.push(other);
        }
        tokio::time::sleep(Duration::from_millis(turn as u64 * 97 % POLL)).await;
    }
    (Numbers::of(made), Numbers::of(followed))
}

async fn change_once(pair: &Pair, turn: usize) -> (Duration, Duration) {
    let (asked, other) =
        if (turn / 2).is_multiple_of(2) { (pair.one(), &pair.other) } else { (&pair.other, pair.one()) };
    let (space, workspace, binds) = ([&*pair.space], [&*pair.workspace], turn.is_multiple_of(2));
    let image = pair.world.image("team-a/app:1.0");
    let began = Instant::now();
    let made = async {
        if binds {
            asked.bind(&space, &workspace).await
        } else {
            asked.unbind(&space, &workspace).await
        };
        began.elapsed()
    };
    let followed = async {
        while other.create_pod("ns-a", &[&image]).await.allowed() != binds {
            assert!(began.elapsed() < PATIENCE, "change {turn} is not in force after {PATIENCE:?}:\n{}", other.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        began.elapsed()
    };
    tokio::join!(made, followed)
}

/// How long it takes to load everything, as a replica does that follows another one.
async fn reload(store: &Store) -> Numbers {
    let mut took = Vec::new();
    for _ in 0..RELOADS {
        let began = Instant::now();
        let policy = store.read::<_, StoreError, _>(|tx| tx.load_policy()).await.unwrap();
        let _ = Snapshot::build(policy, std::sync::Arc::default());
        took.push(began.elapsed());
    }
    Numbers::of(took)
}
