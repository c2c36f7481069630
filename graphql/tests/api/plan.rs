//! What a database holds before a test begins: written at once, so that hundreds of rows cost little.

use wharfinger_app::record::{BindingTerms, ClusterSettings, Page, WorkspaceFilter};
use wharfinger_domain::binding::BindingScope;
use wharfinger_domain::cluster::{EnforcementMode, UnknownRegistries};
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::overlay::{LiveNamespace, Sighting};
use wharfinger_domain::registry::{Owner, RegistryKind};
use wharfinger_domain::space::Visibility;
use wharfinger_domain::time::Timestamp;
use wharfinger_store::bindings::NewBinding;
use wharfinger_store::registries::{NewRegistry, RegistrySettings};
use wharfinger_store::repositories::{ObservedRepository, TagRecord};
use wharfinger_store::sight::Sight;
use wharfinger_store::spaces::ObservedSpace;
use wharfinger_store::{StoreError, Transaction};

use crate::world::{NOW, World};

/// When everything was made.
const MADE: Timestamp = Timestamp::from_micros(NOW - 1_000_000);

/// A binding to be.
pub(crate) struct Bound {
    pub(crate) space: &'static str,
    pub(crate) terms: BindingTerms,
}

impl World {
    /// Writes rows, and puts them in force.
    pub(crate) async fn plant<F>(&self, rows: F)
    where
        F: FnOnce(&mut dyn Transaction) -> Result<(), StoreError> + Send + 'static,
    {
        self.app.store().write(rows).await.unwrap();
        self.app.reload().await.unwrap();
    }

    /// So many registries, each with a private space, a repository, and a workspace that has a namespace, an association and
    /// a binding to that space.
    pub(crate) async fn plant_many(&self, count: usize) {
        self.plant(move |tx| {
            cluster(tx)?;
            let names: Vec<_> = (0..count).map(|at| (format!("ns-{at:03}"), format!("uid-{at}"))).collect();
            let cluster = tx.clusters()?[0].cluster.id;
            tx.record_listing(cluster, &names, MADE)?;
            for (at, (namespace, _)) in names.iter().enumerate() {
                let workspace = tx.insert_workspace(&format!("w-{at:03}"), None, MADE)?.workspace.id;
                let host = format!("r-{at:03}.example");
                let spaces = registry(tx, &format!("r-{at:03}"), &host, Owner::Platform, &[("team", false)])?;
                registry(tx, "own", &format!("own-{at:03}.example"), Owner::Workspace(workspace), &[("x", false)])?;
                bind(tx, spaces[0], workspace, BindingTerms::default())?;
                let found = tx.namespace_by_name(&Sight::All, "default", namespace)?.unwrap();
                tx.assign_namespaces(&[found.namespace.id], Some(workspace))?;
            }
            Ok(())
        })
        .await;
        let live = (0..count).map(|at| {
            let live = LiveNamespace { uid: format!("uid-{at}").into(), terminating: false };
            (format!("ns-{at:03}").into(), live)
        });
        self.app.publisher().sight("default", Sighting::Listed(live.collect()));
    }

    /// Two more associations for each workspace.
    pub(crate) async fn associate_two_more(&self) {
        self.plant(|tx| {
            for record in tx.page_workspaces(&WorkspaceFilter::seen_with(Sight::All), &Page::first(1000))?.items {
                let workspace = record.workspace;
                for name in ["own-b", "own-c"] {
                    let host = format!("{name}.{}.example", workspace.name);
                    registry(tx, name, &host, Owner::Workspace(workspace.id), &[])?;
                }
            }
            Ok(())
        })
        .await;
    }

