//! Namespaces; the name of the cluster is in another table.

use diesel::prelude::*;
use wharfinger_domain::id::{ClusterId, NamespaceId, WorkspaceId};
use wharfinger_domain::namespace::Namespace;
use wharfinger_domain::time::Timestamp;

use super::super::instant;
use super::super::schema::namespaces;
use crate::namespaces::NamespaceRecord;

#[derive(Queryable, Selectable)]
#[diesel(table_name = namespaces)]
pub(in super::super) struct NamespaceRow {
    id: i64,
    cluster_id: i64,
    name: String,
    uid: String,
    workspace_id: Option<i64>,
    first_seen_at: i64,
    gone_at: Option<i64>,
}

impl NamespaceRow {
    pub(in super::super) fn record(self, cluster: String) -> NamespaceRecord {
        let namespace = Namespace {
            id: NamespaceId(self.id),
            cluster: cluster.into(),
            name: self.name.into(),
            uid: self.uid.into(),
            workspace: self.workspace_id.map(WorkspaceId),
        };
        NamespaceRecord {
            namespace,
            cluster: ClusterId(self.cluster_id),
            first_seen_at: Timestamp::from_micros(self.first_seen_at),
            gone_at: instant(self.gone_at),
        }
    }
}
