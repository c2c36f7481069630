//! The table of rights: which role may take which action. The same function enforces a right and tells a user of it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::caller::{Caller, PlatformRole, WorkspaceRole};
use crate::id::WorkspaceId;

/// A role as the table names it. Those of a workspace are judged against the workspace that an action concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Access {
    /// A platform administrator.
    Admin,
    /// A platform auditor.
    Auditor,
    /// An administrator of the workspace.
    WorkspaceAdmin,
    /// Anybody with a role in the workspace.
    WorkspaceMember,
    /// Anybody who is signed in.
    Viewer,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident: $($access:ident)|+;)*) => {
        /// What a caller may want to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $action,)* }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// Who may take it.
            pub const fn allowed_to(self) -> &'static [Access] {
                match self { $(Self::$action => &[$(Access::$access),+],)* }
            }
        }
    };
}

actions! {
    /// Read the names, hosts and health of the platform's registries.
    ListRegistries: Viewer;
    /// Read a workspace's associated registries.
    ReadAssociatedRegistry: Admin | Auditor | WorkspaceMember;
    /// Integrate, change, test, synchronize or remove a registry of the platform.
    ManageRegistry: Admin;
    /// Associate a registry with the own workspace, and change, test, synchronize or remove it.
    ManageAssociatedRegistry: Admin | WorkspaceAdmin;
    /// Read whether a credential is set, under which user name and since when.
    ReadCredentialStatus: Admin | WorkspaceAdmin;
    /// Read every space, private ones of others included.
    ReadAllSpaces: Admin | Auditor;
    /// Bind and unbind spaces.
    BindSpaces: Admin;
    /// Read the bindings of a workspace.
    ReadBindings: Admin | Auditor | WorkspaceMember;
    /// Read how many bindings a space has in all.
    CountBindings: Admin | Auditor;
    /// Read a workspace and its namespaces.
    ReadWorkspace: Admin | Auditor | WorkspaceMember;
    /// Create, change and remove workspaces.
    ManageWorkspaces: Admin;
    /// Manage the members of a workspace.
    ManageMembers: Admin | WorkspaceAdmin;
    /// Assign namespaces to workspaces.
    AssignNamespaces: Admin;
    /// Read namespaces that are in no workspace, or in any.
    ReadAllNamespaces: Admin | Auditor;
    /// Pick public images for any namespace.
    PickPublicImages: Viewer;
    /// Pick bound and associated images for a namespace of the workspace.
    PickWorkspaceImages: Admin | Auditor | WorkspaceMember;
    /// Ask why an image can or cannot be used.
    ExplainImage: Viewer;
    /// Be told the precise reason, about any namespace and any space.
    ReadPreciseReasons: Admin | Auditor;
    /// Read clusters and their settings.
    ReadClusters: Admin | Auditor;
    /// Take all that decisions need away as a file.
    ExportSnapshot: Admin | Auditor;
}

/// The caller may not take this action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this needs a right that you do not have")]
pub struct Forbidden(pub Action);

/// Whether the caller may take the action, on what concerns this workspace when it concerns one.
pub fn permits(caller: &Caller, action: Action, workspace: Option<WorkspaceId>) -> bool {
    let role = workspace.and_then(|workspace| caller.role_in(workspace));
    action.allowed_to().iter().any(|access| match access {
        Access::Admin => caller.platform_role() == PlatformRole::Admin,
        Access::Auditor => caller.platform_role() == PlatformRole::Auditor,
        Access::WorkspaceAdmin => role == Some(WorkspaceRole::Admin),
        Access::WorkspaceMember => role.is_some(),
        Access::Viewer => true,
    })
}

/// The same as an error.
pub fn require(caller: &Caller, action: Action, workspace: Option<WorkspaceId>) -> Result<(), Forbidden> {
    if permits(caller, action, workspace) { Ok(()) } else { Err(Forbidden(action)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::AuthMethod;

    fn member(role: WorkspaceRole) -> Caller {
        Caller::new("u", AuthMethod::LocalAdmin, PlatformRole::None, [(WorkspaceId(1), role)])
    }

    #[test]
    fn an_administrator_may_do_everything() {
        let admin = Caller::administrator("a", AuthMethod::LocalAdmin);
        for action in Action::ALL {
            let workspace_only =
                !action.allowed_to().iter().any(|access| matches!(access, Access::Admin | Access::Viewer));
            assert_eq!(permits(&admin, *action, None), !workspace_only, "{action:?}");
        }
    }

    #[test]
    fn an_auditor_changes_nothing() {
        let auditor = Caller::new("a", AuthMethod::LocalAdmin, PlatformRole::Auditor, []);
        for action in [Action::ManageRegistry, Action::BindSpaces, Action::ManageWorkspaces, Action::AssignNamespaces] {
            assert_eq!(require(&auditor, action, None), Err(Forbidden(action)));
        }
        assert!(permits(&auditor, Action::ReadAllSpaces, None));
        assert!(!permits(&auditor, Action::ReadCredentialStatus, None));
    }

    #[test]
    fn a_role_counts_in_its_own_workspace_only() {
        let admin = member(WorkspaceRole::Admin);
        let (own, foreign) = (Some(WorkspaceId(1)), Some(WorkspaceId(2)));
        assert!(permits(&admin, Action::ManageAssociatedRegistry, own));
        assert!(!permits(&admin, Action::ManageAssociatedRegistry, foreign));
        assert!(!permits(&admin, Action::ManageAssociatedRegistry, None));
        assert!(!permits(&member(WorkspaceRole::Editor), Action::ManageAssociatedRegistry, own));
        assert!(permits(&member(WorkspaceRole::Viewer), Action::PickWorkspaceImages, own));
    }
}
