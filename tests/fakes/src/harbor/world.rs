//! What the fake Harbor holds, and the edits that a Harbor's users would make. Time is a counter that starts at a fixed
//! instant and moves with every edit, so that two runs of a test see the same world.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::digest::sha256;
use crate::harbor::account::{Account, Accounts};
use crate::harbor::project::{Artifact, Child, Project, Push, Repository, Tag};

/// What goes wrong with the next request that it is meant for.
#[derive(Debug, Clone)]
pub enum Fault {
    /// An answer with this status, type and body instead of the right one.
    Answer(u16, &'static str, String),
    /// The right answer, so much later.
    Delay(Duration),
    /// A redirect to this address.
    Redirect(String),
    /// A list with this total and this body.
    Listing(u32, String),
    /// A refusal with this challenge.
    Challenge(String),
}

impl Fault {
    /// An answer with this status and Harbor's body for it.
    pub fn status(status: u16) -> Self {
        let body = r#"{"errors":[{"code":"UNKNOWN","message":"internal server error"}]}"#;
        Self::Answer(status, "application/json; charset=utf-8", body.to_owned())
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// Path and query, undecoded.
    pub target: String,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
}

/// An edit that waits for the first request whose target contains a text.
pub(super) type Ambush = (String, Box<dyn FnOnce(&mut World) + Send>);

/// Everything that a Harbor remembers.
#[derive(Default)]
pub struct World {
    pub(super) version: String,
    /// Whether the catalogue of the distribution paths takes tokens, as other registries' does and Harbor's does not.
    pub catalogue_takes_tokens: bool,
    /// The host that it was set up with, `host[:port]`; that which is asked without.
    pub external_host: Option<String>,
    pub(super) tick: i64,
    pub(super) last: BTreeMap<&'static str, i64>,
    /// Projects by name.
    pub(super) projects: BTreeMap<String, Project>,
    /// The names of projects by id.
    names: BTreeMap<i64, String>,
    pub(super) accounts: Accounts,
    pub(super) faults: VecDeque<(String, Fault)>,
    pub(super) ambushes: Vec<Ambush>,
    pub(super) seen: Vec<Seen>,
}

/// 2026-11-24T23:41:14.640Z: any fixed instant would do.
pub(super) const START: i64 = 1_795_563_674_640;

impl World {
    /// A fresh Harbor: the public project `library` with the id 1, and `admin`.
    pub fn new(version: &str) -> Self {
        let mut world = Self { version: version.to_owned(), tick: START, ..Self::default() };
        world.accounts.set(Account::admin("admin", "Harbor12345"));
        world.create_project("library", "true");
        world
    }

    /// The next instant, in milliseconds since the epoch.
    pub(super) fn now(&mut self) -> i64 {
        self.tick += 37;
        self.tick
    }

    pub(super) fn next_id(&mut self, noun: &'static str) -> i64 {
        let id = self.last.entry(noun).or_default();
        *id += 1;
        *id
    }

    /// Spends ids without using them, as failed and deleted rows do.
    pub fn skip_project_ids(&mut self, count: i64) {
        *self.last.entry("project").or_default() += count;
    }

    /// Makes a project and returns its id. A project of that name is replaced.
    pub fn create_project(&mut self, name: &str, public: &str) -> i64 {
        let (id, created, repositories) = (self.next_id("project"), self.now(), BTreeMap::new());
        let (name, public) = (name.to_owned(), public.to_owned());
        self.delete_project(&name);
        self.names.insert(id, name.clone());
        self.projects.insert(name.clone(), Project { id, name, public, registry_id: None, created, repositories });
        id
    }

    /// Sets the free text of a project's visibility. The project's update time stays, as in Harbor.
    pub fn set_public(&mut self, project: &str, public: &str) {
        if let Some(found) = self.projects.get_mut(project) {
            public.clone_into(&mut found.public);
        }
    }

    /// Makes a project a proxy cache of the registry with this number.
    pub fn set_registry(&mut self, project: &str, registry_id: i64) {
        if let Some(found) = self.projects.get_mut(project) {
            found.registry_id = Some(registry_id);
        }
    }

    /// Removes a project with everything in it, and what robots were granted on it.
    pub fn delete_project(&mut self, name: &str) {
        if let Some(gone) = self.projects.remove(name) {
            self.names.remove(&gone.id);
            self.accounts.forget_project(gone.id);
        }
    }

    /// Removes a repository with its artifacts; tells whether it was there.
    pub fn delete_repository(&mut self, name: &str) -> bool {
        self.projects.get_mut(first(name)).is_some_and(|project| project.repositories.remove(name).is_some())
    }

    /// The project of this name.
    pub fn project_named(&self, name: &str) -> Option<&Project> {
        self.projects.get(name)
    }

    /// The project of this id.
    pub fn project(&self, id: i64) -> Option<&Project> {
        self.projects.get(self.names.get(&id)?)
    }

