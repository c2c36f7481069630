//! The JSON of Harbor's interface, as far as it is read. Lists may be null, and every value may be missing in some
//! version; what a row says is checked before it becomes an observation.

use serde::Deserialize;
use serde_json::Value;
use wharfinger_domain::space::Visibility;

use crate::harbor::instant;
use crate::harbor::walk::Row;
use crate::http::Reply;
use crate::quoted::quoted;
use crate::{ObservedRepository, ObservedSpace, ObservedTag, RegistryError};

/// `GET /service/token`.
#[derive(Deserialize)]
pub(super) struct Token {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
}

impl Token {
    pub(super) fn is_there(&self) -> bool {
        !self.token.is_empty() || !self.access_token.is_empty()
    }
}

/// `GET /systeminfo`.
#[derive(Deserialize)]
pub(super) struct SystemInfo {
    pub(super) auth_mode: Option<String>,
    pub(super) harbor_version: Option<String>,
    pub(super) registry_url: Option<String>,
}

/// A project.
#[derive(Deserialize)]
pub(super) struct Project {
    #[serde(rename = "project_id")]
    pub(super) number: i64,
    pub(super) name: String,
    metadata: Option<Value>,
    registry_id: Option<i64>,
    repo_count: Option<i64>,
}

impl Project {
    /// Harbor takes two spellings in any case for public, and every other text for private.
    pub(super) fn visibility(&self) -> Visibility {
        let text = self.metadata.as_ref().and_then(|metadata| metadata.get("public")).and_then(Value::as_str);
        match text.map(str::to_lowercase).as_deref() {
            Some("true" | "1") => Visibility::Public,
            _ => Visibility::Private,
        }
    }
}

/// Whether a name is one component of an image's path.
fn is_component(name: &str) -> bool {
    let ends = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    name.len() <= 255 && ends(name.bytes().next()) && ends(name.bytes().last()) && name.bytes().all(inner)
}

impl Row for Project {
    type Observed = ObservedSpace;

    fn id(&self) -> i64 {
        self.number
    }

    fn observed(self, reply: &Reply) -> Result<ObservedSpace, RegistryError> {
        if !is_component(&self.name) {
            return Err(reply.malformed(&format!("{} is no name of a project", quoted(&self.name))));
        }
        Ok(ObservedSpace {
            upstream_id: Some(self.number.to_string()),
            visibility: Some(self.visibility()),
            proxy_cache: self.registry_id.is_some_and(|id| id > 0),
            repository_count: self.repo_count.and_then(|count| u32::try_from(count).ok()),
            path: self.name,
        })
    }
}

/// A repository.
#[derive(Deserialize)]
pub(super) struct Repository {
    id: i64,
    pub(super) project_id: i64,
    name: String,
    pull_count: Option<i64>,
    update_time: Option<String>,
}

/// A repository without its tags, and the project that it belongs to.
pub(super) struct Listed {
    pub(super) project_id: i64,
    pub(super) repository: ObservedRepository,
}

impl Row for Repository {
    type Observed = Listed;

    fn id(&self) -> i64 {
        self.id
    }

    fn observed(self, reply: &Reply) -> Result<Listed, RegistryError> {
        if !is_path(&self.name) {
            return Err(reply.malformed(&format!("{} is no name of a repository", quoted(&self.name))));
        }
        let updated_at = instant::read(self.update_time.as_deref());
        let (path, pull_count, tags) = (self.name, self.pull_count, Vec::new());
        let repository = ObservedRepository { path, pull_count, updated_at, tags };
        Ok(Listed { project_id: self.project_id, repository })
    }
}

fn is_path(name: &str) -> bool {
    name.len() <= 512 && name.contains('/') && name.split('/').all(is_component)
}

/// An artifact.
#[derive(Deserialize)]
pub(super) struct Artifact {
    id: i64,
    project_id: Option<i64>,
    digest: String,
    repository_name: Option<String>,
    manifest_media_type: Option<String>,
    media_type: Option<String>,
    size: Option<i64>,
    tags: Option<Vec<Tag>>,
    references: Option<Vec<Reference>>,
    extra_attrs: Option<Platform>,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
    push_time: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    os: Option<Value>,
    architecture: Option<Value>,
    variant: Option<Value>,
}

