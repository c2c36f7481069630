//! Spaces that an administrator has named inside others: what lies in them is theirs, and not of the space around them.

use diesel::prelude::*;
use wharfinger_domain::id::SpaceId;

use super::super::Session;
use super::super::schema::spaces;
use crate::Result;

impl Session<'_> {
    /// The spaces that an administrator has named inside this one and that are there, the longest path first: what lies in
    /// them is theirs.
    pub(in super::super) fn declared_inside(&mut self, space: SpaceId) -> Result<Vec<(SpaceId, String)>> {
        let outer = spaces::table.find(space.0).select((spaces::registry_id, spaces::path));
        let Some((registry, path)) = outer.first::<(i64, String)>(self.connection).optional()? else {
            return Ok(Vec::new());
        };
        let (from, to) = below(&path);
        let of = spaces::registry_id.eq(registry).and(spaces::path.gt(from)).and(spaces::path.lt(to));
        let named = of.and(spaces::declared.eq(true)).and(spaces::present.eq(true));
        let rows = spaces::table.filter(named).select((spaces::id, spaces::path));
        let mut inside: Vec<(i64, String)> = rows.load(self.connection)?;
        inside.sort_by_key(|(_, path)| std::cmp::Reverse(path.len()));
        Ok(inside.into_iter().map(|(id, path)| (SpaceId(id), path)).collect())
    }
}

/// Between which texts all paths lie that begin with this one and a slash: a zero follows the slash in ASCII.
pub(super) fn below(path: &str) -> (String, String) {
    (format!("{path}/"), format!("{path}0"))
}

/// Whether a path is this prefix or lies below it, by whole components.
pub(super) fn is_below(prefix: &str, path: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
