//! Hosts that a registry once had.

use std::io::Write;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::client::Client;
use super::super::output::Row;
use super::super::{Failure, Format};

/// A host that is to be released.
#[derive(Debug, Args)]
pub(in super::super) struct Release {
    /// The host, with its port if it has one; without a port, its default ports are released with it.
    host: String,
    /// Why: a sentence or a ticket.
    #[arg(long)]
    reason: String,
}

/// A host that is retired.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Retired(String);

impl Row for Retired {
    const HEAD: &'static [&'static str] = &["HOST"];

    fn cells(&self) -> Vec<String> {
        vec![self.0.clone()]
    }
}

#[derive(Debug, Deserialize, Serialize)]
struct Released {
    host: Option<String>,
}

impl Release {
    pub(super) async fn run(self, client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
        let input = json!({ "host": self.host, "reason": self.reason });
        let released: Released = client.change(include_str!("../release_host.graphql"), input, "releaseHost").await?;
        let host = released.host.clone().unwrap_or(self.host);
        Ok(format.answer(&released, &format!("host {host} is released"), out)?)
    }
}

pub(super) async fn list(client: &Client, format: Format, out: &mut impl Write) -> Result<(), Failure> {
    let hosts: Vec<String> = client.ask(include_str!("../retired_hosts.graphql"), json!({}), "/retiredHosts").await?;
    Ok(format.list(&hosts.into_iter().map(Retired).collect::<Vec<_>>(), out)?)
}
