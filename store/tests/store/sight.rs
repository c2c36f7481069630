//! What is out of sight is not there: every query, by a sight of everything, of one workspace, and of none.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use wharfinger_domain::caller::{PlatformRole, WorkspaceRole};
use wharfinger_domain::decision::Verdict;
use wharfinger_domain::id::{
    AuditEventId, BindingId, GroupId, NamespaceId, RegistryId, RepositoryId, SpaceId, SyncId, UserId, WorkspaceId,
};
use wharfinger_domain::registry::Owner;
use wharfinger_store::audit::{AuditFilter, NewAuditEvent};
use wharfinger_store::bindings::BindingFilter;
use wharfinger_store::decisions::{DecisionFilter, DecisionRecord};
use wharfinger_store::memberships::Member;
use wharfinger_store::namespaces::NamespaceFilter;
use wharfinger_store::registries::{HealthStatus, RegistryFilter, RegistryHealth};
use wharfinger_store::repositories::{ContentFilter, TagOrder};
use wharfinger_store::sight::Sight;
use wharfinger_store::spaces::{SpaceFilter, SpaceOrder};
use wharfinger_store::syncs::SyncTrigger;
use wharfinger_store::workspaces::WorkspaceFilter;
use wharfinger_store::{Page, Paged, Result, Transaction};

use crate::arrangement::{Ground, SETTINGS, at, binding, private, public, registry, repository, tag};
use crate::identity::user;
use crate::records::{decision, event};
use crate::registries::credential;

/// What is stored: of the platform, of the workspace `own` and of the workspace `other`.
#[derive(Debug, Clone, Default)]
struct World {
    workspaces: HashMap<&'static str, WorkspaceId>,
    registries: HashMap<&'static str, RegistryId>,
    syncs: HashMap<&'static str, SyncId>,
    spaces: HashMap<&'static str, SpaceId>,
    repositories: HashMap<&'static str, RepositoryId>,
    bindings: HashMap<&'static str, BindingId>,
    namespaces: HashMap<&'static str, NamespaceId>,
    users: HashMap<&'static str, UserId>,
    groups: HashMap<&'static str, GroupId>,
    events: HashMap<&'static str, AuditEventId>,
}

/// The spaces: their registry, their name, and whether they are public. Those of the platform are bound to the workspace that
/// they are named after.
const SPACES: [(&str, &str, bool); 8] = [
    ("platform", "open", true),
    ("platform", "own-bound", false),
    ("platform", "other-bound", false),
    ("platform", "shut", false),
    ("own", "own-public", true),
    ("own", "own-private", false),
    ("other", "other-public", true),
    ("other", "other-private", false),
];

impl World {
    fn make(tx: &mut dyn Transaction) -> Result<Self> {
        let mut world = Self::default();
        let cluster = tx.ensure_cluster("default", SETTINGS)?.0.cluster.id;
        for name in ["own", "other"] {
            let id = tx.insert_workspace(name, None, at(1))?.workspace.id;
            world.workspaces.insert(name, id);
            tx.record_seen(cluster, name, name, at(1))?;
            world.be_joined(tx, name, id)?;
        }
        tx.record_seen(cluster, "free", "free", at(1))?;
        for name in ["own", "other", "free"] {
            let record = tx.namespace_by_name(&Sight::All, "default", name)?.unwrap();
            world.namespaces.insert(name, record.namespace.id);
            tx.assign_namespaces(&[record.namespace.id], world.workspaces.get(name).copied())?;
        }
        for name in ["platform", "own", "other"] {
            world.register(tx, name)?;
        }
        let bound = [("own-bound", "own"), ("other-bound", "other")];
        for (space, name) in bound {
            let made = tx.insert_bindings(&[binding(world.spaces[space], world.workspaces[name])])?;
            world.bindings.insert(name, made[0].binding.id);
        }
        world.be_recorded(tx)?;
        Ok(world)
    }

    /// A user and a group become members, and somebody is in the group.
    fn be_joined(&mut self, tx: &mut dyn Transaction, name: &'static str, workspace: WorkspaceId) -> Result<()> {
        let user = tx.insert_user(&user(name, PlatformRole::None))?.id;
        let group = tx.ensure_group(name)?.id;
        tx.set_groups(user, &[group])?;
        tx.set_membership(workspace, Member::User(user), WorkspaceRole::Editor)?;
        tx.set_membership(workspace, Member::Group(group), WorkspaceRole::Viewer)?;
        self.users.insert(name, user);
        self.groups.insert(name, group);
        Ok(())
    }

