//! The part of a walk that reads what is in the spaces: of those that are due, a few at a time. One that cannot be read
//! keeps what is known of it, and keeps no other from being read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use tokio::task::JoinSet;
use wharfinger_domain::id::SpaceId;
use wharfinger_domain::time::Timestamp;
use wharfinger_registry::{ObservedSpace, RegistryError};
use wharfinger_store::Transaction;
use wharfinger_store::repositories::{ObservedRepository, TagRecord};
use wharfinger_store::spaces::SpaceRecord;

use super::{Walk, WalkError, identity};
use crate::error::AppError;
use crate::syncs::{Pace, longest};

/// How many spaces are read at a time. Their requests share what the registry's client may have under way.
const AT_A_TIME: usize = 4;

/// So many pages of what has changed are read, each of which takes a Harbor more than a second; where there are more of
/// them, everything is read.
const PAGES: usize = 20;

/// When so many spaces could not be read and none could, the rest is not tried.
const HOPELESS: usize = 8;

/// What is known of which contents have changed.
#[derive(Debug)]
pub(super) enum Look {
    /// Everything is to be read.
    All,
    /// Nobody has looked: it is not time yet.
    NotYet,
    /// The spaces in which repositories are not as they were when they were read, by the registry's own id of the space.
    Changed(HashSet<String>),
    /// The registry does not tell.
    Untold,
}

/// A space whose contents are to be read.
struct Due {
    space: ObservedSpace,
    id: SpaceId,
}

/// How the reading went.
#[derive(Debug, Default)]
struct Tally {
    read: usize,
    failed: usize,
    /// The first space that failed.
    first: Option<(String, RegistryError)>,
}

impl Walk {
    /// Looks for what has changed, when it is time to.
    async fn look(&self, is_full: bool) -> Look {
        if is_full {
            return Look::All;
        }
        let last = self.app.last_look(self.registry);
        if last.is_some_and(|last| self.began.since(last) < self.pace.contents) {
            return Look::NotYet;
        }
        match self.changed().await {
            Ok(Some(changed)) => Look::Changed(changed),
            Ok(None) => Look::Untold,
            Err(error) => {
                tracing::debug!(registry = %self.registry, error = %error, "the registry does not tell what has changed");
                Look::Untold
            }
        }
    }

    /// The spaces with repositories that changed since they were read. The registry's times are compared with its own, as they
    /// were when they were read, so that no clock counts. Behind a page of what is known there is nothing new.
    async fn changed(&self) -> Result<Option<HashSet<String>>, WalkError> {
        let Some(mut pages) = self.client.latest() else { return Ok(None) };
        let (registry, mut changed) = (self.registry, HashSet::new());
        for _ in 0..PAGES {
            let Some(page) = pages.try_next().await? else { return Ok(Some(changed)) };
            let paths = page.iter().map(|change| change.path.clone()).collect::<Vec<_>>();
            let known: HashMap<_, _> = self.app.read(move |tx| Ok(tx.repository_times(registry, &paths)?)).await?;
            let fresh = page.into_iter().filter(|change| known.get(&change.path) != Some(&change.at));
            let fresh: Vec<_> = fresh.map(|change| change.space).collect();
            if fresh.is_empty() {
                return Ok(Some(changed));
            }
            changed.extend(fresh);
        }
        Ok(None)
    }

    /// Reads the contents of the spaces that are due.
    pub(super) async fn walk_contents(&mut self, seen: Vec<ObservedSpace>, is_full: bool) -> Result<(), WalkError> {
        let known = self.stored().await?;
        let look = self.look(is_full).await;
        let has_looked = !matches!(look, Look::NotYet);
        let due: Vec<_> = seen
            .into_iter()
            .filter_map(|space| {
                let record = known.get(&identity(space.upstream_id.as_deref(), &space.path))?;
                is_due(&space, record, &look, self.pace, self.began).then_some(Due { space, id: record.space.id })
            })
            .collect();
        self.progress.repositories_total = total(&due);
        let began_at = self.app.clock.now();
        let mut tally = Tally::default();
        let all = due.len();
        let (reader, mut waiting, mut reading) = (Arc::new(self.reader()), due.into_iter(), JoinSet::new());
        loop {
            let is_hopeless = tally.read == 0 && tally.failed >= HOPELESS;
            // Each is a task of its own, which goes on while the progress is noted.
            while let Some(due) = (!is_hopeless && reading.len() < AT_A_TIME).then(|| waiting.next()).flatten() {
                let reader = Arc::clone(&reader);
                reading.spawn(async move { (reader.read(&due).await, due.space.path) });
            }
            let Some(done) = reading.join_next().await else { break };
            let (outcome, path) = done.map_err(|error| AppError::Internal(Box::new(error)))?;
            self.count(&mut tally, outcome, path)?;
            self.estimate(tally.read + tally.failed, all, began_at).await;
        }
        self.report().await;
        if let Some((path, error)) = tally.first {
            return Err(WalkError::Contents { failed: tally.failed, all, path, error });
        }
        if has_looked {
            self.app.note_look(self.registry, self.began);
        }
        Ok(())
    }

    fn count(&mut self, tally: &mut Tally, outcome: Result<usize, WalkError>, path: String) -> Result<(), WalkError> {
        match outcome {
            Ok(repositories) => {
                tally.read += 1;
                self.progress.repositories_seen += i32::try_from(repositories).unwrap_or(0);
                Ok(())
            }
            // It went while the walk was under way: the next one sees that.
            Err(WalkError::Registry(RegistryError::SpaceGone(_))) => Ok(()),
            // Nothing more can be read with this credential.
            Err(WalkError::Registry(RegistryError::Unauthorized)) => Err(RegistryError::Unauthorized.into()),
            Err(WalkError::Registry(error)) => {
                tally.failed += 1;
                tally.first.get_or_insert((path, error));
                Ok(())
            }
            Err(ours) => Err(ours),
        }
    }

