//! Bindings: one or many spaces with one or many workspaces in one call, with an outcome for each pair.

mod terms;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::json;
use wharfinger_domain::binding::BindingState;
use wharfinger_domain::change::Change;
use wharfinger_domain::id::{BindingId, SpaceId, WorkspaceId};
use wharfinger_domain::rights::Action;
use wharfinger_store::bindings::NewBinding;

pub(crate) use self::terms::check_reason;
pub use self::terms::{ScopeInput, Terms};
use self::terms::{check_pairs, check_terms};
use crate::App;
use crate::call::Call;
use crate::error::{AppError, Outcome, UserError};
use crate::record::{BindingFilter, BindingRecord, Page, Paged, SpaceRecord, Within, WorkspaceRecord};
use crate::unit::{Subject, Unit};

/// The most pairs that one call may bind or unbind.
pub const MAX_PAIRS: usize = 500;

/// Every space with every workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairs {
    /// The spaces.
    pub spaces: Vec<SpaceId>,
    /// The workspaces.
    pub workspaces: Vec<WorkspaceId>,
}

/// How to go about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    /// Do what can be done, rather than all or nothing.
    pub partial: bool,
    /// Only try.
    pub dry_run: bool,
}

/// What came of one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairResult {
    /// The space, as far as it exists.
    pub space: Option<SpaceRecord>,
    /// The workspace, as far as it exists.
    pub workspace: Option<WorkspaceRecord>,
    /// What was done.
    pub outcome: PairOutcome,
    /// The binding: the one made or found, or the one that was removed.
    pub binding: Option<BindingRecord>,
}

/// What was done with one pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PairOutcome {
    /// It is bound now.
    Created,
    /// It was bound before, and stays as it was.
    AlreadyBound,
    /// It is bound no longer.
    Removed,
    /// It was not bound.
    NotBound,
    /// It was refused; the errors say why.
    Refused,
}

/// What came of all pairs, in the order of the input: every workspace of the first space, then of the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairsDone {
    /// A result for each pair.
    pub results: Vec<PairResult>,
    /// What the caller is to put right; with `partial` beside what was done.
    pub errors: Vec<UserError>,
}

impl PairsDone {
    /// How many pairs came out so.
    pub fn count(&self, outcome: PairOutcome) -> usize {
        self.results.iter().filter(|result| result.outcome == outcome).count()
    }
}

/// The filter, narrowed to what the caller may see.
fn seen_by(call: &Call, filter: BindingFilter) -> BindingFilter {
    BindingFilter { sight: call.sight(Action::ReadBindings), ..filter }
}

/// The objects behind the ids of a call.
pub(crate) struct Found {
    pub(crate) spaces: HashMap<SpaceId, SpaceRecord>,
    pub(crate) workspaces: HashMap<WorkspaceId, WorkspaceRecord>,
    pub(crate) bindings: HashMap<(SpaceId, WorkspaceId), BindingRecord>,
}

impl App {
    /// Binds every space to every workspace. A pair that is bound already stays as it is, which is no error.
    pub async fn bind_spaces(
        self: &Arc<Self>,
        call: &Call,
        pairs: Pairs,
        terms: Terms,
        manner: Manner,
    ) -> Outcome<PairsDone> {
        call.require(Action::BindSpaces, None)?;
        let terms = match check_terms(&terms, call.at) {
            Ok(terms) => terms,
            Err(errors) => return Ok(Err(errors)),
        };
        if let Err(error) = check_pairs(&pairs) {
            return Ok(Err(vec![error]));
        }
        let (actor, at) = (call.caller.name().to_owned(), call.at);
        self.change(call, manner.dry_run, move |unit| {
            let found = find(unit, &pairs, manner)?;
            let missing: Vec<_> = found.0.pairs(&pairs).filter(|pair| !found.0.bindings.contains_key(pair)).collect();
            let new: Vec<_> = missing
                .into_iter()
                .map(|(space, workspace)| NewBinding {
                    space,
                    workspace,
                    terms: terms.clone(),
                    created_by: actor.clone(),
                    created_at: at,
                })
                .collect();
            let made = unit.tx.insert_bindings(&new)?;
            let made: HashMap<_, _> =
                made.into_iter().map(|record| ((record.binding.space, record.binding.workspace), record)).collect();
            Ok(bound(unit, &pairs, found, made))
        })
        .await
    }

