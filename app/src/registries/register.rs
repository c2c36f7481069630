//! Registering a registry.

use std::collections::HashSet;
use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::json;
use wharfinger_domain::change::Change;
use wharfinger_domain::name::Name;
use wharfinger_domain::registry::Owner;
use wharfinger_domain::rights::Action;
use wharfinger_store::registries::{NewRegistry, RegistrySettings, SealedCredential};
use wharfinger_store::{StoreError, Unique};

use super::{NewRegistryInput, hosts, refusal_to_register, seal_context};
use crate::App;
use crate::budgets::Dear;
use crate::call::Call;
use crate::endpoint::{self, Address};
use crate::error::{AppError, Outcome, UserError, UserErrorCode};
use crate::record::{RegistryRecord, Sight, SyncRecord, SyncTrigger};
use crate::unit::{Subject, Unit};

/// The most aliases of one registry.
const MAX_ALIASES: usize = 50;

/// Why an association rests.
const RESTS: &str = "the platform has integrated this host";

impl App {
    /// Registers a registry and asks for its first walk.
    pub async fn register_registry(
        self: &Arc<Self>,
        call: &Call,
        input: NewRegistryInput,
    ) -> Outcome<(RegistryRecord, SyncRecord)> {
        let owner = input.owner.map_or(Owner::Platform, Owner::Workspace);
        if let Some(error) = refusal_to_register(call, input.owner)? {
            return Ok(Err(vec![error]));
        }
        let new = match check(&input, owner, call) {
            Ok(new) => new,
            Err(errors) => return Ok(Err(errors)),
        };
        self.budgets.draw(Dear::Syncs, call)?;
        let app = Arc::clone(self);
        let at = call.at;
        let done = self
            .change(call, false, move |unit| {
                let record = store(unit, &app, &input, &new)?;
                let sync = unit.tx.start_sync(record.registry.id, SyncTrigger::Startup, at)?;
                Ok((record, sync))
            })
            .await?;
        if let Ok((record, _)) = &done {
            self.ask_for_walk(record.registry.id);
        }
        Ok(done)
    }
}

fn store(
    unit: &mut Unit<'_>,
    app: &App,
    input: &NewRegistryInput,
    new: &NewRegistry,
) -> Result<RegistryRecord, AppError> {
    let sight = unit.sight(Action::ReadWorkspace);
    if let Owner::Workspace(workspace) = new.owner
        && unit.tx.workspace(&sight, workspace)?.is_none()
    {
        return Err(UserError::not_found("workspace", &["ownerWorkspaceId"], None).into());
    }
    let claims = hosts::check(unit.tx, new.owner, new.settings.scheme, &new.settings.hosts)?;
    let id = unit.tx.insert_registry(new).map_err(|error| match error {
        StoreError::Conflict(Unique::RegistryName) => {
            let message = format!("there is a registry named {:?} already", new.settings.name);
            UserError::new(UserErrorCode::Taken, message, &["name"]).into()
        }
        other => AppError::from(other),
    })?;
    if let Some(credential) = &input.credential {
        let sealed = app.vault.seal(credential.secret.expose_secret(), &seal_context(id), &*app.random);
        let sealed = sealed.map_err(|error| AppError::Internal(Box::new(error)))?;
        let credential = SealedCredential {
            username: credential.username.clone(),
            sealed,
            key_id: app.vault.key_id().to_owned(),
            rotated_at: new.created_at,
            expires_at: None,
        };
        unit.tx.set_credential(id, Some(&credential))?;
    }
    yield_hosts(unit, claims)?;
    let missing = || AppError::Internal("a registry that was just stored is not there".into());
    let record = unit.tx.registry(&Sight::All, id)?.ok_or_else(missing)?;
    note(unit, &record, input.credential.as_ref().map(|credential| &*credential.username));
    Ok(record)
}

/// Lets associations of the same hosts rest, and ends the retirement of hosts that are a registry's again.
fn yield_hosts(unit: &mut Unit<'_>, claims: hosts::Claims) -> Result<(), AppError> {
    for other in claims.resting {
        let settings = RegistrySettings { resting_reason: Some(RESTS.to_owned()), ..settings_of(&other) };
        unit.tx.update_registry(other.registry.id, other.revision, &settings)?;
        if let Some(now) = unit.tx.registry(&Sight::All, other.registry.id)? {
            unit.note(Change::Registry(now.registry));
        }
    }
    for released in unit.tx.release_hosts(&claims.released)? {
        unit.note(Change::HostReleased(released));
    }
    Ok(())
}

