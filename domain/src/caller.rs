//! Who is asking: a person, a token or one of the product's own background tasks. Nothing runs without a caller.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{UserId, WorkspaceId};

/// A role over the whole platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlatformRole {
    /// Manages everything.
    Admin,
    /// Reads everything but secrets, changes nothing.
    Auditor,
    /// None: what the caller may do follows from its workspaces.
    None,
}

/// A role in one workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkspaceRole {
    /// Reads.
    Viewer,
    /// Deploys.
    Editor,
    /// Also manages members and associates registries.
    Admin,
}

/// How a caller proved who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthMethod {
    /// By password, as the administrator of the first start.
    LocalAdmin,
    /// By password, as a user whom an administrator has made.
    Password,
    /// By a token of the API.
    ApiToken,
    /// Not at all: a task of the product itself.
    System,
}

/// What a token may be used for, at most. Every one of them also reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TokenScope {
    /// To read.
    Read,
    /// To bind and unbind spaces.
    Bind,
    /// To integrate, associate, change and walk through registries.
    RegistryAdmin,
    /// To make and change workspaces, their namespaces and members.
    WorkspaceAdmin,
}

impl TokenScope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Bind, Self::RegistryAdmin, Self::WorkspaceAdmin];
}

/// A caller, as far as its rights go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    name: Box<str>,
    user: Option<UserId>,
    method: AuthMethod,
    platform_role: PlatformRole,
    memberships: BTreeMap<WorkspaceId, WorkspaceRole>,
    /// What a token narrows its owner's rights to; `None` for a person.
    scopes: Option<BTreeSet<TokenScope>>,
}

impl Caller {
    /// A caller with these roles.
    pub fn new(
        name: &str,
        method: AuthMethod,
        platform_role: PlatformRole,
        memberships: impl IntoIterator<Item = (WorkspaceId, WorkspaceRole)>,
    ) -> Self {
        let memberships = memberships.into_iter().fold(BTreeMap::new(), |mut roles, (workspace, role)| {
            // Whoever has two roles, one of them through a group, has the greater.
            let held = roles.entry(workspace).or_insert(role);
            *held = role.max(*held);
            roles
        });
        Self { name: name.into(), user: None, method, platform_role, memberships, scopes: None }
    }

    /// The same, known to be this user.
    #[must_use]
    pub fn with_user(self, user: UserId) -> Self {
        Self { user: Some(user), ..self }
    }

    /// The same through a token of the caller: its rights, within what the token may be used for. A token for one
    /// workspace has the caller's rights in that workspace and none beside: what a platform role gives everywhere is
    /// the like role there.
    #[must_use]
    pub fn through_token(self, scopes: impl IntoIterator<Item = TokenScope>, only: Option<WorkspaceId>) -> Self {
        let scopes = Some(scopes.into_iter().collect());
        let caller = Self { scopes, method: AuthMethod::ApiToken, ..self };
        let Some(workspace) = only else { return caller };
        let given = match caller.platform_role {
            PlatformRole::Admin => Some(WorkspaceRole::Admin),
            PlatformRole::Auditor => Some(WorkspaceRole::Viewer),
            PlatformRole::None => None,
        };
        let role = given.max(caller.role_in(workspace));
        let memberships = role.map(|role| (workspace, role)).into_iter().collect();
        Self { platform_role: PlatformRole::None, memberships, ..caller }
    }

    /// The platform's administrator.
    pub fn administrator(name: &str, method: AuthMethod) -> Self {
        Self::new(name, method, PlatformRole::Admin, [])
    }

    /// A background task of the product; its name says which.
    pub fn system(task: &str) -> Self {
        Self::administrator(&format!("system:{task}"), AuthMethod::System)
    }

    /// The name under which the audit knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The user it is; `None` for a task of the product.
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// What its token may be used for; `None` for a person, whom nothing narrows.
    pub fn scopes(&self) -> Option<&BTreeSet<TokenScope>> {
        self.scopes.as_ref()
    }

    /// How it proved who it is.
    pub fn method(&self) -> AuthMethod {
        self.method
    }

    /// Its role over the whole platform.
    pub fn platform_role(&self) -> PlatformRole {
        self.platform_role
    }

    /// Its role in this workspace.
    pub fn role_in(&self, workspace: WorkspaceId) -> Option<WorkspaceRole> {
        self.memberships.get(&workspace).copied()
    }

    /// Its roles in workspaces.
    pub fn memberships(&self) -> impl Iterator<Item = (WorkspaceId, WorkspaceRole)> {
        self.memberships.iter().map(|(workspace, role)| (*workspace, *role))
    }

    /// The workspaces in which it has a role.
    pub fn workspaces(&self) -> impl Iterator<Item = WorkspaceId> {
        self.memberships.keys().copied()
    }
}
