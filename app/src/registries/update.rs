//! Changing a registry.

use std::sync::Arc;

use serde_json::json;
use wharfinger_domain::change::Change;
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::registry::Owner;
use wharfinger_domain::rights::Action;
use wharfinger_store::registries::RegistrySettings;

use super::settings::{self, Entered};
use super::{CredentialInput, found, hosts, subject, taken_name};
use crate::App;
use crate::budgets::Dear;
use crate::call::Call;
use crate::endpoint::Address;
use crate::error::{AppError, Outcome, UserError, UserErrorCode};
use crate::record::{RegistryRecord, Sight, SyncState, SyncTrigger};
use crate::unit::Unit;

/// What is to be changed of a registry, and what it is known to be.
#[derive(Debug, Clone)]
pub struct RegistryChange {
    /// The registry.
    pub registry: RegistryId,
    /// The revision that the change is of.
    pub revision: i32,
    /// What is to be changed.
    pub parts: RegistryParts,
}

/// What is to be changed of a registry; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct RegistryParts {
    /// Its name, unique for its owner.
    pub name: Option<String>,
    /// The URL of its API: another address of the same server.
    pub endpoint: Option<String>,
    /// Other hosts that image references may carry, in place of those that it has.
    pub aliases: Option<Vec<String>>,
    /// Take any certificate.
    pub skip_tls_verify: Option<bool>,
    /// Who asks it.
    pub credential: Option<CredentialInput>,
    /// Nobody asks it: the stored credential goes.
    pub remove_credential: bool,
    /// Certificates to trust in place of the system's, in PEM; an empty text: the system's.
    pub ca_bundle_pem: Option<String>,
}

/// Whom a request goes to and what proves it: what a stored credential was entered for.
fn reached(settings: &RegistrySettings) -> (&str, bool, Option<&str>) {
    (&settings.endpoint, settings.skip_tls_verify, settings.ca_bundle_pem.as_deref())
}

impl App {
    /// Changes a registry, and asks for a walk through it.
    pub async fn update_registry(self: &Arc<Self>, call: &Call, change: RegistryChange) -> Outcome<RegistryRecord> {
        let id = change.registry;
        if let Err(error) = self.registry_to_manage(call, id).await? {
            return Ok(Err(vec![error]));
        }
        let is_admin = call.permits(Action::ManageRegistry, None);
        let (app, on_behalf) = (Arc::clone(self), call.clone());
        let done = self
            .change(call, false, move |unit| {
                let (record, asks_otherwise) = update(unit, &app, &change, is_admin)?;
                app.budgets.draw(Dear::Syncs, &on_behalf)?;
                begin_walk(unit, id, asks_otherwise)?;
                Ok(record)
            })
            .await?;
        if done.is_ok() {
            self.ask_for_walk(id);
        }
        Ok(done)
    }
}

/// Begins a walk, unless one waits or is under way. One that asks as it was before the change counts no longer, and another
/// one follows it.
fn begin_walk(unit: &mut Unit<'_>, id: RegistryId, asks_otherwise: bool) -> Result<(), AppError> {
    let (at, last) = (unit.at(), unit.tx.last_syncs(&Sight::All, &[id])?.remove(&id));
    match last.filter(|last| matches!(last.state, SyncState::Queued | SyncState::Running)) {
        Some(_) if !asks_otherwise => return Ok(()),
        Some(before) => {
            let reason = "the registry was changed meanwhile";
            unit.tx.finish_sync(before.id, SyncState::Cancelled, Some(reason), at)?;
        }
        None => {}
    }
    unit.tx.start_sync(id, SyncTrigger::Manual, at)?;
    Ok(())
}

