//! Which stored space one is that a registry shows, and what is to be stored of it then.

use wharfinger_domain::id::{RegistryId, SpaceId};
use wharfinger_domain::space::Space;
use wharfinger_domain::time::Timestamp;

use crate::spaces::{ObservedSpace, SpaceRecord};

pub(super) fn is_there(record: &SpaceRecord, path: &str) -> bool {
    record.space.present && &*record.space.path == path
}

/// Takes out the space that this is: the one with its upstream id; else one of its path that has none, which an
/// administrator has declared or whose registry gives none.
pub(super) fn take_observed(known: &mut Vec<SpaceRecord>, observed: &ObservedSpace) -> Option<SpaceRecord> {
    let by_id = |record: &SpaceRecord| observed.upstream_id.is_some() && record.upstream_id == observed.upstream_id;
    let by_path = |record: &SpaceRecord| record.upstream_id.is_none() && *record.space.path == *observed.path;
    let index = known.iter().position(by_id).or_else(|| known.iter().position(by_path))?;
    Some(known.swap_remove(index))
}

/// The space as it is to be stored now.
pub(super) fn as_observed(
    registry: RegistryId,
    observed: &ObservedSpace,
    before: Option<&SpaceRecord>,
    at: Timestamp,
) -> SpaceRecord {
    let path: Box<str> = observed.path.as_str().into();
    let upstream_visibility = observed.upstream_visibility;
    let Some(before) = before else {
        let (id, present) = (SpaceId(0), true);
        return SpaceRecord {
            space: Space { id, registry, path, upstream_visibility, declared_visibility: None, present },
            upstream_id: observed.upstream_id.clone(),
            proxy_cache: observed.proxy_cache,
            declared: false,
            repository_count: 0,
            binding_count: 0,
            visibility_changed_at: None,
            walked_at: None,
            first_seen_at: at,
            revision: 1,
        };
    };
    let mut after = before.clone();
    after.space = Space { path, upstream_visibility, present: true, ..after.space };
    after.upstream_id.clone_from(&observed.upstream_id);
    after.proxy_cache = observed.proxy_cache;
    note_visibility(before, &mut after, at);
    after
}

pub(super) fn note_visibility(before: &SpaceRecord, after: &mut SpaceRecord, at: Timestamp) {
    if before.space.visibility() != after.space.visibility() {
        after.visibility_changed_at = Some(at);
    }
}
