//! Which hosts a registry may have: no two of the platform share one, and no association takes what is the platform's.

use std::collections::HashSet;

use wharfinger_domain::host::{CanonicalHost, Scheme};
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::registry::{Owner, Registry, RegistryKind, RetiredHost};
use wharfinger_store::Transaction;
use wharfinger_store::registries::RegistryRecord;

use crate::error::{AppError, UserError, UserErrorCode};

/// What the hosts of a new registry mean for those that are there.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// Associations that rest from now on, because the platform integrates their host.
    pub(super) resting: Vec<RegistryRecord>,
    /// Retired hosts that are a registry's again.
    pub(super) released: Vec<RetiredHost>,
}

/// Checks that the owner may have these hosts, given in the order that they are stored in.
pub(super) fn check(
    tx: &mut dyn Transaction,
    owner: Owner,
    scheme: Scheme,
    hosts: &[String],
) -> Result<Claims, AppError> {
    let wanted = claimed(scheme, hosts);
    let others = tx.all_registries()?;
    let retired = tx.retired_hosts()?;
    for other in &others {
        if let Some(index) = collides(owner, &wanted, hosts, &other.registry) {
            return Err(taken(index, other.registry.owner == owner, &other.registry.name).into());
        }
    }
    if matches!(owner, Owner::Workspace(_)) {
        let names = |host: &str| CanonicalHost::parse(host).map(|host| host.dns_name().to_owned()).ok();
        let platform = retired.iter().filter(|retired| retired.owner == Owner::Platform);
        let kept: HashSet<_> = platform.filter_map(|retired| names(&retired.host)).collect();
        if let Some(index) = hosts.iter().position(|host| names(host).is_some_and(|name| kept.contains(&name))) {
            return Err(taken(index, false, "").into());
        }
    }
    let resting = match owner {
        Owner::Platform => others.into_iter().filter(|other| yields(&wanted, &other.registry)).collect(),
        Owner::Workspace(_) => Vec::new(),
    };
    let released = retired.into_iter().filter(|retired| retired.owner == owner && wanted.contains(&*retired.host));
    Ok(Claims { resting, released: released.collect() })
}

/// Every host that a registry with these would claim.
fn claimed(scheme: Scheme, hosts: &[String]) -> HashSet<String> {
    let registry = Registry {
        id: RegistryId(0),
        name: "".into(),
        kind: RegistryKind::Distribution,
        owner: Owner::Platform,
        scheme,
        hosts: hosts.iter().map(|host| host.as_str().into()).collect(),
        exclusive: false,
        resting: false,
    };
    registry.claims().map(|host| host.as_str().to_owned()).collect()
}

/// The position of a host that the other registry does not let the owner have.
fn collides(owner: Owner, wanted: &HashSet<String>, hosts: &[String], other: &Registry) -> Option<usize> {
    let same_host = other.claims().any(|claim| wanted.contains(claim.as_str()));
    match (owner, other.owner) {
        (mine, theirs) if mine == theirs => same_host.then(|| position(hosts, other)),
        // Under any port: whoever has the name decides what answers there.
        (Owner::Workspace(_), Owner::Platform) => {
            let names: HashSet<_> = other.claims().map(|claim| claim.dns_name().to_owned()).collect();
            hosts.iter().position(|host| CanonicalHost::parse(host).is_ok_and(|host| names.contains(host.dns_name())))
        }
        _ => None,
    }
}

fn position(hosts: &[String], other: &Registry) -> usize {
    let claims: HashSet<_> = other.claims().map(|claim| claim.as_str().to_owned()).collect();
    hosts.iter().position(|host| claims.contains(host)).unwrap_or(0)
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
