//! The table of rights: which role may take which action. The same function enforces a right and tells a user of it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::caller::{Caller, PlatformRole, TokenScope, WorkspaceRole};
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

/// What a token must be good for, to be used for an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// Any token is.
    Read,
    /// This scope is in it.
    Scope(TokenScope),
    /// No token is: the user has to have signed in.
    Person,
}

use Need::{Person, Read};

/// Bind and unbind.
const BIND: Need = Need::Scope(TokenScope::Bind);
/// Keep registries.
const REGISTRIES: Need = Need::Scope(TokenScope::RegistryAdmin);
/// Keep workspaces.
const WORKSPACES: Need = Need::Scope(TokenScope::WorkspaceAdmin);

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident: $($access:ident)|+, $need:ident;)*) => {
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

            /// What a token must be good for to take it.
            pub const fn need(self) -> Need {
                match self { $(Self::$action => $need,)* }
            }
        }
    };
}

actions! {
    /// Read the names, hosts and health of the platform's registries.
    ListRegistries: Viewer, Read;
    /// Read a workspace's associated registries.
    ReadAssociatedRegistry: Admin | Auditor | WorkspaceMember, Read;
    /// Integrate, change, test, synchronize or remove a registry of the platform, and name what it does not list.
    ManageRegistry: Admin, REGISTRIES;
    /// Associate a registry with the own workspace, and change, test, synchronize or remove it, and name what it does not list.
    ManageAssociatedRegistry: Admin | WorkspaceAdmin, REGISTRIES;
    /// Read whether a credential is set, under which user name and since when.
    ReadCredentialStatus: Admin | WorkspaceAdmin, Read;
    /// Say that no other workspace may use what an associated registry does not report public.
    SetExclusive: Admin, REGISTRIES;
    /// Read which hosts are retired.
    ReadRetiredHosts: Admin | Auditor, Read;
    /// End the retirement of hosts.
    ReleaseHosts: Admin, REGISTRIES;
    /// Read every space, private ones of others included.
    ReadAllSpaces: Admin | Auditor, Read;
    /// Read the private spaces that are bound to a workspace or are of a registry that it has associated.
    ReadWorkspaceSpaces: Admin | Auditor | WorkspaceMember, Read;
    /// Bind and unbind spaces.
    BindSpaces: Admin, BIND;
    /// Say that a space is private, or, where its registry knows no visibility, public.
    SetVisibility: Admin, REGISTRIES;
    /// Read the bindings of a workspace.
    ReadBindings: Admin | Auditor | WorkspaceMember, Read;
    /// Read how many bindings a space has in all.
    CountBindings: Admin | Auditor, Read;
    /// Read a workspace and its namespaces.
    ReadWorkspace: Admin | Auditor | WorkspaceMember, Read;
    /// Create, change and remove workspaces.
    ManageWorkspaces: Admin, WORKSPACES;
    /// Change what a workspace is called in a user interface.
    RenameWorkspace: Admin | WorkspaceAdmin, WORKSPACES;
    /// Read the members of a workspace.
    ReadMembers: Admin | Auditor | WorkspaceAdmin, Read;
    /// Manage the members of a workspace.
    ManageMembers: Admin | WorkspaceAdmin, WORKSPACES;
    /// Assign namespaces to workspaces.
    AssignNamespaces: Admin, WORKSPACES;
    /// Read namespaces that are in no workspace, or in any.
    ReadAllNamespaces: Admin | Auditor, Read;
    /// Pick public images for any namespace.
    PickPublicImages: Viewer, Read;
    /// Pick bound and associated images for a namespace of the workspace.
    PickWorkspaceImages: Admin | Auditor | WorkspaceMember, Read;
    /// Ask why an image can or cannot be used.
    ExplainImage: Viewer, Read;
    /// Be told the precise reason, about any namespace and any space.
    ReadPreciseReasons: Admin | Auditor, Read;
    /// Read clusters and their settings.
    ReadClusters: Admin | Auditor, Read;
    /// Take all that decisions need away as a file.
    ExportSnapshot: Admin | Auditor, Read;
    /// Read the records of what the webhook answered about namespaces of a workspace.
    ReadDecisions: Admin | Auditor | WorkspaceMember, Read;
    /// Read the records of what was done, those that concern the workspace.
    ReadAudit: Admin | Auditor | WorkspaceAdmin, Read;
    /// Read every user.
    ReadUsers: Admin | Auditor, Read;
    /// Make and change users, their platform roles and one-time passwords.
    ManageUsers: Admin, Person;
    /// Read the own tokens.
    ReadOwnTokens: Viewer, Read;
    /// Make and revoke tokens of one's own.
    ManageOwnTokens: Viewer, Person;
    /// Revoke anybody's token.
    RevokeTokens: Admin, Person;
}

/// The caller may not take this action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this needs a right that you do not have")]
pub struct Forbidden(pub Action);

/// Whether the caller may take the action, on what concerns this workspace when it concerns one.
pub fn permits(caller: &Caller, action: Action, workspace: Option<WorkspaceId>) -> bool {
    let within_token = caller.scopes().is_none_or(|scopes| match action.need() {
        Need::Read => !scopes.is_empty(),
        Need::Scope(scope) => scopes.contains(&scope),
        Need::Person => false,
    });
    within_token && has_role(caller, action, workspace)
}

fn has_role(caller: &Caller, action: Action, workspace: Option<WorkspaceId>) -> bool {
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

    #[test]
    fn a_token_has_its_owners_rights_within_its_scopes() {
        let admin = || Caller::administrator("a", AuthMethod::Password);
        let reader = admin().through_token([TokenScope::Read], None);
        let binder = admin().through_token([TokenScope::Bind], None);
        assert!(permits(&reader, Action::ReadAllSpaces, None) && permits(&binder, Action::ReadAllSpaces, None));
        assert!(!permits(&reader, Action::BindSpaces, None) && permits(&binder, Action::BindSpaces, None));
        assert!(!permits(&admin().through_token(TokenScope::ALL, None), Action::ManageUsers, None));
        assert!(!permits(&admin().through_token([], None), Action::ReadAllSpaces, None));
        let of_nobody = Caller::new("n", AuthMethod::Password, PlatformRole::None, []);
        assert!(!permits(&of_nobody.through_token(TokenScope::ALL, None), Action::BindSpaces, None));
    }

    #[test]
    fn a_token_for_one_workspace_has_no_right_in_another() {
        let (own, foreign) = (Some(WorkspaceId(1)), Some(WorkspaceId(2)));
        for caller in [Caller::administrator("a", AuthMethod::Password), member(WorkspaceRole::Admin)] {
            let token = caller.through_token(TokenScope::ALL, own);
            assert!(permits(&token, Action::ManageMembers, own));
            assert!(!permits(&token, Action::ManageMembers, foreign));
            assert!(!permits(&token, Action::BindSpaces, own));
        }
        let elsewhere = member(WorkspaceRole::Admin).through_token(TokenScope::ALL, foreign);
        assert!(
            !permits(&elsewhere, Action::ReadWorkspace, own) && !permits(&elsewhere, Action::ReadWorkspace, foreign)
        );
    }

    #[test]
    fn the_greater_of_two_roles_counts() {
        for roles in [[WorkspaceRole::Viewer, WorkspaceRole::Admin], [WorkspaceRole::Admin, WorkspaceRole::Viewer]] {
            let caller =
                Caller::new("u", AuthMethod::Password, PlatformRole::None, roles.map(|role| (WorkspaceId(1), role)));
            assert!(permits(&caller, Action::ManageMembers, Some(WorkspaceId(1))));
        }
    }
}
