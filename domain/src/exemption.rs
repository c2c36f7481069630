//! A namespace in which everything is admitted: the product's own, the system's, and those that an administrator lists.

use serde::{Deserialize, Serialize};

use crate::id::ExemptionId;
use crate::time::Timestamp;

/// An exemption, listed with a reason and an expiry; those of the configuration have neither UID nor expiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    /// The store's id; `None` for one of the configuration.
    pub id: Option<ExemptionId>,
    /// The name of the cluster.
    pub cluster: Box<str>,
    /// The name of the namespace.
    pub namespace: Box<str>,
    /// The UID that the namespace must have; `None` (any) only in the configuration.
    pub uid: Option<Box<str>>,
    /// Why.
    pub reason: Box<str>,
    /// The first instant at which it no longer holds; `None` (never) only in the configuration.
    pub expires_at: Option<Timestamp>,
}

impl Exemption {
    /// Whether it covers the namespace that has this UID now, at this instant.
    pub fn covers(&self, uid: Option<&str>, at: Timestamp) -> bool {
        let same = match (&self.uid, &self.id) {
            (Some(listed), _) => Some(&**listed) == uid,
            // Only the configuration may name a namespace without its UID.
            (None, id) => id.is_none(),
        };
        same && self.expires_at.is_none_or(|expiry| at < expiry)
    }
}
