//! Queries of the picker's list.

use super::{Session, steered};
use crate::page::NameKey;
use crate::selectable::{GrantedSpace, Selectable, SelectableFilter, SelectableImage};
use crate::{Page, Paged, Result};

impl Selectable for Session<'_> {
    fn page_selectable(
        &mut self,
        grants: &[GrantedSpace],
        filter: &SelectableFilter,
        page: &Page<NameKey>,
    ) -> Result<Paged<SelectableImage>> {
        let wanted = steered::Wanted::of(grants, filter)?;
        let total = page.total_by(|| steered::count_selectable(self.connection, &wanted))?;
        let images = steered::selectable(self.connection, &wanted, page.after.as_ref(), page.limit())?;
        Ok(Paged::of(page, images, total))
    }
}
