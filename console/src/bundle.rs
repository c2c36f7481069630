//! Built files and how they are answered: the packed form that a browser takes, with the policy that keeps a page from
//! doing anything it was not built for. The headers that every answer has are the listener's.

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

/// The forms a file may be packed in, best first: the coding's name, and how the packed file ends.
const CODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The files that a build of a page made, and the policy that the page runs under.
#[derive(Clone, Copy)]
pub(crate) struct Bundle {
    /// Names relative to the page, and contents.
    pub(crate) files: &'static [(&'static str, &'static [u8])],
    /// The Content-Security-Policy of everything in it.
    pub(crate) policy: &'static str,
    /// What is said when the build made nothing.
    pub(crate) missing: &'static str,
}

impl Bundle {
    /// Answers a request for a file of the bundle.
    pub(crate) fn answer(&self, method: &Method, headers: &HeaderMap, name: &str) -> Response {
        let mut response = match *method {
            Method::GET | Method::HEAD => self.file(headers, name),
            _ => {
                let mut refusal = words(StatusCode::METHOD_NOT_ALLOWED, "read this page by GET");
                refusal.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
                refusal
            }
        };
        let headers = response.headers_mut();
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(self.policy));
        response
    }

    fn file(&self, headers: &HeaderMap, name: &str) -> Response {
        if self.files.is_empty() {
            return words(StatusCode::NOT_FOUND, self.missing);
        }
        if let Some(content) = self.content(name) {
            return found(name, content, None);
        }
        let packed = CODINGS.map(|(coding, ending)| (coding, self.content(&format!("{name}{ending}"))));
        let mut there = packed.into_iter().filter_map(|(coding, content)| Some((coding, content?))).peekable();
        if there.peek().is_none() {
            return words(
                StatusCode::NOT_FOUND,
                "there is no such file; reload the page, which may be of an older version",
            );
        }
        match there.find(|(coding, _)| takes(headers, coding)) {
            Some((coding, content)) => found(name, content, Some(coding)),
            None => words(StatusCode::NOT_ACCEPTABLE, "this file is there in brotli and gzip only; accept one of them"),
        }
    }

    fn content(&self, name: &str) -> Option<&'static [u8]> {
        self.files.iter().find(|(known, _)| *known == name).map(|(_, content)| *content)
    }
}

/// Whether the client takes a coding. One that says nothing takes gzip (RFC 9110, 12.5.3, lets it be any).
fn takes(headers: &HeaderMap, coding: &str) -> bool {
    let Some(accepted) = headers.get(header::ACCEPT_ENCODING) else { return coding == "gzip" };
    let accepted = accepted.to_str().unwrap_or_default();
    accepted.split(',').any(|offer| {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case(coding) && !refused
    })
}

fn found(name: &str, content: &'static [u8], coding: Option<&'static str>) -> Response {
    let mut response = Response::new(Body::from(Bytes::from_static(content)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
    // The build puts a hash of the content into the name of every asset; the page that names them must be fresh.
    let keeping = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-store" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keeping));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "ttf" => "font/ttf",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

fn words(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    const BUNDLE: Bundle = Bundle {
        files: &[
            ("assets/a-1.js.br", b"brotli"),
            ("assets/a-1.js.gz", b"gzip"),
            ("assets/b-1.woff", b"font"),
            ("index.html", b"page"),
        ],
        policy: "default-src 'none'",
        missing: "not built",
    };

    fn ask(bundle: Bundle, method: &Method, accepted: Option<&'static str>, name: &str) -> Response {
        let accepted = accepted.map(|value| (header::ACCEPT_ENCODING, HeaderValue::from_static(value)));
        bundle.answer(method, &accepted.into_iter().collect(), name)
    }

    fn get(accepted: &'static str, name: &str) -> Response {
        ask(BUNDLE, &Method::GET, Some(accepted), name)
    }

    async fn text(response: Response) -> String {
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    fn value<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn a_file_comes_in_the_best_coding_that_the_browser_takes() {
        let cases = [
            (Some("gzip, deflate, br, zstd"), Some("br")),
            (Some("gzip;q=0.8, br;q=0"), Some("gzip")),
            (Some("gzip"), Some("gzip")),
            (None, Some("gzip")),
            (Some("identity"), None),
        ];
        for (accepted, coding) in cases {
            let response = ask(BUNDLE, &Method::GET, accepted, "assets/a-1.js");
            assert_eq!(value(&response, "content-encoding"), coding, "{accepted:?}");
            let status = if coding.is_some() { StatusCode::OK } else { StatusCode::NOT_ACCEPTABLE };
            assert_eq!(response.status(), status, "{accepted:?}");
        }
        assert_eq!(text(get("br", "assets/a-1.js")).await, "brotli");
        assert_eq!(value(&get("br", "assets/a-1.js"), "content-type"), Some("text/javascript; charset=utf-8"));
    }

    #[tokio::test]
    async fn assets_are_kept_for_ever_and_the_page_never() {
        let asset = get("br", "assets/b-1.woff");
        assert_eq!(value(&asset, "cache-control"), Some("public, max-age=31536000, immutable"));
        let page = get("br", "index.html");
        assert_eq!(value(&page, "cache-control"), Some("no-store"));
        assert_eq!(value(&page, "content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(text(page).await, "page");
    }

    #[test]
    fn every_answer_has_the_policy_of_the_page() {
        let empty = Bundle { files: &[], ..BUNDLE };
        let answers = [
            get("br", "index.html"),
            get("br", "assets/a-1.js"),
            get("br", "assets/none.js"),
            ask(BUNDLE, &Method::POST, None, "index.html"),
            ask(empty, &Method::GET, None, "index.html"),
        ];
        for answer in answers {
            let status = answer.status();
            assert_eq!(value(&answer, "content-security-policy"), Some("default-src 'none'"), "{status}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_and_another_method_are_refused() {
        for name in ["assets/none.js", "assets/../index.html", "../Cargo.toml", ""] {
            assert_eq!(get("br", name).status(), StatusCode::NOT_FOUND, "{name}");
        }
        let refusal = ask(BUNDLE, &Method::POST, None, "index.html");
        assert_eq!((refusal.status(), value(&refusal, "allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("GET, HEAD")));
    }

    #[tokio::test]
    async fn a_build_without_the_pages_says_so() {
        let answer = ask(Bundle { files: &[], ..BUNDLE }, &Method::GET, None, "index.html");
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(text(answer).await, "not built");
    }
}
