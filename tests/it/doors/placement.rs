//! Puts a world in place: what the store holds through the store itself, from this process into the database of the running
//! product, and namespaces through the API server that the product watches.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use wharfinger::clock::SystemClock;
use wharfinger_app::random::Clock;
use wharfinger_domain::binding::Binding;
use wharfinger_domain::exemption::Exemption;
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::registry::{Owner, Registry, RegistryKind, RetiredHost};
use wharfinger_domain::space::Space;
use wharfinger_domain::time::Timestamp;
use wharfinger_fakes::kube::FakeKube;
use wharfinger_store::bindings::{BindingTerms, NewBinding};
use wharfinger_store::clusters::ClusterSettings;
use wharfinger_store::exemptions::NewExemption;
use wharfinger_store::namespaces::NamespaceFilter;
use wharfinger_store::registries::{NewRegistry, RegistrySettings};
use wharfinger_store::repositories::{ObservedRepository, TagRecord};
use wharfinger_store::sight::Sight;
use wharfinger_store::spaces::ObservedSpace;
use wharfinger_store::workspaces::WorkspaceFilter;
use wharfinger_store::{Page, Result, Store, Transaction};

use super::oracle::world::World;
use crate::harness::platform::{CLUSTER, Options, Platform};

/// A namespace that the configuration exempts, unless it says otherwise.
const SYSTEM_NAMESPACE: &str = "kube-system";

/// The clusters of the worlds.
const CLUSTERS: [&str; 2] = ["east", "west"];

/// The namespaces that live in some worlds.
const NAMESPACES: [&str; 4] = ["shop", "shop-test", "old", SYSTEM_NAMESPACE];

/// Longer than any test takes.
const LONG: Duration = Duration::from_hours(7 * 24);

/// How long the product may take to see what was put in place.
const SIGHT: Duration = Duration::from_secs(30);

