//! Use cases on a real database, with a faithful Harbor and the loops running.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::Mutex;
use wharfinger_app::budgets::Rates;
use wharfinger_app::call::Call;
use wharfinger_app::publisher::Publisher;
use wharfinger_app::random::{Clock, Random};
use wharfinger_app::record::{
    AuditFilter, ClusterSettings, RegistryRecord, Sight, SpaceFilter, SpaceOrder, SpaceRecord, SyncRecord, SyncState,
};
use wharfinger_app::registries::{CredentialInput, NewRegistryInput};
use wharfinger_app::replicas::Standing;
use wharfinger_app::syncs::Pace;
use wharfinger_app::vault::Vault;
use wharfinger_app::{App, Bounds, Reach, Reaches};
use wharfinger_domain::caller::{AuthMethod, Caller, PlatformRole, WorkspaceRole};
use wharfinger_domain::cluster::{EnforcementMode, UnknownRegistries};
use wharfinger_domain::decision::Decision;
use wharfinger_domain::id::{RegistryId, WorkspaceId};
use wharfinger_domain::overlay::{LiveNamespace, Sighting};
use wharfinger_domain::registry::RegistryKind;
use wharfinger_domain::snapshot::Moment;
use wharfinger_domain::time::Timestamp;
use wharfinger_fakes::harbor::{FakeHarbor, Options, Push};
use wharfinger_store::page::Page;
use wharfinger_store::{Store, StoreOptions};

/// Counts up, so that every number drawn is another one.
#[derive(Default)]
struct Counting(AtomicU64);

/// The tests ask for their walks.
const PACE: Pace = Pace { spaces: Duration::from_hours(1), contents: Duration::from_hours(1) };

/// The fakes are on this machine.
fn reaches() -> Reaches {
    let open = Arc::new(Reach { open: vec!["127.0.0.0/8".parse().unwrap()], ..Reach::default() });
    Reaches { platform: Arc::clone(&open), associated: open }
}

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
    }
}

/// Stands still, a microsecond ahead at each look.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// The use cases at work.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) harbor: FakeHarbor,
    _directory: TempDir,
}

