//! What the product depends on made unavailable while pods are created: no decision changes by it, none fails, and everything
//! recovers by itself.

use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use wharfinger::clock::SystemClock;
use wharfinger_app::random::Clock;
use wharfinger_domain::time::Timestamp;

use crate::harness::platform::{CLUSTER, Options, Platform};
use crate::world::World;

/// How many reviews there are while something is away.
const REVIEWS: usize = 10_000;

/// How many pods are created at a time.
const AT_ONCE: usize = 4;

/// How long after the start of an outage a binding expires.
const EXPIRY: Duration = Duration::from_secs(4);

/// How long what was away may be missed when it is back.
const RECOVERY: Duration = Duration::from_secs(20);

/// A platform with a namespace in a workspace to which one space is bound for good, and another until an instant.
pub(crate) struct Scene {
    world: World,
    workspace: String,
    lasting: String,
    expiry: Timestamp,
}

impl Scene {
    pub(crate) async fn start(options: Options) -> Self {
        let world = World::start_with(options).await;
        let workspace = world.platform.workspace("wa").await;
        world.platform.assign("ns-a", Some(&workspace)).await;
        world.platform.wait_for_namespace("ns-b").await;
        let lasting = world.platform.space(&world.registry, "team-a").await;
        world.platform.bind(&[&lasting], &[&workspace]).await;
        world.harbor.create_project("team-c", "false");
        world.platform.sync(&world.registry).await;
        Self { world, workspace, lasting, expiry: Timestamp::from_micros(i64::MAX) }
    }

    /// Binds the other space until some seconds from now.
    pub(crate) async fn bind_for_a_while(&mut self) {
        let ending = self.world.platform.space(&self.world.registry, "team-b").await;
        self.expiry = SystemClock.now().saturating_add(EXPIRY);
        let expiry = chrono::DateTime::from_timestamp_micros(self.expiry.as_micros()).unwrap();
        let query =
            "mutation($input: BindSpacesInput!) { bindSpaces(input: $input) { createdCount userErrors { message } } }";
        let pairs = json!({ "spaceIds": [ending], "workspaceIds": [self.workspace] });
        let input = json!({ "pairs": pairs, "expiresAt": expiry.to_rfc3339() });
        let bound = self.world.platform.graphql(query, json!({ "input": input })).await;
        assert_eq!(bound["bindSpaces"]["createdCount"], 1, "{bound}");
    }

    pub(crate) fn platform(&self) -> &Platform {
        &self.world.platform
    }

    /// The reviews of an outage, some at a time: as many as there are to be, and on until the binding has expired.
    pub(crate) async fn create_pods(&self) -> Counted {
        let counted = join_all((0..AT_ONCE).map(|turn| self.create_pods_in_turn(turn))).await;
        counted.into_iter().fold(Counted::default(), |all, one| Counted {
            reviews: all.reviews + one.reviews,
            before: all.before + one.before,
            after: all.after + one.after,
        })
    }

    async fn create_pods_in_turn(&self, turn: usize) -> Counted {
        let mut counted = Counted::default();
        while counted.reviews < REVIEWS / AT_ONCE || counted.after < 50 {
            match (turn + counted.reviews) % 4 {
                0 => self.assert_admitted("ns-a", "team-a/app:1.0", true).await,
                1 => self.assert_admitted("ns-b", "team-a/app:1.0", false).await,
                2 => self.assert_admitted("ns-a", "team-c/app:1.0", false).await,
                _ => self.create_pod_of_ending(&mut counted).await,
            }
            counted.reviews += 1;
        }
        counted
    }

    /// A pod whose binding ends meanwhile. A review that was under way at that very instant may say either.
    async fn create_pod_of_ending(&self, counted: &mut Counted) {
        let (image, sent) = (self.world.image("team-b/app:1.0"), SystemClock.now());
        let answer = self.platform().create_pod("ns-a", &[&image]).await;
        if SystemClock.now() < self.expiry {
            assert!(answer.allowed(), "before the expiry: {answer:?}");
            counted.before += 1;
        } else if sent >= self.expiry {
            assert!(!answer.allowed(), "after the expiry: {answer:?}");
            counted.after += 1;
        }
    }

