//! Reads everything that decisions depend on, in a number of statements that does not grow with the data.

use wharfinger_domain::policy::Policy;

use crate::Result;

/// What can be done with the policy data as a whole.
pub trait Policies {
    /// The policy data at the revision of this transaction. Exemptions are those of the store alone.
    fn load_policy(&mut self) -> Result<Policy>;
}
