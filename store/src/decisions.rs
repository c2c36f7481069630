//! Records of what the webhook answered, for those who look for the precise reason of a denial by its id.

use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::decision::Verdict;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::review::Action;
use wharfinger_domain::revision::Revision;
use wharfinger_domain::time::Timestamp;

use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// A record of an answer. It names things as they were called then and refers to none, so that it outlives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// The id that the answer carried.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The name of the cluster.
    pub cluster: String,
    /// The name of the namespace.
    pub namespace: String,
    /// The UID that the namespace had, as far as it was known.
    pub namespace_uid: Option<String>,
    /// The workspace that the namespace was in.
    pub workspace: Option<WorkspaceId>,
    /// What was being done to the object, such as `CREATE`.
    pub operation: String,
    /// Whether all images might be used.
    pub verdict: Verdict,
    /// The mode that was in force; `None` where the namespace was exempt.
    pub mode: Option<EnforcementMode>,
    /// What the webhook did.
    pub action: Action,
    /// Whether nothing was to come of it.
    pub dry_run: bool,
    /// The revision that the answer stands for.
    pub revision: Revision,
    /// The images and everything else that is shown and never searched for, as a JSON text: field paths, references,
    /// reasons, the request's UID, the user, the workload, the time that it took.
    pub body: String,
}

/// Which records a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionFilter {
    /// Only with this verdict.
    pub verdict: Option<Verdict>,
    /// Only where this was done.
    pub action: Option<Action>,
    /// Only those within this, by the workspace that the namespace was in.
    pub sight: Sight,
    /// Only of the namespace with this UID.
    pub namespace_uid: Option<String>,
    /// Only from this instant on.
    pub since: Option<Timestamp>,
    /// Only before this instant.
    pub until: Option<Timestamp>,
}

impl DecisionFilter {
    /// All records within this.
    pub fn seen_with(sight: Sight) -> Self {
        Self { sight, ..Self::default() }
    }
}

/// Where a record stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionKey {
    /// When.
    pub at: Timestamp,
    /// The id.
    pub id: String,
}

/// What can be done with records of decisions.
pub trait Decisions {
    /// Stores records. One whose id is stored already is left as it is.
    fn insert_decisions(&mut self, records: &[DecisionRecord]) -> Result<()>;

    /// The record with this id.
    fn decision(&mut self, sight: &Sight, id: &str) -> Result<Option<DecisionRecord>>;

    /// A page of records, the newest first.
    fn page_decisions(&mut self, filter: &DecisionFilter, page: &Page<DecisionKey>) -> Result<Paged<DecisionRecord>>;

    /// Removes what is older than this instant. Gives their number.
    fn prune_decisions(&mut self, before: Timestamp) -> Result<usize>;
}
