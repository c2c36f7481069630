//! Worlds to decide in: everything a decision depends on, made up from its parts by chance, with all that is easily taken
//! for something else.

use std::collections::BTreeMap;

use wharfinger_domain::binding::{Binding, BindingScope};
use wharfinger_domain::cluster::{Cluster, EnforcementMode, UnknownRegistries};
use wharfinger_domain::exemption::Exemption;
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{BindingId, ClusterId, ExemptionId, NamespaceId, RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::namespace::Namespace;
use wharfinger_domain::overlay::{LiveNamespace, Overlay, Sighting};
use wharfinger_domain::policy::Policy;
use wharfinger_domain::registry::{Owner, Registry, RegistryKind, RetiredHost};
use wharfinger_domain::revision::Revision;
use wharfinger_domain::snapshot::Moment;
use wharfinger_domain::space::{Space, Visibility};
use wharfinger_domain::time::Timestamp;
use wharfinger_domain::workspace::Workspace;

use super::dice::Dice;
use super::image::{COMPONENTS, Host, Image, Written};
use super::{Asked, components};

/// The instant around which everything begins and ends, in microseconds.
const NOW: i64 = 1_000_000_000;
const NAMESPACES: [&str; 5] = ["shop", "shop-test", "old", "kube-system", "nowhere"];

/// A repository that a registry has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Repository {
    pub(crate) registry: RegistryId,
    pub(crate) space: SpaceId,
    pub(crate) path: Vec<&'static str>,
}

/// Everything that decisions depend on.
#[derive(Debug, Clone)]
pub(crate) struct World {
    /// What the store holds.
    pub(crate) policy: Policy,
    /// The parts of the hosts that the registries have.
    pub(crate) hosts: BTreeMap<RegistryId, Vec<Host>>,
    /// The parts of the retired hosts.
    pub(crate) retired: Vec<(Host, Owner)>,
    /// What lives in each cluster that is watched.
    pub(crate) alive: BTreeMap<Box<str>, BTreeMap<Box<str>, LiveNamespace>>,
    /// When it is.
    pub(crate) moment: Moment,
}

impl World {
    /// The world of this seed.
    pub(crate) fn random(seed: u64) -> Self {
        let mut dice = Dice::seeded(seed);
        let dice = &mut dice;
        let revision = Revision { number: 1, token: i64::try_from(seed >> 1).unwrap_or(0) };
        let moment = Moment { at: Timestamp::from_micros(NOW), stale: dice.chance(15) };
        let (hosts, retired, alive) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        let mut world = Self { policy: Policy::empty(revision), hosts, retired, alive, moment };
        for id in 1..=1 + dice.below(3) {
            let mode = if dice.chance(50) { Some(mode(dice)) } else { None };
            let name = format!("workspace-{id}").into();
            world.policy.workspaces.push(Workspace { id: WorkspaceId(number(id)), name, mode });
        }
        for (id, name) in [(1, "east"), (2, "west")].into_iter().take(1 + dice.below(2)) {
            world.add_cluster(ClusterId(id), name, dice);
        }
        let mut ids: Vec<usize> = (1..10).collect();
        dice.shuffle(&mut ids);
        for id in ids.into_iter().take(1 + dice.below(6)) {
            world.add_registry(RegistryId(number(id)), dice);
        }
        for _ in 0..dice.below(4) {
            let retired = (Host::random(dice), world.owner(dice));
            world.retire(retired.0, retired.1);
        }
        world.add_bindings(dice);
        world.shuffle(dice);
        world
    }

    /// What the store holds, with the hosts as texts.
    pub(crate) fn policy(&self) -> Policy {
        self.policy.clone()
    }

    /// What lives now.
    pub(crate) fn overlay(&self) -> Overlay {
        self.alive.iter().fold(Overlay::default(), |overlay, (cluster, names)| {
            let all = names.iter().map(|(name, live)| (name.clone(), live.clone())).collect();
            overlay.after(cluster, Sighting::Listed(all))
        })
    }

