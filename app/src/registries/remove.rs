//! Removing a registry. Nothing opens by it: its hosts stay known, and its bindings end.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use wharfinger_domain::change::Change;
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::rights::Action;

use super::{found, hosts, settings, subject};
use crate::App;
use crate::bindings::{Found, audit};
use crate::call::Call;
use crate::error::{AppError, Outcome, UserError, UserErrorCode};
use crate::record::{BindingFilter, BindingRecord, Page, RegistryRecord, Sight, SpaceRecord};
use crate::unit::Unit;

/// Which registry is to be removed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistryRemoval {
    /// The registry.
    pub registry: RegistryId,
    /// The revision that it is known by.
    pub revision: i32,
    /// Together with the bindings of its spaces.
    pub with_bindings: bool,
    /// Its hosts are unknown from then on, instead of known and closed.
    pub release_hosts: bool,
    /// Only try.
    pub dry_run: bool,
}

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// The registry.
    pub registry: RegistryId,
    /// How many bindings went with it.
    pub bindings: usize,
}

impl App {
    /// Removes a registry with its spaces and, when that is asked for, their bindings.
    pub async fn remove_registry(self: &Arc<Self>, call: &Call, removal: RegistryRemoval) -> Outcome<Removed> {
        if let Err(error) = self.registry_to_manage(call, removal.registry).await? {
            return Ok(Err(vec![error]));
        }
        if removal.release_hosts && !call.permits(Action::ReleaseHosts, None) {
            let message = "only a platform administrator may release hosts; without that they stay known and closed";
            return Ok(Err(vec![UserError::new(UserErrorCode::NotAllowed, message, &["releaseHosts"])]));
        }
        self.change(call, removal.dry_run, move |unit| remove(unit, removal)).await
    }

    /// Whether the caller may remove this registry: to end an exclusive association opens its hosts to others, which only who
    /// may release hosts can do.
    pub fn may_remove_registry(&self, call: &Call, record: &RegistryRecord) -> bool {
        self.manages_registry(call, record) && (!record.registry.exclusive || call.permits(Action::ReleaseHosts, None))
    }
}

fn remove(unit: &mut Unit<'_>, removal: RegistryRemoval) -> Result<Removed, AppError> {
    let id = removal.registry;
    let sight = unit.sight(Action::ReadAssociatedRegistry);
    let record = found(unit, &sight, id)?;
    if record.revision != removal.revision {
        return Err(UserError::stale("registry").into());
    }
    if record.registry.exclusive && !removal.release_hosts {
        let message = "the registry is exclusive, and removing it would open its hosts to other workspaces; have a platform \
                       administrator end that first";
        return Err(UserError::new(UserErrorCode::NotAllowed, message, &["registryId"]).into());
    }
    let filter = BindingFilter { registry: Some(id), ..BindingFilter::seen_with(Sight::All) };
    let bindings = unit.tx.page_bindings(&filter, &Page::first(u32::MAX))?.items;
    if !bindings.is_empty() && !removal.with_bindings {
        let (count, noun) = (bindings.len(), if bindings.len() == 1 { "binding" } else { "bindings" });
        let message = format!("the registry has {count} {noun}; remove them first, or say withBindings");
        return Err(UserError::new(UserErrorCode::InUse, message, &["withBindings"]).into());
    }
    let spaces = unit.tx.spaces_of_registry(id)?;
    let details = json!({
        "before": settings::shown(&record),
        "spaces": spaces.len(),
        "bindings": bindings.len(),
        "hostsReleased": removal.release_hosts,
    });
    unbind(unit, &spaces, &bindings)?;
    unit.tx.remove_registry(id)?;
    unit.audit("registry.remove", &subject(&record), &details);
    for space in spaces {
        unit.note(Change::SpaceRemoved(space.space.id));
    }
    unit.note(Change::RegistryRemoved(id));
    if removal.release_hosts {
        hosts::wake(unit)?;
    } else {
        hosts::retire(unit, &hosts::retired(&record.registry))?;
    }
    Ok(Removed { registry: id, bindings: bindings.len() })
}

/// Ends the bindings of a registry that is being removed, each as if it were ended alone.
fn unbind(unit: &mut Unit<'_>, spaces: &[SpaceRecord], bindings: &[BindingRecord]) -> Result<(), AppError> {
    let ids: Vec<_> = bindings.iter().map(|record| record.binding.id).collect();
    let workspaces: Vec<_> = bindings.iter().map(|record| record.binding.workspace).collect();
    let names = Found {
        spaces: spaces.iter().map(|record| (record.space.id, record.clone())).collect(),
        workspaces: unit.tx.workspaces_by_id(&Sight::All, &workspaces)?,
        bindings: HashMap::new(),
    };
    unit.tx.remove_bindings(&ids)?;
    for record in bindings {
        audit(unit, "space.unbind", &names, record, Some("the registry was removed"));
        let (space, workspace) = (record.binding.space, record.binding.workspace);
        unit.note(Change::BindingRemoved { space, workspace });
    }
    Ok(())
}
