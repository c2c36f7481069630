//! The watch of namespaces against an API server that loses connections, history and its voice.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use serde_json::Value;
use wharfinger_cluster::{Access, Cluster, ClusterError, Observation, Timing, connect};
use wharfinger_domain::overlay::{LiveNamespace, Overlay, Sighting};
use wharfinger_fakes::kube::{FakeKube, Options};

/// Longer than anything that a test waits for.
const LONG: Duration = Duration::from_secs(20);

const TIMING: Timing = Timing {
    silence: LONG,
    request: Duration::from_secs(5),
    first_pause: Duration::from_millis(20),
    longest_pause: Duration::from_millis(50),
};

/// A fake API server, a watch of it, and what the watch has seen so far.
struct Watched {
    kube: FakeKube,
    cluster: Cluster,
    observations: Pin<Box<dyn Stream<Item = Observation> + Send>>,
    overlay: Overlay,
}

async fn to(kube: &FakeKube) -> Cluster {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), kube.kubeconfig()).unwrap();
    connect(&Access::Kubeconfig(file.path().to_owned(), None)).await.unwrap()
}

impl Watched {
    async fn with(timing: Timing, names: &[&str]) -> Self {
        Self::with_bookmarks(LONG, timing, names).await
    }

    async fn with_bookmarks(bookmarks: Duration, timing: Timing, names: &[&str]) -> Self {
        let kube = FakeKube::start_with(Options { bookmarks, ..Options::default() }).await.unwrap();
        for name in names {
            kube.create(name).unwrap();
        }
        let cluster = to(&kube).await.with_timing(timing);
        let observations = Box::pin(cluster.namespaces());
        Self { kube, cluster, observations, overlay: Overlay::default() }
    }

    /// A watch that has listed these namespaces and is open.
    async fn open(timing: Timing, names: &[&str]) -> Self {
        let mut watched = Self::with(timing, names).await;
        let before = watched.kube.asked().watches;
        assert!(matches!(watched.sighting().await, Sighting::Listed(_)));
        watched.reopened(before).await;
        watched
    }

    /// Waits until one more watch is open.
    async fn reopened(&mut self, watches: u64) {
        while self.kube.asked().watches == watches {
            tokio::select! {
                observation = self.observations.next() => panic!("{observation:?} before the watch is open"),
                () = tokio::time::sleep(Duration::from_millis(5)) => {}
            }
        }
    }

    async fn next(&mut self) -> Observation {
        let observation = tokio::time::timeout(LONG, self.observations.next()).await;
        let observation = observation.unwrap().unwrap();
        if let Observation::Sighting(sighting) = &observation {
            self.overlay = self.overlay.after("here", sighting.clone());
        }
        observation
    }

    /// What is seen next, whatever fails before.
    async fn sighting(&mut self) -> Sighting {
        loop {
            if let Observation::Sighting(sighting) = self.next().await {
                return sighting;
            }
        }
    }

    async fn error(&mut self) -> ClusterError {
        loop {
            if let Observation::Interrupted(error) = self.next().await {
                return error;
            }
        }
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.overlay.namespaces("here").map(|(name, _)| name).collect();
        names.sort_unstable();
        names
    }
}

fn live(uid: String) -> LiveNamespace {
    LiveNamespace { uid: uid.into(), terminating: false }
}

#[tokio::test]
async fn lists_once_and_then_tells_each_change() {
    let mut watched = Watched::open(TIMING, &["a", "b"]).await;
    assert_eq!(watched.names(), ["a", "b"]);
    let uid = watched.kube.create("c").unwrap();
    assert_eq!(watched.sighting().await, Sighting::Seen("c".into(), live(uid)));
    watched.kube.delete("a");
    assert_eq!(watched.sighting().await, Sighting::Gone("a".into()));
    assert_eq!(watched.names(), ["b", "c"]);
    assert_eq!(watched.kube.asked().lists, 1);
}

