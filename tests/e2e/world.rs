//! What all tests of this binary share: one control plane, one running platform that its API server asks, and two
//! registries. A test has a namespace and a workspace of its own in it.

use std::future::Future;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use wharfinger_fakes::distribution::DistributionRegistry;
use wharfinger_fakes::harbor::{FakeHarbor, Options as HarborOptions, Push};
use wharfinger_fakes::push::Pusher;

use crate::control_plane::ControlPlane;
use crate::harness::leash::Leash;
use crate::harness::platform::{Options, Platform};
use crate::manifest;
use crate::outage;

/// How long something that comes by itself may take, such as a controller's next try.
const LONG: Duration = Duration::from_mins(1);

/// How the fake Harbor's administrator signs in.
pub(crate) const HARBOR_ADMIN: (&str, &str) = ("admin", "Harbor12345");

/// The namespaces that the API server never asks about.
pub(crate) const NOT_ASKED: [&str; 3] = ["kube-system", "kube-node-lease", "kube-public"];

/// Everything outlives the test that needed it first, so its tasks run here and not in that test.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("threads"));

static WORLD: LazyLock<World> = LazyLock::new(|| wait(World::start()));

/// What all tests share.
pub(crate) struct World {
    /// The API server.
    pub(crate) plane: &'static ControlPlane,
    /// The product.
    pub(crate) platform: Platform,
    /// With the public space `pub` and the private ones `team-a` and `team-b`, each with `app:1.0`.
    pub(crate) harbor: FakeHarbor,
    /// With the spaces `shop` and `tools`, which have been pushed to.
    pub(crate) distribution: DistributionRegistry,
    /// The id of the Harbor.
    pub(crate) harbor_id: String,
    /// The id of the other registry.
    pub(crate) distribution_id: String,
    /// Nothing in a static is ever dropped.
    _leash: Leash,
}

/// Waits until this is done.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    RUNTIME.block_on(work)
}

/// Asks again and again until there is an answer, and fails when there is none in a minute.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < LONG, "{what}: not within {LONG:?}");
        wait(async { tokio::time::sleep(Duration::from_millis(50)).await });
    }
}

/// What all tests share; started by the first.
pub(crate) fn world() -> &'static World {
    &WORLD
}

impl World {
    async fn start() -> Self {
        let plane = ControlPlane::shared();
        let options = Options { kubeconfig: plane.kubeconfig(), ..Options::default() };
        let platform = Platform::start(&options).await;
        let distribution = distribution().await;
        let leash = Leash::hold(distribution.process_id(), distribution.folder());
        let harbor = harbor().await;
        let harbor_id = platform.register("harbor", "HARBOR", &harbor.url(), Some(HARBOR_ADMIN)).await;
        let distribution_id = platform.register("plain", "DISTRIBUTION", &distribution.url(), None).await;
        let excluded: Vec<_> = NOT_ASKED.into_iter().chain([outage::NAMESPACE]).collect();
        let registration = manifest::registration("wharfinger", &platform, &manifest::everywhere_but(&excluded));
        plane.apply(&registration).expect_success();
        plane.wait_until_asked(&probe());
        Self { plane, platform, harbor, distribution, harbor_id, distribution_id, _leash: leash }
    }

    /// A reference to an image of the Harbor.
    pub(crate) fn image(&self, path: &str) -> String {
        format!("{}/{path}", self.harbor.host())
    }
}

/// A pod that is refused wherever anybody is asked: it names an image by its id.
fn probe() -> serde_json::Value {
    manifest::pod("probe", "sha256:0123").in_namespace("default").object()
}

async fn harbor() -> FakeHarbor {
    let harbor = FakeHarbor::start(HarborOptions::default()).await.expect("a port");
    for (project, public) in [("pub", "true"), ("team-a", "false"), ("team-b", "false")] {
        harbor.create_project(project, public);
        harbor
            .push_artifact(&format!("{project}/app"), &Push::tagged(["1.0", "latest"]))
            .expect("the project is there");
    }
    harbor
}

async fn distribution() -> DistributionRegistry {
    let registry = DistributionRegistry::open().await.expect("Debian's docker-registry");
    let pusher = Pusher::new(&registry.url(), None).expect("a client");
    pusher.image("shop/web", &["1.0", "1.1"], "linux/amd64").await.expect("a push");
    pusher.index("tools/cli", "latest", &["linux/amd64", "linux/arm64"]).await.expect("a push");
    registry
}
