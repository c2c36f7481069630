//! The proof of a Harbor: its kind, its version, the credential, and which rights the account lacks, found by trying them
//! on a private project. A robot cannot be asked what it may do.

use reqwest::StatusCode;
use wharfinger_domain::space::Visibility;

use crate::harbor::walk::Walk;
use crate::harbor::wire::{Project, SystemInfo};
use crate::harbor::{Harbor, PROJECTS, expect, not_harbor};
use crate::quoted::quoted;
use crate::{ObservedSpace, Proof, RegistryError};

/// The oldest version that is read.
const LEAST: (u32, u32) = (2, 8);
const LEAST_TEXT: &str = "2.8";
/// A private project is looked for on so many pages: a proof is something that somebody waits for.
const PAGES: usize = 5;

impl Harbor {
    pub(super) async fn proof(&self) -> Result<Proof, RegistryError> {
        self.prove_credential().await?;
        let info = self.system_info().await?;
        if info.registry_url.is_none() && info.harbor_version.is_none() {
            // The short form is for those who have not signed in.
            return Err(RegistryError::Unauthorized);
        }
        let version = info.harbor_version.as_deref().and_then(version);
        if let Some((_, text)) = version.filter(|(number, _)| *number < LEAST) {
            return Err(RegistryError::TooOld { version: quoted(text), least: LEAST_TEXT });
        }
        Ok(Proof {
            version: version.map(|(_, text)| quoted(text)),
            registry_host: info.registry_url.map(|host| quoted(&host)).filter(|host| !host.is_empty()),
            missing_rights: self.missing_rights().await?,
        })
    }

    pub(super) async fn system_info(&self) -> Result<SystemInfo, RegistryError> {
        let reply = self.by_name("/api/v2.0/systeminfo").await?;
        let info = expect(&reply, "systeminfo:read")?.json::<SystemInfo>();
        info.ok().filter(|info| info.auth_mode.is_some()).ok_or_else(|| not_harbor("it gives no system information"))
    }

    async fn missing_rights(&self) -> Result<Vec<String>, RegistryError> {
        let Some(ObservedSpace { upstream_id: Some(id), path, .. }) = self.private_space().await? else {
            return Ok(Vec::new());
        };
        let mut missing = Vec::new();
        let tries = [
            (self.by_id(&format!("/api/v2.0/projects/{id}")).await, "project:read"),
            (self.by_name(&format!("/api/v2.0/projects/{path}/repositories?page_size=1")).await, "repository:list"),
            (self.by_name(&format!("/api/v2.0/projects/{path}/artifacts?page_size=1")).await, "artifact:list"),
        ];
        for (tried, right) in tries {
            match tried {
                Ok(reply) if reply.status == StatusCode::FORBIDDEN => missing.push(right.to_owned()),
                // What fails in one project says nothing of the account.
                Err(error) if !error.is_passing() => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(missing)
    }

    /// A private project, on which rights can be tried: everybody has them on a public one.
    async fn private_space(&self) -> Result<Option<ObservedSpace>, RegistryError> {
        let mut walk = Walk::<Project>::new(PROJECTS.to_owned(), "project:list");
        for _ in 0..PAGES {
            let Some(spaces) = walk.next(self).await? else { break };
            let mut private = spaces.into_iter().filter(|space| space.visibility == Some(Visibility::Private));
            if let Some(space) = private.next() {
                return Ok(Some(space));
            }
        }
        Ok(None)
    }
}

/// Major and minor number of a version such as `v2.15.2-0f1e2d3c`, and the text from its first digit on. A Harbor built
/// without one says `-`.
fn version(text: &str) -> Option<((u32, u32), &str)> {
    let text = text.trim_start_matches('v');
    let mut numbers = text.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    Some(((numbers.next()?, numbers.next()?), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions_and_leaves_unknown_ones_open() {
        assert_eq!(version("v2.15.2-0f1e2d3c"), Some(((2, 15), "2.15.2-0f1e2d3c")));
        assert_eq!(version("v2.8.6"), Some(((2, 8), "2.8.6")));
        assert_eq!(version("-"), None);
        assert_eq!(version(""), None);
    }
}
