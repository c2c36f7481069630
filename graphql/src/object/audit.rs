//! Records of what was done.

use async_graphql::{Context, ID, InputObject, Object, Result};
use wharfinger_app::record::{AuditEventRecord, AuditFilter as AppFilter};
use wharfinger_domain::id::{
    BindingId, ClusterId, NamespaceId, RegistryId, SpaceId, SyncId, TokenId, UserId, WorkspaceId,
};
use wharfinger_domain::rights::Action;

use super::{Node, load};
use crate::access::{Access, directive};
use crate::error::{bad_input, fail};
use crate::ids::{self, ObjectId};
use crate::scalar::DateTime;
use crate::scope::scope;

/// A record.
pub(crate) struct AuditEvent(AuditEventRecord);

impl From<AuditEventRecord> for AuditEvent {
    fn from(record: AuditEventRecord) -> Self {
        Self(record)
    }
}

/// A record of what was done or refused. Records are appended and never changed; they outlive what they speak of.
#[Object]
impl AuditEvent {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.id)
    }

    /// When.
    async fn at(&self) -> DateTime {
        self.0.event.at.into()
    }

    /// Who.
    async fn actor(&self) -> &str {
        &self.0.event.actor
    }

    /// How they had proved who they are, such as `Password`, `ApiToken`, or `System` for a task of the product.
    async fn auth_method(&self) -> &str {
        &self.0.event.auth_method
    }

    /// What was done, such as `space.bind`; of what was refused the mutation that was asked for.
    async fn action(&self) -> &str {
        &self.0.event.action
    }

    /// What came of it: `done` or `refused`.
    async fn outcome(&self) -> &str {
        &self.0.event.outcome
    }

    /// What it was done to; null when that is gone or the viewer may not see it.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        match subject(&self.0.event.subject_kind, self.0.event.subject_id) {
            Some(id) => load(ctx, id).await,
            None => Ok(None),
        }
    }

    /// What that was called then.
    async fn subject_label(&self) -> &str {
        &self.0.event.subject_label
    }

    /// Before and after, as a JSON text without secrets.
    async fn details(&self) -> Option<&str> {
        self.0.event.details.as_deref()
    }

    /// Where the request came from.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::Auditor]))]
    async fn source_ip(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        scope(ctx).call.require(Action::ReadUsers, None).map_err(fail)?;
        Ok(self.0.event.source_ip.as_deref())
    }

    /// The id of the request, which the log and the answer carry too.
    async fn request_id(&self) -> &str {
        &self.0.event.request_id
    }
}

fn subject(kind: &str, id: Option<i64>) -> Option<ObjectId> {
    let id = id?;
    Some(match kind {
        "registry" => ObjectId::Registry(RegistryId(id)),
        "space" => ObjectId::Space(SpaceId(id)),
        "workspace" => ObjectId::Workspace(WorkspaceId(id)),
        "namespace" => ObjectId::Namespace(NamespaceId(id)),
        "binding" => ObjectId::Binding(BindingId(id)),
        "cluster" => ObjectId::Cluster(ClusterId(id)),
        "sync" => ObjectId::Sync(SyncId(id)),
        "user" => ObjectId::User(UserId(id)),
        "token" => ObjectId::Token(TokenId(id)),
        _ => return None,
    })
}

/// The word under which the audit keeps what kind of thing an id is of.
fn kind(id: ObjectId) -> Option<(&'static str, i64)> {
    Some(match id {
        ObjectId::Registry(id) => ("registry", id.0),
        ObjectId::Space(id) => ("space", id.0),
        ObjectId::Workspace(id) => ("workspace", id.0),
        ObjectId::Namespace(id) => ("namespace", id.0),
        ObjectId::Binding(id) => ("binding", id.0),
        ObjectId::Cluster(id) => ("cluster", id.0),
        ObjectId::Sync(id) => ("sync", id.0),
        ObjectId::User(id) => ("user", id.0),
        ObjectId::Token(id) => ("token", id.0),
        ObjectId::Repository(_) | ObjectId::Group(_) | ObjectId::AuditEvent(_) => return None,
    })
}

/// Which records a list has; all that is given must fit.
#[derive(InputObject, Default)]
pub(crate) struct AuditFilter {
    /// Who.
    actor: Option<String>,
    /// What was done.
    action: Option<String>,
    /// What it was done to.
    subject_id: Option<ID>,
    /// From this instant on.
    since: Option<DateTime>,
    /// Before this instant.
    until: Option<DateTime>,
}

impl TryFrom<AuditFilter> for AppFilter {
    type Error = async_graphql::Error;

    fn try_from(filter: AuditFilter) -> Result<Self> {
        let subject = filter.subject_id.as_ref().map(ids::decode_any).transpose()?;
        let subject =
            subject.map(|id| kind(id).ok_or_else(|| bad_input("nothing is recorded of objects of this kind")));
        let (subject_kind, subject_id) = subject.transpose()?.map_or((None, None), |(kind, id)| (Some(kind), Some(id)));
        Ok(Self {
            actor: filter.actor,
            action: filter.action,
            subject_kind: subject_kind.map(str::to_owned),
            subject_id,
            since: filter.since.map(|at| at.0),
            until: filter.until.map(|at| at.0),
            ..Self::default()
        })
    }
}