impl World {
    /// A world with a Harbor that has a public and two private projects, and a namespace that is assigned to nobody.
    pub(crate) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::at(crate::place::new(directory.path()))).unwrap();
        let (publisher, _wishes) = Publisher::new(Vec::new());
        let clock = Arc::new(Ticking(AtomicI64::new(1_700_000_000_000_000)));
        let vault = Vault::new(&[7; 32]).unwrap();
        let bounds = Bounds { rates: Rates::all(NonZeroU32::MAX), reaches: reaches() };
        let (app, walks) = App::new(store, publisher, vault, Arc::new(Counting::default()), clock, bounds);
        app.reload().await.unwrap();
        let following = Arc::clone(&app).follow_registries(Arc::new(Mutex::new(walks)), PACE);
        let standing = Standing {
            name: "replica".to_owned(),
            ready: Box::new(|| true),
            certificate_expires_at: Box::new(|| None),
            clusters: Vec::new(),
        };
        let beating = Arc::clone(&app).follow_replica(Arc::new(standing));
        #[expect(clippy::disallowed_methods, reason = "they end with the test's runtime")]
        tokio::spawn(async { tokio::join!(following, beating) });
        let harbor = FakeHarbor::start(Options::default()).await.unwrap();
        for (project, public) in [("pub", "true"), ("team-a", "false"), ("team-b", "false")] {
            harbor.create_project(project, public);
            harbor.push_artifact(&format!("{project}/app"), &Push::tagged(["1.0", "latest"])).unwrap();
        }
        let world = Self { app, harbor, _directory: directory };
        world.cluster().await;
        world
    }

    async fn cluster(&self) {
        let settings = ClusterSettings {
            mode: EnforcementMode::Enforce,
            unknown_registries: UnknownRegistries::Allow,
            unnamed_hosts: UnknownRegistries::Deny,
        };
        let call = self.system();
        let record = self.app.ensure_cluster(&call, "test".to_owned(), settings).await.unwrap().unwrap();
        let live = LiveNamespace { uid: "uid-1".into(), terminating: false };
        self.app.publisher().sight("test", Sighting::Listed(vec![("ns-a".into(), live)]));
        let at = call.at;
        let seen = self
            .app
            .store()
            .write(move |tx| tx.record_listing(record.cluster.id, &[("ns-a".to_owned(), "uid-1".to_owned())], at));
        seen.await.unwrap();
    }

    pub(crate) fn admin(&self) -> Call {
        let caller = Caller::administrator("admin", AuthMethod::LocalAdmin);
        Call { caller, request_id: "r".into(), at: self.app.clock().now(), source: None }
    }

    /// An administrator of this workspace.
    pub(crate) fn lead(&self, workspace: WorkspaceId) -> Call {
        let roles = [(workspace, WorkspaceRole::Admin)];
        let caller = Caller::new("lead", AuthMethod::Password, PlatformRole::None, roles);
        Call { caller, ..self.admin() }
    }

    /// The registry as it is stored; `None` when there is none.
    pub(crate) async fn registry(&self, id: RegistryId) -> Option<RegistryRecord> {
        self.app.registries_by_id(&self.admin(), vec![id]).await.unwrap().remove(&id)
    }

    /// The details of the records of this action, the newest first.
    pub(crate) async fn audited(&self, action: &str) -> Vec<String> {
        let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
        let page = self.app.page_audit(&self.admin(), filter, Page::first(100)).await.unwrap();
        page.items.into_iter().filter_map(|record| record.event.details).collect()
    }

    /// Fails unless the snapshot in force is what the store has, read anew.
    pub(crate) async fn assert_published(&self) {
        let in_force = self.app.publisher().snapshot().unwrap();
        self.app.reload().await.unwrap();
        assert_eq!(in_force.policy(), self.app.publisher().snapshot().unwrap().policy());
    }

    fn system(&self) -> Call {
        Call::system("test", self.app.clock().now())
    }

    /// Registers the Harbor under this name of a host, and waits for its first walk.
    pub(crate) async fn register(&self) -> RegistryRecord {
        let credential = CredentialInput { username: "admin".to_owned(), secret: SecretString::from(PASSWORD) };
        let input = NewRegistryInput {
            name: "harbor".to_owned(),
            kind: RegistryKind::Harbor,
            endpoint: self.harbor.url(),
            aliases: vec!["harbor.example".to_owned()],
            skip_tls_verify: false,
            credential: Some(credential),
            ca_bundle_pem: None,
            owner: None,
        };
        let (record, _) = self.app.register_registry(&self.admin(), input).await.unwrap().unwrap();
        self.walked(record.registry.id).await;
        record
    }

    /// Waits until the last walk has ended.
    pub(crate) async fn walked(&self, registry: RegistryId) -> SyncRecord {
        for _ in 0..2000 {
            let last = self.app.last_syncs(&self.admin(), vec![registry]).await.unwrap().remove(&registry);
            match last {
                Some(sync) if !matches!(sync.state, SyncState::Queued | SyncState::Running) => return sync,
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
        panic!("the walk does not end");
    }

    /// The spaces that are there.
    pub(crate) async fn spaces(&self) -> Vec<SpaceRecord> {
        let filter = SpaceFilter { present: Some(true), ..SpaceFilter::seen_with(Sight::All) };
        let page = self.app.page_spaces(&self.admin(), filter, SpaceOrder::default(), Page::first(100)).await;
        page.unwrap().items
    }

    pub(crate) async fn space(&self, path: &str) -> SpaceRecord {
        self.spaces().await.into_iter().find(|record| *record.space.path == *path).unwrap()
    }

    pub(crate) async fn workspace(&self, name: &str) -> WorkspaceId {
        let new = wharfinger_app::workspaces::NewWorkspace { name: name.to_owned(), display_name: None };
        self.app.create_workspace(&self.admin(), new).await.unwrap().unwrap().workspace.id
    }

    /// What is decided in the namespace now.
    pub(crate) fn decide(&self, image: &str) -> Decision {
        let snapshot = self.app.publisher().snapshot().unwrap();
        snapshot.view("test", "ns-a", Moment::fresh(self.app.clock().now())).unwrap().decide(image)
    }
}

/// What the fake Harbor's administrator signs in with.
pub(crate) const PASSWORD: &str = "Harbor12345";