    /// Ends the binding of every space to every workspace. A pair that is not bound is no error.
    pub async fn unbind_spaces(
        self: &Arc<Self>,
        call: &Call,
        pairs: Pairs,
        reason: Option<String>,
        manner: Manner,
    ) -> Outcome<PairsDone> {
        call.require(Action::BindSpaces, None)?;
        if let Err(error) = check_pairs(&pairs).and_then(|()| check_reason(reason.as_deref())) {
            return Ok(Err(vec![error]));
        }
        self.change(call, manner.dry_run, move |unit| {
            let (found, errors) = find(unit, &pairs, manner)?;
            let ids: Vec<_> = found.bindings.values().map(|record| record.binding.id).collect();
            unit.tx.remove_bindings(&ids)?;
            for record in found.bindings.values() {
                let (space, workspace) = (record.binding.space, record.binding.workspace);
                audit(unit, "space.unbind", &found, record, reason.as_deref());
                unit.note(Change::BindingRemoved { space, workspace });
            }
            let results = found.results(&pairs, |binding| match binding {
                Some(_) => PairOutcome::Removed,
                None => PairOutcome::NotBound,
            });
            Ok(PairsDone { results, errors })
        })
        .await
    }

    /// A page of the bindings that the caller may see, in the order they were made.
    pub async fn page_bindings(
        &self,
        call: &Call,
        filter: BindingFilter,
        page: Page<BindingId>,
    ) -> Result<Paged<BindingRecord>, AppError> {
        let filter = seen_by(call, filter);
        self.read(move |tx| Ok(tx.page_bindings(&filter, &page)?)).await
    }

    /// The bindings with these ids that the caller may see.
    pub async fn bindings_by_id(
        &self,
        call: &Call,
        ids: Vec<BindingId>,
    ) -> Result<HashMap<BindingId, BindingRecord>, AppError> {
        let sight = call.sight(Action::ReadBindings);
        self.read(move |tx| Ok(tx.bindings_by_id(&sight, &ids)?)).await
    }

    /// This page of the bindings of each of these spaces that the caller may see, in the order they were made; without those
    /// that have none.
    pub async fn binding_pages_of_spaces(
        &self,
        call: &Call,
        spaces: Vec<SpaceId>,
        page: Page<Within<SpaceId, BindingId>>,
    ) -> Result<HashMap<SpaceId, Paged<BindingRecord>>, AppError> {
        let filter = seen_by(call, BindingFilter::default());
        self.read(move |tx| Ok(tx.binding_pages_of_spaces(&spaces, &filter, &page)?)).await
    }

    /// This page of the bindings to each of these workspaces that the caller may see, in the order they were made; without
    /// those that have none.
    pub async fn binding_pages_of_workspaces(
        &self,
        call: &Call,
        workspaces: Vec<WorkspaceId>,
        filter: BindingFilter,
        page: Page<Within<WorkspaceId, BindingId>>,
    ) -> Result<HashMap<WorkspaceId, Paged<BindingRecord>>, AppError> {
        let filter = seen_by(call, filter);
        self.read(move |tx| Ok(tx.binding_pages_of_workspaces(&workspaces, &filter, &page)?)).await
    }

    /// Where a binding stands at the instant of the call.
    pub fn binding_state(&self, call: &Call, record: &BindingRecord) -> BindingState {
        record.binding.state(call.at)
    }
}

impl Found {
    /// Every pair whose space and workspace exist, in the order of the input.
    fn pairs(&self, pairs: &Pairs) -> impl Iterator<Item = (SpaceId, WorkspaceId)> {
        let mut seen = HashSet::new();
        every(pairs).filter(move |(space, workspace)| {
            self.spaces.contains_key(space)
                && self.workspaces.contains_key(workspace)
                && seen.insert((*space, *workspace))
        })
    }

