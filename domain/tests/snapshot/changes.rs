//! Changes made up by chance, applied to plain lists and to a snapshot.

use std::sync::Arc;

use wharfinger_domain::change::{Change, ChangeSet};
use wharfinger_domain::cluster::{EnforcementMode, UnknownRegistries};
use wharfinger_domain::exemption::Exemption;
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{BindingId, ExemptionId, NamespaceId, RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::namespace::Namespace;
use wharfinger_domain::policy::Policy;
use wharfinger_domain::registry::{Owner, Registry, RegistryKind, RetiredHost};
use wharfinger_domain::revision::Revision;
use wharfinger_domain::snapshot::{OutOfSequence, Snapshot};
use wharfinger_domain::time::Timestamp;
use wharfinger_domain::workspace::Workspace;

use crate::oracle::dice::Dice;
use crate::oracle::image::Host;
use crate::oracle::world::{World, binding, number, random_space};

const WORLDS: u64 = 1_500;

/// Does to the lists what the change says, in the plainest way.
fn apply(policy: &mut Policy, change: &Change) {
    match change.clone() {
        Change::Cluster(new) => replace(&mut policy.clusters, new, |a, b| a.id == b.id),
        Change::Registry(new) => replace(&mut policy.registries, new, |a, b| a.id == b.id),
        Change::RegistryRemoved(id) => policy.registries.retain(|registry| registry.id != id),
        Change::HostRetired(new) => replace(&mut policy.retired_hosts, new, |a, b| a == b),
        Change::HostReleased(old) => policy.retired_hosts.retain(|host| *host != old),
        Change::Space(new) => replace(&mut policy.spaces, new, |a, b| a.id == b.id),
        Change::SpaceRemoved(id) => policy.spaces.retain(|space| space.id != id),
        Change::Workspace(new) => replace(&mut policy.workspaces, new, |a, b| a.id == b.id),
        Change::WorkspaceRemoved(id) => policy.workspaces.retain(|workspace| workspace.id != id),
        Change::Namespace(new) => {
            let mapped = new.workspace.is_some();
            replace(&mut policy.namespaces, new, |a, b| a.id == b.id);
            if !mapped {
                policy.namespaces.pop();
            }
        }
        Change::Binding(new) => {
            replace(&mut policy.bindings, new, |a, b| (a.space, a.workspace) == (b.space, b.workspace));
        }
        Change::BindingRemoved { space, workspace } => {
            policy.bindings.retain(|binding| (binding.space, binding.workspace) != (space, workspace));
        }
        Change::Exemption(new) => replace(&mut policy.exemptions, new, |a, b| a.id == b.id),
        Change::ExemptionRemoved(id) => policy.exemptions.retain(|exemption| exemption.id != Some(id)),
    }
}

/// Puts the new one last, in the place of the one that is the same thing.
fn replace<T>(list: &mut Vec<T>, new: T, same: impl Fn(&T, &T) -> bool) {
    list.retain(|old| !same(old, &new));
    list.push(new);
}

/// Some change to what is there, or of what is not there yet.
fn random_change(policy: &Policy, dice: &mut Dice) -> Change {
    match dice.below(14) {
        0 => changed_cluster(policy, dice),
        1 => Change::Registry(random_registry(dice)),
        2 => Change::RegistryRemoved(RegistryId(number(dice.below(12)))),
        3 => Change::HostRetired(random_retired(dice)),
        4 if !policy.retired_hosts.is_empty() => Change::HostReleased(dice.pick(&policy.retired_hosts).clone()),
        4 => Change::HostReleased(random_retired(dice)),
        5 | 6 => changed_space(policy, dice),
        7 => Change::SpaceRemoved(random_space_id(dice)),
        8 => {
            let id = number(dice.below(5));
            let mode = if dice.chance(50) { Some(EnforcementMode::Warn) } else { None };
            Change::Workspace(Workspace { id: WorkspaceId(id), name: format!("workspace-{id}").into(), mode })
        }
        9 => Change::WorkspaceRemoved(random_workspace_id(dice)),
        10 => changed_namespace(policy, dice),
        11 => {
            let id = BindingId(number(dice.below(1_000_000_000)));
            Change::Binding(binding(id, random_space_id(dice), random_workspace_id(dice), dice))
        }
        12 => Change::BindingRemoved { space: random_space_id(dice), workspace: random_workspace_id(dice) },
        _ => changed_exemption(policy, dice),
    }
}

fn random_space_id(dice: &mut Dice) -> SpaceId {
    SpaceId(number(dice.below(14)))
}

fn random_workspace_id(dice: &mut Dice) -> WorkspaceId {
    WorkspaceId(number(dice.below(5)))
}

fn random_owner(dice: &mut Dice) -> Owner {
    if dice.chance(50) { Owner::Platform } else { Owner::Workspace(random_workspace_id(dice)) }
}

fn random_retired(dice: &mut Dice) -> RetiredHost {
    RetiredHost { host: Host::random(dice).canonical().into(), owner: random_owner(dice) }
}

fn random_registry(dice: &mut Dice) -> Registry {
    let id = RegistryId(number(dice.below(12)));
    Registry {
        id,
        name: format!("registry-{id}").into(),
        kind: *dice.pick(&[RegistryKind::Harbor, RegistryKind::Distribution]),
        owner: random_owner(dice),
        scheme: *dice.pick(&[Scheme::Https, Scheme::Http]),
        hosts: (0..dice.below(4)).map(|_| Host::random(dice).canonical().into()).collect(),
        exclusive: dice.chance(30),
        resting: dice.chance(30),
    }
}

fn changed_cluster(policy: &Policy, dice: &mut Dice) -> Change {
    let mut cluster = dice.pick(&policy.clusters).clone();
    if dice.chance(10) {
        (cluster.id.0, cluster.name) = (3, "north".into());
    }
    cluster.mode = *dice.pick(&[EnforcementMode::Enforce, EnforcementMode::Audit, EnforcementMode::Off]);
    cluster.unnamed_hosts = *dice.pick(&[UnknownRegistries::Allow, UnknownRegistries::Deny]);
    Change::Cluster(cluster)
}

/// A new space, or one that is there with another path, visibility or presence; now and then in another registry.
fn changed_space(policy: &Policy, dice: &mut Dice) -> Change {
    let registry = if policy.registries.is_empty() || dice.chance(10) {
        random_registry(dice)
    } else {
        dice.pick(&policy.registries).clone()
    };
    let mut space = random_space(random_space_id(dice), &registry, dice);
    if let Some(old) = policy.spaces.iter().find(|old| old.id == space.id)
        && dice.chance(60)
    {
        (space.registry, space.path) = (old.registry, old.path.clone());
    }
    Change::Space(space)
}

fn changed_namespace(policy: &Policy, dice: &mut Dice) -> Change {
    let mut namespace = if policy.namespaces.is_empty() || dice.chance(30) {
        let id = NamespaceId(number(dice.below(1_000_000_000)));
        let (cluster, name) = (dice.pick(&policy.clusters).name.clone(), "shop".into());
        Namespace { id, cluster, name, uid: format!("uid-{id}").into(), workspace: None }
    } else {
        dice.pick(&policy.namespaces).clone()
    };
    namespace.workspace = if dice.chance(30) { None } else { Some(random_workspace_id(dice)) };
    Change::Namespace(namespace)
}

fn changed_exemption(policy: &Policy, dice: &mut Dice) -> Change {
    let listed: Vec<_> = policy.exemptions.iter().filter(|exemption| exemption.id.is_some()).collect();
    let expires_at = Some(Timestamp::from_micros(number(dice.below(100))));
    if listed.is_empty() || dice.chance(50) {
        let id = ExemptionId(number(dice.below(1_000_000_000)));
        let (cluster, namespace) = (dice.pick(&policy.clusters).name.clone(), "shop".into());
        let (uid, reason) = (Some(format!("uid-{}", dice.below(9)).into()), "a test".into());
        return Change::Exemption(Exemption { id: Some(id), cluster, namespace, uid, reason, expires_at });
    }
    let exemption = (*dice.pick(&listed)).clone();
    match exemption.id {
        Some(id) if dice.chance(50) => Change::ExemptionRemoved(id),
        _ => Change::Exemption(Exemption { expires_at, ..exemption }),
    }
}

#[test]
fn changing_a_snapshot_gives_what_building_it_anew_gives() {
    for seed in 0..WORLDS {
        let world = World::random(seed);
        let overlay = Arc::new(world.overlay());
        let mut dice = Dice::seeded(seed ^ 0x00FF);
        let mut policy = world.policy();
        let mut snapshot = Snapshot::build(policy.clone(), Arc::clone(&overlay));
        for step in 0..6 {
            let from = policy.revision;
            let mut changes = Vec::new();
            for _ in 0..=dice.below(4) {
                let change = random_change(&policy, &mut dice);
                apply(&mut policy, &change);
                changes.push(change);
            }
            policy.revision = Revision { number: from.number + 1, token: step };
            let set = ChangeSet { from, to: policy.revision, changes };
            snapshot = snapshot.after(&set).unwrap();
            dice.shuffle(&mut policy.spaces);
            dice.shuffle(&mut policy.registries);
            let anew = Snapshot::build(policy.clone(), Arc::clone(&overlay));
            assert!(snapshot == anew, "seed {seed}, step {step}: {set:#?}\nchanged {snapshot:#?}\nanew {anew:#?}");
        }
    }
}

#[test]
fn takes_the_first_of_two_changes_back_with_the_second() {
    let world = World::random(7);
    let before = Snapshot::build(world.policy(), Arc::default());
    let revision = world.policy.revision;
    let host = RetiredHost { host: "gone.example.com".into(), owner: Owner::Platform };
    let changes = vec![Change::HostRetired(host.clone()), Change::HostReleased(host.clone())];
    assert!(before.after(&ChangeSet { from: revision, to: revision, changes }).unwrap() == before);
    let changes = vec![Change::HostRetired(host)];
    assert!(before.after(&ChangeSet { from: revision, to: revision, changes }).unwrap() != before);
}

#[test]
fn refuses_changes_that_start_at_another_revision() {
    let world = World::random(7);
    let snapshot = Snapshot::build(world.policy(), Arc::default());
    let found = snapshot.revision();
    let restored = Revision { token: found.token + 1, ..found };
    let later = Revision { number: found.number + 1, ..found };
    for expected in [restored, later] {
        let set = ChangeSet { from: expected, to: later, changes: Vec::new() };
        assert_eq!(snapshot.after(&set).err(), Some(OutOfSequence { expected, found }));
    }
    let set = ChangeSet { from: found, to: later, changes: Vec::new() };
    assert_eq!(snapshot.after(&set).unwrap().revision(), later);
}
