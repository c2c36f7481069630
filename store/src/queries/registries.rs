//! Queries of registries, their credentials and their health.

mod hosts;

use std::collections::HashMap;

use diesel::prelude::*;
use wharfinger_domain::id::{RegistryId, WorkspaceId};
use wharfinger_domain::registry::{Owner, RetiredHost};
use wharfinger_domain::time::Timestamp;

use super::nested::{self, Condition, Windows, from_the_beginning};
use super::rows::RegistryRow;
use super::schema::{registries, registry_credentials, registry_health};
use super::sight;
use super::{Db, MAX_BINDS, Session, contains, from_json, instant, micros, owner_id, to_json};
use crate::page::{NameKey, Within};
use crate::registries::{
    NewRegistry, Registries, RegistryFilter, RegistryHealth, RegistryRecord, RegistrySettings, SealedCredential,
};
use crate::sight::Sight;
use crate::word::Word;
use crate::{Page, Paged, Result};

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = registry_credentials, treat_none_as_null = true)]
struct CredentialValues<'a> {
    registry_id: i64,
    username: &'a str,
    sealed: &'a [u8],
    key_id: &'a str,
    rotated_at: i64,
    expires_at: Option<i64>,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = registry_health, treat_none_as_null = true)]
struct HealthValues {
    registry_id: i64,
    status: &'static str,
    checked_at: i64,
    reason: Option<String>,
    latency_ms: Option<i32>,
    version: Option<String>,
    warnings: String,
}

