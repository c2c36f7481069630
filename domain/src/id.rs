//! The store's own ids. Each noun has its own type, so that a space's id can never be taken for a workspace's; none is
//! ever given out twice, not even after a deletion.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A registry, integrated by the platform or associated by a workspace.
    RegistryId;
    /// A space of a registry.
    SpaceId;
    /// A repository of a space.
    RepositoryId;
    /// A workspace.
    WorkspaceId;
    /// A namespace of a cluster, one for each UID.
    NamespaceId;
    /// A binding of a space to a workspace.
    BindingId;
    /// A Kubernetes cluster.
    ClusterId;
    /// An exemption of a namespace.
    ExemptionId;
    /// A walk through a registry.
    SyncId;
    /// A record of the audit.
    AuditEventId;
    /// A person or program that signs in.
    UserId;
    /// A group of users.
    GroupId;
    /// A role of a user or group in a workspace.
    MembershipId;
    /// A token of the API.
    TokenId;
}
