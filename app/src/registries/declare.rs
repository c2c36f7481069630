//! What an administrator names of a registry that does not list it by itself: spaces, and repositories. A Harbor lists all of
//! its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::json;
use wharfinger_domain::change::Change;
use wharfinger_domain::id::{RegistryId, SpaceId};
use wharfinger_domain::reference::{Reference, is_repository_path};
use wharfinger_domain::registry::{Owner, RegistryKind};
use wharfinger_domain::rights::Action;
use wharfinger_domain::space::Visibility;

use super::{found, subject};
use crate::App;
use crate::call::Call;
use crate::error::{AppError, Outcome, UserError, UserErrorCode};
use crate::record::{RegistryRecord, Sight, SpaceRecord};
use crate::unit::{Subject, Unit};

/// The most repositories that one call may name.
pub const MAX_PATHS: usize = 500;

/// What is told of a path that lies in no space, to who may not name one.
const UNLISTED: &str =
    "the registry lists no space that this lies in, and only a platform administrator may name one there";

/// The longest path, in bytes.
const MAX_PATH: usize = 255;

impl App {
    /// Names a space of a registry. The repositories that lie in it move to it, from whichever space had them.
    pub async fn declare_space(
        self: &Arc<Self>,
        call: &Call,
        registry: RegistryId,
        path: String,
        visibility: Visibility,
    ) -> Outcome<SpaceRecord> {
        let record = match self.registry_to_manage(call, registry).await? {
            Ok(record) => record,
            Err(error) => return Ok(Err(vec![error])),
        };
        if visibility == Visibility::Public && !call.permits(Action::SetVisibility, None) {
            let message = "only a platform administrator may declare a space public";
            return Ok(Err(vec![UserError::new(UserErrorCode::NotAllowed, message, &["visibility"])]));
        }
        let is_free = may_name_all(call, &record);
        if path.len() > MAX_PATH || !is_repository_path(&path) {
            let message = "write the path below the host, without a slash at either end, such as `team` or `team/group`: \
                           lower-case letters and digits, joined within a part by one `.`, one or two `_`, or hyphens";
            return Ok(Err(vec![UserError::new(UserErrorCode::Invalid, message, &["path"])]));
        }
        self.change(call, false, move |unit| {
            let record = open_to_words(unit, registry)?;
            if !is_free && around(&known(unit, registry)?, &path).is_none() {
                return Err(UserError::new(UserErrorCode::NotAllowed, UNLISTED, &["path"]).into());
            }
            declare(unit, &record, &path, visibility)?.ok_or_else(|| {
                let message = format!("there is a space {path:?} already");
                UserError::new(UserErrorCode::Taken, message, &["path"]).into()
            })
        })
        .await
    }

    /// Names repositories of a registry, each in the space that it lies in; where there is none, the first part of its path
    /// becomes a private one. Gives the number of those that were not known.
    pub async fn declare_repositories(
        self: &Arc<Self>,
        call: &Call,
        registry: RegistryId,
        paths: Vec<String>,
    ) -> Outcome<usize> {
        let record = match self.registry_to_manage(call, registry).await? {
            Ok(record) => record,
            Err(error) => return Ok(Err(vec![error])),
        };
        let is_free = may_name_all(call, &record);
        if paths.is_empty() {
            return Ok(Err(vec![UserError::new(UserErrorCode::Required, "name at least one repository", &["paths"])]));
        }
        if paths.len() > MAX_PATHS {
            let message = format!("too many repositories; name at most {MAX_PATHS} at once");
            return Ok(Err(vec![UserError::new(UserErrorCode::TooMany, message, &["paths"])]));
        }
        self.change(call, false, move |unit| {
            let record = open_to_words(unit, registry)?;
            let by_space = sorted(unit, &record, &paths, is_free)?;
            let mut added = 0;
            for (space, paths) in &by_space {
                added += unit.tx.declare_repositories(*space, paths)?;
            }
            let named: BTreeSet<_> = by_space.values().flatten().collect();
            unit.audit("registry.declare", &subject(&record), &json!({ "paths": named, "added": added }));
            Ok(added)
        })
        .await
    }
}

/// Whether the caller may name what lies in no space that is there. In an association that is a platform administrator's:
/// a space counts for it as far as its credential may pull, which nobody has tried of what the registry does not list.
fn may_name_all(call: &Call, record: &RegistryRecord) -> bool {
    record.registry.owner == Owner::Platform || call.permits(Action::ManageRegistry, None)
}

/// The registry, unless it lists its spaces itself.
fn open_to_words(unit: &mut Unit<'_>, id: RegistryId) -> Result<RegistryRecord, AppError> {
    let sight = unit.sight(Action::ReadAssociatedRegistry);
    let record = found(unit, &sight, id)?;
    if record.registry.kind == RegistryKind::Harbor {
        let message = "a Harbor lists its projects and repositories itself; make them there";
        return Err(UserError::new(UserErrorCode::ReadOnlySource, message, &["registryId"]).into());
    }
    Ok(record)
}

