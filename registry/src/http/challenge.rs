//! The challenge of a 401 answer: which way of signing in the registry wants (RFC 9110, section 11.6.1).

use std::collections::BTreeMap;

use url::Url;

use crate::http::Reply;

/// What a registry asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// User name and secret with every request.
    Basic,
    /// A token from a token service.
    Bearer(Bearer),
}

/// Where tokens come from, and what to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bearer {
    pub(crate) realm: String,
    pub(crate) service: Option<String>,
    pub(crate) scope: Option<String>,
}

impl Bearer {
    /// `host[:port]` of the token service.
    pub(crate) fn host(&self) -> Option<String> {
        Url::parse(&self.realm).ok().filter(Url::has_host).map(|url| super::host(&url))
    }
}

/// The challenge of an answer: a token before a password, where both are offered.
pub(crate) fn read(reply: &Reply) -> Option<Challenge> {
    let values = reply.headers.get_all("www-authenticate").iter().filter_map(|value| value.to_str().ok());
    let mut challenges: Vec<Challenge> = values.filter_map(parse).collect();
    challenges.sort_by_key(|challenge| matches!(challenge, Challenge::Basic));
    challenges.into_iter().next()
}

fn parse(value: &str) -> Option<Challenge> {
    let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let mut parameters = parameters(rest);
    let realm = parameters.remove("realm")?;
    let (service, scope) = (parameters.remove("service"), parameters.remove("scope"));
    Some(Challenge::Bearer(Bearer { realm, service, scope }))
}

/// `name="value"` pairs; a comma inside quotes separates nothing.
fn parameters(text: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',', '\t']).to_ascii_lowercase();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        parameters.insert(name, value.trim().to_owned());
        rest = next;
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_bearer_challenge_with_a_comma_in_its_scope() {
        let text = r#"Bearer realm="https://r.example/token",service="r", scope="repository:a/b:pull,push""#;
        let bearer = Bearer {
            realm: "https://r.example/token".to_owned(),
            service: Some("r".to_owned()),
            scope: Some("repository:a/b:pull,push".to_owned()),
        };
        assert_eq!(parse(text), Some(Challenge::Bearer(bearer)));
    }

    #[test]
    fn reads_a_basic_challenge_and_no_other() {
        assert_eq!(parse(r#"Basic realm="Registry""#), Some(Challenge::Basic));
        assert_eq!(parse("basic"), Some(Challenge::Basic));
        assert_eq!(parse("Negotiate"), None);
        assert_eq!(parse("Bearer service=\"no realm\""), None);
        assert_eq!(parse(""), None);
    }
}
