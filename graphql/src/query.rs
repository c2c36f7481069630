//! What can be asked, one file for each noun.

mod audit;
mod binding;
mod cluster;
mod explanation;
mod namespace;
mod node;
mod registry;
mod selectable;
mod user;
mod viewer;
mod workspace;

use async_graphql::MergedObject;

use self::audit::AuditQuery;
use self::binding::BindingQuery;
use self::cluster::ClusterQuery;
use self::explanation::ExplanationQuery;
use self::namespace::NamespaceQuery;
use self::node::NodeQuery;
use self::registry::RegistryQuery;
use self::selectable::SelectableQuery;
use self::user::UserQuery;
use self::viewer::ViewerQuery;
use self::workspace::WorkspaceQuery;

/// What can be asked.
#[derive(MergedObject, Default)]
pub(crate) struct Query(
    ViewerQuery,
    NodeQuery,
    RegistryQuery,
    WorkspaceQuery,
    NamespaceQuery,
    ClusterQuery,
    BindingQuery,
    SelectableQuery,
    ExplanationQuery,
    UserQuery,
    AuditQuery,
);
