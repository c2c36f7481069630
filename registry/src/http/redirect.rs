//! Where an answer sends on to: a few times, never to a lesser protection, and only within one place where there is a
//! credential: it would go along, or the answer would be one for nobody.

use reqwest::header::{HeaderMap, HeaderValue, LOCATION};
use url::Url;

use super::Call;
use crate::RegistryError;
use crate::quoted::quoted;

/// How many redirects are followed, one after the other.
pub(super) const MOST: usize = 3;

/// The request that a redirect asks for; `left` may still follow. One that has a credential to lose stays in its place.
pub(super) fn follow(
    call: &Call,
    headers: &HeaderMap,
    left: usize,
    has_credential: bool,
) -> Result<Call, RegistryError> {
    let location = headers.get(LOCATION).map(HeaderValue::as_bytes).unwrap_or_default();
    let location = String::from_utf8_lossy(location);
    let refused = || RegistryError::Redirected { to: quoted(&location) };
    // Without a place to go to this is an answer like 304, which nobody asked for.
    if left == 0 || location.is_empty() {
        return Err(refused());
    }
    let url = call.url.join(&location).map_err(|_| refused())?;
    let as_protected = url.scheme() == "https" || (url.scheme() == "http" && call.url.scheme() == "http");
    if !as_protected || !url.has_host() || !url.username().is_empty() || url.password().is_some() {
        return Err(refused());
    }
    if has_credential && !keeps_credential(&call.url, &url) {
        return Err(refused());
    }
    Ok(Call { url, ..call.clone() })
}

/// Whether both are answered by the same server, at the same port and in the same protocol.
pub(super) fn is_same_place(one: &Url, other: &Url) -> bool {
    let place = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
    place(one) == place(other)
}

/// Within one place, and from the clear to TLS on the same host at the usual ports.
fn keeps_credential(from: &Url, to: &Url) -> bool {
    let lifted = from.scheme() == "http" && to.scheme() == "https" && (from.port(), to.port()) == (None, None);
    is_same_place(from, to) || (lifted && from.host_str() == to.host_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(from: &str, to: &'static str, has_credential: bool) -> Option<String> {
        let call = Call::get(from.parse().expect("a URL"));
        let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_static(to))]);
        follow(&call, &headers, 1, has_credential).ok().map(|next| next.url.to_string())
    }

    #[test]
    fn the_credential_stays_in_its_place() {
        for (from, to, expected) in [
            ("https://h.example/a", "/b?c", ("https://h.example/b?c", true)),
            ("https://h.example/a", "https://h.example:443/b", ("https://h.example/b", true)),
            ("https://h.example/a", "https://h.example:8443/b", ("https://h.example:8443/b", false)),
            ("https://h.example/a", "https://other.example/b", ("https://other.example/b", false)),
            ("https://h.example/a", "//other.example/b", ("https://other.example/b", false)),
            ("http://h.example/a", "https://h.example/b", ("https://h.example/b", true)),
            ("http://h.example:81/a", "https://h.example/b", ("https://h.example/b", false)),
        ] {
            let (url, stays) = expected;
            assert_eq!(followed(from, to, false).as_deref(), Some(url), "{from} to {to}");
            assert_eq!(followed(from, to, true).as_deref(), Some(url).filter(|_| stays), "{from} to {to}");
        }
    }

    #[test]
    fn nobody_is_sent_to_a_lesser_protection_or_to_no_place() {
        for to in ["http://h.example/b", "ftp://h.example/", "https://u:p@h.example/", "javascript:x", "", "https://"] {
            assert_eq!(followed("https://h.example/a", to, false), None, "{to}");
        }
        let call = Call::get("https://h.example/a".parse().expect("a URL"));
        let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_static("/b"))]);
        assert!(follow(&call, &headers, 0, false).is_err(), "too often");
    }
}
