//! Tags.

use diesel::prelude::*;

use super::super::schema::tags;
use super::super::{from_json, instant, micros, to_json};
use crate::Result;
use crate::repositories::TagRecord;

#[derive(Queryable, Selectable, QueryableByName, Insertable, Clone, PartialEq, Eq)]
#[diesel(table_name = tags, treat_none_as_default_value = false)]
pub(in super::super::super) struct TagRow {
    pub(in super::super) repository_id: i64,
    pub(in super::super) name: String,
    digest: String,
    media_type: Option<String>,
    size: Option<i64>,
    platforms: String,
    pushed_at: i64,
}

/// Stands for the instant of a push that nobody knows.
pub(in super::super) const NEVER_PUSHED: i64 = i64::MIN;

impl TagRow {
    pub(in super::super) fn of(repository: i64, tag: &TagRecord) -> Result<Self> {
        Ok(Self {
            repository_id: repository,
            name: tag.name.clone(),
            digest: tag.digest.clone(),
            media_type: tag.media_type.clone(),
            size: tag.size_bytes,
            platforms: to_json(&tag.platforms)?,
            pushed_at: micros(tag.pushed_at).unwrap_or(NEVER_PUSHED),
        })
    }

    pub(in super::super) fn record(self) -> Result<TagRecord> {
        Ok(TagRecord {
            name: self.name,
            digest: self.digest,
            media_type: self.media_type,
            size_bytes: self.size,
            platforms: from_json(&self.platforms, "tags.platforms")?,
            pushed_at: instant((self.pushed_at != NEVER_PUSHED).then_some(self.pushed_at)),
        })
    }
}
