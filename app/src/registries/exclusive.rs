//! The mark of an administrator that no other workspace may use what an association's Harbor does not report public: the one
//! thing by which an association concerns others.

use std::sync::Arc;

use serde_json::json;
use wharfinger_domain::change::Change;
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::registry::Owner;
use wharfinger_domain::rights::Action;
use wharfinger_store::registries::RegistrySettings;

use super::{found, settings, subject};
use crate::App;
use crate::call::Call;
use crate::error::{Outcome, UserError, UserErrorCode};
use crate::record::{RegistryRecord, Sight};

impl App {
    /// Marks an association as exclusive, or ends that.
    pub async fn set_registry_exclusive(
        self: &Arc<Self>,
        call: &Call,
        id: RegistryId,
        exclusive: bool,
    ) -> Outcome<RegistryRecord> {
        call.require(Action::SetExclusive, None)?;
        self.change(call, false, move |unit| {
            let sight = unit.sight(Action::SetExclusive);
            let record = found(unit, &sight, id)?;
            if record.registry.owner == Owner::Platform {
                let message = "only a registry that a workspace has associated can be exclusive";
                return Err(UserError::new(UserErrorCode::NotAllowed, message, &["registryId"]).into());
            }
            if record.registry.exclusive == exclusive {
                return Ok(record);
            }
            let settings = RegistrySettings { exclusive, ..settings::of(&record) };
            if !unit.tx.update_registry(id, record.revision, &settings)? {
                return Err(UserError::stale("registry").into());
            }
            let after = found(unit, &Sight::All, id)?;
            let shown = |exclusive: bool| json!({ "exclusive": exclusive });
            let details = json!({ "before": shown(!exclusive), "after": shown(exclusive) });
            unit.audit("registry.exclusive", &subject(&after), &details);
            unit.note(Change::Registry(after.registry.clone()));
            Ok(after)
        })
        .await
    }
}
