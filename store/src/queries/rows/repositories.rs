//! Repositories, each with the newest of its tags.

use diesel::prelude::*;
use wharfinger_domain::id::{RepositoryId, SpaceId};
use wharfinger_domain::time::Timestamp;

use super::super::schema::repositories;
use super::super::{from_json, instant, micros, to_json};
use crate::Result;
use crate::repositories::{RepositoryRecord, TagRecord};

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = repositories)]
pub(in super::super::super) struct RepositoryRow {
    id: i64,
    space_id: i64,
    path: String,
    pull_count: Option<i64>,
    updated_at: Option<i64>,
    declared: bool,
    tag_count: i64,
    latest_tag: Option<String>,
    latest_digest: Option<String>,
    latest_media_type: Option<String>,
    latest_size: Option<i64>,
    latest_platforms: Option<String>,
    latest_pushed_at: Option<i64>,
}

impl RepositoryRow {
    pub(in super::super::super) fn record(self) -> Result<RepositoryRecord> {
        let latest = match (self.latest_tag, self.latest_digest) {
            (Some(name), Some(digest)) => Some(TagRecord {
                name,
                digest,
                media_type: self.latest_media_type,
                size_bytes: self.latest_size,
                platforms: from_json(
                    self.latest_platforms.as_deref().unwrap_or("[]"),
                    "repositories.latest_platforms",
                )?,
                pushed_at: instant(self.latest_pushed_at),
            }),
            _ => None,
        };
        Ok(RepositoryRecord {
            id: RepositoryId(self.id),
            space: SpaceId(self.space_id),
            path: self.path,
            pull_count: self.pull_count,
            updated_at: instant(self.updated_at),
            declared: self.declared,
            tag_count: self.tag_count,
            latest,
        })
    }
}

/// What of a repository can be written.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = repositories, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(in super::super) struct RepositoryValues {
    space_id: i64,
    path: String,
    pull_count: Option<i64>,
    updated_at: Option<i64>,
    declared: bool,
    walk: Option<i64>,
    tag_count: i64,
    latest_tag: Option<String>,
    latest_digest: Option<String>,
    latest_media_type: Option<String>,
    latest_size: Option<i64>,
    latest_platforms: Option<String>,
    latest_pushed_at: Option<i64>,
}

impl RepositoryValues {
    pub(in super::super) fn of(record: &RepositoryRecord, walk: Option<Timestamp>) -> Result<Self> {
        let latest = record.latest.as_ref();
        Ok(Self {
            space_id: record.space.0,
            path: record.path.clone(),
            pull_count: record.pull_count,
            updated_at: micros(record.updated_at),
            declared: record.declared,
            walk: micros(walk),
            tag_count: record.tag_count,
            latest_tag: latest.map(|tag| tag.name.clone()),
            latest_digest: latest.map(|tag| tag.digest.clone()),
            latest_media_type: latest.and_then(|tag| tag.media_type.clone()),
            latest_size: latest.and_then(|tag| tag.size_bytes),
            latest_platforms: latest.map(|tag| to_json(&tag.platforms)).transpose()?,
            latest_pushed_at: latest.and_then(|tag| micros(tag.pushed_at)),
        })
    }
}
