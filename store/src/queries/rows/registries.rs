//! Registries, whose hosts are rows of their own.

use diesel::prelude::*;
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::registry::Registry;
use wharfinger_domain::time::Timestamp;

use super::super::owner;
use super::super::schema::registries;
use crate::Result;
use crate::registries::RegistryRecord;
use crate::word::Word;

#[derive(Queryable, Selectable)]
#[diesel(table_name = registries)]
pub(in super::super) struct RegistryRow {
    pub(in super::super) id: i64,
    pub(in super::super) owner_id: Option<i64>,
    name: String,
    kind: String,
    endpoint: String,
    scheme: String,
    skip_tls_verify: bool,
    ca_bundle_pem: Option<String>,
    exclusive: bool,
    resting_reason: Option<String>,
    created_at: i64,
    revision: i32,
}

impl RegistryRow {
    pub(in super::super) fn record(self, hosts: Vec<Box<str>>) -> Result<RegistryRecord> {
        let registry = Registry {
            id: RegistryId(self.id),
            name: self.name.into(),
            kind: Word::read(&self.kind)?,
            owner: owner(self.owner_id),
            scheme: Word::read(&self.scheme)?,
            hosts,
            exclusive: self.exclusive,
            resting: self.resting_reason.is_some(),
        };
        Ok(RegistryRecord {
            registry,
            endpoint: self.endpoint,
            skip_tls_verify: self.skip_tls_verify,
            ca_bundle_pem: self.ca_bundle_pem,
            resting_reason: self.resting_reason,
            created_at: Timestamp::from_micros(self.created_at),
            revision: self.revision,
        })
    }
}
