//! Registries.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use wharfinger_app::record::{
    HealthStatus, Paged, RegistryHealth as HealthRecord, RegistryRecord, SealedCredential, SpaceRecord, Within,
};
use wharfinger_domain::registry::Owner;

use super::space::{RegistrySpace, SpaceFilter, SpaceOrder};
use super::sync::SyncRun;
use super::workspace::Workspace;
use crate::access::{Access, directive};
use crate::connection::{Connection, Listing};
use crate::error::{Code, coded};
use crate::ids;
use crate::loader::{CredentialOf, HealthOf, LastSyncOf, PageOf, SpacesWanted};
use crate::scalar::{DateTime, Url};
use crate::scope::scope;

/// What kind of server a registry is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_domain::registry::RegistryKind")]
pub(crate) enum RegistryKind {
    /// A Harbor: its spaces are its projects, and it reports their visibility.
    Harbor,
    /// Any server of the OCI distribution specification: its spaces are path prefixes.
    Distribution,
}

/// To whom a registry belongs.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegistryScope {
    /// The platform: integrated by an administrator and shared by binding.
    Platform,
    /// A workspace: associated by its administrator, serving that workspace alone, without bindings.
    Workspace,
}

/// How a registry fares.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_app::record::HealthStatus")]
pub(crate) enum Health {
    /// It answers, and the credential suffices.
    Healthy,
    /// It answers, and something is missing.
    Degraded,
    /// It does not answer.
    Unreachable,
    /// It refuses the credential.
    Unauthorized,
    /// Nobody has looked yet.
    Unknown,
}

/// What was found when a registry was last looked at.
#[derive(SimpleObject)]
pub(crate) struct RegistryHealth {
    /// How it fares.
    status: Health,
    /// When somebody looked; null when nobody has.
    checked_at: Option<DateTime>,
    /// Why it is not healthy, in words; to those alone who may look into it.
    reason: Option<String>,
    /// How long the answer took, in milliseconds.
    latency_ms: Option<i32>,
}

/// Whether a credential is set, and when it last changed. The secret itself is never returned.
#[derive(SimpleObject)]
pub(crate) struct CredentialStatus {
    /// Whether there is one.
    configured: bool,
    /// The user name.
    username: Option<String>,
    /// When it was last entered.
    rotated_at: Option<DateTime>,
    /// When the registry will refuse it, as far as that is known.
    expires_at: Option<DateTime>,
}

/// A registry that stores images.
pub(crate) struct Registry(RegistryRecord);

impl From<RegistryRecord> for Registry {
    fn from(record: RegistryRecord) -> Self {
        Self(record)
    }
}

impl From<Option<HealthRecord>> for RegistryHealth {
    fn from(found: Option<HealthRecord>) -> Self {
        match found {
            Some(found) => Self {
                status: found.status.into(),
                checked_at: Some(found.checked_at.into()),
                reason: found.reason,
                latency_ms: found.latency_ms,
            },
            None => Self { status: HealthStatus::Unknown.into(), checked_at: None, reason: None, latency_ms: None },
        }
    }
}

impl From<Option<SealedCredential>> for CredentialStatus {
    fn from(found: Option<SealedCredential>) -> Self {
        Self {
            configured: found.is_some(),
            username: found.as_ref().map(|found| found.username.clone()),
            rotated_at: found.as_ref().map(|found| found.rotated_at.into()),
            expires_at: found.and_then(|found| found.expires_at).map(DateTime::from),
        }
    }
}

impl Registry {
    async fn health_record(&self, ctx: &Context<'_>) -> Result<Option<HealthRecord>> {
        scope(ctx).load.load_one(HealthOf(self.0.registry.id)).await
    }

    fn is_managed(&self, ctx: &Context<'_>) -> bool {
        let scope = scope(ctx);
        scope.app.manages_registry(&scope.call, &self.0)
    }
}

