//! What use cases give and take that is stored as it is: the records of the store, under one name for the rooms above.

pub use wharfinger_store::audit::{AuditEventRecord, AuditFilter};
pub use wharfinger_store::bindings::{BindingFilter, BindingRecord, BindingTerms};
pub use wharfinger_store::clusters::{ClusterRecord, ClusterSettings};
pub use wharfinger_store::memberships::{Member, MembershipRecord};
pub use wharfinger_store::namespaces::{NamespaceFilter, NamespaceKey, NamespaceRecord};
pub use wharfinger_store::page::{NameKey, Page, Paged, Within};
pub use wharfinger_store::registries::{
    HealthStatus, RegistryFilter, RegistryHealth, RegistryRecord, SealedCredential,
};
pub use wharfinger_store::replicas::ReplicaRecord;
pub use wharfinger_store::repositories::{RepositoryRecord, TagKey, TagOrder, TagOrderField, TagRecord};
pub use wharfinger_store::selectable::{SelectableFilter, SelectableImage};
pub use wharfinger_store::sight::Sight;
pub use wharfinger_store::spaces::{SpaceFilter, SpaceKey, SpaceOrder, SpaceOrderField, SpaceRecord};
pub use wharfinger_store::syncs::{SyncProgress, SyncRecord, SyncState, SyncTrigger};
pub use wharfinger_store::tokens::TokenRecord;
pub use wharfinger_store::users::{GroupRecord, UserRecord};
pub use wharfinger_store::workspaces::{WorkspaceFilter, WorkspaceRecord};
