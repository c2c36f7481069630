//! Asks what a namespace may use.

use async_graphql::{Context, Error, ID, InputObject, Object, Result};
use wharfinger_app::selectable::{SelectableInput, Selected};

use crate::access::directive;
use crate::connection::{Connection, Listing};
use crate::error::fail;
use crate::ids;
use crate::object::namespace::NamespaceRef;
use crate::object::selectable::{Grant, SelectableImage, SelectableImageConnection};
use crate::object::space::{RegistrySpace, SpaceOrderField};
use crate::scope::scope;

/// Which images of the picker; every part that is given must hold.
#[derive(InputObject, Default)]
pub(super) struct SelectableImageFilter {
    /// A part of the repository's path, letters of either case.
    search: Option<String>,
    /// Only those of these registries.
    registry_ids: Option<Vec<ID>>,
    /// Only those of these spaces.
    space_ids: Option<Vec<ID>>,
    /// Only those that may be used for one of these reasons.
    via: Option<Vec<Grant>>,
}

impl TryFrom<SelectableImageFilter> for SelectableInput {
    type Error = Error;

    fn try_from(filter: SelectableImageFilter) -> Result<Self> {
        Ok(Self {
            search: filter.search,
            registries: filter.registry_ids.as_deref().map(ids::decode_all).transpose()?,
            spaces: filter.space_ids.as_deref().map(ids::decode_all).transpose()?,
            via: filter.via.map(|via| via.into_iter().map(Into::into).collect()),
        })
    }
}

#[derive(Default)]
pub(super) struct SelectableQuery;

#[Object]
impl SelectableQuery {
    /// The images that a namespace may use, by path: public ones for everybody, bound and associated ones for its workspace.
    #[graphql(directive = directive::cost::apply(3))]
    async fn selectable_images(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which namespace.")] namespace: NamespaceRef,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<SelectableImageFilter>,
    ) -> Result<SelectableImageConnection> {
        let scope = scope(ctx);
        let listing = Listing::new(ctx, "selectable images", first, after.as_deref())?;
        let (input, page) = (filter.unwrap_or_default().try_into()?, listing.page.clone());
        let namespace = namespace.into_name(ctx).await?;
        let found = scope.app.selectable_images(&scope.call, &namespace, input, page).await.map_err(fail)?;
        let key = |selected: &Selected| selected.image.repository.key();
        let page = listing.connection::<_, SelectableImage>(ctx, found.page, key)?;
        Ok(SelectableImageConnection { page, empty: found.empty })
    }

    /// The spaces that a namespace may use, wholly or in part, by name; for browsing registry by registry.
    #[graphql(directive = directive::cost::apply(2))]
    async fn selectable_spaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which namespace.")] namespace: NamespaceRef,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Only those of this registry.")] registry_id: Option<ID>,
        #[graphql(desc = "A part of the name, letters of either case.")] search: Option<String>,
    ) -> Result<Connection<RegistrySpace>> {
        let scope = scope(ctx);
        let listing = Listing::new(ctx, "selectable spaces", first, after.as_deref())?;
        let registry = registry_id.as_ref().map(ids::decode).transpose()?;
        let (namespace, page) = (namespace.into_name(ctx).await?, listing.page.clone());
        let paged = scope.app.selectable_spaces(&scope.call, &namespace, registry, search, page).await.map_err(fail)?;
        listing.connection(ctx, paged, |record| record.key(SpaceOrderField::Name.into()))
    }
}
