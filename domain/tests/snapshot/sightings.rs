//! What is seen in the cluster: a mapping counts for the namespace that it was written for, while that one lives.

use std::collections::BTreeMap;
use std::sync::Arc;

use wharfinger_domain::cluster::{Cluster, EnforcementMode, UnknownRegistries};
use wharfinger_domain::id::{ClusterId, NamespaceId, WorkspaceId};
use wharfinger_domain::namespace::Namespace;
use wharfinger_domain::overlay::{LiveNamespace, Overlay, Sighting};
use wharfinger_domain::policy::Policy;
use wharfinger_domain::revision::Revision;
use wharfinger_domain::snapshot::{Moment, Snapshot};
use wharfinger_domain::time::Timestamp;
use wharfinger_domain::workspace::Workspace;

use crate::oracle::dice::Dice;

const MINE: WorkspaceId = WorkspaceId(1);

/// A workspace that has the namespace `shop` with the UID `one` in each of two clusters.
fn snapshot() -> Snapshot {
    let mut policy = Policy::empty(Revision { number: 1, token: 1 });
    policy.workspaces.push(Workspace { id: MINE, name: "mine".into(), mode: None });
    for (id, name) in [(1, "east"), (2, "west")] {
        policy.clusters.push(Cluster {
            id: ClusterId(id),
            name: name.into(),
            mode: EnforcementMode::Enforce,
            unknown_registries: UnknownRegistries::Allow,
            unnamed_hosts: UnknownRegistries::Deny,
        });
        let (id, cluster, uid) = (NamespaceId(id), name.into(), format!("{name}-one").into());
        policy.namespaces.push(Namespace { id, cluster, name: "shop".into(), uid, workspace: Some(MINE) });
    }
    Snapshot::build(policy, Arc::default())
}

fn alive(uid: &str) -> LiveNamespace {
    LiveNamespace { uid: uid.into(), terminating: false }
}

fn seen(snapshot: &Snapshot, sighting: Sighting) -> Snapshot {
    snapshot.with_overlay(Arc::new(snapshot.overlay().after("east", sighting)))
}

/// The workspace of the namespace `shop`.
fn workspace(snapshot: &Snapshot, cluster: &str) -> Option<WorkspaceId> {
    let moment = Moment::fresh(Timestamp::from_micros(0));
    snapshot.view(cluster, "shop", moment).unwrap().workspace().map(|workspace| workspace.id)
}

#[test]
fn a_mapping_counts_once_its_namespace_is_seen() {
    let unseen = snapshot();
    assert_eq!(workspace(&unseen, "east"), None);
    let seen = seen(&unseen, Sighting::Seen("shop".into(), alive("east-one")));
    assert_eq!(workspace(&seen, "east"), Some(MINE));
    assert_eq!(workspace(&seen, "west"), None, "nothing was seen there");
    assert_eq!(seen.revision(), unseen.revision());
    assert_eq!(workspace(&unseen, "east"), None, "the snapshot before is as it was");
}

#[test]
fn a_mapping_ends_when_its_namespace_begins_to_terminate() {
    let lives = seen(&snapshot(), Sighting::Seen("shop".into(), alive("east-one")));
    let terminating = LiveNamespace { terminating: true, ..alive("east-one") };
    let ends = seen(&lives, Sighting::Seen("shop".into(), terminating));
    assert_eq!(workspace(&ends, "east"), None);
    let moment = Moment::fresh(Timestamp::from_micros(0));
    let view = ends.view("east", "shop", moment).unwrap();
    assert_eq!((view.is_known(), view.uid()), (true, Some("east-one")));
}

#[test]
fn a_namespace_made_again_inherits_nothing() {
    let lives = seen(&snapshot(), Sighting::Seen("shop".into(), alive("east-one")));
    let gone = seen(&lives, Sighting::Gone("shop".into()));
    assert_eq!(workspace(&gone, "east"), None);
    let again = seen(&gone, Sighting::Seen("shop".into(), alive("east-two")));
    assert_eq!(workspace(&again, "east"), None);
    let replaced = seen(&lives, Sighting::Seen("shop".into(), alive("east-two")));
    assert_eq!(workspace(&replaced, "east"), None, "even when its going was missed");
}

#[test]
fn a_uid_of_another_cluster_or_another_name_is_another_namespace() {
    let other_cluster = seen(&snapshot(), Sighting::Seen("shop".into(), alive("west-one")));
    assert_eq!(workspace(&other_cluster, "east"), None);
    let other_name = seen(&snapshot(), Sighting::Seen("store".into(), alive("east-one")));
    let moment = Moment::fresh(Timestamp::from_micros(0));
    assert!(other_name.view("east", "store", moment).unwrap().workspace().is_none());
}

#[test]
fn a_list_forgets_what_is_not_in_it() {
    let lives = seen(&snapshot(), Sighting::Seen("shop".into(), alive("east-one")));
    let listed = seen(&lives, Sighting::Listed(vec![("store".into(), alive("east-nine"))]));
    assert_eq!(workspace(&listed, "east"), None);
    assert!(listed.overlay().live("east", "store").is_some());
}

#[test]
fn an_overlay_is_what_was_seen_last() {
    for seed in 0..500 {
        let mut dice = Dice::seeded(seed);
        let mut overlay = Overlay::default();
        let mut plain: BTreeMap<Box<str>, LiveNamespace> = BTreeMap::new();
        for step in 0..20 {
            let name: Box<str> = format!("n{}", dice.below(4)).into();
            let live = LiveNamespace { uid: format!("uid-{step}").into(), terminating: dice.chance(20) };
            let sighting = match dice.below(5) {
                0 => {
                    plain = [(name.clone(), live.clone())].into();
                    Sighting::Listed(vec![(name, live)])
                }
                1 => {
                    plain.remove(&name);
                    Sighting::Gone(name)
                }
                _ => {
                    plain.insert(name.clone(), live.clone());
                    Sighting::Seen(name, live)
                }
            };
            overlay = overlay.after("east", sighting);
            let all: BTreeMap<_, _> =
                overlay.namespaces("east").map(|(name, live)| (name.into(), live.clone())).collect();
            assert_eq!(all, plain, "seed {seed}, step {step}");
        }
        assert!(overlay.knows("east") && !overlay.knows("west"));
    }
}
