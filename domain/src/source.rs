//! Where doors that must not know the store get the snapshot from, and how they ask for it to move on. Declared here, so
//! that the webhook depends on nothing but this crate; wired at the composition root.

use std::pin::Pin;
use std::sync::Arc;

use crate::id::RegistryId;
use crate::snapshot::Snapshot;
use crate::time::Timestamp;

/// A snapshot in force.
#[derive(Debug, Clone)]
pub struct Current {
    /// The index.
    pub snapshot: Arc<Snapshot>,
    /// Grows with every snapshot put in force on this replica; compared with [`SnapshotSource::moved`] only.
    pub generation: u64,
    /// When the store last confirmed it to be its newest state.
    pub confirmed_at: Timestamp,
}

/// What a door would like to be looked at again. A wish may be dropped.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wish {
    /// A namespace that the snapshot does not know.
    Namespace {
        /// The cluster's name.
        cluster: Box<str>,
        /// The namespace's name.
        name: Box<str>,
    },
    /// A registry of which a space was named that the snapshot does not know.
    Registry(RegistryId),
}

/// Gives the snapshot in force. Reading it touches memory only.
pub trait SnapshotSource: Send + Sync + 'static {
    /// The snapshot in force; `None` on a replica that never had one, which admits nothing.
    fn current(&self) -> Option<Current>;

    /// Signals a wish. Never waits.
    fn wish(&self, wish: Wish);

    /// Is ready as soon as a snapshot newer than this generation is in force.
    fn moved(&self, generation: u64) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Is ready as soon as the namespace was looked for, from this call on, and its cluster has none of that name. Never,
    /// where nobody looks.
    fn missed(&self, _cluster: &str, _namespace: &str) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}
