//! The packages of the workspace and everything they reach, as Cargo resolved them with features and target applied.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand, Node, PackageId};

/// The platform the product ships for; another platform's edges are nobody's concern, and need not be downloaded.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Packages by name, each with the names of its normal dependencies. Two versions of one name count as one package.
pub(super) struct Graph {
    members: BTreeSet<String>,
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Asks Cargo; the lock file must be up to date.
    pub(super) fn read(manifest: &Path) -> Self {
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .other_options(["--locked", "--filter-platform", TARGET].map(str::to_owned))
            .exec()
            .expect("cargo metadata answers");
        let names: BTreeMap<PackageId, String> =
            metadata.packages.iter().map(|package| (package.id.clone(), package.name.to_string())).collect();
        let name = |id: &PackageId| names[id].clone();
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in metadata.resolve.expect("the graph was asked for").nodes {
            edges.entry(name(&node.id)).or_default().extend(normal(&node).map(name));
        }
        let members = metadata.workspace_members.iter().map(name).collect();
        Self { members, edges }
    }

    /// The names of the workspace's own packages, sorted.
    pub(super) fn members(&self) -> Vec<String> {
        self.members.iter().cloned().collect()
    }

    /// The normal dependencies that a package names itself.
    pub(super) fn direct(&self, package: &str) -> &BTreeSet<String> {
        &self.edges[package]
    }

    /// Whether any package of that name was resolved.
    pub(super) fn knows(&self, package: &str) -> bool {
        self.edges.contains_key(package)
    }

    /// The shortest chain of normal dependencies from one package to another.
    pub(super) fn chain(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let mut waiting = VecDeque::from([vec![from.to_owned()]]);
        let mut seen = BTreeSet::new();
        while let Some(chain) = waiting.pop_front() {
            let last = chain.last().expect("a chain has its start");
            if last == to {
                return Some(chain);
            }
            for next in self.direct(last).iter().filter(|next| seen.insert((*next).clone())) {
                waiting.push_back([chain.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
        None
    }
}

fn normal(node: &Node) -> impl Iterator<Item = &PackageId> {
    let is_normal =
        |kinds: &[cargo_metadata::DepKindInfo]| kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
    node.deps.iter().filter(move |dependency| is_normal(&dependency.dep_kinds)).map(|dependency| &dependency.pkg)
}
