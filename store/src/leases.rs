//! Leases: tasks that one replica at a time may do. Nothing in them is a clock's: whoever waits measures by its own clock for
//! how long a lease has not been renewed, and whoever works proves in the transaction of its work that it still holds it.

use crate::Result;

/// Who may do a task. A lease that was given back has no holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The task.
    pub task: String,
    /// Who holds it: a name that no two processes share.
    pub holder: Option<String>,
    /// Grows by one with every new holder.
    pub term: i64,
    /// Grows by one with every renewal.
    pub beat: i64,
}

/// What can be done with leases.
pub trait Leases {
    /// The lease of this task; `None` when nobody has ever held it.
    fn lease(&mut self, task: &str) -> Result<Option<Lease>>;

    /// Gives the lease of a task to a new holder, whoever has it. Gives the lease.
    fn take_lease(&mut self, task: &str, holder: &str) -> Result<Lease>;

    /// Renews a lease. False when it has passed to another term meanwhile.
    fn renew_lease(&mut self, task: &str, term: i64) -> Result<bool>;

    /// Gives a lease back, unless it has passed to another term.
    fn release_lease(&mut self, task: &str, term: i64) -> Result<()>;

    /// Whether the lease is in this term. Nobody can take it before the transaction has ended.
    fn holds_lease(&mut self, task: &str, term: i64) -> Result<bool>;
}
