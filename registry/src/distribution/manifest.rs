//! Tags and the manifests that they point to. A tag costs a `HEAD`, a manifest one `GET` for all tags that share it.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use reqwest::StatusCode;
use serde::Deserialize;

use crate::distribution::Distribution;
use crate::quoted::quoted;
use crate::{ObservedRepository, ObservedTag, RegistryError};

/// Everything that a tag may point to. Without this list a registry converts, or refuses.
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
                      application/vnd.docker.distribution.manifest.list.v2+json, \
                      application/vnd.oci.image.manifest.v1+json, \
                      application/vnd.docker.distribution.manifest.v2+json";
/// A larger configuration is not read for the platform in it.
const CONFIG_LIMIT: i64 = 1 << 20;

/// An image manifest or an index, as far as either is read.
#[derive(Deserialize, Default)]
struct Manifest {
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: Option<String>,
    size: Option<i64>,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
}

impl Platform {
    fn text(&self) -> Option<String> {
        let known = |part: &str| !part.is_empty() && part != "unknown";
        let variant = self.variant.as_deref().filter(|variant| !variant.is_empty());
        let variant = variant.map(|variant| format!("/{}", quoted(variant))).unwrap_or_default();
        (known(&self.os) && known(&self.architecture))
            .then(|| format!("{}/{}{variant}", quoted(&self.os), quoted(&self.architecture)))
    }
}

/// What a tag points to.
struct Head {
    tag: String,
    digest: String,
    media_type: Option<String>,
}

/// What is known of a manifest.
#[derive(Clone, Default)]
struct Facts {
    size_bytes: Option<i64>,
    platforms: Vec<String>,
}

impl Distribution {
    /// A repository with its tags; `None` when it is not there any more.
    pub(super) async fn repository(&self, name: &str) -> Result<Option<ObservedRepository>, RegistryError> {
        let scope = format!("repository:{name}:pull");
        let Some(tags) = self.tag_names(name, &scope).await? else { return Ok(None) };
        let width = self.session.http.limits.concurrency.max(1);
        let heads = stream::iter(tags).map(|tag| self.head(name, &scope, tag)).buffered(width);
        let heads: Vec<Head> = heads.try_filter_map(|head| async move { Ok(head) }).try_collect().await?;
        let mut facts = BTreeMap::new();
        for head in &heads {
            if !facts.contains_key(&head.digest) {
                facts.insert(head.digest.clone(), self.facts(name, &scope, &head.digest).await?);
            }
        }
        let tags = heads.into_iter().map(|head| observed(head, &facts)).collect();
        Ok(Some(ObservedRepository { path: name.to_owned(), pull_count: None, updated_at: None, tags }))
    }

    /// The digest behind a tag; `None` when the tag was taken away meanwhile.
    async fn head(&self, name: &str, scope: &str, tag: String) -> Result<Option<Head>, RegistryError> {
        let call = self.session.http.head(&format!("/v2/{name}/manifests/{tag}"))?.accept(ACCEPT);
        let reply = self.session.send(call, scope).await?;
        match reply.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(RegistryError::MissingRight(scope.to_owned()));
            }
            _ => return Err(reply.failed()),
        }
        let digest = reply.header("docker-content-digest").filter(|digest| is_digest(digest));
        let digest = digest.ok_or_else(|| reply.malformed("it does not tell the digest"))?.to_owned();
        Ok(Some(Head { tag, digest, media_type: reply.header("content-type").map(quoted) }))
    }

    /// Size and platforms of a manifest; nothing when it went away or has another shape.
    async fn facts(&self, name: &str, scope: &str, digest: &str) -> Result<Facts, RegistryError> {
        let call = self.session.http.get(&format!("/v2/{name}/manifests/{digest}"))?.accept(ACCEPT);
        let reply = self.session.send(call, scope).await?;
        if reply.status != StatusCode::OK {
            return Ok(Facts::default());
        }
        let manifest: Manifest = serde_json::from_slice(&reply.body).unwrap_or_default();
        if let Some(children) = &manifest.manifests {
            let mut platforms: Vec<String> =
                children.iter().filter_map(|child| child.platform.as_ref()).filter_map(Platform::text).collect();
            platforms.dedup();
            return Ok(Facts { size_bytes: None, platforms });
        }
        let parts = || manifest.layers.iter().flatten().chain(&manifest.config);
        let own = i64::try_from(reply.body.len()).unwrap_or(i64::MAX);
        let size = parts().filter_map(|part| part.size).fold(own, i64::saturating_add);
        let platform = self.platform(name, scope, manifest.config.as_ref()).await?;
        let size_bytes = manifest.config.is_some().then_some(size);
        Ok(Facts { size_bytes, platforms: platform.into_iter().collect() })
    }

    /// The platform in an image's configuration. A registry that keeps its blobs elsewhere redirects to them; then it
    /// stays unknown.
    async fn platform(
        &self,
        name: &str,
        scope: &str,
        config: Option<&Descriptor>,
    ) -> Result<Option<String>, RegistryError> {
        let small = config.filter(|config| config.size.is_some_and(|size| (1..=CONFIG_LIMIT).contains(&size)));
        let Some(digest) = small.and_then(|config| config.digest.as_deref()).filter(|digest| is_digest(digest)) else {
            return Ok(None);
        };
        match self.session.get(&format!("/v2/{name}/blobs/{digest}"), scope).await {
            Ok(reply) if reply.status == StatusCode::OK => {
                Ok(serde_json::from_slice::<Platform>(&reply.body).ok().and_then(|platform| platform.text()))
            }
            Ok(_) | Err(RegistryError::Redirected { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn observed(head: Head, facts: &BTreeMap<String, Facts>) -> ObservedTag {
    let Facts { size_bytes, platforms } = facts.get(&head.digest).cloned().unwrap_or_default();
    let Head { tag: name, digest, media_type } = head;
    ObservedTag { name, digest, media_type, size_bytes, platforms, pushed_at: None }
}

/// An algorithm and lower-case hexadecimal digits; it becomes part of a path.
fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        matches!(algorithm, "sha256" | "sha384" | "sha512")
            && (64..=128).contains(&hex.len())
            && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}
