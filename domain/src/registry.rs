//! A registry: a server that stores images, known to the decision by the hosts that image references carry.

use serde::{Deserialize, Serialize};

use crate::host::{CanonicalHost, Scheme};
use crate::id::{RegistryId, WorkspaceId};
use crate::reference::Reference;

/// What kind of server a registry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RegistryKind {
    /// A Harbor; its spaces are its projects and it reports their visibility.
    Harbor,
    /// Any server of the OCI distribution specification; its spaces are path prefixes and it knows no visibility.
    Distribution,
}

/// To whom a registry belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Owner {
    /// The platform: integrated by an administrator and shared by binding.
    Platform,
    /// One workspace, whose administrator associated it; it serves that workspace alone, without bindings.
    Workspace(WorkspaceId),
}

/// A registry as far as decisions need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registry {
    /// The store's id.
    pub id: RegistryId,
    /// Unique for each owner.
    pub name: Box<str>,
    /// What kind of server it is.
    pub kind: RegistryKind,
    /// To whom it belongs.
    pub owner: Owner,
    /// How it is reached; decides which port is the default one.
    pub scheme: Scheme,
    /// The `host[:port]` that image references carry, canonical: the endpoint's own first, then aliases and mirrors.
    pub hosts: Vec<Box<str>>,
    /// An administrator's word that no other workspace may use what this association's Harbor does not report public.
    pub exclusive: bool,
    /// The association rests, because the platform has integrated its host.
    pub resting: bool,
}

/// Docker Hub, as references name it.
const DOCKER_HUB: &str = "docker.io";

/// Other names under which Docker Hub answers pulls. The kubelet folds the first only in lower case, and the second never.
const DOCKER_HUB_ALSO: &[&str] = &["index.docker.io", "registry-1.docker.io"];

impl Registry {
    /// The host to write references to its images with: the first one; with the scheme's port written out, when without it
    /// the reference would be read as one to Docker Hub (`harbor/team/app`, `index.docker.io/team/app`). `None` when it has
    /// no host.
    pub fn reference_host(&self) -> Option<CanonicalHost<'static>> {
        let first = CanonicalHost::parse(self.hosts.first()?).ok()?.into_owned();
        let means_itself = |host: &CanonicalHost<'_>| {
            let text = format!("{host}/space/repository");
            Reference::parse(&text).is_ok_and(|reference| reference.canonical_host() == *host)
        };
        if means_itself(&first) { Some(first) } else { first.claims(self.scheme).find(means_itself) }
    }

    /// Every canonical host that names this registry, default ports written out and left out.
    pub fn claims(&self) -> impl Iterator<Item = CanonicalHost<'static>> + '_ {
        let hub = self.hosts.iter().any(|host| &**host == DOCKER_HUB);
        let other_names = if hub { DOCKER_HUB_ALSO } else { &[] };
        (self.hosts.iter().map(|host| &**host))
            .chain(other_names.iter().copied())
            .filter_map(|host| CanonicalHost::parse(host).ok().map(CanonicalHost::into_owned))
            .flat_map(|host| host.claims(self.scheme).collect::<Vec<_>>())
    }
}

/// A host that a registry once had. It stays known, with no space, until an administrator releases it: removing a
/// registry never opens anything. One that an association left behind concerns the workspace that had it alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RetiredHost {
    /// The canonical host, as claimed (`h` and `h:443` are two entries).
    pub host: Box<str>,
    /// Whose registry it was.
    pub owner: Owner,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_written_with_a_host_that_is_read_as_itself() {
        let written = |host: &str, scheme| {
            let (id, name, kind) = (RegistryId(1), "r".into(), RegistryKind::Harbor);
            let (owner, hosts) = (Owner::Platform, vec![host.into(), "other.example.com".into()]);
            let registry = Registry { id, name, kind, owner, scheme, hosts, exclusive: false, resting: false };
            registry.reference_host().map(|host| host.to_string())
        };
        for (host, expected) in [
            ("harbor.example.com", "harbor.example.com"),
            ("harbor.example.com:443", "harbor.example.com:443"),
            ("docker.io", "docker.io"),
            ("localhost", "localhost"),
            ("harbor:5000", "harbor:5000"),
            ("harbor", "harbor:443"),
            ("index.docker.io", "index.docker.io:443"),
            ("[2001:db8::1]", "[2001:db8::1]"),
        ] {
            assert_eq!(written(host, Scheme::Https).as_deref(), Some(expected));
        }
        assert_eq!(written("harbor", Scheme::Http).as_deref(), Some("harbor:80"));
    }
}
