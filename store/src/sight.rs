//! What somebody may see. Whatever is read for a caller is read with it, and SQL joins on it: what is out of sight is not there.

use wharfinger_domain::id::WorkspaceId;

/// How far somebody sees. Nothing of any workspace is the least, and the default.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sight {
    /// Everything. For the product's own tasks, and for who may see all of what is read.
    All,
    /// These workspaces, and what is theirs: their namespaces, members and records, the bindings to them, the registries that
    /// they have associated. Of what belongs to no workspace: the platform's registries. Of spaces, with what lies in them:
    /// in a registry that is seen, public ones and those that are bound to one of these workspaces; all of an associated one.
    Of(Vec<WorkspaceId>),
}

impl Sight {
    /// Whether nothing of any workspace is seen.
    pub fn is_blind(&self) -> bool {
        *self == Self::default()
    }

    /// No further than this workspace.
    #[must_use]
    pub fn within(self, workspace: WorkspaceId) -> Self {
        let seen = match &self {
            Self::All => true,
            Self::Of(own) => own.contains(&workspace),
        };
        Self::Of(if seen { vec![workspace] } else { Vec::new() })
    }
}

impl Default for Sight {
    fn default() -> Self {
        Self::Of(Vec::new())
    }
}
