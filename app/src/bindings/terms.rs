//! What a call to bind enters beside its pairs, and what must hold of it before anything is loaded.

use wharfinger_domain::binding::BindingScope;
use wharfinger_domain::time::Timestamp;

use super::{MAX_PAIRS, Pairs};
use crate::error::{UserError, UserErrorCode};
use crate::record::BindingTerms;

/// The longest reason, in characters.
const MAX_REASON: usize = 500;

/// How far ahead an expiry may lie: ten years.
const MAX_AHEAD_MICROS: i64 = 10 * 366 * 24 * 3600 * 1_000_000;

/// The repositories that a binding is to cover, as they were entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeInput {
    /// Paths below the space, or prefixes that end in a slash.
    pub include: Vec<String>,
    /// What is left out of that.
    pub exclude: Vec<String>,
}

/// What bindings are to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// Which repositories; `None`: all.
    pub scope: Option<ScopeInput>,
    /// Why.
    pub reason: Option<String>,
    /// The first instant at which they hold.
    pub not_before: Option<Timestamp>,
    /// The first instant at which they no longer hold.
    pub expires_at: Option<Timestamp>,
}

pub(super) fn check_pairs(pairs: &Pairs) -> Result<(), UserError> {
    let (spaces, workspaces) = (pairs.spaces.len(), pairs.workspaces.len());
    if spaces == 0 {
        return Err(UserError::new(UserErrorCode::Required, "name at least one space", &["pairs", "spaceIds"]));
    }
    if workspaces == 0 {
        let message = "name at least one workspace";
        return Err(UserError::new(UserErrorCode::Required, message, &["pairs", "workspaceIds"]));
    }
    if spaces.saturating_mul(workspaces) > MAX_PAIRS {
        let message = format!(
            "{spaces} spaces with {workspaces} workspaces are too many pairs; use at most {MAX_PAIRS} in one call"
        );
        return Err(UserError::new(UserErrorCode::TooMany, message, &["pairs"]));
    }
    Ok(())
}

pub(crate) fn check_reason(reason: Option<&str>) -> Result<(), UserError> {
    if reason.is_some_and(|reason| reason.chars().count() > MAX_REASON) {
        let message = format!("the reason is too long; use at most {MAX_REASON} characters");
        return Err(UserError::new(UserErrorCode::TooLong, message, &["reason"]));
    }
    Ok(())
}

pub(super) fn check_terms(terms: &Terms, at: Timestamp) -> Result<BindingTerms, Vec<UserError>> {
    let mut errors = Vec::new();
    let mut invalid = |message: &str, path: &str| errors.push(UserError::new(UserErrorCode::Invalid, message, &[path]));
    let far = at.as_micros().saturating_add(MAX_AHEAD_MICROS);
    match terms.expires_at {
        Some(expiry) if expiry <= at => {
            invalid("the expiry is past; name a later instant, or leave it out", "expiresAt");
        }
        Some(expiry) if expiry.as_micros() > far => invalid("the expiry is more than ten years ahead", "expiresAt"),
        Some(expiry) if terms.not_before.is_some_and(|start| start >= expiry) => {
            invalid("the binding would end before it begins", "notBefore");
        }
        _ => {}
    }
    let scope = terms.scope.as_ref().map(|scope| BindingScope::new(&scope.include, &scope.exclude)).transpose();
    if let Err(error) = &scope {
        invalid(&error.to_string(), "scope");
    }
    errors.extend(check_reason(terms.reason.as_deref()).err());
    match scope {
        Ok(scope) if errors.is_empty() => Ok(BindingTerms {
            scope,
            not_before: terms.not_before,
            expires_at: terms.expires_at,
            reason: terms.reason.clone(),
        }),
        _ => Err(errors),
    }
}