impl Registries for Session<'_> {
    fn insert_registry(&mut self, registry: &NewRegistry) -> Result<RegistryId> {
        let settings = &registry.settings;
        let values = (
            registries::owner_id.eq(owner_id(registry.owner)),
            registries::name.eq(&settings.name),
            registries::kind.eq(registry.kind.word()),
            registries::endpoint.eq(&settings.endpoint),
            registries::scheme.eq(settings.scheme.word()),
            registries::skip_tls_verify.eq(settings.skip_tls_verify),
            registries::ca_bundle_pem.eq(&settings.ca_bundle_pem),
            registries::exclusive.eq(settings.exclusive),
            registries::resting_reason.eq(&settings.resting_reason),
            registries::created_at.eq(registry.created_at.as_micros()),
        );
        let insert = diesel::insert_into(registries::table).values(values).returning(registries::id);
        let id = RegistryId(insert.get_result(self.connection)?);
        hosts::insert(self.connection, id, &settings.hosts)?;
        Ok(id)
    }

    fn update_registry(&mut self, id: RegistryId, revision: i32, settings: &RegistrySettings) -> Result<bool> {
        let changed = diesel::update(registries::table.find(id.0).filter(registries::revision.eq(revision)))
            .set((
                registries::name.eq(&settings.name),
                registries::endpoint.eq(&settings.endpoint),
                registries::scheme.eq(settings.scheme.word()),
                registries::skip_tls_verify.eq(settings.skip_tls_verify),
                registries::ca_bundle_pem.eq(&settings.ca_bundle_pem),
                registries::exclusive.eq(settings.exclusive),
                registries::resting_reason.eq(&settings.resting_reason),
                registries::revision.eq(revision.wrapping_add(1)),
            ))
            .execute(self.connection)?;
        if changed == 1 {
            hosts::replace(self.connection, id, &settings.hosts)?;
        }
        Ok(changed == 1)
    }

    fn remove_registry(&mut self, id: RegistryId) -> Result<bool> {
        Ok(diesel::delete(registries::table.find(id.0)).execute(self.connection)? == 1)
    }

    fn registry(&mut self, sight: &Sight, id: RegistryId) -> Result<Option<RegistryRecord>> {
        Ok(self.registries_by_id(sight, &[id])?.remove(&id))
    }

    fn registry_by_name(&mut self, sight: &Sight, owner: Owner, name: &str) -> Result<Option<RegistryRecord>> {
        let query = within(sight).filter(registries::name.eq(name));
        let query = match owner_id(owner) {
            Some(id) => query.filter(registries::owner_id.eq(id)),
            None => query.filter(registries::owner_id.is_null()),
        };
        let row = query.select(RegistryRow::as_select()).load(self.connection)?;
        Ok(self.with_hosts(row)?.pop())
    }

    fn registries_by_id(&mut self, sight: &Sight, ids: &[RegistryId]) -> Result<HashMap<RegistryId, RegistryRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let query = within(sight).filter(registries::id.eq_any(ids.iter().map(|id| id.0)));
            let rows = query.select(RegistryRow::as_select()).load(self.connection)?;
            found.extend(self.with_hosts(rows)?.into_iter().map(|record| (record.registry.id, record)));
        }
        Ok(found)
    }

    fn all_registries(&mut self) -> Result<Vec<RegistryRecord>> {
        let query = registries::table.order(registries::id).select(RegistryRow::as_select());
        let rows = query.load(self.connection)?;
        self.with_hosts(rows)
    }

    fn registry_pages(
        &mut self,
        sight: &Sight,
        owners: &[WorkspaceId],
        page: &Page<Within<WorkspaceId, NameKey>>,
    ) -> Result<HashMap<WorkspaceId, Paged<RegistryRecord>>> {
        let owners = page.parents(owners);
        let beyond: Condition<registries::table> = match &page.after {
            None => from_the_beginning(),
            Some(Within { parent, key }) => {
                Box::new(registries::owner_id.assume_not_null().eq(parent.0).and(later(key)))
            }
        };
        let of = registries::owner_id.eq_any(owners.iter().map(|owner| owner.0).collect::<Vec<_>>());
        let rows = within(sight).filter(of).select((RegistryRow::as_select(), nested::beyond(beyond)));
        let windows = Windows { rows, parent: "owner_id", order: "name, id", limit: page.limit() };
        let pages = windows.pages(self.connection, page, |row: RegistryRow| Ok((row.owner_id, row)))?;
        self.with_hosts_of_pages(pages)
    }

    fn page_registries(&mut self, filter: &RegistryFilter, page: &Page<NameKey>) -> Result<Paged<RegistryRecord>> {
        let total = page.total_by(|| Ok(filtered(filter).count().get_result(self.connection)?))?;
        let mut query = filtered(filter);
        if let Some(key) = &page.after {
            query = query.filter(later(key));
        }
        let query = query.order((registries::name, registries::id)).limit(page.limit());
        let rows = query.select(RegistryRow::as_select()).load(self.connection)?;
        Ok(Paged::of(page, self.with_hosts(rows)?, total))
    }

    fn set_credential(&mut self, id: RegistryId, credential: Option<&SealedCredential>) -> Result<()> {
        let Some(credential) = credential else {
            diesel::delete(registry_credentials::table.find(id.0)).execute(self.connection)?;
            return Ok(());
        };
        let values = CredentialValues {
            registry_id: id.0,
            username: &credential.username,
            sealed: &credential.sealed,
            key_id: &credential.key_id,
            rotated_at: credential.rotated_at.as_micros(),
            expires_at: micros(credential.expires_at),
        };
        let insert = diesel::insert_into(registry_credentials::table).values(&values);
        insert.on_conflict(registry_credentials::registry_id).do_update().set(&values).execute(self.connection)?;
        Ok(())
    }

    fn credentials(&mut self, sight: &Sight, ids: &[RegistryId]) -> Result<HashMap<RegistryId, SealedCredential>> {
        type Row = (i64, String, Vec<u8>, String, i64, Option<i64>);
        let of = registry_credentials::registry_id.eq_any(ids.iter().map(|id| id.0));
        let seen = registry_credentials::registry_id.eq_any(sight::registries(sight));
        let rows = registry_credentials::table.filter(of).filter(seen).load::<Row>(self.connection)?;
        let credential = |(id, username, sealed, key_id, rotated_at, expires_at): Row| {
            let (rotated_at, expires_at) = (Timestamp::from_micros(rotated_at), instant(expires_at));
            (RegistryId(id), SealedCredential { username, sealed, key_id, rotated_at, expires_at })
        };
        Ok(rows.into_iter().map(credential).collect())
    }

    fn set_health(&mut self, id: RegistryId, health: &RegistryHealth) -> Result<()> {
        let values = HealthValues {
            registry_id: id.0,
            status: health.status.word(),
            checked_at: health.checked_at.as_micros(),
            reason: health.reason.clone(),
            latency_ms: health.latency_ms,
            version: health.version.clone(),
            warnings: to_json(&health.warnings)?,
        };
        let insert = diesel::insert_into(registry_health::table).values(&values);
        insert.on_conflict(registry_health::registry_id).do_update().set(&values).execute(self.connection)?;
        Ok(())
    }

    fn health(&mut self, sight: &Sight, ids: &[RegistryId]) -> Result<HashMap<RegistryId, RegistryHealth>> {
        type Row = (i64, String, i64, Option<String>, Option<i32>, Option<String>, String);
        let of = registry_health::registry_id.eq_any(ids.iter().map(|id| id.0));
        let seen = registry_health::registry_id.eq_any(sight::registries(sight));
        let rows = registry_health::table.filter(of).filter(seen).load::<Row>(self.connection)?;
        let health = |(id, status, checked_at, reason, latency_ms, version, warnings): Row| {
            let health = RegistryHealth {
                status: Word::read(&status)?,
                checked_at: Timestamp::from_micros(checked_at),
                reason,
                latency_ms,
                version,
                warnings: from_json(&warnings, "registry_health.warnings")?,
            };
            Ok((RegistryId(id), health))
        };
        rows.into_iter().map(health).collect()
    }

    fn retire_hosts(&mut self, hosts: &[RetiredHost], at: Timestamp) -> Result<()> {
        hosts::retire(self.connection, hosts, at)
    }

    fn release_hosts(&mut self, hosts: &[RetiredHost]) -> Result<Vec<RetiredHost>> {
        hosts::release(self.connection, hosts)
    }

    fn retired_hosts(&mut self) -> Result<Vec<RetiredHost>> {
        hosts::retired(self.connection)
    }
}

