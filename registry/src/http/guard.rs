//! Holds every connection to the rule on addresses: a name is looked up here, each address that it has is judged, and the
//! connection goes to one of those, so that the name cannot mean another one a moment later.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use url::{Host, Url};

use crate::RegistryError;
use crate::reach::{AddressKind, Reach};

/// An address that is not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{address} is {}", .kind.words())]
pub(super) struct Closed {
    address: IpAddr,
    kind: AddressKind,
}

impl Closed {
    /// The same as what is told of a registry.
    pub(super) fn told(self, host: String) -> RegistryError {
        let Self { address, kind } = self;
        RegistryError::AddressNotAllowed { host, address: address.to_string(), kind }
    }
}

/// Looks names up for connections to one port.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    reach: Arc<Reach>,
    port: u16,
}

impl Guard {
    /// For connections to where this leads.
    pub(super) fn new(reach: Arc<Reach>, url: &Url) -> Self {
        Self { reach, port: url.port_or_known_default().unwrap_or(0) }
    }

    /// Judges an address that is written as such, and so is never looked up.
    pub(super) fn judge_literal(&self, url: &Url) -> Result<(), Closed> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        let servers = self.reach.never_at(self.port).filter_map(|host| host.parse().ok());
        self.judge(address, &servers.collect::<Vec<_>>())
    }

    fn judge(&self, address: IpAddr, servers: &[IpAddr]) -> Result<(), Closed> {
        let closed = |kind| Closed { address, kind };
        if servers.contains(&address.to_canonical()) {
            return Err(closed(AddressKind::ApiServer));
        }
        self.reach.judge(address).map_err(closed)
    }

    async fn look_up(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        let mut servers = Vec::new();
        for host in self.reach.never_at(self.port) {
            // One that has no address now is nobody's.
            let known = addresses(host).await.unwrap_or_default();
            servers.extend(known.into_iter().map(|known| known.ip().to_canonical()));
        }
        let found = addresses(name).await?;
        for address in &found {
            self.judge(address.ip(), &servers).map_err(io::Error::other)?;
        }
        Ok(found)
    }
}

async fn addresses(name: &str) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((name, 0)).await?.collect())
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = guard.look_up(name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
