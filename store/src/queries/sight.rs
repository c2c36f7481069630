//! What somebody may see, as conditions on the rows of a table.

use diesel::dsl::{EqAny, sql};
use diesel::expression::{AsExpression, SqlLiteral};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use wharfinger_domain::id::WorkspaceId;

use super::Db;
use super::nested::Condition;
use super::schema::{bindings, memberships, registries, spaces, user_groups, users};
use crate::sight::Sight;

/// The rows that belong to a workspace within sight; the column names it. What belongs to none is seen by whoever sees all.
pub(super) fn in_workspace<T, C>(sight: &Sight, column: C) -> Condition<T>
where
    C: ExpressionMethods + Expression<SqlType = BigInt>,
    EqAny<C, Vec<i64>>: BoxableExpression<T, Db, SqlType = Bool> + 'static,
    SqlLiteral<Bool>: BoxableExpression<T, Db, SqlType = Bool>,
    i64: AsExpression<BigInt>,
{
    match sight {
        Sight::All => everything(),
        Sight::Of(workspaces) => Box::new(column.eq_any(ids(workspaces))),
    }
}

/// The registries within sight.
pub(super) fn registry(sight: &Sight) -> Condition<registries::table> {
    match sight {
        Sight::All => everything(),
        Sight::Of(workspaces) => {
            let own = registries::owner_id.assume_not_null().eq_any(ids(workspaces));
            Box::new(registries::owner_id.is_null().or(own))
        }
    }
}

/// The spaces within sight.
pub(super) fn space(sight: &Sight) -> Condition<spaces::table> {
    let Sight::Of(workspaces) = sight else { return everything() };
    let open = spaces::registry_id.eq_any(registries(sight)).and(spaces::public.eq(true));
    if workspaces.is_empty() {
        return Box::new(open);
    }
    let own = registries::owner_id.assume_not_null().eq_any(ids(workspaces));
    let associated = registries::table.filter(own).select(registries::id);
    let bound = bindings::table.filter(bindings::workspace_id.eq_any(ids(workspaces))).select(bindings::space_id);
    let bound = spaces::registry_id.eq_any(registries(sight)).and(spaces::id.eq_any(bound));
    Box::new(open.or(bound).or(spaces::registry_id.eq_any(associated)))
}

/// The users within sight: those with a role of their own in a workspace that is.
pub(super) fn user(sight: &Sight) -> Condition<users::table> {
    let Sight::Of(workspaces) = sight else { return everything() };
    let here = memberships::workspace_id.eq_any(ids(workspaces)).and(memberships::user_id.is_not_null());
    let members = memberships::table.filter(here).select(memberships::user_id.assume_not_null());
    Box::new(users::id.eq_any(members))
}

/// The groups within sight: those with a role in a workspace that is.
pub(super) fn group(sight: &Sight) -> Condition<user_groups::table> {
    let Sight::Of(workspaces) = sight else { return everything() };
    let here = memberships::workspace_id.eq_any(ids(workspaces)).and(memberships::group_id.is_not_null());
    let members = memberships::table.filter(here).select(memberships::group_id.assume_not_null());
    Box::new(user_groups::id.eq_any(members))
}

/// The ids of the registries within sight, to be looked for in another table.
pub(super) fn registries(sight: &Sight) -> registries::BoxedQuery<'static, Db, BigInt> {
    registries::table.into_boxed::<Db>().filter(registry(sight)).select(registries::id)
}

/// The ids of the spaces within sight, to be looked for in another table.
pub(super) fn spaces(sight: &Sight) -> spaces::BoxedQuery<'static, Db, BigInt> {
    spaces::table.into_boxed::<Db>().filter(space(sight)).select(spaces::id)
}

fn everything<T>() -> Condition<T>
where
    SqlLiteral<Bool>: BoxableExpression<T, Db, SqlType = Bool>,
{
    Box::new(sql::<Bool>("TRUE"))
}

fn ids(workspaces: &[WorkspaceId]) -> Vec<i64> {
    workspaces.iter().map(|workspace| workspace.0).collect()
}
