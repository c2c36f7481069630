//! The hosts of registries, each a row of its own, and those that are nobody's any more.

use std::collections::HashMap;

use diesel::prelude::*;
use wharfinger_domain::id::{RegistryId, WorkspaceId};
use wharfinger_domain::registry::{Owner, RetiredHost};
use wharfinger_domain::time::Timestamp;

use super::super::schema::{registry_hosts, retired_hosts};
use super::super::{Connection, Db, MAX_BINDS, owner_id};
use crate::Result;

/// The platform among the owners of retired hosts; ids of workspaces begin at 1.
const PLATFORM: i64 = 0;

#[derive(Insertable)]
#[diesel(table_name = registry_hosts, treat_none_as_default_value = false)]
struct HostValues<'a> {
    registry_id: i64,
    position: i32,
    host: &'a str,
}

#[derive(Insertable)]
#[diesel(table_name = retired_hosts, treat_none_as_default_value = false)]
struct RetiredValues<'a> {
    host: &'a str,
    owner_id: i64,
    retired_at: i64,
}

/// Gives a registry these hosts in place of those that it has.
pub(super) fn replace(connection: &mut Connection, id: RegistryId, hosts: &[String]) -> Result<()> {
    diesel::delete(registry_hosts::table.filter(registry_hosts::registry_id.eq(id.0))).execute(connection)?;
    insert(connection, id, hosts)
}

/// Gives a registry that has none these hosts.
pub(super) fn insert(connection: &mut Connection, id: RegistryId, hosts: &[String]) -> Result<()> {
    let values: Vec<_> =
        (0..).zip(hosts).map(|(position, host)| HostValues { registry_id: id.0, position, host }).collect();
    diesel::insert_into(registry_hosts::table).values(values).execute(connection)?;
    Ok(())
}

/// The hosts of these registries, in one statement; in none where there are no registries.
pub(super) fn of(connection: &mut Connection, registries: Vec<i64>) -> Result<HashMap<i64, Vec<Box<str>>>> {
    let mut of: HashMap<i64, Vec<Box<str>>> = HashMap::new();
    if registries.is_empty() {
        return Ok(of);
    }
    let mut query = registry_hosts::table.into_boxed::<Db>();
    // So many registries are all of them.
    if registries.len() <= MAX_BINDS {
        query = query.filter(registry_hosts::registry_id.eq_any(registries));
    }
    let hosts = query
        .order((registry_hosts::registry_id, registry_hosts::position))
        .select((registry_hosts::registry_id, registry_hosts::host))
        .load::<(i64, String)>(connection)?;
    for (id, host) in hosts {
        of.entry(id).or_default().push(host.into());
    }
    Ok(of)
}

pub(super) fn retire(connection: &mut Connection, hosts: &[RetiredHost], at: Timestamp) -> Result<()> {
    let mut values = Vec::with_capacity(hosts.len());
    for RetiredHost { host, owner } in hosts {
        let owner_id = owner_id(*owner).unwrap_or(PLATFORM);
        values.push(RetiredValues { host, owner_id, retired_at: at.as_micros() });
    }
    diesel::insert_into(retired_hosts::table).values(values).on_conflict_do_nothing().execute(connection)?;
    Ok(())
}

pub(super) fn release(connection: &mut Connection, hosts: &[RetiredHost]) -> Result<Vec<RetiredHost>> {
    let mut released = Vec::with_capacity(hosts.len());
    for retired in hosts {
        let key = (&*retired.host, owner_id(retired.owner).unwrap_or(PLATFORM));
        if diesel::delete(retired_hosts::table.find(key)).execute(connection)? == 1 {
            released.push(retired.clone());
        }
    }
    Ok(released)
}

pub(super) fn retired(connection: &mut Connection) -> Result<Vec<RetiredHost>> {
    let query = retired_hosts::table.order((retired_hosts::host, retired_hosts::owner_id));
    let rows = query.select((retired_hosts::host, retired_hosts::owner_id)).load::<(String, i64)>(connection)?;
    let retired = |(host, of): (String, i64)| {
        let owner = if of == PLATFORM { Owner::Platform } else { Owner::Workspace(WorkspaceId(of)) };
        RetiredHost { host: host.into(), owner }
    };
    Ok(rows.into_iter().map(retired).collect())
}
