//! Pushes images to a registry over HTTP, as a build would: blobs, manifests, indexes. Small ones, but real.

use std::error::Error;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::digest::sha256;

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// What a push may fail with.
pub type PushError = Box<dyn Error + Send + Sync>;

/// Somebody who may push to a registry.
#[derive(Clone)]
pub struct Pusher {
    client: Client,
    base: String,
    credential: Option<(String, String)>,
}

impl Pusher {
    /// A pusher to the registry at `base`, such as `http://127.0.0.1:5000`. Installs ring as the process's crypto
    /// provider when there is none, since a client cannot be made without.
    #[expect(clippy::disallowed_methods, reason = "a build's client, not the product's: it needs none of its guards")]
    pub fn new(base: &str, credential: Option<(&str, &str)>) -> Result<Self, PushError> {
        // Fails when another one is installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build()?;
        let credential = credential.map(|(name, secret)| (name.to_owned(), secret.to_owned()));
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), credential })
    }

    /// Pushes an image for one platform (`os/architecture`) under these tags, or under its digest alone without any;
    /// returns the digest.
    pub async fn image(&self, repository: &str, tags: &[&str], platform: &str) -> Result<String, PushError> {
        let manifest = self.parts(repository, platform).await?;
        self.manifest(repository, tags, OCI_MANIFEST, &manifest).await
    }

    /// Pushes an index with one image for each platform under a tag; returns the digest.
    pub async fn index(&self, repository: &str, tag: &str, platforms: &[&str]) -> Result<String, PushError> {
        let mut children = Vec::new();
        for platform in platforms {
            let manifest = self.parts(repository, platform).await?;
            let digest = self.manifest(repository, &[], OCI_MANIFEST, &manifest).await?;
            let (os, architecture) = platform.split_once('/').unwrap_or((platform, ""));
            let size = manifest.to_string().len();
            let platform = json!({ "os": os, "architecture": architecture });
            children.push(json!({ "mediaType": OCI_MANIFEST, "digest": digest, "size": size, "platform": platform }));
        }
        let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children });
        self.manifest(repository, &[tag], OCI_INDEX, &index).await
    }

    /// Deletes a manifest by its digest, with every tag that points to it.
    pub async fn delete(&self, repository: &str, digest: &str) -> Result<(), PushError> {
        let url = format!("{}/v2/{repository}/manifests/{digest}", self.base);
        expect(self.request(Method::DELETE, &url).send().await?, 202).await.map(|_| ())
    }

    /// Uploads a layer and a configuration, and gives the manifest that joins them.
    async fn parts(&self, repository: &str, platform: &str) -> Result<Value, PushError> {
        let (os, architecture) = platform.split_once('/').unwrap_or((platform, ""));
        let layer = format!("the only layer of {repository} for {platform}");
        let layer_digest = self.blob(repository, layer.as_bytes()).await?;
        let rootfs = json!({ "type": "layers", "diff_ids": [layer_digest] });
        let config = json!({ "os": os, "architecture": architecture, "config": {}, "rootfs": rootfs }).to_string();
        let config_digest = self.blob(repository, config.as_bytes()).await?;
        Ok(json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": { "mediaType": OCI_CONFIG, "digest": config_digest, "size": config.len() },
            "layers": [{ "mediaType": OCI_LAYER, "digest": layer_digest, "size": layer.len() }],
        }))
    }

    async fn blob(&self, repository: &str, content: &[u8]) -> Result<String, PushError> {
        let digest = sha256(content);
        let url = format!("{}/v2/{repository}/blobs/uploads/", self.base);
        let begun = expect(self.request(Method::POST, &url).send().await?, 202).await?;
        let location = begun.headers().get(LOCATION).ok_or("the registry does not tell where to upload")?.to_str()?;
        let mut upload = begun.url().join(location)?;
        upload.query_pairs_mut().append_pair("digest", &digest);
        let request = self.request(Method::PUT, upload.as_str()).header(CONTENT_TYPE, "application/octet-stream");
        expect(request.body(content.to_vec()).send().await?, 201).await?;
        Ok(digest)
    }

    async fn manifest(
        &self,
        repository: &str,
        tags: &[&str],
        media_type: &str,
        manifest: &Value,
    ) -> Result<String, PushError> {
        let content = manifest.to_string();
        let digest = sha256(content.as_bytes());
        let by_digest = [digest.as_str()];
        for reference in if tags.is_empty() { &by_digest } else { tags } {
            let url = format!("{}/v2/{repository}/manifests/{reference}", self.base);
            let request = self.request(Method::PUT, &url).header(CONTENT_TYPE, media_type);
            expect(request.body(content.clone()).send().await?, 201).await?;
        }
        Ok(digest)
    }

    fn request(&self, method: Method, url: &str) -> RequestBuilder {
        let request = self.client.request(method, url);
        match &self.credential {
            Some((name, secret)) => request.basic_auth(name, Some(secret)),
            None => request,
        }
    }
}

async fn expect(response: Response, status: u16) -> Result<Response, PushError> {
    if response.status().as_u16() == status {
        return Ok(response);
    }
    let (answered, url) = (response.status(), response.url().clone());
    let body = response.text().await.unwrap_or_default();
    Err(format!("{url} answered {answered} instead of {status}: {body}").into())
}
