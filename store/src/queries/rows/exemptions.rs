//! Exemptions; the name of the cluster is in another table.

use diesel::prelude::*;
use wharfinger_domain::exemption::Exemption;
use wharfinger_domain::id::ExemptionId;
use wharfinger_domain::time::Timestamp;

use super::super::schema::exemptions;
use crate::exemptions::ExemptionRecord;

#[derive(Queryable, Selectable)]
#[diesel(table_name = exemptions)]
pub(in super::super) struct ExemptionRow {
    id: i64,
    namespace: String,
    uid: String,
    reason: String,
    expires_at: i64,
    created_by: String,
    created_at: i64,
}

impl ExemptionRow {
    pub(in super::super) fn record(self, cluster: String) -> ExemptionRecord {
        let id = ExemptionId(self.id);
        let exemption = Exemption {
            id: Some(id),
            cluster: cluster.into(),
            namespace: self.namespace.into(),
            uid: Some(self.uid.into()),
            reason: self.reason.into(),
            expires_at: Some(Timestamp::from_micros(self.expires_at)),
        };
        ExemptionRecord {
            exemption,
            id,
            created_by: self.created_by,
            created_at: Timestamp::from_micros(self.created_at),
        }
    }
}
