//! The registration of the webhook with an API server: a `ValidatingWebhookConfiguration` that somebody else wrote, in
//! which the authority that the API server must trust is kept right. Nothing else of it is ever changed.

use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{ValidatingWebhook, ValidatingWebhookConfiguration};
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::error::ClusterError;
use crate::namespaces::Cluster;

/// The name under which the API server records who wrote the field.
const MANAGER: &str = "wharfinger";

impl Cluster {
    /// Makes `caBundle` this authority, PEM, in every webhook of the `ValidatingWebhookConfiguration` of this name. True
    /// when something had to be changed. What changes meanwhile is not overwritten: then it fails, and is to be tried again.
    pub async fn trust_in_registration(&self, name: &str, authority: &[u8]) -> Result<bool, ClusterError> {
        let api: Api<ValidatingWebhookConfiguration> = Api::all(self.server.api.clone().into_client());
        let keep = async {
            let stored = api.get(name).await?;
            let Some(change) = change(&stored, authority) else { return Ok(false) };
            let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
            api.patch(name, &params, &Patch::Strategic(change)).await.map(|_| true)
        };
        let (server, after) = (self.server.address.clone(), self.server.timing.request);
        let kept = timeout(after, keep).await.map_err(|_| ClusterError::Silent { server, after })?;
        kept.map_err(|error| match ClusterError::from_kube(self.address(), &error) {
            ClusterError::Refused { server, code, what } => {
                ClusterError::Registration { server, name: name.into(), code, what }
            }
            error => error,
        })
    }
}

/// What is to be sent, if anything: lists of webhooks are merged by name, and the resource version makes the API server
/// refuse it when the object is no longer the one that was read.
fn change(stored: &ValidatingWebhookConfiguration, authority: &[u8]) -> Option<Value> {
    let trusts =
        |webhook: &ValidatingWebhook| webhook.client_config.ca_bundle.as_ref().is_some_and(|it| it.0 == authority);
    let webhooks = stored.webhooks.iter().flatten().filter(|webhook| !trusts(webhook));
    let bundle = ByteString(authority.to_vec());
    let webhooks: Vec<_> =
        webhooks.map(|it| json!({ "name": it.name, "clientConfig": { "caBundle": bundle } })).collect();
    let version = &stored.metadata.resource_version;
    (!webhooks.is_empty()).then(|| json!({ "metadata": { "resourceVersion": version }, "webhooks": webhooks }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(bundles: &[Option<&str>]) -> ValidatingWebhookConfiguration {
        let webhooks = bundles.iter().enumerate().map(|(number, bundle)| {
            let mut webhook = ValidatingWebhook { name: format!("w{number}"), ..ValidatingWebhook::default() };
            webhook.client_config.ca_bundle = bundle.map(|text| ByteString(text.into()));
            webhook
        });
        let mut stored = ValidatingWebhookConfiguration { webhooks: Some(webhooks.collect()), ..Default::default() };
        stored.metadata.resource_version = Some("7".to_owned());
        stored
    }

    #[test]
    fn only_what_differs_is_sent_and_only_to_the_version_that_was_read() {
        let expected = json!({ "metadata": { "resourceVersion": "7" }, "webhooks": [
            { "name": "w0", "clientConfig": { "caBundle": "Y2E=" } }, { "name": "w2", "clientConfig": { "caBundle": "Y2E=" } }] });
        assert_eq!(change(&stored(&[None, Some("ca"), Some("old")]), b"ca"), Some(expected));
    }

    #[test]
    fn nothing_is_sent_when_every_webhook_trusts_the_authority_or_there_is_none() {
        assert_eq!(change(&stored(&[Some("ca"), Some("ca")]), b"ca"), None);
        assert_eq!(change(&ValidatingWebhookConfiguration::default(), b"ca"), None);
    }
}
