//! Queries of exemptions.

use diesel::prelude::*;
use wharfinger_domain::id::ExemptionId;

use super::rows::ExemptionRow;
use super::schema::{clusters, exemptions};
use super::{Db, Session};
use crate::exemptions::{ExemptionRecord, Exemptions, NewExemption};
use crate::{Page, Paged, Result, StoreError};

impl Exemptions for Session<'_> {
    fn insert_exemption(&mut self, exemption: &NewExemption) -> Result<ExemptionRecord> {
        let values = (
            exemptions::cluster_id.eq(exemption.cluster.0),
            exemptions::namespace.eq(&exemption.namespace),
            exemptions::uid.eq(&exemption.uid),
            exemptions::reason.eq(&exemption.reason),
            exemptions::expires_at.eq(exemption.expires_at.as_micros()),
            exemptions::created_by.eq(&exemption.created_by),
            exemptions::created_at.eq(exemption.created_at.as_micros()),
        );
        let insert = diesel::insert_into(exemptions::table).values(values).returning(exemptions::id);
        let id = ExemptionId(insert.get_result(self.connection)?);
        self.exemption(id)?.ok_or_else(|| StoreError::internal("an exemption vanished while it was stored"))
    }

    fn remove_exemption(&mut self, id: ExemptionId) -> Result<Option<ExemptionRecord>> {
        let found = self.exemption(id)?;
        diesel::delete(exemptions::table.find(id.0)).execute(self.connection)?;
        Ok(found)
    }

    fn exemption(&mut self, id: ExemptionId) -> Result<Option<ExemptionRecord>> {
        let query = exemptions::table.inner_join(clusters::table).filter(exemptions::id.eq(id.0));
        let query = query.select((ExemptionRow::as_select(), clusters::name));
        let row: Option<(ExemptionRow, String)> = query.first(self.connection).optional()?;
        Ok(row.map(|(row, cluster)| row.record(cluster)))
    }

    fn page_exemptions(&mut self, page: &Page<ExemptionId>) -> Result<Paged<ExemptionRecord>> {
        let total = page.total_by(|| Ok(exemptions::table.count().get_result(self.connection)?))?;
        let mut query = exemptions::table.inner_join(clusters::table).into_boxed::<Db>();
        if let Some(after) = page.after {
            query = query.filter(exemptions::id.gt(after.0));
        }
        let query = query.order(exemptions::id).limit(page.limit());
        let rows: Vec<(ExemptionRow, String)> =
            query.select((ExemptionRow::as_select(), clusters::name)).load(self.connection)?;
        Ok(Paged::of(page, rows.into_iter().map(|(row, cluster)| row.record(cluster)).collect(), total))
    }
}