impl Session<'_> {
    /// The records of these rows, in their order, with one statement more for all of their hosts.
    fn with_hosts(&mut self, rows: Vec<RegistryRow>) -> Result<Vec<RegistryRecord>> {
        let mut hosts = hosts::of(self.connection, rows.iter().map(|row| row.id).collect())?;
        rows.into_iter().map(|row| with_hosts_of(row, &mut hosts)).collect()
    }

    /// The same for pages of rows, all of them together.
    fn with_hosts_of_pages(
        &mut self,
        pages: HashMap<Option<i64>, Paged<RegistryRow>>,
    ) -> Result<HashMap<WorkspaceId, Paged<RegistryRecord>>> {
        let rows = pages.values().flat_map(|page| &page.items);
        let mut hosts = hosts::of(self.connection, rows.map(|row| row.id).collect())?;
        let mut found = HashMap::with_capacity(pages.len());
        for (owner, Paged { items, has_next, total }) in pages {
            let items = items.into_iter().map(|row| with_hosts_of(row, &mut hosts)).collect::<Result<_>>()?;
            found.extend(owner.map(|owner| (WorkspaceId(owner), Paged { items, has_next, total })));
        }
        Ok(found)
    }
}

fn with_hosts_of(row: RegistryRow, hosts: &mut HashMap<i64, Vec<Box<str>>>) -> Result<RegistryRecord> {
    let hosts = hosts.remove(&row.id).unwrap_or_default();
    row.record(hosts)
}

/// Holds for what comes after this key, by name.
fn later(key: &NameKey) -> Condition<registries::table> {
    let later = registries::name.gt(key.name.clone()).or(registries::id.gt(key.id));
    Box::new(registries::name.ge(key.name.clone()).and(later))
}

/// The registries within sight.
fn within(sight: &Sight) -> registries::BoxedQuery<'static, Db> {
    registries::table.into_boxed::<Db>().filter(sight::registry(sight))
}

fn filtered(filter: &RegistryFilter) -> registries::BoxedQuery<'static, Db> {
    let mut query = within(&filter.sight);
    if let Some(text) = &filter.search {
        query = query.filter(contains(registries::name, text).or(contains(registries::endpoint, text)));
    }
    match filter.platform {
        Some(true) => query = query.filter(registries::owner_id.is_null()),
        Some(false) => query = query.filter(registries::owner_id.is_not_null()),
        None => {}
    }
    query
}