    fn register(&mut self, tx: &mut dyn Transaction, name: &'static str) -> Result<()> {
        let owner = self.workspaces.get(name).map_or(Owner::Platform, |workspace| Owner::Workspace(*workspace));
        let id = tx.insert_registry(&registry(name, owner))?;
        self.registries.insert(name, id);
        self.syncs.insert(name, tx.start_sync(id, SyncTrigger::Manual, at(1))?.id);
        tx.set_credential(id, Some(&credential(b"sealed")))?;
        tx.set_health(id, &health())?;
        for (_, path, open) in SPACES.into_iter().filter(|(of, ..)| *of == name) {
            let observed = if open { public(path, path) } else { private(path, path) };
            let space = tx.observe_spaces(id, &[observed], at(1))?[0].after.space.id;
            self.spaces.insert(path, space);
            tx.observe_repositories(space, &[repository(path, &[tag("1", None)])], at(1))?;
            let stored = tx.repository_by_path(&Sight::All, space, path)?.unwrap();
            self.repositories.insert(path, stored.id);
        }
        Ok(())
    }

    fn be_recorded(&mut self, tx: &mut dyn Transaction) -> Result<()> {
        for name in ["own", "other", "none"] {
            let workspace = self.workspaces.get(name).copied();
            tx.append_audit(&[NewAuditEvent { workspace, actor: name.to_owned(), ..event(1) }])?;
            tx.insert_decisions(&[DecisionRecord { workspace, ..decision(name, 1, Verdict::Deny) }])?;
        }
        for record in tx.page_audit(&AuditFilter::seen_with(Sight::All), &Page::first(9))?.items {
            let name = ["own", "other", "none"].into_iter().find(|name| *name == record.event.actor).unwrap();
            self.events.insert(name, record.id);
        }
        Ok(())
    }
}

fn health() -> RegistryHealth {
    RegistryHealth {
        status: HealthStatus::Healthy,
        checked_at: at(1),
        reason: None,
        latency_ms: None,
        version: None,
        warnings: Vec::new(),
    }
}

/// A page of all there is, counted.
fn whole<K>() -> Page<K> {
    Page::first(99).counted()
}

type Names = BTreeSet<&'static str>;

/// The names of what was found by id.
fn named<I: Copy + Eq + Hash, R>(all: &HashMap<&'static str, I>, found: &HashMap<I, R>) -> Names {
    all.iter().filter(|(_, id)| found.contains_key(id)).map(|(name, _)| *name).collect()
}

/// The names of what a page has, which counts as many.
fn paged<I: Copy + Eq + Hash, R>(all: &HashMap<&'static str, I>, page: Paged<R>, id: impl Fn(&R) -> I) -> Names {
    assert_eq!(page.total, Some(i64::try_from(page.items.len()).unwrap()));
    named(all, &page.items.into_iter().map(|record| (id(&record), record)).collect())
}

fn ids<I: Copy>(all: &HashMap<&'static str, I>) -> Vec<I> {
    all.values().copied().collect()
}

/// What each query shows, by the query.
fn shown(tx: &mut dyn Transaction, world: &World, sight: &Sight) -> Result<Vec<(&'static str, Names)>> {
    let mut shown = Vec::new();
    tenants(tx, world, sight, &mut shown)?;
    registries(tx, world, sight, &mut shown)?;
    contents(tx, world, sight, &mut shown)?;
    records(tx, world, sight, &mut shown)?;
    Ok(shown)
}

