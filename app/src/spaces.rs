//! Spaces: listed by their registries, bound by administrators.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use wharfinger_domain::change::Change;
use wharfinger_domain::id::{RegistryId, SpaceId};
use wharfinger_domain::registry::RegistryKind;
use wharfinger_domain::rights::Action;
use wharfinger_domain::space::Visibility;
use wharfinger_store::spaces::SpaceChange;

use crate::App;
use crate::call::Call;
use crate::error::{AppError, Outcome, UserError, UserErrorCode};
use crate::record::{Page, Paged, SpaceFilter, SpaceKey, SpaceOrder, SpaceOrderField, SpaceRecord, Within};
use crate::unit::{Subject, Unit};

/// What an administrator says of a space's visibility.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisibilityInput {
    /// The space.
    pub space: SpaceId,
    /// What it is to be.
    pub visibility: Visibility,
    /// Why.
    pub reason: String,
    /// Only try.
    pub dry_run: bool,
}

impl App {
    /// The space with this id; `None` when there is none or the caller may not see it.
    pub async fn space(&self, call: &Call, id: SpaceId) -> Result<Option<SpaceRecord>, AppError> {
        Ok(self.spaces_by_id(call, vec![id]).await?.remove(&id))
    }

    /// The spaces with these ids that exist and that the caller may see.
    pub async fn spaces_by_id(
        &self,
        call: &Call,
        ids: Vec<SpaceId>,
    ) -> Result<HashMap<SpaceId, SpaceRecord>, AppError> {
        let sight = call.sight(Action::ReadWorkspaceSpaces);
        self.read(move |tx| Ok(tx.spaces_by_id(&sight, &ids)?)).await
    }

    /// This page of the spaces of each of these registries, of those that the caller may see; without those that have none.
    pub async fn space_pages(
        &self,
        call: &Call,
        registries: Vec<RegistryId>,
        filter: SpaceFilter,
        order: SpaceOrder,
        page: Page<Within<RegistryId, SpaceKey>>,
    ) -> Result<HashMap<RegistryId, Paged<SpaceRecord>>, AppError> {
        let Some(filter) = within_sight(call, filter, order)? else { return Ok(HashMap::new()) };
        self.read(move |tx| Ok(tx.space_pages(&registries, &filter, order, &page)?)).await
    }

    /// A page of the spaces that the caller may see.
    pub async fn page_spaces(
        &self,
        call: &Call,
        filter: SpaceFilter,
        order: SpaceOrder,
        page: Page<SpaceKey>,
    ) -> Result<Paged<SpaceRecord>, AppError> {
        let Some(filter) = within_sight(call, filter, order)? else { return Ok(Paged::empty()) };
        self.read(move |tx| Ok(tx.page_spaces(&filter, order, &page)?)).await
    }

    /// Treats a public space as private, or ends that; or declares a space of a registry that knows no visibility public.
    pub async fn set_space_visibility(self: &Arc<Self>, call: &Call, input: VisibilityInput) -> Outcome<SpaceRecord> {
        call.require(Action::SetVisibility, None)?;
        if input.reason.trim().is_empty() {
            return Ok(Err(vec![UserError::new(UserErrorCode::Required, "say why", &["reason"])]));
        }
        let (dry_run, at) = (input.dry_run, call.at);
        self.change(call, dry_run, move |unit| {
            let missing = || AppError::from(UserError::not_found("space", &["spaceId"], None));
            let sight = unit.sight(Action::SetVisibility);
            let record = unit.tx.space(&sight, input.space)?.ok_or_else(missing)?;
            let kind = unit.tx.registry(&sight, record.space.registry)?.map(|registry| registry.registry.kind);
            let declared = declaration(&record, kind, input.visibility)?;
            let change = unit.tx.declare_visibility(input.space, declared, at)?.ok_or_else(missing)?;
            note(unit, &change, "space.visibility", &input.reason);
            Ok(change.after)
        })
        .await
    }
}

/// The filter within what the caller may see. A list that is asked for in a way which would tell of bindings to others is
/// refused; bindings to a workspace that the caller may not see are none.
fn within_sight(call: &Call, filter: SpaceFilter, order: SpaceOrder) -> Result<Option<SpaceFilter>, AppError> {
    if filter.unbound_only || order.field == SpaceOrderField::BindingCount {
        call.require(Action::CountBindings, None)?;
    }
    let is_told = |workspace| call.permits(Action::ReadBindings, Some(workspace));
    let is_visible = filter.bound_to.is_none_or(is_told);
    Ok(is_visible.then(|| SpaceFilter { sight: call.sight(Action::ReadWorkspaceSpaces), ..filter }))
}

/// What is to be stored so that decisions use this visibility.
fn declaration(
    record: &SpaceRecord,
    kind: Option<RegistryKind>,
    wanted: Visibility,
) -> Result<Option<Visibility>, AppError> {
    match (record.space.upstream_visibility, kind, wanted) {
        (Some(Visibility::Private), ..) if wanted == Visibility::Public => {
            let message = "the registry reports the space private; make it public there";
            Err(UserError::new(UserErrorCode::NotAllowed, message, &["visibility"]).into())
        }
        (Some(_), ..) => Ok((wanted == Visibility::Private).then_some(Visibility::Private)),
        (None, Some(RegistryKind::Harbor), Visibility::Public) => {
            let message = "the registry has not told the visibility of this space yet; synchronize it first";
            Err(UserError::new(UserErrorCode::NotAllowed, message, &["visibility"]).into())
        }
        (None, ..) => Ok(Some(wanted)),
    }
}

/// Notes that a space is new or another than before.
pub(crate) fn note(unit: &mut Unit<'_>, change: &SpaceChange, action: &str, reason: &str) {
    if !change.is_policy() {
        return;
    }
    let shown =
        |record: &SpaceRecord| json!({ "visibility": record.space.visibility(), "present": record.space.present });
    let space = &change.after.space;
    let subject = Subject { kind: "space", id: Some(space.id.0), label: &space.path, workspace: None };
    let details =
        json!({ "before": change.before.as_ref().map(shown), "after": shown(&change.after), "reason": reason });
    // Spaces that are seen for the first time are the registry's news, and thousands of them at once; the walk tells of them.
    if change.before.is_some() {
        unit.audit(action, &subject, &details);
    }
    unit.note(Change::Space(space.clone()));
}
