//! How long a pod of five images takes to decide on a large platform, and how long the index takes to build and to change.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

#[path = "../../tests/still/large.rs"]
mod large;
#[path = "../../tests/still/rows.rs"]
mod rows;

use std::cell::Cell;
use std::sync::Arc;

use divan::{Bencher, black_box};
use wharfinger_domain::change::{Change, ChangeSet};
use wharfinger_domain::reference::Reference;
use wharfinger_domain::revision::Revision;
use wharfinger_domain::snapshot::{Moment, Snapshot};
use wharfinger_domain::space::{Space, Visibility};
use wharfinger_domain::time::Timestamp;

use large::{IMAGES, NAMESPACES};

fn main() {
    divan::main();
}

fn moment() -> Moment {
    Moment::fresh(Timestamp::from_micros(1_000_000))
}

fn snapshot() -> Snapshot {
    let policy = large::policy();
    let overlay = rows::overlay(&policy);
    Snapshot::build(policy, overlay)
}

/// A pod of the namespace: four images that are bound to its workspace, and one that is another's.
fn pod(namespace: i64) -> [String; IMAGES] {
    large::pod(namespace, true)
}

/// Every namespace with a pod, to be gone through one after the other.
struct Rounds {
    pods: Vec<(String, [String; IMAGES])>,
    next: Cell<usize>,
}

impl Rounds {
    fn new() -> Self {
        // A stride without a common divisor meets each namespace, and never the one beside the last.
        let pods = (0..NAMESPACES).map(|id| id * 3_701 % NAMESPACES).map(|id| (large::name(id), pod(id))).collect();
        Self { pods, next: Cell::new(0) }
    }

    fn next(&self) -> &(String, [String; IMAGES]) {
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
    let policy = large::policy();
    let overlay = rows::overlay(&policy);
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
    change(bencher, vec![Change::Binding(rows::binding(0, 5_000, 0))]);
}

#[divan::bench]
fn one_space_changed(bencher: Bencher<'_, '_>) {
    change(
        bencher,
        vec![Change::Space(Space { declared_visibility: Some(Visibility::Private), ..large::space(5_000) })],
    );
}

#[divan::bench(sample_count = 20)]
fn a_page_of_a_hundred_spaces_changed(bencher: Bencher<'_, '_>) {
    let changed =
        |id: i64| Change::Space(Space { upstream_visibility: Some(Visibility::Private), ..large::space(id * 20) });
    change(bencher, (0..100).map(changed).collect());
}

#[divan::bench]
fn one_namespace_assigned(bencher: Bencher<'_, '_>) {
    change(bencher, vec![Change::Namespace(rows::namespace(7, &large::name(7), 9))]);
}
