//! How values are written: each function reads one form and says, when it cannot, what to write.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use url::Url;
use wharfinger_domain::cluster::{EnforcementMode, UnknownRegistries};
use wharfinger_domain::name::Name;

use super::{LogFormat, Templates};

/// What to write instead.
pub(super) type Wrong = String;

const DURATION: &str = "write a number with a unit (`ms`, `s`, `m`, `h`), such as `60s`";
const SIZE: &str = "write a number of bytes, or of `KiB` or `MiB`, such as `7MiB`";

/// An address to listen on.
pub(super) fn address(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().map_err(|_| {
        "write an IP address and a port, such as `127.0.0.1:8080`, `0.0.0.0:8080` or `[::]:8080`; port 0 takes a free one"
            .to_owned()
    })
}

/// The path of a file or a directory.
pub(super) fn path(text: &str) -> Result<PathBuf, Wrong> {
    if text.contains('\n') || text.contains("-----BEGIN") {
        return Err("write the path of a file, not what is in it".to_owned());
    }
    Ok(PathBuf::from(text))
}

/// The origin of pages: a scheme, a host and perhaps a port.
pub(super) fn origin(text: &str) -> Result<Url, Wrong> {
    let wrong = || "write a scheme and a host, such as `https://images.example.com`".to_owned();
    let url = Url::parse(text).map_err(|_| wrong())?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if ["http", "https"].contains(&url.scheme()) && url.has_host() && is_bare { Ok(url) } else { Err(wrong()) }
}

/// A length of time that is not zero.
pub(super) fn duration(text: &str) -> Result<Duration, Wrong> {
    match pause(text)? {
        Duration::ZERO => Err("write a time longer than zero".to_owned()),
        duration => Ok(duration),
    }
}

/// A length of time, zero included.
pub(super) fn pause(text: &str) -> Result<Duration, Wrong> {
    let (number, unit) = quantity(text).ok_or(DURATION)?;
    let millis = match unit {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        _ => return Err(DURATION.to_owned()),
    };
    millis.map(Duration::from_millis).ok_or_else(|| "write a shorter time".to_owned())
}

/// A length of time, or `off`.
pub(super) fn limit(text: &str) -> Result<Option<Duration>, Wrong> {
    match text {
        "off" => Ok(None),
        text => duration(text).map(Some).map_err(|wrong| format!("{wrong}; or `off`")),
    }
}

/// A number of bytes.
pub(super) fn size(text: &str) -> Result<usize, Wrong> {
    let (number, unit) = quantity(text).ok_or(SIZE)?;
    let factor = match unit {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return Err(SIZE.to_owned()),
    };
    let bytes = number.checked_mul(factor).and_then(|bytes| usize::try_from(bytes).ok());
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| SIZE.to_owned())
}

/// How many.
pub(super) fn count(text: &str) -> Result<NonZeroU32, Wrong> {
    text.parse().map_err(|_| format!("write a number from 1 to {}", u32::MAX))
}

/// How many points of cost: enough for any request.
pub(super) fn points(text: &str) -> Result<NonZeroU32, Wrong> {
    let enough = count(text).ok().filter(|points| points.get() >= wharfinger_graphql::COST);
    enough.ok_or_else(|| format!("write a number from {} to {}", wharfinger_graphql::COST, u32::MAX))
}

/// Digits and what follows them.
fn quantity(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim_start()))
}

/// Yes or no.
pub(super) fn flag(text: &str) -> Result<bool, Wrong> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("write `true` or `false`".to_owned()),
    }
}

/// The format of the log.
pub(super) fn log_format(text: &str) -> Result<LogFormat, Wrong> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("write `text` or `json`".to_owned()),
    }
}

/// What the log holds.
pub(super) fn log_level(text: &str) -> Result<String, Wrong> {
    let directives = EnvFilter::try_new(text).map(|_| text.to_owned());
    directives.map_err(|_| {
        "write `error`, `warn`, `info`, `debug` or `trace`, or one for each module, such as `info,wharfinger_webhook=debug`"
            .to_owned()
    })
}

/// What becomes of templates.
pub(super) fn templates(text: &str) -> Result<Templates, Wrong> {
    match text.to_ascii_uppercase().as_str() {
        "WARN" => Ok(Templates::Warn),
        "DENY" => Ok(Templates::Deny),
        _ => Err("write `WARN` or `DENY`".to_owned()),
    }
}

/// What the webhook does with a denial.
pub(super) fn mode(text: &str) -> Result<EnforcementMode, Wrong> {
    match text.to_ascii_uppercase().as_str() {
        "ENFORCE" => Ok(EnforcementMode::Enforce),
        "WARN" => Ok(EnforcementMode::Warn),
        "AUDIT" => Ok(EnforcementMode::Audit),
        "OFF" => Ok(EnforcementMode::Off),
        _ => Err("write `ENFORCE`, `WARN`, `AUDIT` or `OFF`".to_owned()),
    }
}

/// What becomes of images from unknown hosts.
pub(super) fn unknown(text: &str) -> Result<UnknownRegistries, Wrong> {
    match text.to_ascii_uppercase().as_str() {
        "ALLOW" => Ok(UnknownRegistries::Allow),
        "WARN" => Ok(UnknownRegistries::Warn),
        "DENY" => Ok(UnknownRegistries::Deny),
        _ => Err("write `ALLOW`, `WARN` or `DENY`".to_owned()),
    }
}

/// The name of a cluster or a namespace: both are DNS labels.
pub(super) fn label(text: &str) -> Result<String, Wrong> {
    Name::parse(text).map(|name| name.to_string()).map_err(|error| error.to_string())
}

/// The names of a certificate: DNS names and IP addresses, between commas.
pub(super) fn server_names(text: &str) -> Result<Vec<String>, Wrong> {
    let names: Vec<_> = text.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    let wrong = names.iter().find(|name| rustls::pki_types::ServerName::try_from(name.as_str()).is_err());
    match wrong {
        None => Ok(names),
        Some(_) => Err("write DNS names or IP addresses, without a port, such as `localhost, 127.0.0.1`".to_owned()),
    }
}

/// Networks, between commas.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, Wrong> {
    let read = |network: &str| network.trim().parse::<IpNet>().ok().filter(|network| *network == network.trunc());
    let networks: Option<Vec<_>> = text.split(',').map(read).collect();
    networks.ok_or_else(|| "write networks as an address and a length, such as `10.0.0.0/8,fc00::/7`".to_owned())
}

/// Names of hosts, between commas.
pub(super) fn hosts(text: &str) -> Result<Vec<String>, Wrong> {
    let names: Vec<_> = text.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    let is_host = |name: &String| url::Host::parse(name).is_ok_and(|host| host.to_string() == *name);
    if names.iter().all(is_host) {
        Ok(names)
    } else {
        Err("write hosts without a scheme and a port, such as `auth.docker.io`".to_owned())
    }
}

/// The names of clients, between commas.
pub(super) fn client_names(text: &str) -> Result<Vec<String>, Wrong> {
    let names: Vec<_> = text.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) {
        return Err("write the names of certificates between commas, such as `apiserver-a, apiserver-b`".to_owned());
    }
    Ok(names)
}

/// A sentence.
pub(super) fn sentence(text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() { Err("write a sentence".to_owned()) } else { Ok(text.trim().to_owned()) }
}