#[tokio::test]
async fn lists_more_namespaces_than_fit_a_page() {
    let names: Vec<_> = (0..1001).map(|number| format!("n{number:04}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let watched = Watched::open(TIMING, &names).await;
    assert_eq!(watched.names(), names);
    assert_eq!(watched.kube.asked().lists, 3);
}

#[tokio::test]
async fn an_empty_cluster_is_known_to_be_empty() {
    let mut watched = Watched::with(TIMING, &[]).await;
    assert_eq!(watched.next().await, Observation::Sighting(Sighting::Listed(Vec::new())));
    assert!(watched.overlay.knows("here"));
}

#[tokio::test]
async fn a_namespace_that_is_being_deleted_is_terminating_from_the_first_moment() {
    let mut watched = Watched::open(TIMING, &["a"]).await;
    watched.kube.terminate("a");
    let Sighting::Seen(name, LiveNamespace { terminating: true, .. }) = watched.sighting().await else {
        panic!("not terminating");
    };
    assert_eq!(&*name, "a");
    let later = Watched::open(TIMING, &[]).await;
    assert!(watched.cluster.namespace("a").await.unwrap().unwrap().terminating);
    assert_eq!(later.cluster.namespace("a").await, Ok(None));
}

#[tokio::test]
async fn a_namespace_made_again_under_the_same_name_has_another_uid() {
    let mut watched = Watched::open(TIMING, &["a"]).await;
    let first = watched.overlay.live("here", "a").unwrap().uid.clone();
    watched.kube.delete("a");
    let second = watched.kube.create("a").unwrap();
    assert_eq!(watched.sighting().await, Sighting::Gone("a".into()));
    assert_eq!(watched.sighting().await, Sighting::Seen("a".into(), live(second.clone())));
    assert_ne!(&*first, second);
}

#[tokio::test]
async fn a_bookmark_shows_that_the_server_lives() {
    let mut watched = Watched::open(TIMING, &["a"]).await;
    watched.kube.change_something_else();
    watched.kube.bookmark();
    assert_eq!(watched.next().await, Observation::Alive);
}

#[tokio::test]
async fn a_watch_that_breaks_off_goes_on_where_it_was() {
    let mut watched = Watched::open(TIMING, &["a"]).await;
    let before = watched.kube.asked().watches;
    watched.kube.cut_watches();
    let uid = watched.kube.create("b").unwrap();
    assert_eq!(watched.sighting().await, Sighting::Seen("b".into(), live(uid)));
    assert_eq!(watched.kube.asked().lists, 1);
    assert!(watched.kube.asked().watches > before);
}

#[tokio::test]
async fn a_watch_that_breaks_off_goes_on_from_its_last_bookmark() {
    let mut watched = Watched::open(TIMING, &["a"]).await;
    watched.kube.compact();
    watched.kube.bookmark();
    assert_eq!(watched.next().await, Observation::Alive);
    watched.kube.cut_watches();
    let uid = watched.kube.create("b").unwrap();
    assert_eq!(watched.sighting().await, Sighting::Seen("b".into(), live(uid)));
    assert_eq!(watched.kube.asked().lists, 1);
}

#[tokio::test]
async fn a_watch_that_breaks_off_lists_again_when_its_place_is_forgotten() {
    let mut watched = Watched::open(TIMING, &["a"]).await;
    watched.kube.cut_watches();
    watched.kube.create("b").unwrap();
    watched.kube.compact();
    assert!(matches!(watched.sighting().await, Sighting::Listed(_)));
    assert_eq!(watched.names(), ["a", "b"]);
}

#[tokio::test]
async fn a_forgotten_past_is_no_failure_and_everything_is_listed_again() {
    let mut watched = Watched::open(TIMING, &["a", "b"]).await;
    watched.kube.silence(true);
    watched.kube.delete("a");
    watched.kube.create("c").unwrap();
    watched.kube.expire();
    watched.kube.silence(false);
    while watched.next().await == Observation::Alive {}
    assert_eq!(watched.names(), ["b", "c"]);
}

#[tokio::test]
async fn a_server_that_is_away_leaves_in_force_what_was_seen_and_is_watched_again_when_it_is_back() {
    let mut watched = Watched::open(TIMING, &["a"]).await;
    watched.kube.refuse(true);
    let error = watched.error().await;
    assert!(matches!(error, ClusterError::Refused { code: 503, .. }), "{error}");
    assert!(matches!(watched.error().await, ClusterError::Refused { .. }), "tried again");
    assert_eq!(watched.names(), ["a"]);
    let uid = watched.kube.create("b").unwrap();
    watched.kube.refuse(false);
    assert_eq!(watched.sighting().await, Sighting::Seen("b".into(), live(uid)));
    assert_eq!(watched.kube.asked().lists, 1);
}

#[tokio::test]
async fn a_watch_taken_up_again_shows_that_the_server_lives_although_nothing_changed() {
    let mut watched = Watched::open(TIMING, &["a"]).await;
    watched.kube.refuse(true);
    watched.error().await;
    watched.kube.refuse(false);
    while matches!(watched.next().await, Observation::Interrupted(_)) {}
    assert_eq!(watched.kube.asked().lists, 1);
}

#[tokio::test]
async fn a_server_that_nobody_listens_at_is_unreachable_by_its_address() {
    let kube = FakeKube::start().await.unwrap();
    let (cluster, url) = (to(&kube).await.with_timing(TIMING), kube.url());
    drop(kube);
    let mut observations = Box::pin(cluster.namespaces());
    for _ in 0..2 {
        let Some(Observation::Interrupted(error)) = observations.next().await else { panic!("not interrupted") };
        assert!(matches!(error, ClusterError::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains(&url) && error.to_string().contains("refused"), "{error}");
    }
    assert!(matches!(cluster.namespace("a").await, Err(ClusterError::Unreachable { .. })));
}

#[tokio::test]
async fn a_server_that_takes_connections_and_does_not_answer_is_not_waited_for() {
    let kube = FakeKube::start().await.unwrap();
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let url = format!("http://{}", mute.local_addr().unwrap());
    std::fs::write(file.path(), kube.kubeconfig().replace(&kube.url(), &url)).unwrap();
    let cluster = connect(&Access::Kubeconfig(file.path().to_owned(), None)).await.unwrap();
    let cluster = cluster.with_timing(Timing { request: Duration::from_millis(200), ..TIMING });
    let error = cluster.namespace("a").await.unwrap_err();
    assert!(matches!(error, ClusterError::Silent { .. }) && error.to_string().contains(&url), "{error}");
    let Some(Observation::Interrupted(same)) = cluster.namespaces().boxed().next().await else { panic!("listed") };
    assert_eq!(same, error);
}

#[tokio::test]
async fn a_silent_watch_is_given_up_and_everything_is_listed_again() {
    let mut watched = Watched::open(Timing { silence: Duration::from_secs(1), ..TIMING }, &["a"]).await;
    watched.kube.silence(true);
    watched.kube.create("b").unwrap();
    assert!(matches!(watched.next().await, Observation::Sighting(Sighting::Listed(_))));
    assert_eq!(watched.names(), ["a", "b"]);
}

#[tokio::test]
async fn an_idle_server_is_listed_again_and_nothing_is_said_to_be_wrong() {
    let mut watched = Watched::open(Timing { silence: Duration::from_millis(300), ..TIMING }, &["a"]).await;
    for lists in 2..5 {
        assert!(matches!(watched.next().await, Observation::Sighting(Sighting::Listed(_))));
        assert_eq!(watched.kube.asked().lists, lists);
    }
}

#[tokio::test]
async fn a_server_that_sends_bookmarks_is_not_listed_again() {
    let timing = Timing { silence: Duration::from_secs(1), ..TIMING };
    let mut watched = Watched::with_bookmarks(Duration::from_millis(100), timing, &["a"]).await;
    assert!(matches!(watched.next().await, Observation::Sighting(Sighting::Listed(_))));
    for _ in 0..15 {
        watched.kube.change_something_else();
        assert_eq!(watched.next().await, Observation::Alive);
    }
    assert_eq!(watched.kube.asked().lists, 1);
    assert!(watched.kube.asked().watches > 1, "the watch's time was up in between");
}

#[tokio::test]
async fn a_namespace_without_uid_is_left_out() {
    let mut watched = Watched::open(TIMING, &["a"]).await;
    watched.kube.create("b").unwrap();
    assert!(matches!(watched.sighting().await, Sighting::Seen(..)));
    watched.kube.deform("b", "uid", Value::Null);
    let uid = watched.kube.create("c").unwrap();
    assert_eq!(watched.sighting().await, Sighting::Seen("c".into(), live(uid)));
    let error = watched.cluster.namespace("b").await.unwrap_err();
    assert!(matches!(error, ClusterError::Malformed { .. }) && error.to_string().contains("namespace b"), "{error}");
    let mut again = watched.cluster.namespaces().boxed();
    let Some(Observation::Sighting(Sighting::Listed(all))) = again.next().await else { panic!("not listed") };
    assert_eq!(all.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["a", "c"]);
}

#[tokio::test]
async fn nothing_is_asked_once_the_watch_is_dropped() {
    let watched = Watched::open(TIMING, &["a"]).await;
    drop(watched.observations);
    watched.kube.cut_watches();
    let asked = watched.kube.asked();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(watched.kube.asked(), asked);
}

#[tokio::test]
async fn one_namespace_is_asked_for_by_name() {
    let kube = FakeKube::start().await.unwrap();
    let uid = kube.create("a").unwrap();
    let cluster = to(&kube).await;
    assert_eq!(cluster.namespace("a").await, Ok(Some(live(uid))));
    assert_eq!(cluster.namespace("b").await, Ok(None));
    assert_eq!(kube.asked().gets, 2);
    for name in ["", "../a", "a/status", "A", "a?watch=true"] {
        assert_eq!(cluster.namespace(name).await, Ok(None), "{name}");
    }
    assert_eq!(kube.asked().gets, 2, "a name that no namespace can have is not asked for");
}
