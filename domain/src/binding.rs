//! A binding allows one workspace to use one private space, from an instant, until an instant, as a whole or in part.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{BindingId, SpaceId, WorkspaceId};
use crate::time::Timestamp;

/// A binding as far as decisions need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The store's id.
    pub id: BindingId,
    /// What may be used.
    pub space: SpaceId,
    /// Who may use it.
    pub workspace: WorkspaceId,
    /// The first instant at which it holds; `None`: since it was made.
    pub not_before: Option<Timestamp>,
    /// The first instant at which it no longer holds; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// Which repositories of the space it covers; `None`: all.
    pub scope: Option<BindingScope>,
}

/// Where a binding stands at an instant. No write and no timer is needed for it to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindingState {
    /// It has not begun.
    Pending,
    /// It holds.
    Active,
    /// It holds no longer.
    Expired,
}

impl Binding {
    /// Where it stands at this instant. One that would begin only after its own end is expired, not pending.
    pub fn state(&self, at: Timestamp) -> BindingState {
        if self.expires_at.is_some_and(|expiry| at >= expiry) {
            BindingState::Expired
        } else if self.not_before.is_some_and(|start| at < start) {
            BindingState::Pending
        } else {
            BindingState::Active
        }
    }

    /// Whether it covers the repository with this path below the space.
    pub fn covers(&self, repository: &str) -> bool {
        self.scope.as_ref().is_none_or(|scope| scope.covers(repository))
    }
}

/// Which repositories of a space a binding covers: paths below the space, or path prefixes that end in a slash, compared
/// by whole components. A repository that both lists name is excluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingScope {
    include: Vec<Box<str>>,
    exclude: Vec<Box<str>>,
}

/// Why a scope was refused. `index` counts from 0 in its list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScopeError {
    /// Nothing is included, so nothing would be covered.
    #[error(
        "the scope includes nothing; name at least one repository, or leave the scope out to cover the whole space"
    )]
    Empty,
    /// An entry is no repository path.
    #[error(
        "{list}[{index}] is not a repository path below the space; write `app`, `group/app`, or `group/` for all below it"
    )]
    NotAPath {
        /// `include` or `exclude`.
        list: &'static str,
        /// Which entry.
        index: usize,
    },
}

impl BindingScope {
    /// A scope of these repositories; refused when it would include nothing or an entry is no path.
    pub fn new(include: &[impl AsRef<str>], exclude: &[impl AsRef<str>]) -> Result<Self, ScopeError> {
        if include.is_empty() {
            return Err(ScopeError::Empty);
        }
        let list = |list, entries: &[Box<str>]| match entries.iter().position(|entry| !is_scope_entry(entry)) {
            Some(index) => Err(ScopeError::NotAPath { list, index }),
            None => Ok(()),
        };
        let include: Vec<Box<str>> = include.iter().map(|entry| entry.as_ref().into()).collect();
        let exclude: Vec<Box<str>> = exclude.iter().map(|entry| entry.as_ref().into()).collect();
        list("include", &include)?;
        list("exclude", &exclude)?;
        Ok(Self { include, exclude })
    }

    /// What it includes.
    pub fn include(&self) -> &[Box<str>] {
        &self.include
    }

    /// What it leaves out of that.
    pub fn exclude(&self) -> &[Box<str>] {
        &self.exclude
    }

    /// Whether it covers the repository with this path below the space.
    pub fn covers(&self, repository: &str) -> bool {
        let names = |entry: &str| match entry.strip_suffix('/') {
            Some(_) => repository.starts_with(entry),
            None => repository == entry,
        };
        self.include.iter().any(|entry| names(entry)) && !self.exclude.iter().any(|entry| names(entry))
    }
}

/// A path below a space, with or without a closing slash, in the letters that repository paths are written in.
fn is_scope_entry(entry: &str) -> bool {
    let path = entry.strip_suffix('/').unwrap_or(entry);
    path.len() <= 255 && crate::reference::is_repository_path(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(include: &[&str], exclude: &[&str]) -> BindingScope {
        BindingScope::new(include, exclude).unwrap()
    }

    #[test]
    fn a_prefix_is_compared_by_whole_components() {
        let scope = scope(&["team/", "tools"], &["team/secret/", "team/old"]);
        assert!(scope.covers("team/app"));
        assert!(scope.covers("tools"));
        assert!(!scope.covers("team"));
        assert!(!scope.covers("teams/app"));
        assert!(!scope.covers("tools/app"));
        assert!(!scope.covers("team/secret/app"));
        assert!(!scope.covers("team/old"));
        assert!(scope.covers("team/old/app"));
        assert!(!scope.covers(""));
    }

    #[test]
    fn an_empty_scope_is_refused() {
        assert_eq!(BindingScope::new(&[] as &[&str], &[] as &[&str]), Err(ScopeError::Empty));
        let refused = BindingScope::new(&["app", ""], &[] as &[&str]);
        assert_eq!(refused, Err(ScopeError::NotAPath { list: "include", index: 1 }));
        let refused = BindingScope::new(&["app"], &["Upper"]);
        assert_eq!(refused, Err(ScopeError::NotAPath { list: "exclude", index: 0 }));
        assert!(BindingScope::new(&["/"], &[] as &[&str]).is_err());
    }

    #[test]
    fn a_binding_expires_at_the_instant_of_its_expiry() {
        let at = Timestamp::from_micros;
        let binding = Binding {
            id: BindingId(1),
            space: SpaceId(1),
            workspace: WorkspaceId(1),
            not_before: Some(at(10)),
            expires_at: Some(at(20)),
            scope: None,
        };
        assert_eq!(binding.state(at(9)), BindingState::Pending);
        assert_eq!(binding.state(at(10)), BindingState::Active);
        assert_eq!(binding.state(at(19)), BindingState::Active);
        assert_eq!(binding.state(at(20)), BindingState::Expired);
    }
}
