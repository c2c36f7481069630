//! Where a PostgreSQL server is and how it is spoken to. The address carries a password, so it is shown to nobody.

use std::fmt;
use std::str::FromStr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::{Result, StoreError};

/// The address of a PostgreSQL database, `postgres://user:password@host:5432/database?sslmode=…`.
///
/// `sslmode` is one of `disable` (never TLS), `prefer` (TLS where the server has it), `require` and `verify-full` (TLS or
/// nothing); without one, `verify-full`. Whenever there is TLS, the server's certificate must be from a trusted authority and
/// for the host's name: `require` is not weaker than `verify-full`. A socket of this machine is spoken to without TLS.
///
/// `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Takes an address; whether it can be read is found out when the store is opened.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// What it says, with what is meant for TLS.
    pub(super) fn config(&self) -> Result<Config> {
        let unreadable = || {
            StoreError::unavailable(
                "the address of the database cannot be read; it has the form \
                 postgres://user:password@host:5432/database?sslmode=verify-full, in which special characters of the \
                 password are percent-encoded",
            )
        };
        if !self.0.starts_with("postgres://") && !self.0.starts_with("postgresql://") {
            return Err(unreadable());
        }
        let (address, query) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let (modes, others): (Vec<_>, Vec<_>) =
            query.split('&').filter(|pair| !pair.is_empty()).partition(|pair| pair.starts_with("sslmode="));
        let mode = modes.last().map_or(Ok(SslMode::Require), |pair| mode(pair.trim_start_matches("sslmode=")))?;
        // What the parser says of an address may have a part of the password in it.
        let mut config = Config::from_str(&format!("{address}?{}", others.join("&"))).map_err(|_| unreadable())?;
        if config.get_hosts().is_empty() {
            return Err(unreadable());
        }
        let local = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
        config.ssl_mode(if local { SslMode::Disable } else { mode });
        Ok(config)
    }
}

fn mode(word: &str) -> Result<SslMode> {
    match word {
        "disable" => Ok(SslMode::Disable),
        "prefer" => Ok(SslMode::Prefer),
        "require" | "verify-full" => Ok(SslMode::Require),
        _ => Err(StoreError::unavailable(
            "the sslmode in the address of the database must be disable, prefer, require or verify-full",
        )),
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        DatabaseUrl::new(url).config().unwrap_err().to_string()
    }

    #[test]
    fn tls_is_the_rule_and_its_absence_is_asked_for() {
        let mode = |url: &str| DatabaseUrl::new(url).config().unwrap().get_ssl_mode();
        assert_eq!(mode("postgres://u:p@db/x"), SslMode::Require);
        assert_eq!(mode("postgres://u:p@db/x?sslmode=verify-full&application_name=a"), SslMode::Require);
        assert_eq!(mode("postgres://u:p@db/x?application_name=a&sslmode=prefer"), SslMode::Prefer);
        assert_eq!(mode("postgres://u:p@db/x?sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("postgres://u@%2Frun%2Fpostgresql/x"), SslMode::Disable);
    }

    #[test]
    fn no_refusal_tells_the_password() {
        for url in ["postgres://u:hush@db:hush/x", "u:hush@db", "postgres://u:hush@db/x?sslmode=hush"] {
            assert!(!refusal(url).contains("hush"), "{}", refusal(url));
        }
        assert!(refusal("postgres://u:p@db/x?sslmode=verify-ca").contains("verify-full"));
        assert!(!format!("{:?}", DatabaseUrl::new("postgres://u:hush@db/x")).contains("hush"));
    }
}