impl Platform {
    /// `os/architecture[/variant]`; nothing for the `unknown/unknown` that attestations carry.
    fn text(&self) -> Option<String> {
        let part = |value: &Option<Value>| {
            value.as_ref().and_then(Value::as_str).filter(|text| !text.is_empty() && *text != "unknown").map(quoted)
        };
        let variant = part(&self.variant).map(|variant| format!("/{variant}")).unwrap_or_default();
        Some(format!("{}/{}{variant}", part(&self.os)?, part(&self.architecture)?))
    }
}

/// The tags of an artifact, and the repository that they belong to where Harbor says so.
pub(super) struct Tagged {
    pub(super) project_id: Option<i64>,
    pub(super) repository: Option<String>,
    pub(super) tags: Vec<ObservedTag>,
}

impl Row for Artifact {
    type Observed = Tagged;

    fn id(&self) -> i64 {
        self.id
    }

    fn observed(self, _: &Reply) -> Result<Tagged, RegistryError> {
        let children = self.references.iter().flatten().filter_map(|child| child.platform.as_ref());
        let mut platforms: Vec<String> = children.chain(&self.extra_attrs).filter_map(Platform::text).collect();
        platforms.dedup();
        let media_type = self.manifest_media_type.or(self.media_type).map(|kind| quoted(&kind));
        let digest = quoted(&self.digest);
        let tag = |tag: Tag| ObservedTag {
            name: tag.name,
            digest: digest.clone(),
            media_type: media_type.clone(),
            size_bytes: self.size,
            platforms: platforms.clone(),
            pushed_at: instant::read(tag.push_time.as_deref()),
        };
        let tags = self.tags.into_iter().flatten().filter(|tag| is_tag(&tag.name)).map(tag).collect();
        Ok(Tagged { project_id: self.project_id, repository: self.repository_name.filter(|name| is_path(name)), tags })
    }
}

/// What an image reference can carry; nobody could name another tag.
fn is_tag(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=128).contains(&name.len()) && !name.starts_with(['.', '-']) && name.bytes().all(inner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn visibility(public: &Value) -> Visibility {
        let project = json!({ "project_id": 1, "name": "a", "metadata": { "public": public } });
        serde_json::from_value::<Project>(project).map(|project| project.visibility()).unwrap()
    }

    #[test]
    fn only_true_and_one_in_any_case_are_public() {
        for public in ["true", "TRUE", "True", "1"] {
            assert_eq!(visibility(&json!(public)), Visibility::Public, "{public:?}");
        }
        for private in
            [json!("false"), json!("maybe"), json!(" true"), json!(""), json!("yes"), json!(null), json!(true)]
        {
            assert_eq!(visibility(&private), Visibility::Private, "{private}");
        }
    }

    #[test]
    fn a_project_without_metadata_is_private() {
        let project: Project = serde_json::from_value(json!({ "project_id": 1, "name": "a" })).unwrap();
        assert_eq!(project.visibility(), Visibility::Private);
    }

    #[test]
    fn a_name_that_could_reach_into_another_space_is_no_component() {
        for name in ["", "a/b", "A", "..", ".a", "a.", "a b", "a%2fb"] {
            assert!(!is_component(name), "{name:?}");
        }
        assert!(is_component("team.b_c-d"));
        assert!(is_path("team/a__b/c--d") && !is_path("team") && !is_path("team//a"));
    }

    #[test]
    fn platforms_of_attestations_are_left_out() {
        let platform = |value| serde_json::from_value::<Platform>(value).unwrap().text();
        assert_eq!(platform(json!({ "os": "unknown", "architecture": "unknown" })), None);
        let arm = json!({ "os": "linux", "architecture": "arm", "variant": "v7" });
        assert_eq!(platform(arm), Some("linux/arm/v7".to_owned()));
    }
}
