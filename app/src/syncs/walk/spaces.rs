//! The part of a walk that reads the spaces, which decisions need. What tightens is in force when its page was read; what
//! loosens, and what is gone, when all have been read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use wharfinger_domain::host::CanonicalHost;
use wharfinger_domain::id::SpaceId;
use wharfinger_domain::registry::Owner;
use wharfinger_domain::space::Visibility;
use wharfinger_registry::{ObservedSpace, Presence, RegistryError};
use wharfinger_store::spaces::{ObservedSpace as SeenSpace, SpaceChange, SpaceRecord};

use super::{Walk, WalkError, identity};
use crate::call::Call;
use crate::error::AppError;
use crate::spaces::note;

/// So many spaces of an association are tried for the right to pull at a time.
const TRIES: usize = 4;

/// The id of the project that every Harbor has from the beginning, whichever it is.
const FIRST: &str = "1";

/// Where so many spaces are known and none of them is there, it is not they that are gone.
const KNOWN: usize = 3;

impl Walk {
    /// Reads every page of spaces. Private ones are in force at once: knowing one more of them only tightens.
    pub(super) async fn walk_spaces(&mut self) -> Result<(Vec<ObservedSpace>, Vec<SpaceId>), WalkError> {
        let known = self.known().await?;
        let client = Arc::clone(&self.client);
        let mut pages = client.spaces();
        let (mut seen, mut withheld) = (Vec::new(), Vec::new());
        while let Some(mut page) = pages.try_next().await? {
            recognize(&known, &page)?;
            if self.is_associated {
                page = self.granted(page, &known, &mut withheld).await?;
            }
            let tightens = |space: &&ObservedSpace| space.visibility == Some(Visibility::Private);
            self.observe(page.iter().filter(tightens).cloned().collect(), Vec::new()).await?;
            seen.extend(page);
            self.progress.spaces_seen = i32::try_from(seen.len()).unwrap_or(i32::MAX);
            self.report().await;
        }
        self.progress.spaces_total = Some(self.progress.spaces_seen);
        let there: HashSet<_> = seen.iter().map(|space| identity(space.upstream_id.as_deref(), &space.path)).collect();
        // What an administrator has named may be in no list.
        let listed: Vec<_> = known.iter().filter(|(_, record)| !record.declared).map(|(known, _)| known).collect();
        if listed.len() >= KNOWN && withheld.is_empty() && !listed.iter().any(|known| there.contains(*known)) {
            let words = format!("it has none of the {} spaces that were there", listed.len());
            return Err(WalkError::Another(words));
        }
        Ok((seen, withheld))
    }

    /// Refuses an association of what the platform has under another name: its spaces are the platform's to give. What the
    /// registry itself says where its images and its tokens are tells.
    pub(super) async fn be_none_of_the_platforms(&self) -> Result<(), WalkError> {
        let told = self.client.own_hosts().await?;
        let all = self.app.read(|tx| Ok(tx.all_registries()?)).await?;
        let platforms = all.iter().filter(|record| record.registry.owner == Owner::Platform);
        let names: HashSet<_> = platforms
            .flat_map(|record| record.registry.claims().map(|claim| claim.dns_name().to_owned()).collect::<Vec<_>>())
            .collect();
        let same = told.iter().filter_map(|host| dns_name(host)).find(|name| names.contains(name));
        same.map_or(Ok(()), |name| Err(WalkError::Platforms(name)))
    }

    /// Of a page of an association the spaces that its credential may pull from: to list one is no right to use it. Those that
    /// counted before go to `withheld`.
    async fn granted(
        &self,
        page: Vec<ObservedSpace>,
        known: &HashMap<String, SpaceRecord>,
        withheld: &mut Vec<SpaceId>,
    ) -> Result<Vec<ObservedSpace>, WalkError> {
        let tried = stream::iter(page).map(|space| async move {
            let counts = space.visibility == Some(Visibility::Public) || self.client.may_pull(&space).await?;
            Ok::<_, RegistryError>((space, counts))
        });
        let tried: Vec<_> = tried.buffered(TRIES).try_collect().await?;
        let mut granted = Vec::with_capacity(tried.len());
        for (space, counts) in tried {
            if counts {
                granted.push(space);
            } else if let Some(record) = known.get(&identity(space.upstream_id.as_deref(), &space.path)) {
                withheld.push(record.space.id);
            }
        }
        Ok(granted)
    }

    /// The stored spaces that are there, by what tells them apart. What every Harbor has from the beginning tells nothing.
    async fn known(&self) -> Result<HashMap<String, SpaceRecord>, AppError> {
        let mut known = self.stored().await?;
        known.remove(&identity(Some(FIRST), ""));
        Ok(known)
    }