type Shown = Vec<(&'static str, Names)>;

fn tenants(tx: &mut dyn Transaction, world: &World, sight: &Sight, shown: &mut Shown) -> Result<()> {
    let all = &world.workspaces;
    shown.push(("workspaces", named(all, &tx.workspaces_by_id(sight, &ids(all))?)));
    let filter = WorkspaceFilter::seen_with(sight.clone());
    shown.push(("workspaces", paged(all, tx.page_workspaces(&filter, &whole())?, |record| record.workspace.id)));
    let mut found = Names::new();
    for (name, id) in all {
        let (by_id, by_name) = (tx.workspace(sight, *id)?.is_some(), tx.workspace_by_name(sight, name)?.is_some());
        assert_eq!(by_id, by_name);
        found.extend(by_id.then_some(*name));
    }
    shown.push(("workspaces", found));
    let members = tx.membership_pages(sight, &ids(all), &Page::first(9))?;
    shown.push(("workspaces", named(all, &members)));

    let all = &world.namespaces;
    shown.push(("namespaces", named(all, &tx.namespaces_by_id(sight, &ids(all))?)));
    let filter = NamespaceFilter::seen_with(sight.clone());
    shown.push(("namespaces", paged(all, tx.page_namespaces(&filter, &whole())?, |record| record.namespace.id)));
    let below = tx.namespace_pages(&ids(&world.workspaces), &filter, &Page::first(9))?;
    shown.push(("workspaces", named(&world.workspaces, &below)));
    let mut found = Names::new();
    for (name, id) in all {
        let by_name = tx.namespace_by_name(sight, "default", name)?.is_some();
        assert_eq!(tx.namespace(sight, *id)?.is_some(), by_name);
        found.extend(by_name.then_some(*name));
    }
    shown.push(("namespaces", found));

    shown.push(("workspaces", named(&world.users, &tx.users_by_id(sight, &ids(&world.users))?)));
    shown.push(("workspaces", named(&world.users, &tx.groups_of(sight, &ids(&world.users))?)));
    shown.push(("workspaces", named(&world.groups, &tx.groups_by_id(sight, &ids(&world.groups))?)));
    Ok(())
}

fn registries(tx: &mut dyn Transaction, world: &World, sight: &Sight, shown: &mut Shown) -> Result<()> {
    let all = &world.registries;
    shown.push(("registries", named(all, &tx.registries_by_id(sight, &ids(all))?)));
    let filter = RegistryFilter::seen_with(sight.clone());
    shown.push(("registries", paged(all, tx.page_registries(&filter, &whole())?, |record| record.registry.id)));
    let mut found = Names::new();
    for (name, id) in all {
        let owner = world.workspaces.get(name).map_or(Owner::Platform, |workspace| Owner::Workspace(*workspace));
        let by_name = tx.registry_by_name(sight, owner, name)?.is_some();
        assert_eq!(tx.registry(sight, *id)?.is_some(), by_name);
        found.extend(by_name.then_some(*name));
    }
    shown.push(("registries", found));
    shown.push(("registries", named(all, &tx.health(sight, &ids(all))?)));
    shown.push(("registries", named(all, &tx.credentials(sight, &ids(all))?)));
    shown.push(("registries", named(all, &tx.last_syncs(sight, &ids(all))?)));
    shown.push(("registries", named(&world.syncs, &tx.syncs_by_id(sight, &ids(&world.syncs))?)));
    let associated = tx.registry_pages(sight, &ids(&world.workspaces), &Page::first(9))?;
    shown.push(("workspaces", named(&world.workspaces, &associated)));
    Ok(())
}

fn contents(tx: &mut dyn Transaction, world: &World, sight: &Sight, shown: &mut Shown) -> Result<()> {
    let all = &world.spaces;
    shown.push(("spaces", named(all, &tx.spaces_by_id(sight, &ids(all))?)));
    shown.push(("spaces", named(all, &tx.hosts_of_spaces(sight, &ids(all))?)));
    let filter = SpaceFilter::seen_with(sight.clone());
    let spaces = tx.page_spaces(&filter, SpaceOrder::default(), &whole())?;
    shown.push(("spaces", paged(all, spaces, |record| record.space.id)));
    let below = tx.space_pages(&ids(&world.registries), &filter, SpaceOrder::default(), &Page::first(9))?;
    let below = below.into_values().flat_map(|page| page.items).map(|record| (record.space.id, ()));
    shown.push(("spaces", named(all, &below.collect())));

    let filter = ContentFilter::seen_with(sight.clone());
    let repositories = &world.repositories;
    shown.push(("spaces", named(repositories, &tx.repositories_by_id(sight, &ids(repositories))?)));
    shown.push(("spaces", named(all, &tx.repository_pages(&ids(all), &filter, &Page::first(9))?)));
    let tags = tx.tag_pages(&ids(repositories), &filter, TagOrder::default(), &Page::first(9))?;
    shown.push(("spaces", named(repositories, &tags)));
    let (mut spaces, mut found) = (Names::new(), Names::new());
    for (name, id) in all {
        let repository = repositories[name];
        let there = [
            tx.space(sight, *id)?.is_some(),
            tx.repository_by_path(sight, *id, name)?.is_some(),
            tx.tag(sight, repository, "1")?.is_some(),
            tx.page_repositories(*id, &filter, &whole())?.total == Some(1),
            tx.page_tags(repository, &filter, TagOrder::default(), &whole())?.total == Some(1),
        ];
        spaces.extend(there.iter().all(|there| *there).then_some(*name));
        found.extend(there.iter().any(|there| *there).then_some(*name));
    }
    shown.extend([("spaces", spaces), ("spaces", found)]);
    Ok(())
}

fn records(tx: &mut dyn Transaction, world: &World, sight: &Sight, shown: &mut Shown) -> Result<()> {
    let all = &world.bindings;
    shown.push(("workspaces", named(all, &tx.bindings_by_id(sight, &ids(all))?)));
    let filter = BindingFilter::seen_with(sight.clone());
    shown.push(("workspaces", paged(all, tx.page_bindings(&filter, &whole())?, |record| record.binding.id)));
    let pairs: Vec<_> =
        world.spaces.values().flat_map(|space| world.workspaces.values().map(|of| (*space, *of))).collect();
    let found = tx.bindings_by_pair(sight, &pairs)?.into_values().map(|record| (record.binding.id, ()));
    shown.push(("workspaces", named(all, &found.collect())));
    let below = tx.binding_pages_of_spaces(&ids(&world.spaces), &filter, &Page::first(9))?;
    let below = below.into_values().flat_map(|page| page.items).map(|record| (record.binding.id, ()));
    shown.push(("workspaces", named(all, &below.collect())));
    let below = tx.binding_pages_of_workspaces(&ids(&world.workspaces), &filter, &Page::first(9))?;
    shown.push(("workspaces", named(&world.workspaces, &below)));

    let all = &world.events;
    shown.push(("records", named(all, &tx.audit_events_by_id(sight, &ids(all))?)));
    let filter = AuditFilter::seen_with(sight.clone());
    shown.push(("records", paged(all, tx.page_audit(&filter, &whole())?, |record| record.id)));
    let found = tx.page_decisions(&DecisionFilter::seen_with(sight.clone()), &whole())?;
    assert_eq!(found.total, Some(i64::try_from(found.items.len()).unwrap()));
    let mut names = Names::new();
    for name in ["own", "other", "none"] {
        let listed = found.items.iter().any(|record| record.id == name);
        assert_eq!(tx.decision(sight, name)?.is_some(), listed);
        names.extend(listed.then_some(name));
    }
    shown.push(("records", names));
    Ok(())
}

#[tokio::test]
async fn what_is_out_of_sight_is_in_no_list_no_count_and_behind_no_id() {
    let ground = Ground::new();
    let world = ground.write(World::make).await;
    let own = world.workspaces["own"];
    let all_spaces: Vec<_> = SPACES.iter().map(|(_, path, _)| *path).collect();
    for (sight, expected) in [
        (
            Sight::All,
            [
                ("workspaces", vec!["own", "other"]),
                ("namespaces", vec!["own", "other", "free"]),
                ("registries", vec!["platform", "own", "other"]),
                ("spaces", all_spaces),
                ("records", vec!["own", "other", "none"]),
            ],
        ),
        (
            Sight::Of(vec![own]),
            [
                ("workspaces", vec!["own"]),
                ("namespaces", vec!["own"]),
                ("registries", vec!["platform", "own"]),
                ("spaces", vec!["open", "own-bound", "own-public", "own-private"]),
                ("records", vec!["own"]),
            ],
        ),
        (
            Sight::default(),
            [
                ("workspaces", vec![]),
                ("namespaces", vec![]),
                ("registries", vec!["platform"]),
                ("spaces", vec!["open"]),
                ("records", vec![]),
            ],
        ),
    ] {
        let expected: HashMap<_, Names> =
            expected.into_iter().map(|(kind, names)| (kind, names.into_iter().collect())).collect();
        let (of, seen) = (world.clone(), sight.clone());
        let found = ground.read(move |tx| shown(tx, &of, &seen)).await;
        assert_eq!(found.len(), 36, "so many queries are asked");
        for (query, (kind, names)) in found.into_iter().enumerate() {
            assert_eq!(names, expected[kind], "the {query}th query, of {kind}, with {sight:?}");
        }
    }
}

#[test]
fn a_sight_of_one_workspace_is_no_wider_than_before() {
    let (own, other) = (WorkspaceId(1), WorkspaceId(2));
    assert_eq!(Sight::All.within(own), Sight::Of(vec![own]));
    assert_eq!(Sight::Of(vec![own, other]).within(own), Sight::Of(vec![own]));
    assert!(Sight::Of(vec![other]).within(own).is_blind());
    assert!(!Sight::All.is_blind());
}
