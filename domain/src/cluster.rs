//! A Kubernetes cluster whose API server asks this gate, and the settings that hold for all of it.

use serde::{Deserialize, Serialize};

use crate::id::ClusterId;

/// A Kubernetes cluster. The name is the last segment of the webhook's path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// The store's id.
    pub id: ClusterId,
    /// Unique; a name as [`crate::name::Name`] allows.
    pub name: Box<str>,
    /// What the webhook does with a denial, where the workspace does not say.
    pub mode: EnforcementMode,
    /// What becomes of images from hosts that no registry has.
    pub unknown_registries: UnknownRegistries,
    /// The same for hosts that are IP literals or single labels, by which a known registry is reached under another name.
    pub unnamed_hosts: UnknownRegistries,
}

/// What the webhook does with a denial. It never changes what the decision says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EnforcementMode {
    /// Deny the pod.
    #[default]
    Enforce,
    /// Admit it with an admission warning.
    Warn,
    /// Admit it and record what would have been denied.
    Audit,
    /// Admit it.
    Off,
}

/// What becomes of images from hosts that no registry in scope has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UnknownRegistries {
    /// They may be used.
    Allow,
    /// They may be used, with an admission warning.
    Warn,
    /// They may not be used.
    Deny,
}