    async fn assert_admitted(&self, namespace: &str, path: &str, expected: bool) {
        let answer = self.platform().create_pod(namespace, &[&self.world.image(path)]).await;
        assert_eq!(answer.allowed(), expected, "{path} in {namespace}: {answer:?}");
    }

    /// The database is away while pods are created, and then comes back: the API says so meanwhile, the webhook decides as
    /// before, and in the end everything goes on.
    pub(crate) async fn endure(&self, come_back: impl FnOnce()) {
        let api = async {
            assert_unavailable(&self.read().await);
            assert_unavailable(&self.write().await);
        };
        let (counted, ()) = tokio::join!(self.create_pods(), api);
        counted.assert_enough();
        assert!(snapshot_age(self.platform()).await > 3.0, "the age of the rules is shown");
        assert_unavailable(&self.read().await);
        assert_unavailable(&self.write().await);
        come_back();
        self.assert_recovered().await;
    }

    /// By itself the product reads and writes again, follows what is changed, and has forgotten nothing.
    pub(crate) async fn assert_recovered(&self) {
        within(RECOVERY, || async { error_code(&self.write().await).is_none() }).await;
        assert_eq!(error_code(&self.read().await), None);
        assert!(self.platform().is_ready().await);
        self.assert_admitted("ns-a", "team-a/app:1.0", true).await;
        self.assert_admitted("ns-a", "team-b/app:1.0", false).await;
        self.platform().unbind(&[&self.lasting], &[&self.workspace]).await;
        self.assert_admitted("ns-a", "team-a/app:1.0", false).await;
        self.platform().bind(&[&self.lasting], &[&self.workspace]).await;
        self.assert_admitted("ns-a", "team-a/app:1.0", true).await;
        within(RECOVERY, || async { snapshot_age(self.platform()).await < 2.0 }).await;
    }

    pub(crate) async fn read(&self) -> Value {
        self.platform().ask("{ workspaces(first: 10) { nodes { name } } }", json!({})).await
    }

    pub(crate) async fn write(&self) -> Value {
        let query = "mutation($name: String!) { createWorkspace(input: { name: $name }) { userErrors { code } } }";
        self.platform().ask(query, json!({ "name": "tried" })).await
    }
}

/// How many reviews there were: in all, of the binding before it expired, and of it after.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    reviews: usize,
    before: usize,
    after: usize,
}

impl Counted {
    pub(crate) fn assert_enough(&self) {
        assert!(self.reviews >= REVIEWS && self.before > 50 && self.after > 50, "{self:?}");
    }
}

/// The code of the error in an answer, when there is one. It has words, and they say nothing of how the store works.
pub(crate) fn error_code(answer: &Value) -> Option<&str> {
    let error = answer.get("errors")?.get(0)?;
    let message = error["message"].as_str().unwrap();
    for internal in
        ["sqlite", "SQLite", "postgres", "PostgreSQL", "wharfinger.db", "disk I/O", "diesel", "No such file"]
    {
        assert!(!message.contains(internal), "{answer}");
    }
    error["extensions"]["code"].as_str()
}

/// An answer while the store is away: it says so, and that another try helps.
pub(crate) fn assert_unavailable(answer: &Value) {
    assert_eq!(error_code(answer), Some("UPSTREAM_UNAVAILABLE"), "{answer}");
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("database") && message.contains("try again"), "{message}");
}

/// The seconds since the store last confirmed the rules in force.
pub(crate) async fn snapshot_age(platform: &Platform) -> f64 {
    platform.metric("wharfinger_snapshot_age_seconds").await
}

/// The seconds since the API server last confirmed which namespaces there are.
async fn namespaces_age(platform: &Platform) -> f64 {
    platform.metric("wharfinger_namespaces_age_seconds").await
}