    /// The stored spaces that are there, by what tells them apart.
    pub(super) async fn stored(&self) -> Result<HashMap<String, SpaceRecord>, AppError> {
        let registry = self.registry;
        let known = self.app.read(move |tx| Ok(tx.spaces_of_registry(registry)?)).await?;
        let there = known.into_iter().filter(|record| record.space.present);
        Ok(there.map(|record| (identity(record.upstream_id.as_deref(), &record.space.path), record)).collect())
    }

    /// The whole walk has succeeded: what it loosens is in force now, and what it missed is looked for by id.
    pub(super) async fn settle(&mut self, seen: &[ObservedSpace], withheld: Vec<SpaceId>) -> Result<(), WalkError> {
        let registry = self.registry;
        let known = self.app.read(move |tx| Ok(tx.spaces_of_registry(registry)?)).await?;
        let mut gone = self.confirm_gone(&known, seen).await?;
        gone.extend(withheld);
        let loosens = seen.iter().filter(|space| space.visibility != Some(Visibility::Private));
        self.observe(loosens.cloned().collect(), gone).await
    }

    /// Which of the known spaces are gone. A registry without ids is believed, since its whole list was read. What an
    /// administrator has named is there.
    async fn confirm_gone(&self, known: &[SpaceRecord], seen: &[ObservedSpace]) -> Result<Vec<SpaceId>, RegistryError> {
        let ids: HashSet<_> = seen.iter().filter_map(|space| space.upstream_id.as_deref()).collect();
        let paths: HashSet<_> = seen.iter().map(|space| space.path.as_str()).collect();
        let mut gone = Vec::new();
        for record in known.iter().filter(|record| record.space.present && !record.declared) {
            let is_gone = match record.upstream_id.as_deref() {
                Some(id) => !ids.contains(id) && self.client.space(id).await? == Presence::Gone,
                None => !paths.contains(&*record.space.path),
            };
            if is_gone {
                gone.push(record.space.id);
            }
        }
        Ok(gone)
    }

    /// Takes in what was seen, in one change of the policy data.
    async fn observe(&self, seen: Vec<ObservedSpace>, gone: Vec<SpaceId>) -> Result<(), WalkError> {
        if seen.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let (registry, claim, at) = (self.registry, self.claim, self.app.clock.now());
        let is_associated = self.is_associated;
        let call = Call::system("sync", at);
        let observed: Vec<_> = seen.into_iter().map(stored_space).collect();
        let done = self.app.change(&call, false, move |unit| {
            if !claim.holds(unit.tx)? {
                return Ok(None);
            }
            // What is named inside a space of an association counts no longer than the credential may pull from that.
            let gone = if is_associated { unit.tx.withdraw_spaces(&gone) } else { unit.tx.mark_spaces_gone(&gone) };
            for change in gone? {
                note(unit, &change, "space.gone", "the registry has it no longer");
            }
            let changes = unit.tx.observe_spaces(registry, &observed, at)?;
            for change in &changes {
                note(unit, change, "space.observe", "the registry shows it so");
            }
            Ok(Some(changes.into_iter().filter(turned_public).map(|change| change.after).collect::<Vec<_>>()))
        });
        let opened = done.await?.map_err(|errors| WalkError::Ours(AppError::Refused(errors)))?;
        let opened = opened.ok_or(WalkError::Superseded)?;
        for SpaceRecord { space, .. } in &opened {
            let (id, path) = (space.id, &space.path);
            tracing::warn!(registry = %registry, space = %id, ?path, "a private space is public now; everybody may use its images");
        }
        self.app.opened.fetch_add(u64::try_from(opened.len()).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }
}

/// The DNS name of `host[:port]`.
fn dns_name(host: &str) -> Option<String> {
    CanonicalHost::parse(host).ok().map(|host| host.dns_name().to_owned())
}

/// Refuses a page in which a known space has another path: a project keeps its name, so that this is another registry's.
fn recognize(known: &HashMap<String, SpaceRecord>, page: &[ObservedSpace]) -> Result<(), WalkError> {
    let other = page.iter().find_map(|space| {
        let record = known.get(&identity(space.upstream_id.as_deref(), &space.path))?;
        (*record.space.path != *space.path).then_some((record, space))
    });
    other.map_or(Ok(()), |(record, space)| {
        Err(WalkError::Another(format!("what was {} is {} there", record.space.path, space.path)))
    })
}

/// Whether everybody may use what only some might before.
fn turned_public(change: &SpaceChange) -> bool {
    change.after.space.is_public() && change.before.as_ref().is_some_and(|before| !before.space.is_public())
}

fn stored_space(space: ObservedSpace) -> SeenSpace {
    SeenSpace {
        upstream_id: space.upstream_id,
        path: space.path,
        upstream_visibility: space.visibility,
        proxy_cache: space.proxy_cache,
    }
}