/// Declares a space, and gives it what lies in it. `None` when there is one under this path.
fn declare(
    unit: &mut Unit<'_>,
    record: &RegistryRecord,
    path: &str,
    visibility: Visibility,
) -> Result<Option<SpaceRecord>, AppError> {
    let (registry, at) = (record.registry.id, unit.at());
    let Some(change) = unit.tx.declare_space(registry, path, visibility, at)? else { return Ok(None) };
    let id = change.after.space.id;
    let mut moved = unit.tx.move_repositories(registry, path, id)?;
    // What lies deeper, in a space of its own, goes back there.
    let prefix = format!("{path}/");
    let mut deeper = unit.tx.spaces_of_registry(registry)?;
    deeper.retain(|other| other.space.present && other.space.path.starts_with(&prefix));
    deeper.sort_by_key(|other| other.space.path.len());
    for other in &deeper {
        moved -= unit.tx.move_repositories(registry, &other.space.path, other.space.id)?.min(moved);
    }
    let owner = subject(record).workspace;
    let label = &change.after.space.path;
    let subject = Subject { kind: "space", id: Some(id.0), label, workspace: owner };
    let shown = |space: &SpaceRecord| json!({ "visibility": space.space.visibility(), "present": space.space.present });
    let details = json!({
        "before": change.before.as_ref().map(shown),
        "after": shown(&change.after),
        "registry": record.registry.name,
        "repositoriesMoved": moved,
    });
    unit.audit("space.declare", &subject, &details);
    unit.note(Change::Space(change.after.space.clone()));
    Ok(unit.tx.space(&Sight::All, id)?)
}

/// The paths by the space that each lies in, the spaces that were missing included.
fn sorted(
    unit: &mut Unit<'_>,
    record: &RegistryRecord,
    paths: &[String],
    is_free: bool,
) -> Result<HashMap<SpaceId, Vec<String>>, AppError> {
    let paths = checked(record, paths)?;
    let mut spaces = known(unit, record.registry.id)?;
    let outside = paths.iter().filter(|(path, _)| !is_free && around(&spaces, path).is_none());
    let refused: Vec<_> =
        outside.map(|(_, index)| UserError::at(UserErrorCode::NotAllowed, UNLISTED, &["paths"], *index)).collect();
    if !refused.is_empty() {
        return Err(AppError::Refused(refused));
    }
    let mut by_space: HashMap<SpaceId, Vec<String>> = HashMap::new();
    for path in paths.into_keys() {
        let space = if let Some(space) = around(&spaces, &path) {
            space
        } else {
            let first = path.split('/').next().unwrap_or(&path);
            let missing = || AppError::Internal("a space that is missing is there".into());
            let made = declare(unit, record, first, Visibility::Private)?.ok_or_else(missing)?;
            spaces.insert(first.to_owned(), made.space.id);
            made.space.id
        };
        by_space.entry(space).or_default().push(path);
    }
    Ok(by_space)
}

/// The spaces of a registry that are there, by path.
fn known(unit: &mut Unit<'_>, registry: RegistryId) -> Result<HashMap<String, SpaceId>, AppError> {
    let there = unit.tx.spaces_of_registry(registry)?.into_iter().filter(|other| other.space.present);
    Ok(there.map(|other| (other.space.path.to_string(), other.space.id)).collect())
}

/// The space that a path lies in.
fn around(spaces: &HashMap<String, SpaceId>, path: &str) -> Option<SpaceId> {
    prefixes(path).find_map(|prefix| spaces.get(prefix).copied())
}

/// Every prefix of whole parts, the longest first.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    std::iter::once(path).chain(path.rmatch_indices('/').map(|(at, _)| &path[..at]))
}

/// The paths as references to images of this registry carry them, each once with its place in the input; or what is wrong
/// with each.
fn checked(record: &RegistryRecord, paths: &[String]) -> Result<BTreeMap<String, usize>, AppError> {
    let host = record.registry.reference_host().map_or_else(|| "registry.invalid".to_owned(), |host| host.to_string());
    let (mut checked, mut errors) = (BTreeMap::new(), Vec::new());
    for (index, path) in paths.iter().enumerate() {
        let text = format!("{host}/{path}");
        match Reference::parse(&text) {
            Ok(reference) if reference.tag().is_none() && reference.digest().is_none() => {
                checked.entry(reference.path().to_string()).or_insert(index);
            }
            Ok(_) => {
                let message = "write the path alone, without a tag and without a digest";
                errors.push(UserError::at(UserErrorCode::Invalid, message, &["paths"], index));
            }
            Err(error) => errors.push(UserError::at(UserErrorCode::Invalid, error.to_string(), &["paths"], index)),
        }
    }
    if errors.is_empty() { Ok(checked) } else { Err(AppError::Refused(errors)) }
}
