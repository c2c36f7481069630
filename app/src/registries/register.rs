//! Registering a registry.

use std::sync::Arc;

use serde_json::json;
use wharfinger_domain::change::Change;
use wharfinger_domain::registry::Owner;
use wharfinger_domain::rights::Action;
use wharfinger_store::registries::NewRegistry;

use super::settings::{self, Entered};
use super::{NewRegistryInput, hosts, refusal_to_register, subject, taken_name};
use crate::App;
use crate::budgets::Dear;
use crate::call::Call;
use crate::error::{AppError, Outcome, UserError};
use crate::record::{RegistryRecord, Sight, SyncRecord, SyncTrigger};
use crate::unit::Unit;

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

/// The registry that the input describes, or everything that is wrong with it.
fn check(input: &NewRegistryInput, owner: Owner, call: &Call) -> Result<NewRegistry, Vec<UserError>> {
    let entered = Entered {
        name: &input.name,
        endpoint: &input.endpoint,
        aliases: &input.aliases,
        skip_tls_verify: input.skip_tls_verify,
        ca_bundle_pem: input.ca_bundle_pem.as_deref(),
        credential: input.credential.as_ref(),
    };
    let checked = entered.check();
    let reserved = match owner {
        Owner::Workspace(_) if !call.permits(Action::ManageRegistry, None) => settings::reserved([
            (!input.aliases.is_empty(), "aliases"),
            (input.skip_tls_verify, "skipTlsVerify"),
            (input.ca_bundle_pem.is_some(), "caBundlePem"),
        ]),
        _ => Vec::new(),
    };
    match checked {
        Ok(settings) if reserved.is_empty() => {
            Ok(NewRegistry { kind: input.kind, owner, settings, created_at: call.at })
        }
        checked => Err(checked.err().into_iter().flatten().chain(reserved).collect()),
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
    let claims = hosts::check(unit.tx, new.owner, &new.settings, None)?;
    let id = unit.tx.insert_registry(new).map_err(|error| taken_name(error, &new.settings.name))?;
    if let Some(credential) = &input.credential {
        settings::store_credential(unit, app, id, credential)?;
    }
    hosts::settle(unit, claims)?;
    let missing = || AppError::Internal("a registry that was just stored is not there".into());
    let record = unit.tx.registry(&Sight::All, id)?.ok_or_else(missing)?;
    let details = json!({
        "kind": record.registry.kind,
        "endpoint": record.endpoint,
        "hosts": record.registry.hosts,
        "skipTlsVerify": record.skip_tls_verify,
        "username": input.credential.as_ref().map(|credential| &credential.username),
    });
    unit.audit("registry.register", &subject(&record), &details);
    unit.note(Change::Registry(record.registry.clone()));
    Ok(record)
}
