//! Which hosts a registry may have: no two of the platform share one, and no association takes what is the platform's, has
//! been, or is retired. What an association of the same host does meanwhile: it rests, and wakes when nothing stands in its
//! way any more.

use std::collections::HashSet;

use serde_json::json;
use wharfinger_domain::change::Change;
use wharfinger_domain::host::CanonicalHost;
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::registry::{Owner, Registry, RegistryKind, RetiredHost};
use wharfinger_store::Transaction;
use wharfinger_store::registries::{RegistryRecord, RegistrySettings};

use super::{settings, subject};
use crate::error::{AppError, UserError, UserErrorCode};
use crate::record::Sight;
use crate::unit::Unit;

/// Why an association rests.
const RESTS: &str = "the platform has integrated this host";

/// What the hosts of a registry mean for those that are there.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// Associations that rest from now on, because the platform integrates their host.
    resting: Vec<RegistryRecord>,
    /// Retired hosts that are a registry's again.
    released: Vec<RetiredHost>,
    /// Hosts that the registry had and has no longer.
    retired: Vec<RetiredHost>,
    /// Whether nothing of the platform's stands in the way of an association with these hosts.
    pub(super) is_free: bool,
}

/// Checks that the owner may have the hosts of these settings. Those that the registry has `before` are not asked for again.
pub(super) fn check(
    tx: &mut dyn Transaction,
    owner: Owner,
    settings: &RegistrySettings,
    before: Option<&Registry>,
) -> Result<Claims, AppError> {
    let had: HashSet<_> = before.map(claims).unwrap_or_default();
    let has = claims(&claiming(owner, settings));
    let wanted: HashSet<_> = has.difference(&had).cloned().collect();
    let others: Vec<_> =
        tx.all_registries()?.into_iter().filter(|other| Some(other.registry.id) != before.map(|it| it.id)).collect();
    let retired = tx.retired_hosts()?;
    let asked = |host: &String| CanonicalHost::parse(host).is_ok_and(|host| wanted.contains(host.as_str()));
    for other in &others {
        if let Some(index) = collides(owner, &wanted, &settings.hosts, &other.registry) {
            return Err(taken(index, other.registry.owner == owner, &other.registry.name).into());
        }
    }
    let names = platform_names(&others, &retired);
    let in_the_way = |host: &String| named(host).is_some_and(|name| names.contains(&name));
    if matches!(owner, Owner::Workspace(_))
        && let Some(index) = settings.hosts.iter().position(|host| asked(host) && in_the_way(host))
    {
        return Err(taken(index, false, "").into());
    }
    let is_free = !settings.hosts.iter().any(in_the_way);
    let resting = match owner {
        Owner::Platform => others.into_iter().filter(|other| yields(&wanted, &other.registry)).collect(),
        Owner::Workspace(_) => Vec::new(),
    };
    let released = retired.into_iter().filter(|retired| retired.owner == owner && wanted.contains(&*retired.host));
    let gone = had.difference(&has).map(|host| RetiredHost { host: host.as_str().into(), owner });
    Ok(Claims { resting, released: released.collect(), retired: gone.collect(), is_free })
}

/// Lets associations of the same hosts rest, ends the retirement of hosts that are a registry's again, and retires those that
/// are nobody's any more.
pub(super) fn settle(unit: &mut Unit<'_>, claims: Claims) -> Result<(), AppError> {
    for other in claims.resting {
        set_resting(unit, &other, Some(RESTS))?;
    }
    release(unit, &claims.released)?;
    retire(unit, &claims.retired)
}

/// Every host of the registry, as it is retired.
pub(super) fn retired(registry: &Registry) -> Vec<RetiredHost> {
    let owner = registry.owner;
    claims(registry).into_iter().map(|host| RetiredHost { host: host.into(), owner }).collect()
}

/// Retires hosts: they stay known, and nothing is behind them.
pub(super) fn retire(unit: &mut Unit<'_>, hosts: &[RetiredHost]) -> Result<(), AppError> {
    let at = unit.at();
    unit.tx.retire_hosts(hosts, at)?;
    for host in hosts {
        unit.note(Change::HostRetired(host.clone()));
    }
    Ok(())
}

