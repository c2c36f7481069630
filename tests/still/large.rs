//! The policy of a large platform, for benchmarks.

use wharfinger_domain::policy::Policy;
use wharfinger_domain::space::{Space, Visibility};

use crate::rows;

const REGISTRIES: i64 = 4;
const SPACES: i64 = 10_000;
const WORKSPACES: i64 = 1_000;

/// How many spaces are bound to each workspace.
const BINDINGS: i64 = 5;

/// How many namespaces there are, numbered from zero.
pub(crate) const NAMESPACES: i64 = 10_000;

/// How many images a pod has.
pub(crate) const IMAGES: usize = 5;

pub(crate) fn policy() -> Policy {
    let mut policy = rows::policy();
    policy.registries = (0..REGISTRIES).map(|id| rows::registry(id, &host(id))).collect();
    policy.spaces = (0..SPACES).map(space).collect();
    policy.workspaces = (0..WORKSPACES).map(|id| rows::workspace(id, &format!("workspace-{id}"))).collect();
    policy.namespaces = (0..NAMESPACES).map(|id| rows::namespace(id, &name(id), id % WORKSPACES)).collect();
    policy.bindings = (0..WORKSPACES * BINDINGS)
        .map(|id| rows::binding(id, bound_space(id / BINDINGS, id % BINDINGS), id / BINDINGS))
        .collect();
    policy
}

/// The space of this number; one in twenty is public.
pub(crate) fn space(id: i64) -> Space {
    let visibility = if id % 20 == 0 { Visibility::Public } else { Visibility::Private };
    rows::space(id, id % REGISTRIES, &format!("project-{id}"), visibility)
}

/// The name of the namespace of this number.
pub(crate) fn name(namespace: i64) -> String {
    format!("namespace-{namespace}")
}

/// The images of a pod of the namespace, bound to its workspace; the last one to another's, when it is `strange`.
pub(crate) fn pod(namespace: i64, strange: bool) -> [String; IMAGES] {
    let workspace = namespace % WORKSPACES;
    [0, 1, 2, 3, 4].map(|n| {
        let other = i64::from(strange && n == 4);
        let space = bound_space((workspace + other) % WORKSPACES, n);
        format!("{}/project-{space}/service-{n}:v1.{n}.7", host(space % REGISTRIES))
    })
}

/// The space that is the workspace's n-th bound one; spread, so that neighbours in time are none in memory.
fn bound_space(workspace: i64, n: i64) -> i64 {
    (workspace * BINDINGS + n) * 7 % SPACES
}

fn host(registry: i64) -> String {
    format!("harbor-{registry}.example.com")
}
