//! Queries of the picker's list.

use diesel::deserialize::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use wharfinger_domain::id::RegistryId;

use super::rows::RepositoryRow;
use super::{Session, steered, to_json};
use crate::page::NameKey;
use crate::selectable::{GrantedSpace, Selectable, SelectableFilter, SelectableImage};
use crate::{Page, Paged, Result};

/// A row of the picker, as it is read.
#[derive(QueryableByName)]
pub(in super::super) struct ImageRow {
    #[diesel(embed)]
    repository: RepositoryRow,
    #[diesel(sql_type = Text)]
    space_path: String,
    #[diesel(sql_type = BigInt)]
    registry_id: i64,
    #[diesel(sql_type = Text)]
    host: String,
}

impl ImageRow {
    fn record(self) -> Result<SelectableImage> {
        let (repository, registry) = (self.repository.record()?, RegistryId(self.registry_id));
        Ok(SelectableImage { repository, space_path: self.space_path, registry, host: self.host })
    }
}

/// A number of rows, as it is read.
#[derive(QueryableByName)]
pub(in super::super) struct CountRow {
    #[diesel(sql_type = BigInt)]
    pub(in super::super) count: i64,
}

/// The spaces that may be used and are wanted: their ids, and as JSON `[id, [included…], [excluded…]]` of each of them that
/// may be used in part only.
pub(in super::super) fn granted(grants: &[GrantedSpace], filter: &SelectableFilter) -> Result<(Vec<i64>, String)> {
    let wanted = |grant: &&GrantedSpace| filter.spaces.as_ref().is_none_or(|spaces| spaces.contains(&grant.space));
    let granted: Vec<_> = grants.iter().filter(wanted).collect();
    let part = |grant: &&GrantedSpace| {
        grant.scope.as_ref().map(|scope| (grant.space.0, scope.include().to_vec(), scope.exclude().to_vec()))
    };
    let parts = to_json(&granted.iter().filter_map(part).collect::<Vec<_>>())?;
    Ok((granted.iter().map(|grant| grant.space.0).collect(), parts))
}

impl Selectable for Session<'_> {
    fn page_selectable(
        &mut self,
        grants: &[GrantedSpace],
        filter: &SelectableFilter,
        page: &Page<NameKey>,
    ) -> Result<Paged<SelectableImage>> {
        let wanted = steered::Wanted::of(grants, filter)?;
        let total = page.total_by(|| steered::count_selectable(self.connection, &wanted))?;
        let rows = steered::selectable(self.connection, &wanted, page.after.as_ref(), page.limit())?;
        let images = rows.into_iter().map(ImageRow::record).collect::<Result<_>>()?;
        Ok(Paged::of(page, images, total))
    }
}
