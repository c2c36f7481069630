//! Clusters.

use diesel::prelude::*;
use wharfinger_domain::cluster::Cluster;
use wharfinger_domain::id::ClusterId;

use super::super::schema::clusters;
use crate::Result;
use crate::clusters::ClusterRecord;
use crate::word::Word;

#[derive(Queryable, Selectable)]
#[diesel(table_name = clusters)]
pub(in super::super) struct ClusterRow {
    id: i64,
    name: String,
    mode: String,
    unknown_registries: String,
    unnamed_hosts: String,
    revision: i32,
}

impl ClusterRow {
    pub(in super::super) fn record(self) -> Result<ClusterRecord> {
        let cluster = Cluster {
            id: ClusterId(self.id),
            name: self.name.into(),
            mode: Word::read(&self.mode)?,
            unknown_registries: Word::read(&self.unknown_registries)?,
            unnamed_hosts: Word::read(&self.unnamed_hosts)?,
        };
        Ok(ClusterRecord { cluster, revision: self.revision })
    }
}
