//! What somebody may see, as a condition on spaces.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use super::Db;
use super::nested::Condition;
use super::schema::{bindings, registries, spaces};
use crate::sight::Sight;

/// The spaces that this sight reaches.
pub(super) fn seen(sight: &Sight) -> Condition<spaces::table> {
    match sight {
        Sight::All => Box::new(sql::<Bool>("TRUE")),
        Sight::Of(workspaces) if workspaces.is_empty() => Box::new(spaces::public.eq(true)),
        Sight::Of(workspaces) => {
            let ids: Vec<_> = workspaces.iter().map(|workspace| workspace.0).collect();
            let bound = bindings::table.filter(bindings::workspace_id.eq_any(ids.clone())).select(bindings::space_id);
            let owned = registries::owner_id.assume_not_null().eq_any(ids);
            let associated = registries::table.filter(owned).select(registries::id);
            let reached = spaces::id.eq_any(bound).or(spaces::registry_id.eq_any(associated));
            Box::new(spaces::public.eq(true).or(reached))
        }
    }
}

/// The ids of these spaces, to be looked for in another table.
pub(super) fn reached(sight: &Sight) -> spaces::BoxedQuery<'static, Db, BigInt> {
    spaces::table.into_boxed::<Db>().filter(seen(sight)).select(spaces::id)
}