/// Ends the retirement of hosts.
pub(super) fn release(unit: &mut Unit<'_>, hosts: &[RetiredHost]) -> Result<(), AppError> {
    for released in unit.tx.release_hosts(hosts)? {
        unit.note(Change::HostReleased(released));
    }
    Ok(())
}

/// Wakes the associations that rest although nothing of the platform's stands in their way any more.
pub(super) fn wake(unit: &mut Unit<'_>) -> Result<(), AppError> {
    let (all, retired) = (unit.tx.all_registries()?, unit.tx.retired_hosts()?);
    let names = platform_names(&all, &retired);
    let is_free = |host: &str| named(host).is_none_or(|name| !names.contains(&name));
    let resting = all.iter().filter(|record| record.registry.resting);
    for record in resting.filter(|record| record.registry.hosts.iter().all(|host| is_free(host))) {
        set_resting(unit, record, None)?;
    }
    Ok(())
}

/// Lets an association rest for this reason, or wakes it.
fn set_resting(unit: &mut Unit<'_>, record: &RegistryRecord, reason: Option<&str>) -> Result<(), AppError> {
    let settings = RegistrySettings { resting_reason: reason.map(str::to_owned), ..settings::of(record) };
    unit.tx.update_registry(record.registry.id, record.revision, &settings)?;
    if let Some(now) = unit.tx.registry(&Sight::All, record.registry.id)? {
        let action = if reason.is_some() { "registry.rest" } else { "registry.wake" };
        unit.audit(action, &subject(&now), &json!({ "before": record.resting_reason, "after": reason }));
        unit.note(Change::Registry(now.registry));
    }
    Ok(())
}

/// A registry that claims what one with these settings would.
fn claiming(owner: Owner, settings: &RegistrySettings) -> Registry {
    Registry {
        id: RegistryId(0),
        name: "".into(),
        kind: RegistryKind::Distribution,
        owner,
        scheme: settings.scheme,
        hosts: settings.hosts.iter().map(|host| host.as_str().into()).collect(),
        exclusive: false,
        resting: false,
    }
}

/// Every host that a registry claims.
fn claims(registry: &Registry) -> HashSet<String> {
    registry.claims().map(|host| host.as_str().to_owned()).collect()
}

fn named(host: &str) -> Option<String> {
    CanonicalHost::parse(host).map(|host| host.dns_name().to_owned()).ok()
}

/// The names of the hosts that the platform has, or had and has not released. Under any port: whoever has the name decides
/// what answers there.
fn platform_names(registries: &[RegistryRecord], retired: &[RetiredHost]) -> HashSet<String> {
    let has = registries.iter().filter(|other| other.registry.owner == Owner::Platform);
    let has = has.flat_map(|other| other.registry.claims().collect::<Vec<_>>()).map(|host| host.dns_name().to_owned());
    let had = retired.iter().filter(|retired| retired.owner == Owner::Platform);
    has.chain(had.filter_map(|retired| named(&retired.host))).collect()
}

/// The position of a host that another registry of the same owner has.
fn collides(owner: Owner, wanted: &HashSet<String>, hosts: &[String], other: &Registry) -> Option<usize> {
    let claims = claims(other);
    let is_same = other.owner == owner && !claims.is_disjoint(wanted);
    is_same.then(|| hosts.iter().position(|host| claims.contains(host)).unwrap_or(0))
}

/// Whether an association gives way to a registry of the platform that claims these hosts.
fn yields(wanted: &HashSet<String>, other: &Registry) -> bool {
    matches!(other.owner, Owner::Workspace(_))
        && !other.resting
        && other.claims().any(|claim| wanted.contains(claim.as_str()))
}

/// Names the other registry only to whom it belongs to as well.
fn taken(index: usize, same_owner: bool, name: &str) -> UserError {
    let message = if same_owner {
        format!("registry {name:?} has this host already")
    } else {
        "the platform has this host already; ask a platform administrator".to_owned()
    };
    match index {
        0 => UserError::new(UserErrorCode::Taken, message, &["endpoint"]),
        alias => UserError::at(UserErrorCode::Taken, message, &["aliases"], alias - 1),
    }
}
