//! A store in a directory of its own, and what most tests put into it.

use std::path::PathBuf;

use tempfile::TempDir;
use wharfinger_domain::cluster::{EnforcementMode, UnknownRegistries};
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::{ClusterId, RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::registry::{Owner, RegistryKind};
use wharfinger_domain::space::Visibility;
use wharfinger_domain::time::Timestamp;
use wharfinger_store::bindings::{BindingTerms, NewBinding};
use wharfinger_store::clusters::ClusterSettings;
use wharfinger_store::registries::{NewRegistry, RegistrySettings};
use wharfinger_store::repositories::{ObservedRepository, TagRecord};
use wharfinger_store::spaces::ObservedSpace;
use wharfinger_store::{Place, Result, Store, StoreOptions, Transaction};

pub(crate) const SETTINGS: ClusterSettings = ClusterSettings {
    mode: EnforcementMode::Enforce,
    unknown_registries: UnknownRegistries::Allow,
    unnamed_hosts: UnknownRegistries::Deny,
};

/// A store, and the directory that goes with it.
pub(crate) struct Ground {
    pub(crate) store: Store,
    pub(crate) dir: TempDir,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = open_at(crate::place::new(dir.path())).unwrap();
        Self { store, dir }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("store.db")
    }

    pub(crate) async fn write<T, F>(&self, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Transaction) -> Result<T> + Send + 'static,
    {
        self.store.write(work).await.unwrap()
    }

    pub(crate) async fn read<T, F>(&self, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Transaction) -> Result<T> + Send + 'static,
    {
        self.store.read(work).await.unwrap()
    }

    /// How many statements reading this takes.
    pub(crate) async fn statements_of<T, F>(&self, work: F) -> u64
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Transaction) -> Result<T> + Send + 'static,
    {
        let before = self.store.statements();
        self.read(work).await;
        self.store.statements() - before
    }

    /// A Harbor with these private spaces.
    pub(crate) async fn harbor(
        &self,
        name: &'static str,
        spaces: &'static [&'static str],
    ) -> (RegistryId, Vec<SpaceId>) {
        self.write(move |tx| {
            let id = tx.insert_registry(&registry(name, Owner::Platform))?;
            let observed: Vec<_> = spaces.iter().map(|path| private(&format!("{name}-{path}"), path)).collect();
            let made = tx.observe_spaces(id, &observed, at(1))?;
            Ok((id, made.into_iter().map(|change| change.after.space.id).collect()))
        })
        .await
    }

    pub(crate) async fn workspace(&self, name: &'static str) -> WorkspaceId {
        self.write(move |tx| Ok(tx.insert_workspace(name, None, at(1))?.workspace.id)).await
    }

    pub(crate) async fn cluster(&self) -> ClusterId {
        self.write(|tx| Ok(tx.ensure_cluster("default", SETTINGS)?.0.cluster.id)).await
    }
}

pub(crate) fn open(path: PathBuf) -> Result<Store> {
    open_at(Place::File(path))
}

pub(crate) fn open_at(place: Place) -> Result<Store> {
    Store::open(&StoreOptions { place, busy_timeout: crate::place::PATIENCE, readers: 2 })
}

pub(crate) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

pub(crate) fn settings(name: &str) -> RegistrySettings {
    RegistrySettings {
        name: name.to_owned(),
        endpoint: format!("https://{name}.example.com"),
        scheme: Scheme::Https,
        hosts: vec![format!("{name}.example.com"), format!("mirror.{name}.example.com:8443")],
        skip_tls_verify: false,
        ca_bundle_pem: None,
        exclusive: false,
        resting_reason: None,
    }
}

pub(crate) fn registry(name: &str, owner: Owner) -> NewRegistry {
    NewRegistry { kind: RegistryKind::Harbor, owner, settings: settings(name), created_at: at(1) }
}

pub(crate) fn private(upstream_id: &str, path: &str) -> ObservedSpace {
    ObservedSpace {
        upstream_id: Some(upstream_id.to_owned()),
        path: path.to_owned(),
        upstream_visibility: Some(Visibility::Private),
        proxy_cache: false,
    }
}

pub(crate) fn public(upstream_id: &str, path: &str) -> ObservedSpace {
    ObservedSpace { upstream_visibility: Some(Visibility::Public), ..private(upstream_id, path) }
}

pub(crate) fn binding(space: SpaceId, workspace: WorkspaceId) -> NewBinding {
    let terms = BindingTerms::default();
    NewBinding { space, workspace, terms, created_by: "admin".to_owned(), created_at: at(2) }
}

pub(crate) fn tag(name: &str, pushed_at: Option<i64>) -> TagRecord {
    TagRecord {
        name: name.to_owned(),
        digest: format!("sha256:{name}"),
        media_type: Some("application/vnd.oci.image.manifest.v1+json".to_owned()),
        size_bytes: Some(4096),
        platforms: vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()],
        pushed_at: pushed_at.map(at),
    }
}

pub(crate) fn repository(path: &str, tags: &[TagRecord]) -> ObservedRepository {
    let (pull_count, updated_at) = (Some(7), Some(at(3)));
    ObservedRepository { path: path.to_owned(), pull_count, updated_at, tags: Some(tags.to_vec()) }
}
