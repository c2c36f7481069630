//! What the fake Harbor holds, and the edits that a Harbor's users would make. Time is a counter that starts at a fixed
//! instant and moves with every edit, so that two runs of a test see the same world.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::digest::sha256;
use crate::harbor::account::{Account, Accounts};

/// The media type of an OCI image index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The media type of an OCI image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";

/// A project.
#[derive(Debug, Clone)]
pub struct Project {
    /// Never used again, also not for a project of the same name.
    pub id: i64,
    /// The first component of its repositories' names.
    pub name: String,
    /// The free text that decides whether everybody may read it.
    pub public: String,
    /// The upstream registry of a proxy cache.
    pub registry_id: Option<i64>,
    /// Creation, in milliseconds since the epoch.
    pub created: i64,
}

impl Project {
    /// Whether everybody may read it: Harbor takes two spellings in any case for yes, and all else for no.
    pub fn is_public(&self) -> bool {
        matches!(self.public.to_lowercase().as_str(), "true" | "1")
    }
}

/// A repository.
#[derive(Debug, Clone)]
pub struct Repository {
    /// Its number.
    pub id: i64,
    /// The project that holds it.
    pub project_id: i64,
    /// The full name, project included.
    pub name: String,
    /// How often it was pulled.
    pub pull_count: i64,
    /// Creation, in milliseconds since the epoch.
    pub created: i64,
    /// The last push, in milliseconds since the epoch.
    pub updated: i64,
}

/// An artifact that Harbor lists: an image, or an index with its children folded in.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// Its number.
    pub id: i64,
    /// The repository that holds it.
    pub repository_id: i64,
    /// The digest of its manifest.
    pub digest: String,
    /// The media type of its manifest.
    pub manifest_media_type: String,
    /// The media type of its configuration; of the manifest when it is an index.
    pub media_type: String,
    /// Bytes, layers included.
    pub size: i64,
    /// `os/architecture` of an image.
    pub platform: Option<String>,
    /// The children of an index.
    pub children: Vec<Child>,
    /// Milliseconds since the epoch.
    pub pushed: i64,
    /// The last pull, in milliseconds since the epoch.
    pub pulled: Option<i64>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// A child of an index.
#[derive(Debug, Clone)]
pub struct Child {
    /// Its number as an artifact.
    pub id: i64,
    /// The digest of its manifest.
    pub digest: String,
    /// `os/architecture`.
    pub platform: String,
}

/// A tag.
#[derive(Debug, Clone)]
pub struct Tag {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Milliseconds since the epoch.
    pub pushed: i64,
}

/// An image to push. What is left out is made up, and the same each time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Push {
    /// The digest of the manifest.
    pub digest: Option<String>,
    /// The media type of the manifest; the OCI one, or an index when there are several platforms.
    pub manifest_media_type: Option<String>,
    /// Bytes.
    pub size: Option<i64>,
    /// Names that point to the image afterwards; a tag that another image had moves.
    pub tags: Vec<String>,
    /// `os/architecture`; several make an index. `linux/amd64` when empty.
    pub platforms: Vec<String>,
}

impl Push {
    /// An image for `linux/amd64` with these tags.
    pub fn tagged<const N: usize>(tags: [&str; N]) -> Self {
        Self { tags: tags.map(str::to_owned).to_vec(), ..Self::default() }
    }
}

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
    pub(super) tick: i64,
    pub(super) last: BTreeMap<&'static str, i64>,
    pub(super) projects: BTreeMap<i64, Project>,
    pub(super) repositories: BTreeMap<i64, Repository>,
    pub(super) artifacts: BTreeMap<i64, Artifact>,
    pub(super) accounts: Accounts,
    pub(super) faults: VecDeque<(String, Fault)>,
    pub(super) ambushes: Vec<Ambush>,
    pub(super) seen: Vec<Seen>,
}

/// 2026-11-24T23:41:14.640Z: any fixed instant would do.
pub(super) const START: i64 = 1_795_563_674_640;

fn default_type(index: bool) -> &'static str {
    if index { OCI_INDEX } else { OCI_MANIFEST }
}

