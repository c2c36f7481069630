//! Asks for objects by their global ids.

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, ID, Object, Result};

use crate::error::bad_input;
use crate::ids::decode_any;
use crate::object::{Node, load};

/// How many objects may be asked for at once.
const MAX_IDS: usize = 100;

#[derive(Default)]
pub(super) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this id; null when there is none or the viewer may not see it.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the object.")] id: ID,
    ) -> Option<Result<Node>> {
        find(ctx, &id).await.transpose()
    }

    /// The objects with these ids, in their order; null where there is none or the viewer may not see it.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global ids of the objects, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_IDS {
            return Err(bad_input(format!("too many ids; ask for at most {MAX_IDS} at a time")));
        }
        try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    load(ctx, decode_any(id)?).await
}
