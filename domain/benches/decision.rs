//! How long a pod of five images takes to decide on a large platform, and how long the index takes to build and to change.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::cell::Cell;
use std::sync::Arc;

use divan::{Bencher, black_box};
use wharfinger_domain::binding::Binding;
use wharfinger_domain::change::{Change, ChangeSet};
use wharfinger_domain::cluster::{Cluster, EnforcementMode, UnknownRegistries};
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{BindingId, ClusterId, NamespaceId, RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::namespace::Namespace;
use wharfinger_domain::overlay::{LiveNamespace, Overlay, Sighting};
use wharfinger_domain::policy::Policy;
use wharfinger_domain::reference::Reference;
use wharfinger_domain::registry::{Owner, Registry, RegistryKind};
use wharfinger_domain::revision::Revision;
use wharfinger_domain::snapshot::{Moment, Snapshot};
use wharfinger_domain::space::{Space, Visibility};
use wharfinger_domain::time::Timestamp;
use wharfinger_domain::workspace::Workspace;

const REGISTRIES: i64 = 4;
const SPACES: i64 = 10_000;
const WORKSPACES: i64 = 1_000;
const NAMESPACES: i64 = 10_000;
const BINDINGS: i64 = 5;
const IMAGES: usize = 5;

fn main() {
    divan::main();
}

fn moment() -> Moment {
    Moment::fresh(Timestamp::from_micros(1_000_000))
}

/// The space that is the workspace's n-th bound one; spread, so that neighbours in time are none in memory.
fn bound_space(workspace: i64, n: i64) -> i64 {
    (workspace * BINDINGS + n) * 7 % SPACES
}

fn host(registry: i64) -> String {
    format!("harbor-{registry}.example.com")
}

fn policy() -> Policy {
    let mut policy = Policy::empty(Revision { number: 1, token: 1 });
    policy.clusters.push(Cluster {
        id: ClusterId(1),
        name: "east".into(),
        mode: EnforcementMode::Enforce,
        unknown_registries: UnknownRegistries::Allow,
        unnamed_hosts: UnknownRegistries::Deny,
    });
    let registry = |id: i64| {
        let (name, kind, owner) = (host(id).into(), RegistryKind::Harbor, Owner::Platform);
        let (scheme, hosts) = (Scheme::Https, vec![host(id).into()]);
        Registry { id: RegistryId(id), name, kind, owner, scheme, hosts, exclusive: false, resting: false }
    };
    policy.registries = (0..REGISTRIES).map(registry).collect();
    policy.spaces = (0..SPACES).map(space).collect();
    let workspace = |id: i64| Workspace { id: WorkspaceId(id), name: format!("workspace-{id}").into(), mode: None };
    policy.workspaces = (0..WORKSPACES).map(workspace).collect();
    let namespace = |id: i64| {
        let (cluster, name, uid) = ("east".into(), name(id), uid(id));
        Namespace { id: NamespaceId(id), cluster, name, uid, workspace: Some(WorkspaceId(id % WORKSPACES)) }
    };
    policy.namespaces = (0..NAMESPACES).map(namespace).collect();
    policy.bindings =
        (0..WORKSPACES * BINDINGS).map(|id| binding(id, bound_space(id / BINDINGS, id % BINDINGS))).collect();
    policy
}

fn space(id: i64) -> Space {
    Space {
        id: SpaceId(id),
        registry: RegistryId(id % REGISTRIES),
        path: format!("project-{id}").into(),
        upstream_visibility: Some(if id % 20 == 0 { Visibility::Public } else { Visibility::Private }),
        declared_visibility: None,
        present: true,
    }
}

fn binding(id: i64, space: i64) -> Binding {
    let (space, workspace) = (SpaceId(space), WorkspaceId(id / BINDINGS));
    Binding { id: BindingId(id), space, workspace, not_before: None, expires_at: None, scope: None }
}

fn name(namespace: i64) -> Box<str> {
    format!("namespace-{namespace}").into()
}

/// As long as Kubernetes makes them.
fn uid(namespace: i64) -> Box<str> {
    format!("6f2b7c7e-5f0b-4c59-9d0e-{namespace:012}").into()
}

fn overlay() -> Arc<Overlay> {
    let live = |id: i64| (name(id), LiveNamespace { uid: uid(id), terminating: false });
    Arc::new(Overlay::default().after("east", Sighting::Listed((0..NAMESPACES).map(live).collect())))
}

fn snapshot() -> Snapshot {
    Snapshot::build(policy(), overlay())
}

/// A pod of the namespace: four images that are bound to its workspace, and one that is another's.
fn pod(namespace: i64) -> [String; IMAGES] {
    let workspace = namespace % WORKSPACES;
    std::array::from_fn(|n| {
        let n = i64::try_from(n).unwrap();
        let space = bound_space(if n == 4 { (workspace + 1) % WORKSPACES } else { workspace }, n);
        format!("{}/project-{space}/service-{n}:v1.{n}.7", host(space % REGISTRIES))
    })
}

/// Every namespace with a pod, to be gone through one after the other.
struct Rounds {
    pods: Vec<(Box<str>, [String; IMAGES])>,
    next: Cell<usize>,
}

impl Rounds {
    fn new() -> Self {
        // A stride without a common divisor meets each namespace, and never the one beside the last.
        let pods = (0..NAMESPACES).map(|id| id * 3_701 % NAMESPACES).map(|id| (name(id), pod(id))).collect();
        Self { pods, next: Cell::new(0) }
    }

    fn next(&self) -> &(Box<str>, [String; IMAGES]) {
        let at = self.next.get();
        self.next.set((at + 1) % self.pods.len());
        &self.pods[at]
    }
}

#[divan::bench(sample_count = 2_000, sample_size = 20)]
fn five_images_as_text(bencher: Bencher<'_, '_>) {
    let (snapshot, images) = (snapshot(), pod(4_321));
    let view = snapshot.view("east", "namespace-4321", moment()).unwrap();
    assert_eq!(images.iter().filter(|image| view.decide(image).is_allowed()).count(), 4);
    bencher
        .bench_local(|| black_box(&images).iter().filter(|image| black_box(&view).decide(image).is_allowed()).count());
}

#[divan::bench(sample_count = 2_000, sample_size = 20)]
fn five_images_parsed_before(bencher: Bencher<'_, '_>) {
    let (snapshot, images) = (snapshot(), pod(4_321));
    let references = images.each_ref().map(|image| Reference::parse(image).unwrap());
    let view = snapshot.view("east", "namespace-4321", moment()).unwrap();
    bencher.bench_local(|| {
        let allowed = |reference: &&Reference<'_>| black_box(&view).decide_reference(reference).is_allowed();
        black_box(&references).iter().filter(allowed).count()
    });
}

#[divan::bench(sample_count = 2_000, sample_size = 20)]
fn five_images_in_one_namespace_after_the_other(bencher: Bencher<'_, '_>) {
    let (snapshot, rounds) = (snapshot(), Rounds::new());
    bencher.bench_local(|| {
        let (namespace, images) = rounds.next();
        let view = snapshot.view("east", namespace, moment()).unwrap();
        images.iter().filter(|image| view.decide(image).is_allowed()).count()
    });
}

#[divan::bench(sample_count = 2_000, sample_size = 20)]
fn view_of_one_namespace_after_the_other(bencher: Bencher<'_, '_>) {
    let (snapshot, rounds) = (snapshot(), Rounds::new());
    bencher.bench_local(|| snapshot.view("east", &rounds.next().0, moment()).unwrap().workspace().is_some());
}

#[divan::bench]
fn grants_of_a_namespace(bencher: Bencher<'_, '_>) {
    let snapshot = snapshot();
    let view = snapshot.view("east", "namespace-4321", moment()).unwrap();
    bencher.bench_local(|| black_box(&view).grants().len());
}

#[divan::bench(sample_count = 20)]
fn build(bencher: Bencher<'_, '_>) {
    let (policy, overlay) = (policy(), overlay());
    bencher
        .with_inputs(|| (policy.clone(), Arc::clone(&overlay)))
        .bench_local_values(|(policy, overlay)| Snapshot::build(policy, overlay));
}

fn change(bencher: Bencher<'_, '_>, changes: Vec<Change>) {
    let snapshot = snapshot();
    let (from, to) = (snapshot.revision(), Revision { number: 2, token: 2 });
    let set = ChangeSet { from, to, changes };
    bencher.bench_local(|| snapshot.after(black_box(&set)).unwrap());
}

#[divan::bench]
fn one_binding_changed(bencher: Bencher<'_, '_>) {
    change(bencher, vec![Change::Binding(binding(0, 5_000))]);
}

#[divan::bench]
fn one_space_changed(bencher: Bencher<'_, '_>) {
    change(bencher, vec![Change::Space(Space { declared_visibility: Some(Visibility::Private), ..space(5_000) })]);
}

#[divan::bench(sample_count = 20)]
fn a_page_of_a_hundred_spaces_changed(bencher: Bencher<'_, '_>) {
    let changed = |id: i64| Change::Space(Space { upstream_visibility: Some(Visibility::Private), ..space(id * 20) });
    change(bencher, (0..100).map(changed).collect());
}

#[divan::bench]
fn one_namespace_assigned(bencher: Bencher<'_, '_>) {
    let (cluster, name, uid) = ("east".into(), name(7), uid(7));
    let namespace = Namespace { id: NamespaceId(7), cluster, name, uid, workspace: Some(WorkspaceId(9)) };
    change(bencher, vec![Change::Namespace(namespace)]);
}
