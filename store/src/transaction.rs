//! The unit of work: everything that a use case can do within one transaction, as the sum of what can be done with each
//! noun.

use crate::audit::Audit;
use crate::bindings::Bindings;
use crate::clusters::Clusters;
use crate::decisions::Decisions;
use crate::exemptions::Exemptions;
use crate::idempotency::Idempotency;
use crate::installation::Installation;
use crate::leases::Leases;
use crate::memberships::Memberships;
use crate::namespaces::Namespaces;
use crate::policy::Policies;
use crate::registries::Registries;
use crate::replicas::Replicas;
use crate::repositories::Repositories;
use crate::revisions::Revisions;
use crate::selectable::Selectable;
use crate::sessions::Sessions;
use crate::spaces::Spaces;
use crate::syncs::Syncs;
use crate::tokens::Tokens;
use crate::users::Users;
use crate::workspaces::Workspaces;

/// One transaction. It is committed when the closure it was given to returns `Ok`, and rolled back otherwise.
pub trait Transaction:
    Audit
    + Bindings
    + Clusters
    + Decisions
    + Exemptions
    + Idempotency
    + Installation
    + Leases
    + Memberships
    + Namespaces
    + Policies
    + Registries
    + Replicas
    + Repositories
    + Revisions
    + Selectable
    + Sessions
    + Spaces
    + Syncs
    + Tokens
    + Users
    + Workspaces
{
}
