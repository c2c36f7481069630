//! Exemptions of namespaces that an administrator has listed. Those of the configuration are not stored.

use wharfinger_domain::exemption::Exemption;
use wharfinger_domain::id::{ClusterId, ExemptionId};
use wharfinger_domain::time::Timestamp;

use crate::{Page, Paged, Result};

/// An exemption as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExemptionRecord {
    /// What decisions need of it.
    pub exemption: Exemption,
    /// The store's id.
    pub id: ExemptionId,
    /// Who listed it.
    pub created_by: String,
    /// When it was listed.
    pub created_at: Timestamp,
}

/// An exemption to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExemption {
    /// The cluster.
    pub cluster: ClusterId,
    /// The name of the namespace.
    pub namespace: String,
    /// The UID of the namespace.
    pub uid: String,
    /// Why.
    pub reason: String,
    /// The first instant at which it no longer holds.
    pub expires_at: Timestamp,
    /// Who lists it.
    pub created_by: String,
    /// The instant it is.
    pub created_at: Timestamp,
}

/// What can be done with exemptions.
pub trait Exemptions {
    /// Lists an exemption.
    fn insert_exemption(&mut self, exemption: &NewExemption) -> Result<ExemptionRecord>;

    /// Takes an exemption off the list. `None` when there is none.
    fn remove_exemption(&mut self, id: ExemptionId) -> Result<Option<ExemptionRecord>>;

    /// The exemption with this id.
    fn exemption(&mut self, id: ExemptionId) -> Result<Option<ExemptionRecord>>;

    /// A page of exemptions, in the order they were listed.
    fn page_exemptions(&mut self, page: &Page<ExemptionId>) -> Result<Paged<ExemptionRecord>>;
}
