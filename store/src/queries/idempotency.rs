//! Queries of idempotency keys.

use diesel::prelude::*;
use wharfinger_domain::time::Timestamp;

use super::Session;
use super::schema::idempotency_keys;
use crate::Result;
use crate::idempotency::{Idempotency, IdempotencyRecord};

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = idempotency_keys)]
struct KeyValues<'a> {
    principal: &'a str,
    key: &'a str,
    fingerprint: &'a str,
    made: i64,
    expires_at: i64,
}

impl Idempotency for Session<'_> {
    fn idempotency(&mut self, principal: &str, key: &str, at: Timestamp) -> Result<Option<IdempotencyRecord>> {
        let found: Option<(String, i64, i64)> = idempotency_keys::table
            .find((principal, key))
            .filter(idempotency_keys::expires_at.gt(at.as_micros()))
            .select((idempotency_keys::fingerprint, idempotency_keys::made, idempotency_keys::expires_at))
            .first(self.connection)
            .optional()?;
        Ok(found.map(|(fingerprint, made, expires_at)| {
            let expires_at = Timestamp::from_micros(expires_at);
            IdempotencyRecord { fingerprint, made, expires_at }
        }))
    }

    fn remember(&mut self, principal: &str, key: &str, record: &IdempotencyRecord) -> Result<()> {
        let (made, expires_at) = (record.made, record.expires_at.as_micros());
        let values = KeyValues { principal, key, fingerprint: &record.fingerprint, made, expires_at };
        diesel::insert_into(idempotency_keys::table)
            .values(&values)
            .on_conflict((idempotency_keys::principal, idempotency_keys::key))
            .do_update()
            .set(&values)
            .execute(self.connection)?;
        Ok(())
    }

    fn forget_expired(&mut self, at: Timestamp) -> Result<usize> {
        let expired = idempotency_keys::table.filter(idempotency_keys::expires_at.le(at.as_micros()));
        Ok(diesel::delete(expired).execute(self.connection)?)
    }
}
