//! The objects of the schema, each a record of a use case and what follows from it.

pub(crate) mod audit;
pub(crate) mod binding;
pub(crate) mod cluster;
pub(crate) mod explanation;
pub(crate) mod namespace;
pub(crate) mod registry;
pub(crate) mod replica;
pub(crate) mod repository;
pub(crate) mod selectable;
pub(crate) mod space;
pub(crate) mod sync;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod viewer;
pub(crate) mod workspace;

use async_graphql::{Context, Enum, ID, Interface, Result};

use self::audit::AuditEvent;
use self::binding::Binding;
use self::cluster::Cluster;
use self::namespace::Namespace;
use self::registry::Registry;
use self::repository::Repository;
use self::space::RegistrySpace;
use self::sync::SyncRun;
use self::token::ApiToken;
use self::user::{Group, User};
use self::workspace::Workspace;
use crate::error::fail;
use crate::ids::ObjectId;
use crate::scope::{Scope, scope};

/// Anything that can be fetched again by its global id. Ids are opaque, stable and never reused.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id."))]
pub(crate) enum Node {
    Registry(Registry),
    Space(RegistrySpace),
    Repository(Repository),
    Workspace(Workspace),
    Namespace(Namespace),
    Binding(Binding),
    Cluster(Cluster),
    Sync(SyncRun),
    User(User),
    Group(Group),
    ApiToken(ApiToken),
    AuditEvent(AuditEvent),
}

/// In which direction a list is ordered.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The smallest first.
    Asc,
    /// The greatest first.
    Desc,
}

/// The object with this id; `None` when there is none or the viewer may not see it.
pub(crate) async fn load(ctx: &Context<'_>, id: ObjectId) -> Result<Option<Node>> {
    let load = &scope(ctx).load;
    Ok(match id {
        ObjectId::Registry(id) => load.load_one(id).await?.map(|it| Node::Registry(it.into())),
        ObjectId::Space(id) => load.load_one(id).await?.map(|it| Node::Space(it.into())),
        ObjectId::Repository(id) => load.load_one(id).await?.map(|it| Node::Repository(it.into())),
        ObjectId::Workspace(id) => load.load_one(id).await?.map(|it| Node::Workspace(it.into())),
        ObjectId::Namespace(id) => load.load_one(id).await?.map(|it| Node::Namespace(it.into())),
        ObjectId::Binding(id) => load.load_one(id).await?.map(|it| Node::Binding(it.into())),
        ObjectId::User(id) => load.load_one(id).await?.map(|it| Node::User(it.into())),
        ObjectId::Group(id) => load.load_one(id).await?.map(|it| Node::Group(it.into())),
        _ => return load_rare(ctx, id).await,
    })
}

/// The same for objects that not everybody may see, or whose visibility is another object's.
async fn load_rare(ctx: &Context<'_>, id: ObjectId) -> Result<Option<Node>> {
    let Scope { app, call, load, .. } = scope(ctx);
    Ok(match id {
        ObjectId::Cluster(id) if Cluster::is_visible(ctx) => {
            load.load_one(id).await?.map(|it| Node::Cluster(it.into()))
        }
        ObjectId::Sync(id) => match load.load_one(id).await? {
            Some(record) => load.load_one(record.registry).await?.map(|_| Node::Sync(record.into())),
            None => None,
        },
        ObjectId::Token(id) => app.token(call, id).await.map_err(fail)?.map(|it| Node::ApiToken(it.into())),
        ObjectId::AuditEvent(id) => {
            app.audit_event(call, id).await.map_err(fail)?.map(|it| Node::AuditEvent(it.into()))
        }
        _ => None,
    })
}
