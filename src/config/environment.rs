//! The environment, read once, and what its variables say: every key has one.

use std::collections::BTreeMap;

/// What the names of all our variables begin with.
const PREFIX: &str = "WHARFINGER_";

/// Variables that are no keys: the place of the file, and what the command line takes.
pub const FILE: &str = "WHARFINGER_CONFIG";
/// The address of a PostgreSQL database. It has a password in it, so that it is no key, which the file could hold.
pub const DATABASE_URL: &str = "DATABASE_URL";
/// The URL of the server that the command line speaks to.
pub const SERVER: &str = "WHARFINGER_SERVER";
/// The file with the token that the command line shows.
pub const TOKEN_FILE: &str = "WHARFINGER_TOKEN_FILE";

/// The environment variables of this process, or those of a test. `Debug` does not show the values.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Environment {
    /// The variables of this process that are text.
    #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
    pub fn read() -> Self {
        let pairs =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self(pairs.collect())
    }

    /// These variables.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The value of a variable; `None` when it is empty, as an unset one is written in many a manifest.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The variables that may be keys, in the order of their names.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        (self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            .filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty())
            .filter(|(name, _)| ![FILE, SERVER, TOKEN_FILE].contains(name) && !is_service_link(name))
    }
}

/// The variable of a key: `snapshot.maxAge` has `WHARFINGER_SNAPSHOT_MAX_AGE`, `clusters[0].name` has
/// `WHARFINGER_CLUSTERS_0_NAME`.
pub(super) fn variable(path: &str) -> String {
    let mut name = PREFIX.to_owned();
    for letter in path.chars() {
        match letter {
            '.' | '[' => name.push('_'),
            ']' => {}
            letter if letter.is_ascii_uppercase() => name.extend(['_', letter]),
            letter => name.push(letter.to_ascii_uppercase()),
        }
    }
    name
}

/// Whether a variable is one that Kubernetes puts into every pod beside a Service called `wharfinger…`: it speaks of an
/// address and is no mistake of the administrator's.
fn is_service_link(name: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let service = name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT");
    let port = name.rsplit_once("_PORT").is_some_and(|(_, rest)| {
        rest.is_empty() || rest.strip_prefix('_').is_some_and(|rest| rest.split('_').next().is_some_and(number))
    });
    service || port
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_a_key_has_its_words_in_capitals() {
        assert_eq!(variable("webhook.listen"), "WHARFINGER_WEBHOOK_LISTEN");
        assert_eq!(variable("snapshot.maxAge"), "WHARFINGER_SNAPSHOT_MAX_AGE");
        assert_eq!(variable("clusters[3].unknownRegistries"), "WHARFINGER_CLUSTERS_3_UNKNOWN_REGISTRIES");
    }

    #[test]
    fn what_kubernetes_says_of_services_is_no_key() {
        let links = [
            "WHARFINGER_SERVICE_HOST",
            "WHARFINGER_SERVICE_PORT",
            "WHARFINGER_SERVICE_PORT_HTTPS",
            "WHARFINGER_PORT",
            "WHARFINGER_PORT_443_TCP",
            "WHARFINGER_WEBHOOK_PORT_8443_TCP_ADDR",
        ];
        for name in links {
            assert!(is_service_link(name), "{name}");
        }
        assert!(!is_service_link("WHARFINGER_WEBHOOK_LISTEN"));
    }

    #[test]
    fn an_empty_variable_counts_as_unset_and_debug_shows_no_value() {
        let environment = Environment::of([("WHARFINGER_LOG_LEVEL", ""), ("WHARFINGER_API_LISTEN", "secret")]);
        assert_eq!(environment.get("WHARFINGER_LOG_LEVEL"), None);
        assert_eq!(environment.keys().count(), 1);
        assert!(!format!("{environment:?}").contains("secret"));
    }
}
