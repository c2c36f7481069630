//! A secret text that replicas share: a key of a `Secret` that whoever asks first creates, and nobody overwrites.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Resource as _;
use kube::api::{GetParams, PostParams};
use kube::core::Request;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tokio::time::timeout;

use crate::error::{ClusterError, chain};
use crate::namespaces::Cluster;

/// The name under which the API server records who wrote the object.
const MANAGER: &str = "wharfinger";

/// Where a secret text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretPlace {
    /// The namespace of the `Secret`.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The key in it.
    pub key: String,
}

impl std::fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl Cluster {
    /// The text at this place, without white space at its ends, and whether it was put there now. When there is no such
    /// `Secret`, it is created with what `make` gives; one that is there is never changed, whoever put it there. So of several
    /// that ask at once, all get the same text. Fails when it has no such key.
    pub async fn secret_or_create(
        &self,
        place: &SecretPlace,
        make: impl FnOnce() -> SecretString + Send,
    ) -> Result<(SecretString, bool), ClusterError> {
        if let Some(text) = self.secret(place).await? {
            return Ok((text, false));
        }
        let text = make();
        if self.create_secret(place, &text).await? {
            return Ok((text, true));
        }
        match self.secret(place).await? {
            Some(text) => Ok((text, false)),
            None => Err(self.no_text(place)),
        }
    }

    /// The text at this place; `None` when there is no such `Secret`.
    async fn secret(&self, place: &SecretPlace) -> Result<Option<SecretString>, ClusterError> {
        let request = Request::new(Secret::url_path(&(), Some(&place.namespace)));
        let request = request.get(&place.name, &GetParams::default());
        let Some(answer) = self.ask(place, request, 404).await? else { return Ok(None) };
        // An error of the parser might repeat what it has read.
        let secret: Secret = serde_json::from_str(answer.expose_secret()).map_err(|_| self.no_text(place))?;
        let bytes = secret.data.and_then(|mut data| data.remove(&place.key)).unwrap_or_default().0;
        let text = String::from_utf8(bytes).map_err(|_| self.no_text(place))?;
        if text.trim().is_empty() { Err(self.no_text(place)) } else { Ok(Some(text.trim().into())) }
    }

    /// Creates the `Secret` with this text; false when somebody else has.
    async fn create_secret(&self, place: &SecretPlace, text: &SecretString) -> Result<bool, ClusterError> {
        let body = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": place.name, "labels": { "app.kubernetes.io/managed-by": MANAGER } },
            "data": { (place.key.as_str()): ByteString(text.expose_secret().as_bytes().to_vec()) },
        });
        let params = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        let request = Request::new(Secret::url_path(&(), Some(&place.namespace)));
        let request = request.create(&params, body.to_string().into_bytes());
        Ok(self.ask(place, request, 409).await?.is_some())
    }

    /// The answer to a request about this place; `None` when the server answers with this code. The answer is taken as text,
    /// because the library logs an answer that it cannot parse, with all that is in it.
    async fn ask<E: std::error::Error>(
        &self,
        place: &SecretPlace,
        request: Result<http::Request<Vec<u8>>, E>,
        none: u16,
    ) -> Result<Option<SecretString>, ClusterError> {
        let server = self.server.address.clone();
        let request =
            request.map_err(|error| ClusterError::Settings { server: server.clone(), what: chain(&error) })?;
        let client = self.server.api.clone().into_client();
        let after = self.server.timing.request;
        let answer = timeout(after, client.request_text(request)).await;
        match answer.map_err(|_| ClusterError::Silent { server, after })? {
            Ok(text) => Ok(Some(text.into())),
            Err(kube::Error::Api(status)) if status.code == none => Ok(None),
            Err(error) => Err(match ClusterError::from_kube(self.address(), &error) {
                ClusterError::Refused { server, code, what } => {
                    ClusterError::Secret { server, place: place.to_string().into(), code, what }
                }
                error => error,
            }),
        }
    }

    fn no_text(&self, place: &SecretPlace) -> ClusterError {
        let server = self.server.address.clone();
        ClusterError::NoText { server, place: place.to_string().into(), key: place.key.as_str().into() }
    }
}
