//! Queries of replicas.

use std::collections::HashMap;

use diesel::prelude::*;
use wharfinger_domain::id::ClusterId;
use wharfinger_domain::revision::Revision;
use wharfinger_domain::time::Timestamp;

use super::schema::replicas;
use super::{Session, grouped, instant, micros};
use crate::Result;
use crate::replicas::{ReplicaRecord, Replicas};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = replicas, treat_none_as_null = true, treat_none_as_default_value = false)]
struct ReplicaRow {
    cluster_id: i64,
    name: String,
    revision_number: i64,
    revision_token: i64,
    confirmed_at: i64,
    namespaces_synced: bool,
    certificate_expires_at: Option<i64>,
    ready: bool,
    seen_at: i64,
}

impl ReplicaRow {
    fn of(record: &ReplicaRecord) -> Self {
        Self {
            cluster_id: record.cluster.0,
            name: record.name.clone(),
            revision_number: record.revision.number,
            revision_token: record.revision.token,
            confirmed_at: record.confirmed_at.as_micros(),
            namespaces_synced: record.namespaces_synced,
            certificate_expires_at: micros(record.certificate_expires_at),
            ready: record.ready,
            seen_at: record.seen_at.as_micros(),
        }
    }

    fn record(self) -> ReplicaRecord {
        ReplicaRecord {
            cluster: ClusterId(self.cluster_id),
            name: self.name,
            revision: Revision { number: self.revision_number, token: self.revision_token },
            confirmed_at: Timestamp::from_micros(self.confirmed_at),
            namespaces_synced: self.namespaces_synced,
            certificate_expires_at: instant(self.certificate_expires_at),
            ready: self.ready,
            seen_at: Timestamp::from_micros(self.seen_at),
        }
    }
}

impl Replicas for Session<'_> {
    fn report_replica(&mut self, record: &ReplicaRecord) -> Result<()> {
        let row = ReplicaRow::of(record);
        diesel::insert_into(replicas::table)
            .values(&row)
            .on_conflict((replicas::cluster_id, replicas::name))
            .do_update()
            .set(&row)
            .execute(self.connection)?;
        Ok(())
    }

    fn replicas_of(&mut self, clusters: &[ClusterId]) -> Result<HashMap<ClusterId, Vec<ReplicaRecord>>> {
        let ids: Vec<_> = clusters.iter().map(|id| id.0).collect();
        let query = replicas::table.filter(replicas::cluster_id.eq_any(ids)).order(replicas::name);
        let rows: Vec<ReplicaRow> = query.select(ReplicaRow::as_select()).load(self.connection)?;
        Ok(grouped(rows.into_iter().map(ReplicaRow::record), |record| record.cluster))
    }

    fn forget_replicas(&mut self, before: Timestamp) -> Result<usize> {
        let silent = replicas::table.filter(replicas::seen_at.lt(before.as_micros()));
        Ok(diesel::delete(silent).execute(self.connection)?)
    }

    fn forget_replica(&mut self, name: &str) -> Result<()> {
        diesel::delete(replicas::table.filter(replicas::name.eq(name))).execute(self.connection)?;
        Ok(())
    }
}
