//! What a Harbor stores: projects that hold repositories, which hold artifacts, which have tags; and the image that a test
//! pushes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
    /// Its repositories by full name.
    pub repositories: BTreeMap<String, Repository>,
}

impl Project {
    /// Whether everybody may read it: Harbor takes two spellings in any case for yes, and all else for no.
    pub fn is_public(&self) -> bool {
        matches!(self.public.to_lowercase().as_str(), "true" | "1")
    }

    /// The bytes of everything in it.
    pub(super) fn stored(&self) -> i64 {
        self.repositories.values().flat_map(|repository| &repository.artifacts).map(|artifact| artifact.size).sum()
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
    /// Its artifacts, oldest first.
    pub artifacts: Vec<Artifact>,
}

impl Repository {
    /// The artifact that a tag or a digest names.
    pub fn artifact(&self, reference: &str) -> Option<&Artifact> {
        self.artifacts.iter().find(|artifact| artifact.is(reference))
    }

    /// Takes tags away from whatever has them.
    pub(super) fn untag(&mut self, tags: &[String]) {
        for artifact in &mut self.artifacts {
            artifact.tags.retain(|tag| !tags.contains(&tag.name));
        }
    }
}

/// An artifact that Harbor lists: an image, or an index with its children folded in.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// Its number.
    pub id: i64,
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

impl Artifact {
    /// Whether a tag or a digest names it.
    pub(super) fn is(&self, reference: &str) -> bool {
        self.digest == reference || self.tags.iter().any(|tag| tag.name == reference)
    }
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

    /// The platforms, of which there is at least one.
    pub(super) fn platforms(&self) -> Vec<String> {
        if self.platforms.is_empty() { vec!["linux/amd64".to_owned()] } else { self.platforms.clone() }
    }

    /// The media types of the manifest and of the configuration; an index has the first for both.
    pub(super) fn media_types(&self) -> (String, String) {
        let index = self.platforms.len() > 1;
        let default = if index { OCI_INDEX } else { OCI_MANIFEST };
        let manifest = self.manifest_media_type.clone().unwrap_or_else(|| default.to_owned());
        let config = if manifest.contains("docker") { DOCKER_CONFIG } else { OCI_CONFIG };
        let config = if index { manifest.clone() } else { config.to_owned() };
        (manifest, config)
    }
}