    /// Everybody who could ask, now.
    pub(crate) fn askers(&self) -> impl Iterator<Item = Asked<'_>> {
        self.policy.clusters.iter().flat_map(|cluster| {
            NAMESPACES.into_iter().map(|namespace| Asked { cluster, namespace, moment: self.moment })
        })
    }

    /// The namespace that has the name now.
    pub(crate) fn live(&self, asked: Asked<'_>) -> Option<&LiveNamespace> {
        self.alive.get(&asked.cluster.name)?.get(asked.namespace)
    }

    /// Whether the registry claims the host: under the same name, and the same port once the scheme's own is written out.
    /// Docker Hub's has its other names too. An association that rests claims nothing.
    pub(crate) fn claims(&self, registry: &Registry, host: Host) -> bool {
        let default = match registry.scheme {
            Scheme::Https => 443,
            Scheme::Http => 80,
        };
        let port = |host: &Host| host.port.unwrap_or(default);
        let hub = Host { name: "docker.io", port: None };
        let same = |own: &Host| {
            let name = own.name == host.name
                || (*own == hub && ["index.docker.io", "registry-1.docker.io"].contains(&host.name));
            name && port(own) == port(&host)
        };
        !registry.resting && self.hosts.get(&registry.id).into_iter().flatten().any(same)
    }

    /// Some text that could stand in a pod, often one that means an image of a registry that is known.
    pub(crate) fn written(&self, dice: &mut Dice) -> Written {
        if dice.chance(6) {
            return Written::invalid(dice);
        }
        let mut path = Vec::new();
        let mut host = Host::random(dice);
        if !self.policy.spaces.is_empty() && dice.chance(75) {
            let space = dice.pick(&self.policy.spaces);
            path = known_components(&space.path);
            host = *dice.pick(&self.hosts[&space.registry]);
            if dice.chance(20) {
                path.pop();
            }
        }
        if !self.retired.is_empty() && dice.chance(10) {
            host = dice.pick(&self.retired).0;
        }
        if dice.chance(15) {
            host.port = Host::random(dice).port;
        }
        for _ in 0..dice.below(3) + usize::from(path.is_empty()) {
            path.push(*dice.pick(&COMPONENTS));
        }
        Written::of(Image::of(host, path, dice), dice)
    }

    /// Every repository: those that are worth a look below each prefix that any space has, gone ones too, where a space
    /// that is there has them. Docker Hub has none of a single component.
    pub(crate) fn repositories(&self) -> Vec<Repository> {
        let mut all = Vec::new();
        for space in &self.policy.spaces {
            for below in [&[][..], &["app"], &["web"], &["app", "web"], &["web", "team-ab"], &["x__y", "leaf"]] {
                let mut path = known_components(&space.path);
                path.extend(below);
                let short = path.len() == 1 && self.hosts[&space.registry][0].name == "docker.io";
                if let Some(owner) = self.space_at(space.registry, &path).filter(|_| !short) {
                    all.push(Repository { registry: space.registry, space: owner.id, path });
                }
            }
        }
        all.sort();
        all.dedup();
        all
    }

    /// The host that references to the registry's images are written with, when all are spelled as they are: the first one,
    /// with its port where nothing else makes it that host.
    pub(crate) fn reference_host(&self, registry: &Registry) -> Host {
        let host = self.hosts[&registry.id][0];
        let port = match registry.scheme {
            Scheme::Https => 443,
            Scheme::Http => 80,
        };
        let ambiguous = ["harbor", "index.docker.io"].contains(&host.name);
        if ambiguous && host.port.is_none() { Host { port: Some(port), ..host } } else { host }
    }

    /// Lists a retired host, by its parts and as a text.
    pub(crate) fn retire(&mut self, host: Host, owner: Owner) {
        if !self.retired.contains(&(host, owner)) {
            self.retired.push((host, owner));
            self.policy.retired_hosts.push(RetiredHost { host: host.canonical().into(), owner });
        }
    }

    /// Adds a registry under these hosts, the first of which is its endpoint's.
    pub(crate) fn add_hosts(&mut self, mut registry: Registry, hosts: Vec<Host>) {
        registry.hosts = hosts.iter().map(|host| host.canonical().into()).collect();
        self.hosts.insert(registry.id, hosts);
        self.policy.registries.push(registry);
    }

    fn owner(&self, dice: &mut Dice) -> Owner {
        if dice.chance(45) { Owner::Platform } else { Owner::Workspace(dice.pick(&self.policy.workspaces).id) }
    }

    fn add_cluster(&mut self, id: ClusterId, name: &str, dice: &mut Dice) {
        let (unknown_registries, unnamed_hosts) = (setting(dice), setting(dice));
        self.policy.clusters.push(Cluster {
            id,
            name: name.into(),
            mode: mode(dice),
            unknown_registries,
            unnamed_hosts,
        });
        if dice.chance(95) {
            self.alive.insert(name.into(), BTreeMap::new());
        }
        for (index, namespace) in NAMESPACES[..4].iter().enumerate() {
            self.add_namespace(name, namespace, index, dice);
        }
    }

    fn add_namespace(&mut self, cluster: &str, name: &str, index: usize, dice: &mut Dice) {
        let uids = [format!("{cluster}-{index}-a"), format!("{cluster}-{index}-b")];
        for uid in uids.iter().take(1 + dice.below(2)) {
            let id = NamespaceId(number(self.policy.namespaces.len()));
            // Some are in no workspace, and some in one that is no more.
            let workspace = match dice.below(10) {
                0 => None,
                1 => Some(WorkspaceId(77)),
                _ => Some(dice.pick(&self.policy.workspaces).id),
            };
            let (cluster, name, uid) = (cluster.into(), name.into(), (**uid).into());
            self.policy.namespaces.push(Namespace { id, cluster, name, uid, workspace });
        }
        if let Some(alive) = self.alive.get_mut(cluster)
            && dice.chance(88)
        {
            let uid = (**dice.pick(&uids)).into();
            alive.insert(name.into(), LiveNamespace { uid, terminating: dice.chance(12) });
        }
        if dice.chance(12) {
            let uid: &String = dice.pick(&uids);
            let exemption = exemption(cluster, name, uid, self.policy.exemptions.len(), dice);
            self.policy.exemptions.push(exemption);
        }
    }

    fn add_registry(&mut self, id: RegistryId, dice: &mut Dice) {
        let owner = self.owner(dice);
        let associated = owner != Owner::Platform;
        let registry = Registry {
            id,
            name: format!("registry-{id}").into(),
            kind: if dice.chance(55) { RegistryKind::Harbor } else { RegistryKind::Distribution },
            owner,
            scheme: if dice.chance(75) { Scheme::Https } else { Scheme::Http },
            hosts: Vec::new(),
            exclusive: associated && dice.chance(45),
            resting: associated && dice.chance(15),
        };
        for _ in 0..dice.below(6) {
            let space = SpaceId(number(self.policy.spaces.len()));
            self.policy.spaces.push(random_space(space, &registry, dice));
        }
        let hosts = (0..=dice.below(3)).map(|_| Host::random(dice)).collect();
        self.add_hosts(registry, hosts);
    }

    fn add_bindings(&mut self, dice: &mut Dice) {
        for space in &self.policy.spaces {
            for workspace in &self.policy.workspaces {
                if dice.chance(55) {
                    let id = BindingId(number(self.policy.bindings.len()));
                    self.policy.bindings.push(binding(id, space.id, workspace.id, dice));
                }
            }
        }
    }

    fn shuffle(&mut self, dice: &mut Dice) {
        dice.shuffle(&mut self.policy.clusters);
        dice.shuffle(&mut self.policy.registries);
        dice.shuffle(&mut self.policy.spaces);
        dice.shuffle(&mut self.policy.namespaces);
        dice.shuffle(&mut self.policy.bindings);
        dice.shuffle(&mut self.policy.exemptions);
    }
}

