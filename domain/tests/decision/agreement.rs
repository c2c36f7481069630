//! The decision and the oracle agree, whatever the world; and the picker's grants are the decision turned round.

use std::collections::HashSet;
use std::sync::Arc;

use wharfinger_domain::decision::{CheckKind, CheckOutcome, Decision, Reason, Verdict};
use wharfinger_domain::reference::Reference;
use wharfinger_domain::registry::Owner;
use wharfinger_domain::snapshot::{NamespaceView, Snapshot};

use crate::oracle::dice::Dice;
use crate::oracle::image::Image;
use crate::oracle::world::{Repository, World};
use crate::oracle::{Answer, Asked, components, scope_has};

const WORLDS: u64 = 10_000;
const IMAGES: usize = 8;

fn snapshot(world: &World) -> Snapshot {
    Snapshot::build(world.policy(), Arc::new(world.overlay()))
}

fn view<'s>(snapshot: &'s Snapshot, asked: Asked<'_>) -> NamespaceView<'s> {
    snapshot.view(&asked.cluster.name, asked.namespace, asked.moment).unwrap()
}

fn answer(decision: &Decision) -> Answer {
    Answer { verdict: decision.verdict, warn: decision.warn, reason: decision.reason }
}

#[test]
fn agrees_with_the_oracle_in_every_world() {
    let mut seen = HashSet::new();
    for seed in 0..WORLDS {
        let world = World::random(seed);
        let snapshot = snapshot(&world);
        let mut dice = Dice::seeded(seed ^ 0xA5A5);
        let images: Vec<_> = (0..IMAGES).map(|_| world.written(&mut dice)).collect();
        for asked in world.askers() {
            let view = view(&snapshot, asked);
            for written in &images {
                let decision = view.decide(&written.text);
                let expected = world.answer(asked, written.image.as_ref());
                assert_eq!(
                    answer(&decision),
                    expected,
                    "seed {seed}, {:?} in {}/{}\n{decision:#?}\n{world:#?}",
                    written.text,
                    asked.cluster.name,
                    asked.namespace
                );
                assert_consistent(&decision, seed);
                seen.insert((decision.reason, decision.verdict, decision.warn));
            }
        }
    }
    assert_eq!(seen.len(), 15, "every answer of the table was met: {seen:?}");
}

/// At most one check fails, one fails exactly in a denial, it is the one that settled the decision, and what comes after it
/// was not needed.
fn assert_consistent(decision: &Decision, seed: u64) {
    let checks: Vec<_> = decision.checks().collect();
    let kinds: Vec<_> = checks.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, CheckKind::ALL, "seed {seed}");
    let of = |wanted: CheckOutcome| {
        checks.iter().filter(move |(_, outcome)| *outcome == wanted).map(|(kind, _)| *kind).collect::<Vec<_>>()
    };
    let failed = of(CheckOutcome::Failed);
    match decision.verdict {
        Verdict::Deny => assert_eq!(failed, [decision.settled_by], "seed {seed}: {decision:?}"),
        Verdict::Allow => assert!(failed.is_empty(), "seed {seed}: {decision:?}"),
    }
    let last = of(CheckOutcome::Passed).into_iter().max();
    assert!(last.is_none_or(|last| last <= decision.settled_by), "seed {seed}: {decision:?}");
    if decision.verdict == Verdict::Allow && decision.reason != Reason::RegistryUnknown {
        assert_eq!(last, Some(decision.settled_by), "seed {seed}: {decision:?}");
    }
}

#[test]
fn offers_exactly_what_it_would_allow() {
    let (mut offered, mut withheld) = (0, 0);
    for seed in 0..WORLDS {
        let world = World::random(seed);
        let snapshot = snapshot(&world);
        let repositories = world.repositories();
        let mut dice = Dice::seeded(seed ^ 0x5A5A);
        let asked: Vec<_> = world.askers().collect();
        let asked = *dice.pick(&asked);
        let view = view(&snapshot, asked);
        let grants = view.grants();
        for repository in &repositories {
            let offer = grants.iter().any(|grant| {
                let path = &repository.path[depth(&world, repository)..];
                grant.space == repository.space && grant.scope.is_none_or(|scope| scope_has(scope, path))
            });
            assert_eq!(offer, is_allowed(&world, &view, asked, repository), "seed {seed}: {repository:?}\n{world:#?}");
            if offer { offered += 1 } else { withheld += 1 }
        }
        for grant in &grants {
            let space = world.policy.spaces.iter().find(|space| space.id == grant.space).unwrap();
            let registry = world.policy.registries.iter().find(|registry| registry.id == space.registry).unwrap();
            let own = world.workspace_of(asked).map(Owner::Workspace);
            assert!(registry.owner == Owner::Platform || Some(registry.owner) == own, "seed {seed}: {grant:?}");
            let known = repositories.iter().any(|repository| repository.space == space.id);
            assert!(known, "seed {seed}: {grant:?} has no repository\n{world:#?}");
        }
        let spaces: HashSet<_> = grants.iter().map(|grant| grant.space).collect();
        assert_eq!(spaces.len(), grants.len(), "seed {seed}: each space once");
    }
    assert!(offered > 10_000 && withheld > 10_000, "both are met often: {offered}, {withheld}");
}

/// How many components the path of the repository's space has.
fn depth(world: &World, repository: &Repository) -> usize {
    let space = world.policy.spaces.iter().find(|space| space.id == repository.space).unwrap();
    components(&space.path).len()
}

/// Whether the repository may be used under the host that references to it are written with, if that host leads to its
/// registry at all; by the decision, and by the oracle too.
fn is_allowed(world: &World, view: &NamespaceView<'_>, asked: Asked<'_>, repository: &Repository) -> bool {
    let registry = world.policy.registries.iter().find(|registry| registry.id == repository.registry).unwrap();
    let host = world.reference_host(registry);
    let text = format!("{}/{}", registry.reference_host().unwrap(), repository.path.join("/"));
    assert_eq!(text, format!("{}/{}", host.canonical(), repository.path.join("/")));
    let image = Image { host, path: repository.path.clone(), tag: None, digest: None };
    let expected = world.answer_in_scope(asked, &image);
    let decision = view.decide_in_scope(&Reference::parse(&text).unwrap());
    assert_eq!(answer(&decision), expected, "{text}");
    let reached = world.registry_at(world.workspace_of(asked), host).is_some_and(|found| found.id == registry.id);
    if reached && decision.is_allowed() {
        assert_eq!(decision.findings.registry, Some(repository.registry), "{text}");
        assert_eq!(decision.findings.space, Some(repository.space), "{text}");
    }
    reached && decision.is_allowed()
}

#[test]
fn knows_no_cluster_that_is_not_there() {
    let world = World::random(1);
    assert!(snapshot(&world).view("nowhere", "shop", world.moment).is_none());
}