    /// The cluster `default` with the namespaces `ns-a`, in workspace `wa`, and `ns-free`, in none; workspaces `wa` and
    /// `wb`; and `harbor.example` with these spaces (public ones are marked true), bound to `wa` like this.
    pub(crate) async fn plant_harbor(&self, spaces: &'static [(&'static str, bool)], bindings: Vec<Bound>) {
        self.plant(move |tx| {
            cluster(tx)?;
            let cluster = tx.clusters()?[0].cluster.id;
            let names = [("ns-a", "uid-a"), ("ns-free", "uid-free")];
            let names = names.map(|(name, uid)| (name.to_owned(), uid.to_owned()));
            tx.record_listing(cluster, &names, MADE)?;
            let workspace = tx.insert_workspace("wa", None, MADE)?.workspace.id;
            tx.insert_workspace("wb", None, MADE)?;
            let found = tx.namespace_by_name(&Sight::All, "default", "ns-a")?.unwrap();
            tx.assign_namespaces(&[found.namespace.id], Some(workspace))?;
            let ids = registry(tx, "harbor", "harbor.example", Owner::Platform, spaces)?;
            for bound in bindings {
                let at = spaces.iter().position(|(name, _)| *name == bound.space).unwrap();
                bind(tx, ids[at], workspace, bound.terms)?;
            }
            Ok(())
        })
        .await;
        let live = ["a", "free"].map(|name| {
            let live = LiveNamespace { uid: format!("uid-{name}").into(), terminating: false };
            (format!("ns-{name}").into(), live)
        });
        self.app.publisher().sight("default", Sighting::Listed(live.into()));
    }
}

fn cluster(tx: &mut dyn Transaction) -> Result<(), StoreError> {
    let settings = ClusterSettings {
        mode: EnforcementMode::Enforce,
        unknown_registries: UnknownRegistries::Deny,
        unnamed_hosts: UnknownRegistries::Deny,
    };
    tx.ensure_cluster("default", settings).map(|_| ())
}

fn registry(
    tx: &mut dyn Transaction,
    name: &str,
    host: &str,
    owner: Owner,
    spaces: &[(&str, bool)],
) -> Result<Vec<wharfinger_domain::id::SpaceId>, StoreError> {
    let settings = RegistrySettings {
        name: name.to_owned(),
        endpoint: format!("https://{host}/"),
        scheme: Scheme::Https,
        hosts: vec![host.to_owned()],
        skip_tls_verify: false,
        ca_bundle_pem: None,
        exclusive: false,
        resting_reason: None,
    };
    let id = tx.insert_registry(&NewRegistry { kind: RegistryKind::Harbor, owner, settings, created_at: MADE })?;
    let observed: Vec<_> = spaces
        .iter()
        .enumerate()
        .map(|(at, (path, public))| ObservedSpace {
            upstream_id: Some(at.to_string()),
            path: (*path).to_owned(),
            upstream_visibility: Some(if *public { Visibility::Public } else { Visibility::Private }),
            proxy_cache: false,
        })
        .collect();
    tx.observe_spaces(id, &observed, MADE)?;
    let found = tx.spaces_of_registry(id)?;
    let id_of = |path: &str| found.iter().find(|record| *record.space.path == *path).map(|record| record.space.id);
    let ids: Vec<_> = spaces.iter().filter_map(|(path, _)| id_of(path)).collect();
    for (id, (path, _)) in ids.iter().zip(spaces) {
        tx.observe_repositories(*id, &[repository(&format!("{path}/app")), repository(&format!("{path}/tool"))], MADE)?;
        tx.finish_walk(*id, MADE)?;
    }
    Ok(ids)
}

fn repository(path: &str) -> ObservedRepository {
    let tag = TagRecord {
        name: "1.0".to_owned(),
        digest: format!("sha256:{}", "0".repeat(64)),
        media_type: None,
        size_bytes: Some(5_000_000_000),
        platforms: vec!["linux/amd64".to_owned()],
        pushed_at: Some(MADE),
    };
    ObservedRepository { path: path.to_owned(), pull_count: Some(3), updated_at: Some(MADE), tags: Some(vec![tag]) }
}

fn bind(
    tx: &mut dyn Transaction,
    space: wharfinger_domain::id::SpaceId,
    workspace: WorkspaceId,
    terms: BindingTerms,
) -> Result<(), StoreError> {
    let binding = NewBinding { space, workspace, terms, created_by: "admin".to_owned(), created_at: MADE };
    tx.insert_bindings(&[binding]).map(|_| ())
}

/// Terms that cover these repositories only.
pub(crate) fn scoped(include: &[&str]) -> BindingTerms {
    let scope = BindingScope::new(include, &[] as &[&str]).unwrap();
    BindingTerms { scope: Some(scope), ..BindingTerms::default() }
}

/// Terms that begin and end so many seconds from now.
pub(crate) fn between(begin: Option<i64>, end: Option<i64>) -> BindingTerms {
    let at = |seconds: i64| Timestamp::from_micros(NOW + seconds * 1_000_000);
    BindingTerms { not_before: begin.map(at), expires_at: end.map(at), ..BindingTerms::default() }
}