/// A number to make an id of, from a count.
pub(crate) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The components of a space's path, as they are known here.
fn known_components(path: &str) -> Vec<&'static str> {
    let known = |component: &str| COMPONENTS.into_iter().find(|known| *known == component);
    components(path).into_iter().filter_map(known).collect()
}

fn mode(dice: &mut Dice) -> EnforcementMode {
    use EnforcementMode::{Audit, Enforce, Off, Warn};
    *dice.pick(&[Enforce, Warn, Audit, Off])
}

fn setting(dice: &mut Dice) -> UnknownRegistries {
    *dice.pick(&[UnknownRegistries::Allow, UnknownRegistries::Warn, UnknownRegistries::Deny])
}

/// An instant on either side of now, or none.
fn instant(dice: &mut Dice) -> Option<Timestamp> {
    dice.pick(&[None, None, Some(-1_000_000), Some(-1), Some(0), Some(1), Some(1_000_000)])
        .map(|distance: i64| Timestamp::from_micros(NOW + distance))
}

/// An exemption of the configuration, one of the store's, or one of the store's that lacks the UID which it must have.
fn exemption(cluster: &str, namespace: &str, uid: &str, count: usize, dice: &mut Dice) -> Exemption {
    let (configured, complete) = (dice.chance(25), dice.chance(90));
    Exemption {
        id: (!configured).then(|| ExemptionId(number(count))),
        cluster: cluster.into(),
        namespace: namespace.into(),
        uid: (!configured && complete).then(|| uid.into()),
        reason: "a test".into(),
        expires_at: if configured { None } else { instant(dice) },
    }
}

/// A space of this registry; for a Harbor's, with one component and what it reports.
pub(crate) fn random_space(id: SpaceId, registry: &Registry, dice: &mut Dice) -> Space {
    let visibility = |dice: &mut Dice| if dice.chance(40) { Visibility::Public } else { Visibility::Private };
    let harbor = registry.kind == RegistryKind::Harbor;
    let depth = if harbor { 1 } else { 1 + dice.below(3) };
    let path: Vec<&str> = (0..depth).map(|_| *dice.pick(&COMPONENTS)).collect();
    Space {
        id,
        registry: registry.id,
        path: path.join("/").into(),
        upstream_visibility: harbor.then(|| visibility(dice)),
        declared_visibility: if dice.chance(35) { Some(visibility(dice)) } else { None },
        present: dice.chance(88),
    }
}

/// A binding that may have ended or not begun, and may cover a part.
pub(crate) fn binding(id: BindingId, space: SpaceId, workspace: WorkspaceId, dice: &mut Dice) -> Binding {
    let entry = |dice: &mut Dice| {
        let below: Vec<&str> = (0..=dice.below(2)).map(|_| *dice.pick(&COMPONENTS)).collect();
        format!("{}{}", below.join("/"), if dice.chance(50) { "/" } else { "" })
    };
    let include: Vec<String> = (0..dice.below(5)).map(|_| entry(dice)).collect();
    let exclude: Vec<String> = (0..dice.below(3)).map(|_| entry(dice)).collect();
    // A scope that includes nothing is refused, and stands for none here.
    let scope = BindingScope::new(&include, &exclude).ok();
    Binding { id, space, workspace, not_before: instant(dice), expires_at: instant(dice), scope }
}
