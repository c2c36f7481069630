//! What a namespace may use: the picker's lists. The rules are the decision's; the store only filters by what they come to.

use std::collections::HashMap;

use wharfinger_domain::grants::{Grant, SpaceGrant};
use wharfinger_domain::id::{RegistryId, SpaceId};
use wharfinger_domain::rights::Action;
use wharfinger_domain::snapshot::{NamespaceView, Snapshot};
use wharfinger_domain::workspace::Workspace;
use wharfinger_store::selectable::GrantedSpace;

use crate::App;
use crate::call::Call;
use crate::error::AppError;
use crate::namespaces::NamespaceName;
use crate::record::{
    NameKey, Page, Paged, SelectableFilter, SelectableImage, SpaceFilter, SpaceKey, SpaceOrder, SpaceRecord,
};

/// Which images are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SelectableInput {
    /// A part of the repository's path.
    pub search: Option<String>,
    /// Only those of these registries.
    pub registries: Option<Vec<RegistryId>>,
    /// Only those of these spaces.
    pub spaces: Option<Vec<SpaceId>>,
    /// Only those that may be used for one of these reasons.
    pub via: Option<Vec<Grant>>,
}

/// A row of the picker, with the reason why it may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The image.
    pub image: SelectableImage,
    /// Why.
    pub via: Grant,
}

/// Why a list is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmptyReason {
    /// No image is known at all.
    NothingYet,
    /// There are images, and none matches.
    NoMatch,
    /// Nothing that this namespace may use.
    NothingAllowed,
    /// The namespace is in no workspace, and there is nothing public.
    NamespaceNotMapped,
}

/// A page of the picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectedPage {
    /// The rows.
    pub page: Paged<Selected>,
    /// Why there is none, when there is none.
    pub empty: Option<EmptyReason>,
}

impl App {
    /// The namespace as it stands, as far as the caller may know: one that is in no workspace of its own, or that nobody
    /// knows, is all the same to it. A cluster that nobody knows is an error.
    pub(crate) fn view<'s>(
        &self,
        snapshot: &'s Snapshot,
        namespace: &NamespaceName,
        call: &Call,
    ) -> Result<NamespaceView<'s>, AppError> {
        let unknown = || AppError::BadInput(format!("there is no cluster named {:?}", namespace.cluster));
        let moment = self.publisher.moment(call.at);
        let view = snapshot.view(&namespace.cluster, &namespace.name, moment).ok_or_else(unknown)?;
        let is_own = |workspace: &Workspace| call.permits(Action::ReadWorkspace, Some(workspace.id));
        let is_told = call.permits(Action::ReadAllNamespaces, None) || view.workspace().is_some_and(is_own);
        Ok(if is_told { view } else { view.to_a_stranger() })
    }

    /// The images that a namespace may use, by path. Public ones for everybody; others for whoever may pick for its
    /// workspace.
    pub async fn selectable_images(
        &self,
        call: &Call,
        namespace: &NamespaceName,
        input: SelectableInput,
        page: Page<NameKey>,
    ) -> Result<SelectedPage, AppError> {
        call.require(Action::PickPublicImages, None)?;
        let snapshot = self.snapshot()?;
        let view = self.view(&snapshot, namespace, call)?;
        let grants = offered(&view, call);
        let wanted: Vec<_> =
            grants.iter().filter(|grant| input.via.as_ref().is_none_or(|via| via.contains(&grant.via))).collect();
        let granted: Vec<_> = wanted.iter().map(|grant| granted(grant)).collect();
        let via: HashMap<_, _> = wanted.iter().map(|grant| (grant.space, grant.via)).collect();
        let filtered = page.after.is_some() || input != SelectableInput::default();
        let filter = SelectableFilter { search: input.search, registries: input.registries, spaces: input.spaces };
        let rows = self.read(move |tx| Ok(tx.page_selectable(&granted, &filter, &page)?)).await?;
        let empty = rows.items.is_empty().then(|| empty_reason(filtered, &grants, &view));
        let items = rows.items.into_iter().filter_map(|mut image| {
            let via = *via.get(&image.repository.space)?;
            image.host = snapshot.registry(image.registry)?.reference_host()?.to_string();
            Some(Selected { image, via })
        });
        Ok(SelectedPage { page: Paged { items: items.collect(), has_next: rows.has_next, total: rows.total }, empty })
    }

    /// The spaces that a namespace may use, wholly or in part, by path.
    pub async fn selectable_spaces(
        &self,
        call: &Call,
        namespace: &NamespaceName,
        registry: Option<RegistryId>,
        search: Option<String>,
        page: Page<SpaceKey>,
    ) -> Result<Paged<SpaceRecord>, AppError> {
        call.require(Action::PickPublicImages, None)?;
        let snapshot = self.snapshot()?;
        let view = self.view(&snapshot, namespace, call)?;
        let among = Some(offered(&view, call).iter().map(|grant| grant.space).collect());
        let sight = call.sight(Action::ReadWorkspaceSpaces);
        let filter = SpaceFilter { search, registry, among, ..SpaceFilter::seen_with(sight) };
        self.read(move |tx| Ok(tx.page_spaces(&filter, SpaceOrder::default(), &page)?)).await
    }
}

/// What the caller may be shown of what the namespace may use.
fn offered<'s>(view: &NamespaceView<'s>, call: &Call) -> Vec<SpaceGrant<'s>> {
    let workspace = view.workspace().map(|workspace| workspace.id);
    let all = call.permits(Action::PickWorkspaceImages, workspace);
    view.grants().into_iter().filter(|grant| all || grant.via == Grant::PublicSpace).collect()
}

fn granted(grant: &SpaceGrant<'_>) -> GrantedSpace {
    GrantedSpace { space: grant.space, scope: grant.scope.cloned() }
}

fn empty_reason(filtered: bool, grants: &[SpaceGrant<'_>], view: &NamespaceView<'_>) -> EmptyReason {
    match (grants.is_empty(), view.workspace()) {
        (true, None) => EmptyReason::NamespaceNotMapped,
        (true, Some(_)) => EmptyReason::NothingAllowed,
        (false, _) if filtered => EmptyReason::NoMatch,
        (false, _) => EmptyReason::NothingYet,
    }
}