    /// The repository of this full name.
    pub fn repository_named(&self, name: &str) -> Option<&Repository> {
        self.projects.get(first(name))?.repositories.get(name)
    }

    fn repository_mut(&mut self, name: &str) -> Option<&mut Repository> {
        self.projects.get_mut(first(name))?.repositories.get_mut(name)
    }

    /// Pushes an image to `project/…` and returns its digest; nothing happens when there is no such project.
    pub fn push_artifact(&mut self, repository: &str, push: &Push) -> Option<String> {
        self.projects.get(first(repository))?;
        let now = self.now();
        self.open_repository(repository, now);
        let platforms = push.platforms();
        let children = if platforms.len() > 1 { self.push_children(repository, push) } else { Vec::new() };
        let seed = format!("{repository}:{:?}:{platforms:?}:{:?}", push.tags, push.size);
        let digest = push.digest.clone().unwrap_or_else(|| sha256(seed.as_bytes()));
        let mut tags: Vec<Tag> = push.tags.iter().map(|name| self.new_tag(name)).collect();
        let id = self.next_id("artifact");
        let into = self.repository_mut(repository)?;
        into.untag(&push.tags);
        if let Some(known) = into.artifacts.iter_mut().find(|artifact| artifact.digest == digest) {
            known.tags.append(&mut tags);
            return Some(digest);
        }
        let (manifest_media_type, media_type) = push.media_types();
        into.artifacts.push(Artifact {
            id,
            digest: digest.clone(),
            manifest_media_type,
            media_type,
            size: push.size.unwrap_or(731),
            platform: platforms.into_iter().next().filter(|_| children.is_empty()),
            children,
            pushed: now,
            pulled: None,
            tags,
        });
        Some(digest)
    }

    fn open_repository(&mut self, name: &str, now: i64) {
        if let Some(known) = self.repository_mut(name) {
            known.updated = now;
            return;
        }
        let id = self.next_id("repository");
        if let Some(project) = self.projects.get_mut(first(name)) {
            let (project_id, artifacts, full) = (project.id, Vec::new(), name.to_owned());
            let fresh = Repository { id, project_id, name: full, pull_count: 0, created: now, updated: now, artifacts };
            project.repositories.insert(name.to_owned(), fresh);
        }
    }

    fn push_children(&mut self, repository: &str, push: &Push) -> Vec<Child> {
        let mut children = Vec::new();
        for platform in &push.platforms {
            let digest = sha256(format!("{repository}:{:?}:{platform}", push.tags).as_bytes());
            children.push(Child { id: self.next_id("artifact"), digest, platform: platform.clone() });
        }
        children
    }

    fn new_tag(&mut self, name: &str) -> Tag {
        Tag { id: self.next_id("tag"), name: name.to_owned(), pushed: self.now() }
    }

    /// Sets how often a repository was pulled; its artifacts and tags were pulled just now.
    pub fn set_pulled(&mut self, repository: &str, count: i64) {
        let now = self.now();
        if let Some(found) = self.repository_mut(repository) {
            found.pull_count = count;
            found.artifacts.iter_mut().for_each(|artifact| artifact.pulled = Some(now));
        }
    }

    /// Removes the artifact that a tag or a digest names, with all its tags.
    pub fn delete_artifact(&mut self, repository: &str, reference: &str) {
        if let Some(found) = self.repository_mut(repository)
            && let Some(id) = found.artifact(reference).map(|artifact| artifact.id)
        {
            found.artifacts.retain(|artifact| artifact.id != id);
        }
    }

    /// Takes a tag away.
    pub fn delete_tag(&mut self, repository: &str, tag: &str) {
        if let Some(found) = self.repository_mut(repository) {
            found.untag(&[tag.to_owned()]);
        }
    }

    /// Adds an account, or changes the one of that name.
    pub fn set_account(&mut self, account: Account) {
        self.accounts.set(account);
    }

    /// Changes the secret of an account.
    pub fn set_credential(&mut self, name: &str, secret: &str) {
        self.accounts.set_secret(name, secret);
    }

    /// Disables an account, as an administrator or an expiry does.
    pub fn disable(&mut self, name: &str) {
        self.accounts.disable(name);
    }

    /// Lets the next request whose target contains `part` go wrong.
    pub fn fail_next(&mut self, part: &str, fault: Fault) {
        self.faults.push_back((part.to_owned(), fault));
    }

    /// Lets nothing more go wrong.
    pub fn forget_faults(&mut self) {
        self.faults.clear();
    }

    /// Whether this version lists the artifacts of a project in one call.
    pub(super) fn lists_project_artifacts(&self) -> bool {
        let mut numbers = self.version.trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
        let version = numbers.next().zip(numbers.next());
        version.is_none_or(|version| version >= (2, 11))
    }

    /// The requests that arrived so far, oldest first.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }
}

/// The first component of a repository's name: its project's.
fn first(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}
