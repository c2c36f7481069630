//! Binds and unbinds spaces.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use wharfinger_app::bindings::{Manner, PairOutcome, PairResult, Pairs, PairsDone, ScopeInput, Terms};
use wharfinger_app::error::UserError as AppUserError;

use super::settle;
use super::user_error::{UserError, user_errors};
use crate::access::{Access, directive};
use crate::ids;
use crate::object::binding::Binding;
use crate::object::space::RegistrySpace;
use crate::object::workspace::Workspace;
use crate::scalar::DateTime;
use crate::scope::scope;

/// Every space with every workspace, at most 500 pairs; all or nothing unless partial.
#[derive(InputObject)]
struct BindingPairsInput {
    /// The spaces.
    space_ids: Vec<ID>,
    /// The workspaces.
    workspace_ids: Vec<ID>,
}

/// Repository paths below the space, or path prefixes that end in a slash.
#[derive(InputObject)]
struct BindingScopeInput {
    /// What is covered.
    include: Vec<String>,
    /// What is left out of that.
    #[graphql(default_with = "Some(Vec::new())")]
    exclude: Option<Vec<String>>,
}

/// Bindings to be made.
#[derive(InputObject)]
struct BindSpacesInput {
    /// What is to be bound to whom.
    pairs: BindingPairsInput,
    /// Which repositories are covered; all of them when it is left out.
    scope: Option<BindingScopeInput>,
    /// Why: a sentence or a ticket.
    reason: Option<String>,
    /// The first instant at which they hold.
    not_before: Option<DateTime>,
    /// The first instant at which they no longer hold.
    expires_at: Option<DateTime>,
    /// Whether to do what can be done, rather than all or nothing.
    #[graphql(default_with = "Some(false)")]
    partial: Option<bool>,
    /// Whether only to try.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// Bindings to be ended.
#[derive(InputObject)]
struct UnbindSpacesInput {
    /// What is to be unbound from whom.
    pairs: BindingPairsInput,
    /// Why: a sentence or a ticket.
    reason: Option<String>,
    /// Whether to do what can be done, rather than all or nothing.
    #[graphql(default_with = "Some(false)")]
    partial: Option<bool>,
    /// Whether only to try.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// What was done with one pair.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_app::bindings::PairOutcome")]
enum BindingOutcome {
    /// It is bound now.
    Created,
    /// It was bound before, and stays as it was.
    AlreadyBound,
    /// It is bound no longer.
    Removed,
    /// It was not bound.
    NotBound,
    /// It was refused; the user errors say why.
    Refused,
}

/// What came of one pair.
#[derive(SimpleObject)]
struct BindingResult {
    /// The space; null when there is none that the viewer may see.
    space: Option<RegistrySpace>,
    /// The workspace; null when there is none that the viewer may see.
    workspace: Option<Workspace>,
    /// What was done.
    outcome: BindingOutcome,
    /// The binding that was made, found or removed.
    binding: Option<Binding>,
}

/// What came of all pairs.
#[derive(SimpleObject)]
struct BindSpacesPayload {
    /// A result for each pair in the order of the input: every workspace of the first space, then of the next.
    results: Vec<BindingResult>,
    /// How many bindings were made.
    created_count: i32,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

/// What came of all pairs.
#[derive(SimpleObject)]
struct UnbindSpacesPayload {
    /// A result for each pair in the order of the input: every workspace of the first space, then of the next.
    results: Vec<BindingResult>,
    /// How many bindings were ended.
    removed_count: i32,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct BindingMutation;

#[Object]
impl BindingMutation {
    /// Binds every space to every workspace; a pair that is bound already stays as it is.
    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn bind_spaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be bound, and how.")] input: BindSpacesInput,
    ) -> Result<BindSpacesPayload> {
        let scope = scope(ctx);
        let (pairs, manner) = (input.pairs()?, manner(input.partial, input.dry_run));
        let done = settle(ctx, scope.app.bind_spaces(&scope.call, pairs, input.terms(), manner).await).await?;
        let done = told(done);
        let created_count = count(&done, PairOutcome::Created);
        let (results, user_errors) = results(done);
        Ok(BindSpacesPayload { results, created_count, user_errors })
    }

    /// Ends the binding of every space to every workspace; a pair that is not bound is no fault.
    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn unbind_spaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be unbound, and how.")] input: UnbindSpacesInput,
    ) -> Result<UnbindSpacesPayload> {
        let scope = scope(ctx);
        let (pairs, manner) = (input.pairs.decode()?, manner(input.partial, input.dry_run));
        let done = settle(ctx, scope.app.unbind_spaces(&scope.call, pairs, input.reason, manner).await).await?;
        let done = told(done);
        let removed_count = count(&done, PairOutcome::Removed);
        let (results, user_errors) = results(done);
        Ok(UnbindSpacesPayload { results, removed_count, user_errors })
    }
}

impl BindingPairsInput {
    fn decode(&self) -> Result<Pairs> {
        Ok(Pairs { spaces: ids::decode_all(&self.space_ids)?, workspaces: ids::decode_all(&self.workspace_ids)? })
    }
}

impl BindSpacesInput {
    fn pairs(&self) -> Result<Pairs> {
        self.pairs.decode()
    }

    fn terms(self) -> Terms {
        let scope = |scope: BindingScopeInput| ScopeInput {
            include: scope.include,
            exclude: scope.exclude.unwrap_or_default(),
        };
        Terms {
            scope: self.scope.map(scope),
            reason: self.reason,
            not_before: self.not_before.map(|at| at.0),
            expires_at: self.expires_at.map(|at| at.0),
        }
    }
}

fn manner(partial: Option<bool>, dry_run: Option<bool>) -> Manner {
    Manner { partial: partial.unwrap_or(false), dry_run: dry_run.unwrap_or(false) }
}

/// What was refused as a whole has errors and no results.
fn told(done: Result<PairsDone, Vec<AppUserError>>) -> PairsDone {
    done.unwrap_or_else(|errors| PairsDone { results: Vec::new(), errors })
}

fn count(done: &PairsDone, outcome: PairOutcome) -> i32 {
    i32::try_from(done.count(outcome)).unwrap_or(i32::MAX)
}

fn results(done: PairsDone) -> (Vec<BindingResult>, Vec<UserError>) {
    let result = |result: PairResult| BindingResult {
        space: result.space.map(Into::into),
        workspace: result.workspace.map(Into::into),
        outcome: result.outcome.into(),
        binding: result.binding.map(Into::into),
    };
    (done.results.into_iter().map(result).collect(), user_errors(done.errors))
}
