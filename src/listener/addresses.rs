//! The addresses that the listeners really have, written into the data directory after binding, so that the command line
//! on the same machine, a script or a test finds them whatever ports were taken.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The file's name in the data directory.
pub const ADDRESSES: &str = "addresses.json";

/// Where a running server answers, as URLs without a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// The GraphQL API.
    pub api: String,
    /// The admission webhook.
    pub webhook: String,
    /// Metrics, health and readiness.
    pub metrics: String,
}

impl Addresses {
    /// The URLs of listeners with these addresses; the webhook's is always `https`.
    pub fn of(api: SocketAddr, api_has_tls: bool, webhook: SocketAddr, metrics: SocketAddr) -> Self {
        let scheme = if api_has_tls { "https" } else { "http" };
        Self { api: url(scheme, api), webhook: url("https", webhook), metrics: url("http", metrics) }
    }

    /// Writes them into the data directory, whole or not at all.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        let path = directory.join(ADDRESSES);
        let draft = path.with_extension("json.new");
        fs::write(&draft, serde_json::to_string(self)? + "\n")?;
        fs::rename(draft, path)
    }

    /// Reads those of the server that was started last with this data directory.
    pub fn read(directory: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(directory.join(ADDRESSES))?)?)
    }
}

/// The URL by which this machine reaches an address; one that stands for all addresses is reached by the machine's own.
fn url(scheme: &str, mut address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("{scheme}://{address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_urls_that_this_machine_reaches() {
        let directory = tempfile::tempdir().unwrap();
        let [api, webhook, metrics] = ["0.0.0.0:1", "[::]:2", "10.0.0.1:3"].map(|text| text.parse().unwrap());
        let addresses = Addresses::of(api, false, webhook, metrics);
        addresses.write(directory.path()).unwrap();
        let text = fs::read_to_string(directory.path().join(ADDRESSES)).unwrap();
        assert_eq!(
            text,
            "{\"api\":\"http://127.0.0.1:1\",\"webhook\":\"https://[::1]:2\",\"metrics\":\"http://10.0.0.1:3\"}\n"
        );
        assert_eq!(Addresses::read(directory.path()).unwrap(), addresses);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