/// What can be changed of a registry, as it is.
fn settings_of(record: &RegistryRecord) -> RegistrySettings {
    RegistrySettings {
        name: record.registry.name.to_string(),
        endpoint: record.endpoint.clone(),
        scheme: record.registry.scheme,
        hosts: record.registry.hosts.iter().map(ToString::to_string).collect(),
        skip_tls_verify: record.skip_tls_verify,
        ca_bundle_pem: record.ca_bundle_pem.clone(),
        exclusive: record.registry.exclusive,
        resting_reason: record.resting_reason.clone(),
    }
}

fn note(unit: &mut Unit<'_>, record: &RegistryRecord, username: Option<&str>) {
    let workspace = match record.registry.owner {
        Owner::Platform => None,
        Owner::Workspace(workspace) => Some(workspace),
    };
    let subject = Subject { kind: "registry", id: Some(record.registry.id.0), label: &record.registry.name, workspace };
    let details = json!({
        "kind": record.registry.kind,
        "endpoint": record.endpoint,
        "hosts": record.registry.hosts,
        "skipTlsVerify": record.skip_tls_verify,
        "username": username,
    });
    unit.audit("registry.register", &subject, &details);
    unit.note(Change::Registry(record.registry.clone()));
}

/// The registry that the input describes, or everything that is wrong with it.
fn check(input: &NewRegistryInput, owner: Owner, call: &Call) -> Result<NewRegistry, Vec<UserError>> {
    let mut errors = Vec::new();
    if let Err(error) = Name::parse(&input.name) {
        errors.push(UserError::new(UserErrorCode::Invalid, error.to_string(), &["name"]));
    }
    let address = Address::parse(&input.endpoint)
        .map_err(|message| errors.push(UserError::new(UserErrorCode::Invalid, message, &["endpoint"])));
    let Ok(address) = address else { return Err(errors) };
    let hosts = checked_hosts(input, &address, &mut errors);
    if let Owner::Workspace(_) = owner {
        errors.extend(reserved(input));
    }
    if input.credential.as_ref().is_some_and(|credential| credential.username.is_empty()) {
        let path = ["credential", "username"];
        errors.push(UserError::new(UserErrorCode::Required, "the user name is missing", &path));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let settings = RegistrySettings {
        name: input.name.clone(),
        endpoint: address.url.to_string(),
        scheme: address.scheme,
        hosts,
        skip_tls_verify: input.skip_tls_verify,
        ca_bundle_pem: input.ca_bundle_pem.clone(),
        exclusive: false,
        resting_reason: None,
    };
    Ok(NewRegistry { kind: input.kind, owner, settings, created_at: call.at })
}

/// The endpoint's own host, then the aliases, each once.
fn checked_hosts(input: &NewRegistryInput, address: &Address, errors: &mut Vec<UserError>) -> Vec<String> {
    if input.aliases.len() > MAX_ALIASES {
        let message = format!("too many aliases; use at most {MAX_ALIASES}");
        errors.push(UserError::new(UserErrorCode::TooMany, message, &["aliases"]));
        return Vec::new();
    }
    let mut hosts = vec![address.host.clone()];
    let mut seen = HashSet::from([address.host.clone()]);
    for (index, alias) in input.aliases.iter().enumerate() {
        match endpoint::host(alias, address.scheme) {
            Ok(host) if seen.insert(host.clone()) => hosts.push(host),
            Ok(_) => {
                let message = "this host is named twice";
                errors.push(UserError::at(UserErrorCode::Invalid, message, &["aliases"], index));
            }
            Err(message) => errors.push(UserError::at(UserErrorCode::Invalid, message, &["aliases"], index)),
        }
    }
    hosts
}

/// What only a platform administrator may enter: it decides whom an association trusts and which names it takes.
fn reserved(input: &NewRegistryInput) -> Vec<UserError> {
    let entered = [
        (!input.aliases.is_empty(), "aliases"),
        (input.skip_tls_verify, "skipTlsVerify"),
        (input.ca_bundle_pem.is_some(), "caBundlePem"),
    ];
    let message = "only a platform administrator may set this for an associated registry";
    let reserved = entered.into_iter().filter(|(entered, _)| *entered);
    reserved.map(|(_, path)| UserError::new(UserErrorCode::NotAllowed, message, &[path])).collect()
}