/// Waits until this holds.
pub(crate) async fn within<F: Future<Output = bool>>(limit: Duration, holds: impl Fn() -> F) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < limit, "it does not come to hold within {limit:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_down_changes_no_decision_and_no_list() {
    let world = World::start().await;
    let image = |path| world.image(path);
    let images = [("team-a/app:1.0", true), ("team-b/app:1.0", false), ("pub/app:1.0", true), ("nowhere/app", false)];
    let images = images.map(|(path, expected)| (image(path), expected));
    let World { platform, harbor, registry, kube, .. } = world;
    let workspace = platform.workspace("wa").await;
    platform.assign("ns-a", Some(&workspace)).await;
    let (bound, other) = (platform.space(&registry, "team-a").await, platform.space(&registry, "team-b").await);
    platform.bind(&[&bound], &[&workspace]).await;
    drop(harbor);
    let sync = "mutation($id: ID!) { syncRegistry(input: { registryId: $id }) { userErrors { message } } }";
    platform.graphql(sync, json!({ "id": registry })).await;
    let last = "query($id: ID!) { node(id: $id) { ... on Registry { lastSync { state error } } } }";
    within(RECOVERY * 3, || async {
        platform.graphql(last, json!({ "id": registry })).await["node"]["lastSync"]["state"] == "FAILED"
    })
    .await;
    for _ in 0..50 {
        for (image, expected) in &images {
            let answer = platform.create_pod("ns-a", &[image]).await;
            assert_eq!(answer.allowed(), *expected, "{image}: {answer:?}");
        }
    }
    assert_eq!(platform.selectable("ns-a").await, ["pub/app", "team-a/app"]);
    // What an administrator changes meanwhile holds at once.
    platform.unbind(&[&bound], &[&workspace]).await;
    platform.bind(&[&other], &[&workspace]).await;
    assert!(!platform.create_pod("ns-a", &[&images[0].0]).await.allowed());
    assert!(platform.create_pod("ns-a", &[&images[1].0]).await.allowed());
    drop(kube);
}

// Case: NS-2
#[tokio::test(flavor = "multi_thread")]
async fn an_api_server_that_refuses_to_be_watched_changes_no_decision() {
    let world = World::start().await;
    let (platform, kube) = (&world.platform, &world.kube);
    let (bound, unbound) = (world.image("team-a/app:1.0"), world.image("team-b/app:1.0"));
    let workspace = platform.workspace("wa").await;
    platform.assign("ns-a", Some(&workspace)).await;
    let space = platform.space(&world.registry, "team-a").await;
    platform.bind(&[&space], &[&workspace]).await;
    kube.refuse(true);
    kube.create("late").unwrap();
    let started = Instant::now();
    let mut reviews = 0;
    within(RECOVERY, || async { namespaces_age(platform).await > 3.0 }).await;
    while reviews < 1000 || started.elapsed() < Duration::from_secs(3) {
        assert!(platform.create_pod("ns-a", &[&bound]).await.allowed());
        assert!(!platform.create_pod("ns-a", &[&unbound]).await.allowed());
        assert!(!platform.create_pod("ns-b", &[&bound]).await.allowed());
        reviews += 3;
    }
    let (age, away) = (namespaces_age(platform).await, started.elapsed().as_secs_f64());
    assert!(age > away - 1.0, "it is shown how old it is what is known: {age} after {away} seconds");
    // What an administrator changes meanwhile holds at once, and a namespace that nobody has seen has nothing private.
    platform.unbind(&[&space], &[&workspace]).await;
    assert!(!platform.create_pod("ns-a", &[&bound]).await.allowed());
    platform.bind(&[&space], &[&workspace]).await;
    assert!(platform.create_pod("ns-a", &[&bound]).await.allowed());
    assert!(!platform.create_pod("late", &[&bound]).await.allowed());
    assert!(platform.create_pod("late", &[&world.image("pub/app:1.0")]).await.allowed());
    let by = json!({ "by": { "name": { "cluster": CLUSTER, "name": "late" } } });
    let known = platform.graphql("query($by: NamespaceRef!) { namespace(by: $by) { uid } }", by).await;
    assert_eq!(known["namespace"], Value::Null);
    kube.refuse(false);
    within(RECOVERY, || async { namespaces_age(platform).await < 2.0 }).await;
    platform.assign("late", Some(&workspace)).await;
    assert!(platform.create_pod("late", &[&bound]).await.allowed());
}