/// The UIDs that the API server has given, by cluster and name.
type Uids = BTreeMap<(&'static str, String), String>;

/// What the product calls a cluster of a world.
pub(super) fn named(cluster: &str) -> &str {
    if cluster == CLUSTERS[0] { CLUSTER } else { cluster }
}

/// Leaves out of a world what cannot be put in place, and puts in what the configuration of its product says.
pub(super) fn fit(world: &mut World, exempts_system: bool) {
    world.moment.stale = false;
    let policy = &mut world.policy;
    policy.exemptions.retain(|exemption| exemption.id.is_some() && exemption.uid.is_some());
    if exempts_system {
        policy.exemptions.extend(policy.clusters.iter().map(|cluster| Exemption {
            id: None,
            cluster: cluster.name.clone(),
            namespace: SYSTEM_NAMESPACE.into(),
            uid: None,
            reason: "by configuration".into(),
            expires_at: None,
        }));
    }
    let harbors: Vec<_> = policy.registries.iter().filter(|registry| registry.kind == RegistryKind::Harbor).collect();
    let is_harbor = |space: &Space| harbors.iter().any(|registry| registry.id == space.registry);
    // Of several spaces of a registry with one path at most one is there; without a project id they are one space.
    let spaces = policy.spaces.clone();
    let has_younger = |space: &Space, must_be_there: bool| {
        let same = |other: &&Space| (other.registry, &other.path) == (space.registry, &space.path);
        spaces.iter().filter(same).any(|other| other.id > space.id && (other.present || !must_be_there))
    };
    policy.spaces.retain(|space| is_harbor(space) || !has_younger(space, false));
    for space in &mut policy.spaces {
        space.present &= !has_younger(space, true);
    }
    let kept: Vec<_> = policy.spaces.iter().map(|space| space.id).collect();
    policy.bindings.retain(|binding| kept.contains(&binding.space));
}

/// A running product with the API servers of its clusters.
pub(super) struct Lane {
    pub(super) platform: Platform,
    store: Store,
    kubes: BTreeMap<&'static str, FakeKube>,
    _kubeconfigs: TempDir,
}

impl Lane {
    /// Starts one that has its system namespaces exempt, or not.
    pub(super) async fn start(exempts_system: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut kubes = BTreeMap::new();
        let kubeconfig = |cluster: &str| directory.path().join(cluster);
        for cluster in CLUSTERS {
            let kube = FakeKube::start().await.unwrap();
            std::fs::write(kubeconfig(cluster), kube.kubeconfig()).unwrap();
            kubes.insert(cluster, kube);
        }
        // The list of clusters goes on where the harness has left off.
        let configuration = format!(
            "  - name: {}\n    kubeconfig: {}\nexemptSystemNamespaces: {exempts_system}\nsync:\n  interval: 24h\nlog:\n  \
             level: warn",
            CLUSTERS[1],
            kubeconfig(CLUSTERS[1]).display()
        );
        let options = Options { kubeconfig: kubeconfig(CLUSTERS[0]), configuration, ..crate::place::options() };
        let platform = Platform::start(&options).await;
        let store = platform.store();
        Self { platform, store, kubes, _kubeconfigs: directory }
    }

    /// Puts a world in place of the one before, and waits until it is in force. What the world has an instant ahead comes
    /// `soon` after the instant that this gives.
    pub(super) async fn put(&self, world: &World, soon: Duration) -> Instant {
        let uids = self.make_namespaces(world);
        self.wait_for_namespaces(world, &uids, true).await;
        let (base, placed) = (SystemClock.now(), Instant::now());
        let writer = Writer { world: world.clone(), uids: uids.clone(), base, soon };
        self.store.write(move |tx| writer.write(tx)).await.unwrap();
        for (cluster, kube) in &self.kubes {
            let alive = world.alive.get(*cluster).into_iter().flatten();
            alive.filter(|(_, live)| live.terminating).for_each(|(name, _)| assert!(kube.terminate(name)));
        }
        self.wait_for_namespaces(world, &uids, false).await;
        self.wait_for_revision().await;
        placed
    }

    /// Lets every namespace of the world live, with a UID that none had before.
    fn make_namespaces(&self, world: &World) -> Uids {
        let mut uids = Uids::new();
        for (cluster, kube) in &self.kubes {
            for name in NAMESPACES {
                kube.delete(name);
            }
            for name in world.alive.get(*cluster).into_iter().flat_map(BTreeMap::keys) {
                uids.insert((cluster, name.to_string()), kube.create(name).unwrap());
            }
        }
        uids
    }

    /// Waits until the product has stored exactly the namespaces that live. What it has stored is in force with it.
    async fn wait_for_namespaces(&self, world: &World, uids: &Uids, terminating: bool) {
        let is_there = |(cluster, name): &(&str, String)| terminating || !world.alive[*cluster][&**name].terminating;
        let mut expected: Vec<_> = uids
            .iter()
            .filter(|(key, _)| is_there(key))
            .map(|((cluster, name), uid)| (named(cluster).to_owned(), name.clone(), uid.clone()))
            .collect();
        expected.sort();
        let started = Instant::now();
        loop {
            let filter = NamespaceFilter::seen_with(Sight::All);
            let page = self.store.read(move |tx| tx.page_namespaces(&filter, &Page::first(1000))).await.unwrap();
            let stored = page.items.into_iter().map(|record| record.namespace);
            let mut stored: Vec<_> =
                stored.map(|it| (it.cluster.to_string(), it.name.to_string(), it.uid.to_string())).collect();
            stored.sort();
            if stored == expected {
                return;
            }
            assert!(started.elapsed() < SIGHT, "{stored:?} is not {expected:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the product answers by what the store holds.
    async fn wait_for_revision(&self) {
        let query = "query($ns: NamespaceRef!) { explainImage(namespace: $ns) { policyRevision } }";
        let namespace = json!({ "name": { "cluster": CLUSTER, "name": "nowhere" } });
        let started = Instant::now();
        loop {
            let stored: Result<_> = self.store.read(|tx| tx.revision()).await;
            let told = self.platform.graphql(query, json!({ "ns": namespace })).await;
            if told["explainImage"]["policyRevision"] == stored.unwrap().to_string() {
                return;
            }
            assert!(started.elapsed() < SIGHT, "the product does not follow the store: {told}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Writes a world into the store.
struct Writer {
    world: World,
    uids: Uids,
    /// The instant that stands for the world's own.
    base: Timestamp,
    soon: Duration,
}

/// The ids that the store has given for those of the world.
#[derive(Default)]
struct Given {
    workspaces: HashMap<WorkspaceId, WorkspaceId>,
    registries: HashMap<RegistryId, RegistryId>,
    spaces: HashMap<SpaceId, SpaceId>,
}

impl Writer {
    fn write(&self, tx: &mut dyn Transaction) -> Result<()> {
        clear(tx)?;
        let mut given = Given::default();
        self.write_settings(tx)?;
        self.write_workspaces(tx, &mut given)?;
        self.write_registries(tx, &mut given)?;
        self.write_spaces(tx, &mut given)?;
        self.write_repositories(tx, &given)?;
        let bindings: Vec<_> = self.world.policy.bindings.iter().map(|it| self.binding(it, &given)).collect();
        tx.insert_bindings(&bindings)?;
        self.assign_namespaces(tx, &given)?;
        self.write_exemptions(tx)?;
        tx.bump_revision(self.base.as_micros())?;
        Ok(())
    }

    /// An instant of the world, told by the clock on the wall.
    fn instant(&self, at: Timestamp) -> Timestamp {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap();
        let moved = match at.as_micros() - self.world.moment.at.as_micros() {
            ..-1 => -micros(LONG),
            moved @ -1..=0 => moved,
            1 => micros(self.soon),
            2.. => micros(LONG),
        };
        Timestamp::from_micros(self.base.as_micros() + moved)
    }

    fn write_settings(&self, tx: &mut dyn Transaction) -> Result<()> {
        for cluster in &self.world.policy.clusters {
            let record = tx.cluster_by_name(named(&cluster.name))?.expect("the configuration has made it");
            let (mode, unknown_registries) = (cluster.mode, cluster.unknown_registries);
            let settings = ClusterSettings { mode, unknown_registries, unnamed_hosts: cluster.unnamed_hosts };
            assert!(tx.update_cluster(record.cluster.id, record.revision, settings)?);
        }
        Ok(())
    }

    fn write_workspaces(&self, tx: &mut dyn Transaction, given: &mut Given) -> Result<()> {
        for workspace in in_order(&self.world.policy.workspaces, |it| it.id) {
            let record = tx.insert_workspace(&workspace.name, None, self.base)?;
            let id = record.workspace.id;
            assert!(tx.set_workspace_policy(id, record.revision, workspace.mode, None)?);
            given.workspaces.insert(workspace.id, id);
        }
        Ok(())
    }

    /// In the order of their ids, since of several registries with one host the oldest has it.
    fn write_registries(&self, tx: &mut dyn Transaction, given: &mut Given) -> Result<()> {
        for registry in in_order(&self.world.policy.registries, |it| it.id) {
            let id = tx.insert_registry(&self.registry(registry, given))?;
            given.registries.insert(registry.id, id);
        }
        let retired = self.world.policy.retired_hosts.iter();
        let retired: Vec<_> =
            retired.map(|it| RetiredHost { host: it.host.clone(), owner: owner(it.owner, given) }).collect();
        tx.retire_hosts(&retired, self.base)
    }

    fn registry(&self, registry: &Registry, given: &Given) -> NewRegistry {
        let scheme = if registry.scheme == Scheme::Https { "https" } else { "http" };
        let settings = RegistrySettings {
            name: registry.name.to_string(),
            endpoint: format!("{scheme}://{}", registry.hosts[0]),
            scheme: registry.scheme,
            hosts: registry.hosts.iter().map(ToString::to_string).collect(),
            skip_tls_verify: false,
            ca_bundle_pem: None,
            exclusive: registry.exclusive,
            resting_reason: registry.resting.then(|| "the platform has the host".to_owned()),
        };
        NewRegistry { kind: registry.kind, owner: owner(registry.owner, given), settings, created_at: self.base }
    }

    /// As a registry would show them, one after the other, so that a project made again under one name is a younger space;
    /// then those that are gone go.
    fn write_spaces(&self, tx: &mut dyn Transaction, given: &mut Given) -> Result<()> {
        let spaces = in_order(&self.world.policy.spaces, |it| it.id);
        for space in &spaces {
            let changes = tx.observe_spaces(given.registries[&space.registry], &[observed(space)], self.base)?;
            let id = changes.iter().find(|change| change.before.is_none()).expect("it is new").after.space.id;
            tx.declare_visibility(id, space.declared_visibility, self.base)?;
            given.spaces.insert(space.id, id);
        }
        let gone: Vec<_> = spaces.iter().filter(|space| !space.present).map(|space| given.spaces[&space.id]).collect();
        tx.mark_spaces_gone(&gone)?;
        for space in spaces.iter().filter(|space| space.present) {
            tx.observe_spaces(given.registries[&space.registry], &[observed(space)], self.base)?;
        }
        let stored = tx.spaces_by_id(&Sight::All, &given.spaces.values().copied().collect::<Vec<_>>())?;
        for space in spaces {
            let found = &stored[&given.spaces[&space.id]].space;
            assert_eq!((&found.path, found.present), (&space.path, space.present));
        }
        Ok(())
    }

    fn write_repositories(&self, tx: &mut dyn Transaction, given: &Given) -> Result<()> {
        let mut seen: BTreeMap<SpaceId, Vec<ObservedRepository>> = BTreeMap::new();
        for repository in self.world.repositories() {
            let tag = TagRecord {
                name: "latest".to_owned(),
                digest: format!("sha256:{}", "0".repeat(64)),
                media_type: None,
                size_bytes: None,
                platforms: Vec::new(),
                pushed_at: None,
            };
            let (path, tags) = (repository.path.join("/"), Some(vec![tag]));
            let observed = ObservedRepository { path, pull_count: None, updated_at: None, tags };
            seen.entry(given.spaces[&repository.space]).or_default().push(observed);
        }
        for (space, repositories) in seen {
            tx.observe_repositories(space, &repositories, self.base)?;
        }
        Ok(())
    }

    fn binding(&self, binding: &Binding, given: &Given) -> NewBinding {
        let terms = BindingTerms {
            scope: binding.scope.clone(),
            not_before: binding.not_before.map(|at| self.instant(at)),
            expires_at: binding.expires_at.map(|at| self.instant(at)),
            reason: None,
        };
        NewBinding {
            space: given.spaces[&binding.space],
            workspace: given.workspaces[&binding.workspace],
            terms,
            created_by: "a test".to_owned(),
            created_at: self.base,
        }
    }

    /// A row for another UID than the one that lives ends by itself; one for a workspace that is no more there cannot be.
    fn assign_namespaces(&self, tx: &mut dyn Transaction, given: &Given) -> Result<()> {
        for ((cluster, name), real) in &self.uids {
            let live = &self.world.alive[*cluster][&**name];
            let rows = self.world.policy.namespaces.iter();
            let mut rows = rows.filter(|row| *row.cluster == **cluster && *row.name == **name && row.uid == live.uid);
            let workspace = rows.next().and_then(|row| given.workspaces.get(&row.workspace?)).copied();
            let record = tx.namespace_by_name(&Sight::All, named(cluster), name)?.expect("it was waited for");
            assert_eq!(*record.namespace.uid, **real);
            tx.assign_namespaces(&[record.namespace.id], workspace)?;
        }
        Ok(())
    }

    fn write_exemptions(&self, tx: &mut dyn Transaction) -> Result<()> {
        for exemption in self.world.policy.exemptions.iter().filter(|exemption| exemption.id.is_some()) {
            let never = self.base.saturating_add(10 * LONG);
            let expires_at = exemption.expires_at.map_or(never, |at| self.instant(at));
            let cluster = tx.cluster_by_name(named(&exemption.cluster))?.expect("it is there");
            tx.insert_exemption(&NewExemption {
                cluster: cluster.cluster.id,
                namespace: exemption.namespace.to_string(),
                uid: self.real_uid(exemption),
                reason: exemption.reason.to_string(),
                expires_at,
                created_by: "a test".to_owned(),
                created_at: self.base,
            })?;
        }
        Ok(())
    }

    /// The UID that the API server has given for the exempt one, or one that nobody has.
    fn real_uid(&self, exemption: &Exemption) -> String {
        let uid = exemption.uid.as_deref().expect("those without were left out");
        let mut given = self.uids.iter().filter(|((cluster, name), _)| {
            let live = &self.world.alive[*cluster][&**name];
            **cluster == *exemption.cluster && **name == *exemption.namespace && *live.uid == *uid
        });
        given.next().map_or_else(|| format!("gone-{uid}"), |(_, real)| real.clone())
    }
}

/// Takes out what the world before had, its clusters and namespaces left alone.
fn clear(tx: &mut dyn Transaction) -> Result<()> {
    for record in tx.all_registries()? {
        tx.remove_registry(record.registry.id)?;
    }
    for record in tx.page_workspaces(&WorkspaceFilter::seen_with(Sight::All), &Page::first(100))?.items {
        tx.remove_workspace(record.workspace.id)?;
    }
    for record in tx.page_exemptions(&Page::first(100))?.items {
        tx.remove_exemption(record.id)?;
    }
    let retired = tx.retired_hosts()?;
    tx.release_hosts(&retired)?;
    Ok(())
}

fn observed(space: &Space) -> ObservedSpace {
    ObservedSpace {
        upstream_id: space.upstream_visibility.map(|_| space.id.to_string()),
        path: space.path.to_string(),
        upstream_visibility: space.upstream_visibility,
        proxy_cache: false,
    }
}

fn owner(owner: Owner, given: &Given) -> Owner {
    match owner {
        Owner::Platform => Owner::Platform,
        Owner::Workspace(id) => Owner::Workspace(given.workspaces[&id]),
    }
}

fn in_order<T, K: Ord>(items: &[T], key: impl Fn(&T) -> K) -> Vec<&T> {
    let mut items: Vec<_> = items.iter().collect();
    items.sort_by_key(|item| key(item));
    items
}
