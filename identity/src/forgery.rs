//! Whether a request that a cookie proves was meant by the page that its user sees. A browser sends cookies along with what
//! any page asks of us; a page of another site can neither set the header that we ask for nor hide where it comes from.

use http::{HeaderMap, HeaderName, header};

/// The header that only a page of ours sets; its value does not matter.
pub const HEADER: HeaderName = HeaderName::from_static("x-csrf");

/// What the browser says of where a request comes from (W3C, Fetch Metadata).
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a page of ours asked. `origin` is where the product is reached from outside, such as `https://images.example`;
/// without it the host that the request names is taken.
pub fn is_ours(headers: &HeaderMap, origin: Option<&str>) -> bool {
    headers.contains_key(HEADER) && site_fits(headers) && origin_fits(headers, origin)
}

fn site_fits(headers: &HeaderMap) -> bool {
    let fits = |value: &http::HeaderValue| value == "same-origin" || value == "none";
    headers.get_all(SITE).iter().all(fits)
}

fn origin_fits(headers: &HeaderMap, own: Option<&str>) -> bool {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    headers.get_all(header::ORIGIN).iter().all(|value| {
        let Ok(origin) = value.to_str() else { return false };
        if let Some(own) = own {
            return origin.eq_ignore_ascii_case(own);
        }
        let named = origin.split_once("://").map(|(_, host)| host);
        named.zip(host).is_some_and(|(named, host)| named.eq_ignore_ascii_case(host))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_page_of_this_origin_is_ours() {
        let ours: [&[_]; 3] = [
            &[("x-csrf", "1")],
            &[
                ("x-csrf", "1"),
                ("sec-fetch-site", "same-origin"),
                ("origin", "https://a.example"),
                ("host", "a.example"),
            ],
            &[("x-csrf", "1"), ("sec-fetch-site", "none")],
        ];
        for pairs in ours {
            assert!(is_ours(&headers(pairs), None), "{pairs:?}");
        }
        let others: [&[_]; 6] = [
            &[],
            &[("sec-fetch-site", "same-origin")],
            &[("x-csrf", "1"), ("sec-fetch-site", "same-site")],
            &[("x-csrf", "1"), ("sec-fetch-site", "cross-site")],
            &[("x-csrf", "1"), ("origin", "https://b.example"), ("host", "a.example")],
            &[("x-csrf", "1"), ("origin", "null"), ("host", "a.example")],
        ];
        for pairs in others {
            assert!(!is_ours(&headers(pairs), None), "{pairs:?}");
        }
    }

    #[test]
    fn behind_a_proxy_the_configured_origin_counts_and_not_the_host() {
        let own = Some("https://images.example");
        let pairs = [("x-csrf", "1"), ("origin", "https://images.example"), ("host", "10.0.0.7:8080")];
        assert!(is_ours(&headers(&pairs), own));
        let pairs = [("x-csrf", "1"), ("origin", "https://evil.example"), ("host", "evil.example")];
        assert!(!is_ours(&headers(&pairs), own));
    }
}
