//! What changed last in a Harbor: its repositories in the order of their last change. A push counts as one, and so may a pull;
//! moving or removing a tag does not. So this tells where to look soon, and never where not to look at all.

use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::wire::Repository;
use super::{Harbor, expect};
use crate::harbor::walk::Row as _;
use crate::{RegistryError, RepositoryChange};

/// Every repository that the account sees, the one that changed last first.
const LATEST: &str = "/api/v2.0/repositories?sort=-update_time&page_size=100&page=";

impl Harbor {
    /// Pages by number: what changes meanwhile comes to the front, and what is pushed back by it is read twice.
    pub(super) fn walk_latest(&self) -> BoxStream<'_, Result<Vec<RepositoryChange>, RegistryError>> {
        stream::try_unfold(1_u32, move |page| async move {
            let reply = self.by_name(&format!("{LATEST}{page}")).await?;
            let rows = expect(&reply, "repository:list")?.json::<Option<Vec<Repository>>>()?.unwrap_or_default();
            let changes = rows.into_iter().map(|row| {
                let row = row.observed(&reply)?;
                let (space, repository) = (row.project_id.to_string(), row.repository);
                Ok(RepositoryChange { space, path: repository.path, at: repository.updated_at })
            });
            let changes = changes.collect::<Result<Vec<_>, RegistryError>>()?;
            Ok((!changes.is_empty()).then_some((changes, page.saturating_add(1))))
        })
        .boxed()
    }
}
