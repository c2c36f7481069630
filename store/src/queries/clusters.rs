//! Queries of clusters.

use diesel::prelude::*;
use wharfinger_domain::id::ClusterId;

use super::Session;
use super::rows::ClusterRow;
use super::schema::clusters;
use crate::Result;
use crate::clusters::{ClusterRecord, ClusterSettings, Clusters};
use crate::word::Word;

impl Clusters for Session<'_> {
    fn ensure_cluster(&mut self, name: &str, settings: ClusterSettings) -> Result<(ClusterRecord, bool)> {
        if let Some(known) = self.cluster_by_name(name)? {
            return Ok((known, false));
        }
        let values = (
            clusters::name.eq(name),
            clusters::mode.eq(settings.mode.word()),
            clusters::unknown_registries.eq(settings.unknown_registries.word()),
            clusters::unnamed_hosts.eq(settings.unnamed_hosts.word()),
        );
        let row: ClusterRow = diesel::insert_into(clusters::table)
            .values(values)
            .returning(ClusterRow::as_returning())
            .get_result(self.connection)?;
        Ok((row.record()?, true))
    }

    fn clusters(&mut self) -> Result<Vec<ClusterRecord>> {
        let rows = clusters::table.order(clusters::name).select(ClusterRow::as_select()).load(self.connection)?;
        rows.into_iter().map(ClusterRow::record).collect()
    }

    fn cluster_by_name(&mut self, name: &str) -> Result<Option<ClusterRecord>> {
        let query = clusters::table.filter(clusters::name.eq(name)).select(ClusterRow::as_select());
        query.first(self.connection).optional()?.map(ClusterRow::record).transpose()
    }

    fn cluster_by_id(&mut self, id: ClusterId) -> Result<Option<ClusterRecord>> {
        let query = clusters::table.find(id.0).select(ClusterRow::as_select());
        query.first(self.connection).optional()?.map(ClusterRow::record).transpose()
    }

    fn update_cluster(&mut self, id: ClusterId, revision: i32, settings: ClusterSettings) -> Result<bool> {
        let changed = diesel::update(clusters::table.find(id.0).filter(clusters::revision.eq(revision)))
            .set((
                clusters::mode.eq(settings.mode.word()),
                clusters::unknown_registries.eq(settings.unknown_registries.word()),
                clusters::unnamed_hosts.eq(settings.unnamed_hosts.word()),
                clusters::revision.eq(revision.wrapping_add(1)),
            ))
            .execute(self.connection)?;
        Ok(changed == 1)
    }
}
