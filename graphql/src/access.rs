//! Who may use a field and what it costs, as the schema prints it. The directives tell; the rights are enforced by the use
//! cases, and a test holds the two against each other.

use async_graphql::Enum;
use wharfinger_domain::rights;

/// ADMIN and AUDITOR are platform roles; those of a workspace are judged against the workspace that the field is about.
#[derive(Enum, Debug, Copy, Clone, PartialEq, Eq)]
pub(crate) enum Access {
    /// A platform administrator.
    Admin,
    /// A platform auditor.
    Auditor,
    /// An administrator of the workspace.
    WorkspaceAdmin,
    /// Anybody with a role in the workspace.
    WorkspaceMember,
}

impl Access {
    /// The roles that a line of the table of rights names; what anybody may do is every role's.
    pub(crate) fn of(line: &[rights::Access]) -> Vec<Self> {
        if line.contains(&rights::Access::Viewer) {
            return vec![Self::Admin, Self::Auditor, Self::WorkspaceAdmin, Self::WorkspaceMember];
        }
        line.iter().filter_map(|access| Self::named(*access)).collect()
    }

    fn named(access: rights::Access) -> Option<Self> {
        match access {
            rights::Access::Admin => Some(Self::Admin),
            rights::Access::Auditor => Some(Self::Auditor),
            rights::Access::WorkspaceAdmin => Some(Self::WorkspaceAdmin),
            rights::Access::WorkspaceMember => Some(Self::WorkspaceMember),
            rights::Access::Viewer => None,
        }
    }
}

/// In a module of their own: each becomes a unit struct that no binding in its scope may be named as.
pub(crate) mod directive {
    use async_graphql::TypeDirective;

    use super::Access;

    /// Who may use a field. Anything without it needs only a signed-in viewer; lists are filtered to what is visible.
    #[TypeDirective(location = "FieldDefinition")]
    pub(crate) fn access(to: Vec<Access>) {}

    /// Static price of a field, 1 where there is none; a connection costs (its price + the price of one node) × first.
    #[TypeDirective(location = "FieldDefinition")]
    pub(crate) fn cost(value: i32) {}
}