fn config_type(manifest: &str) -> &'static str {
    if manifest.contains("docker") { DOCKER_CONFIG } else { OCI_CONFIG }
}

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

    /// Makes a project and returns its id. A name that exists already is an error of the test and gives another row.
    pub fn create_project(&mut self, name: &str, public: &str) -> i64 {
        let (id, created) = (self.next_id("project"), self.now());
        let project = Project { id, name: name.to_owned(), public: public.to_owned(), registry_id: None, created };
        self.projects.insert(id, project);
        id
    }

    /// Sets the free text of a project's visibility. The project's update time stays, as in Harbor.
    pub fn set_public(&mut self, project: &str, public: &str) {
        if let Some(id) = self.project_named(project).map(|found| found.id)
            && let Some(found) = self.projects.get_mut(&id)
        {
            public.clone_into(&mut found.public);
        }
    }

    /// Makes a project a proxy cache of the registry with this number.
    pub fn set_registry(&mut self, project: &str, registry_id: i64) {
        if let Some(id) = self.project_named(project).map(|found| found.id)
            && let Some(found) = self.projects.get_mut(&id)
        {
            found.registry_id = Some(registry_id);
        }
    }

    /// Removes a project with everything in it, and what robots were granted on it.
    pub fn delete_project(&mut self, name: &str) {
        let Some(id) = self.project_named(name).map(|found| found.id) else { return };
        self.projects.remove(&id);
        let gone: Vec<i64> = self.repositories_of(id).map(|repository| repository.id).collect();
        for repository in gone {
            self.delete_repository(repository);
        }
        self.accounts.forget_project(id);
    }

    /// Removes a repository with its artifacts.
    pub(super) fn delete_repository(&mut self, id: i64) {
        self.repositories.remove(&id);
        self.artifacts.retain(|_, artifact| artifact.repository_id != id);
    }

    /// The project of this name.
    pub fn project_named(&self, name: &str) -> Option<&Project> {
        self.projects.values().find(|project| project.name == name)
    }

    /// The repository of this full name.
    pub(super) fn repository_named(&self, name: &str) -> Option<&Repository> {
        self.repositories.values().find(|repository| repository.name == name)
    }

    pub(super) fn repositories_of(&self, project: i64) -> impl Iterator<Item = &Repository> {
        self.repositories.values().filter(move |repository| repository.project_id == project)
    }

    pub(super) fn artifacts_of(&self, repository: i64) -> impl Iterator<Item = &Artifact> {
        self.artifacts.values().filter(move |artifact| artifact.repository_id == repository)
    }

    /// Pushes an image to `project/…` and returns its digest; nothing happens when there is no such project.
    pub fn push_artifact(&mut self, repository: &str, push: &Push) -> Option<String> {
        let project_id = self.project_named(repository.split('/').next()?)?.id;
        let now = self.now();
        let repository_id = self.repository_for_push(project_id, repository, now);
        let platforms = if push.platforms.is_empty() { vec!["linux/amd64".to_owned()] } else { push.platforms.clone() };
        let children = if platforms.len() > 1 { self.push_children(repository, push, &platforms) } else { Vec::new() };
        let seed = format!("{repository}:{:?}:{platforms:?}:{:?}", push.tags, push.size);
        let digest = push.digest.clone().unwrap_or_else(|| sha256(seed.as_bytes()));
        for artifact in self.artifacts.values_mut().filter(|artifact| artifact.repository_id == repository_id) {
            artifact.tags.retain(|tag| !push.tags.contains(&tag.name));
        }
        let index = !children.is_empty();
        let manifest_media_type = push.manifest_media_type.clone().unwrap_or_else(|| default_type(index).to_owned());
        let media_type = if index { manifest_media_type.clone() } else { config_type(&manifest_media_type).to_owned() };
        let tags = push.tags.iter().map(|name| self.new_tag(name)).collect();
        self.place_artifact(Artifact {
            id: 0,
            repository_id,
            digest: digest.clone(),
            manifest_media_type,
            media_type,
            size: push.size.unwrap_or(731),
            platform: platforms.into_iter().next().filter(|_| !index),
            children,
            pushed: now,
            pulled: None,
            tags,
        });
        Some(digest)
    }

    fn repository_for_push(&mut self, project_id: i64, name: &str, now: i64) -> i64 {
        let known = self.repository_named(name).map(|found| found.id);
        let id = known.unwrap_or_else(|| self.next_id("repository"));
        let (name, created) = (name.to_owned(), now);
        let fresh = Repository { id, project_id, name, pull_count: 0, created, updated: now };
        self.repositories.entry(id).or_insert(fresh).updated = now;
        id
    }

    fn push_children(&mut self, repository: &str, push: &Push, platforms: &[String]) -> Vec<Child> {
        let mut child = |platform: &String| {
            let digest = sha256(format!("{repository}:{:?}:{platform}", push.tags).as_bytes());
            Child { id: self.next_id("artifact"), digest, platform: platform.clone() }
        };
        platforms.iter().map(&mut child).collect()
    }

    fn new_tag(&mut self, name: &str) -> Tag {
        Tag { id: self.next_id("tag"), name: name.to_owned(), pushed: self.now() }
    }

    /// Adds the tags to the artifact of that digest when it is there, else the artifact.
    fn place_artifact(&mut self, mut artifact: Artifact) {
        let (repository_id, digest) = (artifact.repository_id, artifact.digest.clone());
        let same = |known: &&mut Artifact| known.repository_id == repository_id && known.digest == digest;
        if let Some(known) = self.artifacts.values_mut().find(same) {
            known.tags.append(&mut artifact.tags);
            return;
        }
        artifact.id = self.next_id("artifact");
        self.artifacts.insert(artifact.id, artifact);
    }

    /// Sets how often a repository was pulled; its artifacts and tags were pulled just now.
    pub fn set_pulled(&mut self, repository: &str, count: i64) {
        let Some(id) = self.repository_named(repository).map(|found| found.id) else { return };
        let now = self.now();
        self.repositories.entry(id).and_modify(|found| found.pull_count = count);
        for artifact in self.artifacts.values_mut().filter(|artifact| artifact.repository_id == id) {
            artifact.pulled = Some(now);
        }
    }

    /// Takes a tag away.
    pub fn delete_tag(&mut self, repository: &str, tag: &str) {
        let Some(id) = self.repository_named(repository).map(|found| found.id) else { return };
        for artifact in self.artifacts.values_mut().filter(|artifact| artifact.repository_id == id) {
            artifact.tags.retain(|known| known.name != tag);
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
