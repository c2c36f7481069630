//! Asks who is asking.

use async_graphql::Object;

use crate::object::viewer::Viewer;

#[derive(Default)]
pub(super) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Whoever is asking.
    async fn viewer(&self) -> Viewer {
        Viewer
    }
}
