//! What a Harbor shows at the door that nodes use: whether a credential may pull from a project, and where its tokens are from.

use reqwest::StatusCode;

use super::Harbor;
use crate::RegistryError;
use crate::http::challenge::{self, Challenge};

/// A repository that hardly anybody has; what counts is whether one may ask for it.
const PROBE: &str = "wharfinger-probe";

impl Harbor {
    /// Asks for the tags of a repository as a node would. One that is not there is told to those who may pull.
    pub(super) async fn try_pull(&self, project: &str) -> Result<bool, RegistryError> {
        let call = self.http.get(&format!("/v2/{project}/{PROBE}/tags/list"))?.authorization(self.http.basic());
        let reply = self.http.send(call).await?;
        match reply.status {
            StatusCode::OK | StatusCode::NOT_FOUND => Ok(true),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(false),
            _ => Err(reply.failed()),
        }
    }

    pub(super) async fn told_hosts(&self) -> Result<Vec<String>, RegistryError> {
        let named = self.system_info().await?.registry_url;
        let reply = self.http.send(self.http.get("/v2/")?).await?;
        let realm = match challenge::read(&reply) {
            Some(Challenge::Bearer(bearer)) => bearer.host(),
            _ => None,
        };
        Ok(named.into_iter().chain(realm).filter(|host| !host.is_empty()).collect())
    }
}
