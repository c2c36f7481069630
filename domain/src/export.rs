//! A snapshot as a file: what decisions need, of everybody or of some workspaces, in a form with a version, so that they can
//! be made where no server is. A slice decides for its own namespaces as the whole does: what it leaves out it denies.

mod slice;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::host::CanonicalHost;
use crate::overlay::{LiveNamespace, Overlay, Sighting};
use crate::policy::Policy;
use crate::snapshot::Snapshot;
use crate::time::Timestamp;
use slice::Slice;

/// What the file says it is.
pub const FORMAT: &str = "wharfinger-snapshot";

/// The version that is written, and the newest that is read.
pub const VERSION: u32 = 1;

/// The beginning of a file, which every version has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Head {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`], or that of another release.
    pub version: u32,
}

/// Why a file is no snapshot that could be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExportError {
    /// It is something else.
    #[error("this is no exported snapshot: its format is {0:?}, not {FORMAT:?}")]
    Format(String),
    /// It was written by another release.
    #[error(
        "the snapshot has version {0} of the format, and this program reads version {VERSION}; use the program that wrote it, or export again"
    )]
    Version(u32),
    /// Something in it cannot be: it was damaged or written by something else.
    #[error("the snapshot is damaged: {0}; export it again")]
    Damaged(String),
}

impl Head {
    /// Refuses what this program does not read.
    pub fn check(&self) -> Result<(), ExportError> {
        if self.format != FORMAT {
            return Err(ExportError::Format(self.format.clone()));
        }
        if self.version == VERSION { Ok(()) } else { Err(ExportError::Version(self.version)) }
    }
}

/// An exported snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    format: String,
    version: u32,
    /// When it was taken.
    taken_at: Timestamp,
    /// The instant to judge at unless another is given; `None`: that of the judgement.
    judge_at: Option<Timestamp>,
    /// The names of the workspaces that it is a slice of; `None`: it is the whole.
    slice: Option<Vec<Box<str>>>,
    /// The namespaces that a slice answers for; empty in the whole, which answers for all.
    scope: Vec<Place>,
    policy: Policy,
    /// What lives.
    live: Vec<Living>,
}

/// A namespace by its names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    cluster: Box<str>,
    name: Box<str>,
}

/// A namespace that a cluster has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Living {
    cluster: Box<str>,
    name: Box<str>,
    uid: Box<str>,
    terminating: bool,
}

impl Export {
    /// The export of everything.
    pub fn whole(snapshot: &Snapshot, taken_at: Timestamp, judge_at: Option<Timestamp>) -> Self {
        let policy = snapshot.policy();
        let live = living(snapshot.overlay(), &policy);
        let (format, scope) = (FORMAT.to_owned(), Vec::new());
        Self { format, version: VERSION, taken_at, judge_at, slice: None, scope, policy, live }
    }

    /// The export of the workspaces with these names. A name that no workspace has is given back.
    pub fn slice(
        snapshot: &Snapshot,
        names: &[String],
        taken_at: Timestamp,
        judge_at: Option<Timestamp>,
    ) -> Result<Self, String> {
        let mut whole = Self::whole(snapshot, taken_at, judge_at);
        let unknown = |name: &&String| !whole.policy.workspaces.iter().any(|known| *known.name == ***name);
        if let Some(name) = names.iter().find(unknown) {
            return Err(name.clone());
        }
        let slice = Slice::new(&whole.policy, names, snapshot.overlay());
        whole.scope = slice.places().map(|(cluster, name)| Place { cluster, name }).collect();
        whole.live.retain(|live| slice.has(&live.cluster, &live.name));
        whole.policy = slice.cut(whole.policy);
        whole.slice = Some(whole.policy.workspaces.iter().map(|workspace| workspace.name.clone()).collect());
        Ok(whole)
    }

    /// When it was taken. It says nothing of instants before.
    pub fn taken_at(&self) -> Timestamp {
        self.taken_at
    }

    /// The instant to judge at unless another is given.
    pub fn judge_at(&self) -> Option<Timestamp> {
        self.judge_at
    }

    /// The workspaces that it is a slice of; `None`: it is the whole.
    pub fn workspaces(&self) -> Option<&[Box<str>]> {
        self.slice.as_deref()
    }

    /// Whether it can answer for this namespace.
    pub fn covers(&self, cluster: &str, namespace: &str) -> bool {
        self.slice.is_none() || self.scope.iter().any(|place| *place.cluster == *cluster && *place.name == *namespace)
    }

    /// The names of the clusters in it.
    pub fn clusters(&self) -> impl Iterator<Item = &str> {
        self.policy.clusters.iter().map(|cluster| &*cluster.name)
    }

    /// The snapshot that it is the export of. Refused when something in it would be passed over: a host that cannot be
    /// read claims nothing, and would open what it closed.
    pub fn into_snapshot(self) -> Result<Snapshot, ExportError> {
        Head { format: self.format.clone(), version: self.version }.check()?;
        self.check()?;
        let mut clusters: BTreeMap<Box<str>, Vec<_>> = BTreeMap::new();
        for Living { cluster, name, uid, terminating } in self.live {
            clusters.entry(cluster).or_default().push((name, LiveNamespace { uid, terminating }));
        }
        let overlay = clusters
            .into_iter()
            .fold(Overlay::default(), |overlay, (cluster, all)| overlay.after(&cluster, Sighting::Listed(all)));
        Ok(Snapshot::build(self.policy, Arc::new(overlay)))
    }

    fn check(&self) -> Result<(), ExportError> {
        let damaged = |what: String| Err(ExportError::Damaged(what));
        let hosts = self.policy.registries.iter().flat_map(|registry| registry.hosts.iter().map(|host| &**host));
        let retired = self.policy.retired_hosts.iter().map(|retired| &*retired.host);
        let is_canonical = |host: &str| CanonicalHost::parse(host).is_ok_and(|read| read.as_str() == host);
        if let Some(host) = hosts.chain(retired).find(|host| !is_canonical(host)) {
            return damaged(format!("{host:?} is no host in its canonical form"));
        }
        let registries: Vec<_> = self.policy.registries.iter().map(|registry| registry.id).collect();
        if let Some(space) = self.policy.spaces.iter().find(|space| !registries.contains(&space.registry)) {
            return damaged(format!("the space {:?} is in a registry that is not there", space.path));
        }
        match &self.slice {
            Some(names) if names.len() != self.policy.workspaces.len() => {
                damaged("it holds other workspaces than it names".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// What lives in the clusters that the policy has, in order.
fn living(overlay: &Overlay, policy: &Policy) -> Vec<Living> {
    let mut all = Vec::new();
    for cluster in policy.clusters.iter().map(|cluster| &cluster.name) {
        all.extend(overlay.namespaces(cluster).map(|(name, live)| Living {
            cluster: cluster.clone(),
            name: name.into(),
            uid: live.uid.clone(),
            terminating: live.terminating,
        }));
    }
    all.sort();
    all
}
