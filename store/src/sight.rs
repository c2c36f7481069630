//! What somebody may see: every list of spaces and of what lies in them is read with it, and SQL joins on it.

use wharfinger_domain::id::WorkspaceId;

/// Which spaces somebody may see. The least is the default: public ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sight {
    /// All of them.
    All,
    /// Public ones, those that are bound to one of these workspaces, and those of a registry that one of these has associated.
    Of(Vec<WorkspaceId>),
}

impl Default for Sight {
    fn default() -> Self {
        Self::Of(Vec::new())
    }
}