/// A server that stores images, known by the hosts that image references carry.
#[Object]
impl Registry {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.registry.id)
    }

    /// Its name, unique for its owner.
    async fn name(&self) -> &str {
        &self.0.registry.name
    }

    /// What kind of server it is.
    async fn kind(&self) -> RegistryKind {
        self.0.registry.kind.into()
    }

    /// Whether the platform or a workspace has it.
    async fn scope(&self) -> RegistryScope {
        match self.0.registry.owner {
            Owner::Platform => RegistryScope::Platform,
            Owner::Workspace(_) => RegistryScope::Workspace,
        }
    }

    /// The workspace that has associated it; null for one of the platform.
    async fn owner(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
        let Owner::Workspace(workspace) = self.0.registry.owner else { return None };
        scope(ctx).load.load_one(workspace).await.map(|found| found.map(Workspace::from)).transpose()
    }

    /// The URL of its API.
    async fn endpoint(&self) -> Result<Url> {
        Url::stored(&self.0.endpoint)
    }

    /// The forms of host and port that references to its images may carry: the endpoint's own first, then aliases and mirrors.
    async fn hosts(&self) -> Vec<&str> {
        self.0.registry.hosts.iter().map(|host| &**host).collect()
    }

    /// Whether its certificate is verified; false is shown as a warning wherever the registry is.
    async fn tls_verification(&self) -> bool {
        !self.0.skip_tls_verify
    }

    /// What an administrator should know, such as a right that is missing.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::Auditor, Access::WorkspaceAdmin]))]
    async fn warnings(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        self.require_insight(ctx)?;
        Ok(self.health_record(ctx).await?.map(|found| found.warnings).unwrap_or_default())
    }

    /// The version that the server tells.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::Auditor, Access::WorkspaceAdmin]))]
    async fn version(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        if let Err(refused) = self.require_insight(ctx) {
            return Some(Err(refused));
        }
        self.health_record(ctx).await.map(|found| found.and_then(|found| found.version)).transpose()
    }

    /// Whether no other workspace may use what this association's Harbor does not report public.
    async fn exclusive(&self) -> bool {
        self.0.registry.exclusive
    }

    /// Whether the association rests, because the platform has integrated its host.
    async fn resting(&self) -> bool {
        self.0.registry.resting
    }

    /// Why the association rests.
    async fn resting_reason(&self) -> Option<&str> {
        self.0.resting_reason.as_deref()
    }

    /// What was found when somebody last looked.
    async fn health(&self, ctx: &Context<'_>) -> Result<RegistryHealth> {
        Ok(self.health_record(ctx).await?.into())
    }

    /// The last walk through it; null where the viewer may not look into it.
    async fn last_sync(&self, ctx: &Context<'_>) -> Option<Result<SyncRun>> {
        let found = scope(ctx).load.load_one(LastSyncOf(self.0.registry.id)).await;
        found.map(|found| found.map(SyncRun::from)).transpose()
    }

    /// Whether a credential is set, and when it last changed.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::WorkspaceAdmin]))]
    async fn credential(&self, ctx: &Context<'_>) -> Result<CredentialStatus> {
        if !self.is_managed(ctx) {
            return Err(refused());
        }
        Ok(scope(ctx).load.load_one(CredentialOf(self.0.registry.id)).await?.into())
    }

    /// Its spaces.
    #[graphql(directive = directive::cost::apply(1))]
    async fn spaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<SpaceFilter>,
        #[graphql(desc = "In which order; by name when it is left out.")] order_by: Option<SpaceOrder>,
    ) -> Result<Connection<RegistrySpace>> {
        let (parent, order) = (self.0.registry.id, order_by.unwrap_or_default());
        let listing = Listing::new(ctx, order.name(), first, after.as_deref())?;
        let filter = filter.unwrap_or_default().try_into()?;
        let wanted = SpacesWanted { filter, order: order.into(), page: listing.page.clone() };
        let paged = scope(ctx).load.load_one(PageOf { parent, wanted }).await?.unwrap_or_else(Paged::empty);
        let field = order.field.into();
        listing.connection(ctx, paged, |record: &SpaceRecord| Within { parent, key: record.key(field) })
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Grows by one with every change; to be named by whoever changes it.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// Whether the viewer may change it.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> bool {
        self.is_managed(ctx)
    }

    /// Whether the viewer may remove it.
    async fn viewer_can_remove(&self, ctx: &Context<'_>) -> bool {
        let scope = scope(ctx);
        scope.app.may_remove_registry(&scope.call, &self.0)
    }

    /// Whether the viewer may ask for a walk through it.
    async fn viewer_can_sync(&self, ctx: &Context<'_>) -> bool {
        self.is_managed(ctx)
    }
}

impl Registry {
    /// Whoever manages it, and whoever reads everything, may know what is wrong with it.
    fn require_insight(&self, ctx: &Context<'_>) -> Result<()> {
        use wharfinger_domain::rights::Action;
        let reads_all = scope(ctx).call.permits(Action::ReadAllSpaces, None);
        if reads_all || self.is_managed(ctx) { Ok(()) } else { Err(refused()) }
    }
}

fn refused() -> async_graphql::Error {
    coded(Code::Forbidden, "this needs a right that you do not have")
}
