//! The rules of a large platform, put into the store beside what the replicas use: as many as the other benchmarks have.

use wharfinger_domain::cluster::{EnforcementMode, UnknownRegistries};
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{SpaceId, WorkspaceId};
use wharfinger_domain::registry::{Owner, RegistryKind};
use wharfinger_domain::time::Timestamp;
use wharfinger_store::bindings::{BindingTerms, NewBinding};
use wharfinger_store::clusters::ClusterSettings;
use wharfinger_store::registries::{NewRegistry, RegistrySettings};
use wharfinger_store::spaces::ObservedSpace;
use wharfinger_store::{Result, Store, Transaction};

const SPACES: usize = 10_000;
const WORKSPACES: usize = 1_000;
const NAMESPACES: usize = 10_000;
const BINDINGS: usize = 5;

/// The same in words.
pub(crate) const SIZE: &str = "10,000 spaces, 1,000 workspaces, 10,000 namespaces and 5,000 bindings";

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

/// Writes them, some at a time: the replicas write too. They follow once all is there.
pub(crate) async fn fill(store: &Store) {
    let spaces = store.write(fill_spaces).await.unwrap();
    let workspaces = store.write(move |tx| fill_workspaces(tx, &spaces)).await.unwrap();
    store.write(move |tx| fill_namespaces(tx, &workspaces)).await.unwrap();
}

fn fill_spaces(tx: &mut dyn Transaction) -> Result<Vec<SpaceId>> {
    let settings = RegistrySettings {
        name: "large".to_owned(),
        endpoint: "http://127.0.0.1:1".to_owned(),
        scheme: Scheme::Http,
        hosts: vec!["large.example.com".to_owned()],
        skip_tls_verify: false,
        ca_bundle_pem: None,
        exclusive: false,
        resting_reason: None,
    };
    let (kind, owner) = (RegistryKind::Distribution, Owner::Platform);
    let registry = tx.insert_registry(&NewRegistry { kind, owner, settings, created_at: NOW })?;
    let space = |n: usize| {
        let path = format!("project-{n}");
        ObservedSpace { upstream_id: None, path, upstream_visibility: None, proxy_cache: false }
    };
    let changes = tx.observe_spaces(registry, &(0..SPACES).map(space).collect::<Vec<_>>(), NOW)?;
    Ok(changes.into_iter().map(|change| change.after.space.id).collect())
}

fn fill_workspaces(tx: &mut dyn Transaction, spaces: &[SpaceId]) -> Result<Vec<WorkspaceId>> {
    let mut workspaces = Vec::new();
    for n in 0..WORKSPACES {
        workspaces.push(tx.insert_workspace(&format!("workspace-{n}"), None, NOW)?.workspace.id);
    }
    let binding = |n: usize| NewBinding {
        space: spaces[n * 7 % SPACES],
        workspace: workspaces[n / BINDINGS],
        terms: BindingTerms::default(),
        created_by: "a benchmark".to_owned(),
        created_at: NOW,
    };
    tx.insert_bindings(&(0..WORKSPACES * BINDINGS).map(binding).collect::<Vec<_>>())?;
    Ok(workspaces)
}

/// In a cluster that nobody watches, so that nobody misses them.
fn fill_namespaces(tx: &mut dyn Transaction, workspaces: &[WorkspaceId]) -> Result<()> {
    let settings = ClusterSettings {
        mode: EnforcementMode::Enforce,
        unknown_registries: UnknownRegistries::Allow,
        unnamed_hosts: UnknownRegistries::Deny,
    };
    let (cluster, _) = tx.ensure_cluster("large", settings)?;
    let seen: Vec<_> =
        (0..NAMESPACES).map(|n| (format!("namespace-{n}"), format!("6f2b7c7e-5f0b-4c59-9d0e-{n:012}"))).collect();
    let made: Vec<_> =
        tx.record_listing(cluster.cluster.id, &seen, NOW)?.iter().map(|it| it.after.namespace.id).collect();
    for (namespaces, workspace) in made.chunks(NAMESPACES / WORKSPACES).zip(workspaces) {
        tx.assign_namespaces(namespaces, Some(*workspace))?;
    }
    tx.bump_revision(NOW.as_micros())?;
    Ok(())
}
