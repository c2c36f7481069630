//! What somebody is told who may know the state of the namespace alone: of everything private the same, to the letter.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use wharfinger_domain::decision::{CheckKind, CheckOutcome, Decision, Reason, Verdict};
use wharfinger_domain::disclosure::{Knowledge, RemedyAction};
use wharfinger_domain::snapshot::{NamespaceView, Snapshot};

#[expect(dead_code, reason = "only the worlds are used here, not what the oracle says of them")]
#[path = "../../tests/oracle/oracle.rs"]
mod oracle;

use oracle::dice::Dice;
use oracle::world::World;

const WORLDS: u64 = 600;

const PRIVATE: [Reason; 6] = [
    Reason::SpaceUnknown,
    Reason::NamespaceNotMapped,
    Reason::NotBound,
    Reason::BindingPending,
    Reason::BindingExpired,
    Reason::RepositoryOutOfScope,
];

/// Everything that can be told of a decision.
#[derive(Debug, PartialEq)]
struct Told {
    decision: Decision,
    checks: Vec<(CheckKind, CheckOutcome)>,
    words: String,
    remedy: Option<(RemedyAction, &'static str, usize)>,
}

fn told(decision: Decision, view: &NamespaceView<'_>, knowledge: Knowledge) -> Told {
    let decision = decision.disclosed(view, knowledge);
    let remedy = decision.remedy().map(|remedy| (remedy.action, remedy.words, remedy.allowed_to.len()));
    Told { decision, checks: decision.checks().collect(), words: decision.words(view), remedy }
}

/// Every decision of some ten thousand, with the view that it was made for, its seed and its text.
fn every_decision(mut look: impl FnMut(Decision, &NamespaceView<'_>, &str)) {
    for seed in 0..WORLDS {
        let world = World::random(seed);
        let snapshot = Snapshot::build(world.policy(), Arc::new(world.overlay()));
        let mut dice = Dice::seeded(seed ^ 0x0F0F);
        let images: Vec<_> = (0..10).map(|_| world.written(&mut dice)).collect();
        for asked in world.askers() {
            let view = snapshot.view(&asked.cluster.name, asked.namespace, asked.moment).unwrap();
            for written in &images {
                let context = format!("seed {seed}, {:?} in {}/{}", written.text, asked.cluster.name, asked.namespace);
                look(view.decide(&written.text), &view, &context);
            }
        }
    }
}

#[test]
fn tells_the_same_of_everything_private_in_one_state_of_the_namespace() {
    // The state of a namespace is its workspace, or that it has none.
    let mut first: HashMap<Option<Box<str>>, Told> = HashMap::new();
    let mut met = HashSet::new();
    every_decision(|decision, view, context| {
        if !PRIVATE.contains(&decision.reason) {
            return;
        }
        let state = view.workspace().map(|workspace| workspace.name.clone());
        met.insert((decision.reason, state.is_some()));
        let told = told(decision, view, Knowledge::NamespaceState);
        assert_eq!(told.decision.verdict, Verdict::Deny, "{context}");
        if let Some(first) = first.get(&state) {
            assert_eq!(*first, told, "{context}");
        } else {
            first.insert(state, told);
        }
    });
    assert_eq!(first.len(), 4, "three workspaces, and none: {first:?}");
    // Without a workspace there is no binding, and with one the namespace is mapped.
    let mapped =
        PRIVATE.into_iter().filter(|reason| *reason != Reason::NamespaceNotMapped).map(|reason| (reason, true));
    let unmapped = [Reason::SpaceUnknown, Reason::NamespaceNotMapped, Reason::NotBound].map(|reason| (reason, false));
    assert_eq!(met, mapped.chain(unmapped).collect());
}

#[test]
fn tells_of_nothing_that_was_found() {
    every_decision(|decision, view, context| {
        if PRIVATE.contains(&decision.reason) {
            let told = told(decision, view, Knowledge::NamespaceState);
            let findings = told.decision.findings;
            let found = (findings.registry, findings.space, findings.binding);
            assert_eq!(found, (None, None, None), "{context}");
            assert_eq!(findings.workspace, view.workspace().map(|workspace| workspace.id), "{context}");
            assert_eq!(told.checks.iter().filter(|(_, outcome)| *outcome == CheckOutcome::Failed).count(), 1);
        }
    });
}

#[test]
fn leaves_whoever_may_know_everything_with_the_decision() {
    every_decision(|decision, view, context| {
        assert_eq!(decision.disclosed(view, Knowledge::Precise), decision, "{context}");
        assert!(!decision.masked, "{context}");
    });
}

#[test]
fn leaves_what_is_not_private_as_it_is() {
    let mut met = HashSet::new();
    every_decision(|decision, view, context| {
        if !PRIVATE.contains(&decision.reason) {
            met.insert(decision.reason);
            assert_eq!(decision.disclosed(view, Knowledge::NamespaceState), decision, "{context}");
        }
    });
    let public = [
        Reason::ReferenceInvalid,
        Reason::Exempt,
        Reason::RegistryUnknown,
        Reason::SpacePublic,
        Reason::WorkspaceRegistry,
        Reason::Bound,
        Reason::SnapshotStale,
    ];
    assert_eq!(met, public.into());
}

#[test]
fn asks_for_a_remedy_exactly_when_something_is_denied() {
    every_decision(|decision, view, context| {
        for knowledge in [Knowledge::Precise, Knowledge::NamespaceState] {
            let told = decision.disclosed(view, knowledge);
            assert_eq!(told.remedy().is_some(), !told.is_allowed(), "{context}");
            assert!(!told.words(view).is_empty() && !told.words(view).ends_with('.'), "{context}");
        }
    });
}

#[test]
fn hides_what_is_closed_by_another_workspace_like_what_is_not_bound() {
    // Both are `NOT_BOUND`, by different rules; the rule must not show.
    let mut rules = HashSet::new();
    every_decision(|decision, view, context| {
        if decision.reason == Reason::NotBound {
            rules.insert(decision.settled_by);
            let told = decision.disclosed(view, Knowledge::NamespaceState);
            assert_ne!(told.settled_by, CheckKind::RegistryAllowed, "{context}");
        }
    });
    assert_eq!(rules, [CheckKind::RegistryAllowed, CheckKind::SpaceBound].into());
}