/// Changes the registry. Gives it as it is now, and whether it is asked in another way than before.
fn update(
    unit: &mut Unit<'_>,
    app: &App,
    change: &RegistryChange,
    is_admin: bool,
) -> Result<(RegistryRecord, bool), AppError> {
    let (id, parts) = (change.registry, &change.parts);
    let sight = unit.sight(Action::ReadAssociatedRegistry);
    let before = found(unit, &sight, id)?;
    if before.revision != change.revision {
        return Err(UserError::stale("registry").into());
    }
    let was = settings::of(&before);
    let mut new = checked(parts, &was)?;
    let has_credential = unit.tx.credentials(&Sight::All, &[id])?.contains_key(&id);
    let may = Permission { is_association: before.registry.owner != Owner::Platform, is_admin, has_credential };
    may.check(parts, &was, &new)?;

    let claims = hosts::check(unit.tx, before.registry.owner, &new, Some(&before.registry))?;
    if claims.is_free {
        new.resting_reason = None;
    }
    let updated = unit.tx.update_registry(id, before.revision, &new).map_err(|error| taken_name(error, &new.name))?;
    if !updated {
        return Err(UserError::stale("registry").into());
    }
    if let Some(credential) = &parts.credential {
        settings::store_credential(unit, app, id, credential)?;
    } else if parts.remove_credential {
        unit.tx.set_credential(id, None)?;
    }
    hosts::settle(unit, claims)?;
    let after = found(unit, &Sight::All, id)?;
    let details = json!({
        "before": settings::shown(&before),
        "after": settings::shown(&after),
        "caBundleChanged": was.ca_bundle_pem != new.ca_bundle_pem,
        "username": parts.credential.as_ref().map(|credential| &credential.username),
        "credentialRemoved": parts.remove_credential && has_credential,
    });
    unit.audit("registry.update", &subject(&after), &details);
    unit.note(Change::Registry(after.registry.clone()));
    let asks_otherwise = parts.credential.is_some() || parts.remove_credential || reached(&was) != reached(&new);
    Ok((after, asks_otherwise))
}

/// The settings as they are to be, or what is wrong with what was entered.
fn checked(parts: &RegistryParts, was: &RegistrySettings) -> Result<RegistrySettings, AppError> {
    let endpoint = parts.endpoint.as_deref().unwrap_or(&was.endpoint);
    let aliases = parts.aliases.clone().unwrap_or_else(|| {
        // One that the endpoint has now is the endpoint's.
        let first = Address::parse(endpoint).map(|address| address.host);
        was.hosts.iter().skip(1).filter(|host| first.as_ref() != Ok(host)).cloned().collect()
    });
    let entered = Entered {
        name: parts.name.as_deref().unwrap_or(&was.name),
        endpoint,
        aliases: &aliases,
        skip_tls_verify: parts.skip_tls_verify.unwrap_or(was.skip_tls_verify),
        ca_bundle_pem: parts.ca_bundle_pem.as_deref().or(was.ca_bundle_pem.as_deref()),
        credential: parts.credential.as_ref(),
    };
    let mut errors = Vec::new();
    if parts.credential.is_some() && parts.remove_credential {
        let message = "a credential is entered or removed, not both";
        errors.push(UserError::new(UserErrorCode::Invalid, message, &["removeCredential"]));
    }
    match entered.check() {
        Ok(settings) if errors.is_empty() => {
            Ok(RegistrySettings { exclusive: was.exclusive, resting_reason: was.resting_reason.clone(), ..settings })
        }
        checked => Err(AppError::Refused(checked.err().into_iter().flatten().chain(errors).collect())),
    }
}

/// What stands in the way of a change that is good in itself.
#[derive(Debug, Clone, Copy)]
struct Permission {
    is_association: bool,
    is_admin: bool,
    has_credential: bool,
}

impl Permission {
    fn check(self, parts: &RegistryParts, was: &RegistrySettings, new: &RegistrySettings) -> Result<(), AppError> {
        let refused = |code, message: &str, place| Err(UserError::new(code, message, &[place]).into());
        if self.is_association && !self.is_admin {
            let aliases = |settings: &RegistrySettings| settings.hosts.get(1..).map(<[_]>::to_vec);
            let reserved = settings::reserved([
                (parts.aliases.is_some() && aliases(was) != aliases(new), "aliases"),
                (was.skip_tls_verify != new.skip_tls_verify, "skipTlsVerify"),
                (was.ca_bundle_pem != new.ca_bundle_pem, "caBundlePem"),
            ]);
            if !reserved.is_empty() {
                return Err(AppError::Refused(reserved));
            }
            if was.endpoint != new.endpoint && (was.skip_tls_verify || was.ca_bundle_pem.is_some()) {
                let message = "a platform administrator has said what is to be trusted at the present address, and has to \
                               change it";
                return refused(UserErrorCode::NotAllowed, message, "endpoint");
            }
        }
        if was.exclusive && (&was.hosts, was.scheme) != (&new.hosts, new.scheme) {
            let message = "the registry is exclusive, so its hosts decide what others may use; have a platform administrator \
                           end that first";
            let place = if was.hosts.first() == new.hosts.first() { "aliases" } else { "endpoint" };
            return refused(UserErrorCode::NotAllowed, message, place);
        }
        let is_entered = parts.credential.is_some() || parts.remove_credential;
        if self.has_credential && !is_entered && reached(was) != reached(new) {
            let message = "enter the credential again: the stored one is not sent to another address, nor where another \
                           certificate is believed";
            return refused(UserErrorCode::Required, message, "credential");
        }
        Ok(())
    }
}
