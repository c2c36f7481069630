//! Spaces.

use diesel::prelude::*;
use wharfinger_domain::id::{RegistryId, SpaceId};
use wharfinger_domain::space::Space;
use wharfinger_domain::time::Timestamp;

use super::super::schema::spaces;
use super::super::{instant, micros};
use crate::Result;
use crate::spaces::SpaceRecord;
use crate::word::{Word, read_optional};

#[derive(Queryable, Selectable)]
#[diesel(table_name = spaces)]
pub(in super::super) struct SpaceRow {
    id: i64,
    registry_id: i64,
    upstream_id: Option<String>,
    path: String,
    upstream_visibility: Option<String>,
    declared_visibility: Option<String>,
    proxy_cache: bool,
    declared: bool,
    present: bool,
    repository_count: i64,
    binding_count: i64,
    visibility_changed_at: Option<i64>,
    walked_at: Option<i64>,
    first_seen_at: i64,
    revision: i32,
}

impl SpaceRow {
    pub(in super::super) fn record(self) -> Result<SpaceRecord> {
        let space = Space {
            id: SpaceId(self.id),
            registry: RegistryId(self.registry_id),
            path: self.path.into(),
            upstream_visibility: read_optional(self.upstream_visibility.as_deref())?,
            declared_visibility: read_optional(self.declared_visibility.as_deref())?,
            present: self.present,
        };
        Ok(SpaceRecord {
            space,
            upstream_id: self.upstream_id,
            proxy_cache: self.proxy_cache,
            declared: self.declared,
            repository_count: self.repository_count,
            binding_count: self.binding_count,
            visibility_changed_at: instant(self.visibility_changed_at),
            walked_at: instant(self.walked_at),
            first_seen_at: Timestamp::from_micros(self.first_seen_at),
            revision: self.revision,
        })
    }
}

/// What of a space can be written.
#[expect(clippy::struct_excessive_bools, reason = "each is a column")]
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = spaces, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(in super::super) struct SpaceValues {
    registry_id: i64,
    upstream_id: Option<String>,
    path: String,
    upstream_visibility: Option<String>,
    declared_visibility: Option<String>,
    public: bool,
    proxy_cache: bool,
    declared: bool,
    present: bool,
    visibility_changed_at: Option<i64>,
    first_seen_at: i64,
}

impl SpaceValues {
    pub(in super::super) fn of(record: &SpaceRecord) -> Self {
        let space = &record.space;
        Self {
            registry_id: space.registry.0,
            upstream_id: record.upstream_id.clone(),
            path: space.path.to_string(),
            upstream_visibility: space.upstream_visibility.map(|visibility| visibility.word().to_owned()),
            declared_visibility: space.declared_visibility.map(|visibility| visibility.word().to_owned()),
            public: space.is_public(),
            proxy_cache: record.proxy_cache,
            declared: record.declared,
            present: space.present,
            visibility_changed_at: micros(record.visibility_changed_at),
            first_seen_at: record.first_seen_at.as_micros(),
        }
    }
}