    fn reader(&self) -> Reader {
        let (app, client) = (Arc::clone(&self.app), Arc::clone(&self.client));
        Reader { app, client, began: self.began, claim: self.claim }
    }
}

/// Reads one space after the other.
struct Reader {
    app: Arc<crate::App>,
    client: Arc<dyn wharfinger_registry::RegistryClient>,
    began: Timestamp,
    claim: crate::leases::Claim,
}

impl Reader {
    /// Reads the repositories of a space, and gives their number. Nothing is removed unless the whole space was read.
    async fn read(&self, due: &Due) -> Result<usize, WalkError> {
        let mut pages = self.client.repositories(&due.space);
        let (id, began, claim) = (due.id, self.began, self.claim);
        let mut count = 0;
        while let Some(page) = pages.try_next().await? {
            let seen: Vec<_> = page.into_iter().map(stored_repository).collect();
            count += seen.len();
            let observed: Result<_, AppError> =
                self.app.store.write(move |tx| Ok(tx.observe_repositories(id, &seen, began)?)).await;
            observed?;
        }
        let finish = move |tx: &mut dyn Transaction| {
            let holds = claim.holds(tx)?;
            if holds {
                tx.finish_walk(id, began)?;
            }
            Ok::<_, AppError>(holds)
        };
        if self.app.store.write(finish).await? { Ok(count) } else { Err(WalkError::Superseded) }
    }
}

/// Whether the contents of a space are to be read now.
fn is_due(space: &ObservedSpace, record: &SpaceRecord, look: &Look, pace: Pace, now: Timestamp) -> bool {
    let Some(walked_at) = record.walked_at else { return true };
    let age = now.since(walked_at);
    if age >= longest(record.space.id) {
        return true;
    }
    let counted = space.repository_count.map(i64::from);
    let is_counted_otherwise = counted.is_some_and(|counted| counted != record.repository_count);
    match look {
        Look::All => true,
        Look::NotYet => false,
        Look::Untold => age >= pace.contents,
        Look::Changed(changed) => {
            is_counted_otherwise || space.upstream_id.as_ref().is_some_and(|id| changed.contains(id))
        }
    }
}

/// How many repositories there are to be read, as far as the registry says of every space how many it has.
fn total(due: &[Due]) -> Option<i32> {
    let counts: Option<Vec<_>> = due.iter().map(|due| due.space.repository_count).collect();
    counts.and_then(|counts| i32::try_from(counts.into_iter().map(u64::from).sum::<u64>()).ok())
}

fn stored_repository(repository: wharfinger_registry::ObservedRepository) -> ObservedRepository {
    let tags = repository.tags.into_iter().map(|tag| TagRecord {
        name: tag.name,
        digest: tag.digest,
        media_type: tag.media_type,
        size_bytes: tag.size_bytes,
        platforms: tag.platforms,
        pushed_at: tag.pushed_at,
    });
    ObservedRepository {
        path: repository.path,
        pull_count: repository.pull_count,
        updated_at: repository.updated_at,
        tags: Some(tags.collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wharfinger_domain::id::RegistryId;
    use wharfinger_domain::space::Space;

    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_micros(1_000 * HOUR + hours * HOUR)
    }

    fn space(count: u32) -> ObservedSpace {
        ObservedSpace {
            upstream_id: Some("7".to_owned()),
            path: "team".to_owned(),
            visibility: None,
            proxy_cache: false,
            repository_count: Some(count),
        }
    }

    fn record(walked_at: Option<Timestamp>) -> SpaceRecord {
        let (id, registry, path) = (SpaceId(1), RegistryId(1), "team".into());
        SpaceRecord {
            space: Space { id, registry, path, upstream_visibility: None, declared_visibility: None, present: true },
            upstream_id: Some("7".to_owned()),
            proxy_cache: false,
            declared: false,
            repository_count: 3,
            binding_count: 0,
            visibility_changed_at: None,
            walked_at,
            first_seen_at: at(0),
            revision: 1,
        }
    }

    #[test]
    fn a_space_is_read_when_it_is_new_when_it_has_changed_and_once_a_day() {
        let pace = Pace { spaces: Duration::from_mins(1), contents: Duration::from_mins(10) };
        let changed = || Look::Changed(HashSet::from(["7".to_owned()]));
        let none = || Look::Changed(HashSet::from(["8".to_owned()]));
        for (walked, look, count, expected) in [
            (None, Look::NotYet, 3, true),
            (Some(5), Look::All, 3, true),
            (Some(5), Look::NotYet, 9, false),
            (Some(5), none(), 3, false),
            (Some(5), none(), 4, true),
            (Some(5), changed(), 3, true),
            (Some(5), Look::Untold, 3, true),
            (Some(6), Look::Untold, 3, false),
            (Some(-18), Look::NotYet, 3, true),
        ] {
            let record = record(walked.map(at));
            let due = is_due(&space(count), &record, &look, pace, at(6));
            assert_eq!(due, expected, "walked {walked:?}, {look:?}, {count} repositories");
        }
    }

    #[test]
    fn the_day_of_two_spaces_does_not_end_at_once() {
        let longest: std::collections::BTreeSet<_> = (0..1000).map(|id| longest(SpaceId(id))).collect();
        let (Some(first), Some(last)) = (longest.first(), longest.last()) else { panic!("none") };
        assert!(*first >= Duration::from_hours(20) && *last < Duration::from_hours(24), "{first:?} to {last:?}");
        assert!(longest.len() > 500, "{}", longest.len());
    }
}
