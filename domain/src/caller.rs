//! Who is asking: a person, a token or one of the product's own background tasks. Nothing runs without a caller.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::WorkspaceId;

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
    /// The administrator's token, made at the first start.
    LocalAdmin,
    /// Not at all: a task of the product itself.
    System,
}

/// A caller, as far as its rights go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    name: Box<str>,
    method: AuthMethod,
    platform_role: PlatformRole,
    memberships: BTreeMap<WorkspaceId, WorkspaceRole>,
}

impl Caller {
    /// A caller with these roles.
    pub fn new(
        name: &str,
        method: AuthMethod,
        platform_role: PlatformRole,
        memberships: impl IntoIterator<Item = (WorkspaceId, WorkspaceRole)>,
    ) -> Self {
        Self { name: name.into(), method, platform_role, memberships: memberships.into_iter().collect() }
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

    /// The workspaces in which it has a role.
    pub fn workspaces(&self) -> impl Iterator<Item = WorkspaceId> {
        self.memberships.keys().copied()
    }
}