    fn results(&self, pairs: &Pairs, outcome: impl Fn(Option<&BindingRecord>) -> PairOutcome) -> Vec<PairResult> {
        every(pairs)
            .map(|(space, workspace)| {
                let binding = self.bindings.get(&(space, workspace));
                let (space, workspace) = (self.spaces.get(&space), self.workspaces.get(&workspace));
                let refused = space.is_none() || workspace.is_none();
                PairResult {
                    space: space.cloned(),
                    workspace: workspace.cloned(),
                    outcome: if refused { PairOutcome::Refused } else { outcome(binding) },
                    binding: binding.cloned(),
                }
            })
            .collect()
    }
}

/// Every pair, in the order of the input.
fn every(pairs: &Pairs) -> impl Iterator<Item = (SpaceId, WorkspaceId)> {
    let Pairs { spaces, workspaces } = pairs.clone();
    spaces.into_iter().flat_map(move |space| workspaces.clone().into_iter().map(move |workspace| (space, workspace)))
}

/// Loads what the pairs name. What is missing refuses everything, unless the manner is partial.
fn find(unit: &mut Unit<'_>, pairs: &Pairs, manner: Manner) -> Result<(Found, Vec<UserError>), AppError> {
    let sight = unit.sight(Action::BindSpaces);
    let spaces = unit.tx.spaces_by_id(&sight, &pairs.spaces)?;
    let workspaces = unit.tx.workspaces_by_id(&sight, &pairs.workspaces)?;
    let missing_spaces = pairs.spaces.iter().enumerate().filter(|(_, id)| !spaces.contains_key(id));
    let missing_workspaces = pairs.workspaces.iter().enumerate().filter(|(_, id)| !workspaces.contains_key(id));
    let errors: Vec<_> = missing_spaces
        .map(|(index, _)| UserError::not_found("space", &["pairs", "spaceIds"], Some(index)))
        .chain(
            missing_workspaces
                .map(|(index, _)| UserError::not_found("workspace", &["pairs", "workspaceIds"], Some(index))),
        )
        .collect();
    if !errors.is_empty() && !manner.partial {
        return Err(AppError::Refused(errors));
    }
    let all: Vec<_> = every(pairs).collect();
    let bindings = unit.tx.bindings_by_pair(&sight, &all)?;
    Ok((Found { spaces, workspaces, bindings }, errors))
}

/// Notes the bindings that were made, and gives a result for each pair.
fn bound(
    unit: &mut Unit<'_>,
    pairs: &Pairs,
    (mut found, errors): (Found, Vec<UserError>),
    made: HashMap<(SpaceId, WorkspaceId), BindingRecord>,
) -> PairsDone {
    for record in made.values() {
        audit(unit, "space.bind", &found, record, record.reason.as_deref());
        unit.note(Change::Binding(record.binding.clone()));
    }
    let new: HashSet<_> = made.values().map(|record| record.binding.id).collect();
    found.bindings.extend(made);
    let results = found.results(pairs, |binding| match binding {
        Some(record) if new.contains(&record.binding.id) => PairOutcome::Created,
        _ => PairOutcome::AlreadyBound,
    });
    PairsDone { results, errors }
}

/// Has the audit say what became of one binding.
pub(crate) fn audit(unit: &mut Unit<'_>, action: &str, found: &Found, record: &BindingRecord, reason: Option<&str>) {
    let binding = &record.binding;
    let space = found.spaces.get(&binding.space).map_or("", |space| &space.space.path);
    let workspace = found.workspaces.get(&binding.workspace).map_or("", |workspace| &workspace.workspace.name);
    let details = json!({
        "workspace": workspace,
        "reason": reason,
        "notBefore": binding.not_before,
        "expiresAt": binding.expires_at,
        "scope": binding.scope,
    });
    let subject =
        Subject { kind: "space", id: Some(binding.space.0), label: space, workspace: Some(binding.workspace) };
    unit.audit(action, &subject, &details);
}
