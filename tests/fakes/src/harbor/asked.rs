//! A request to the fake Harbor, taken apart: path segments still encoded, query decoded, caller known.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use crate::harbor::account::{Accounts, Caller};
use crate::harbor::world::Seen;

/// A request.
pub(super) struct Asked {
    pub(super) method: String,
    /// The path as it came.
    pub(super) path: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
    pub(super) caller: Caller,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
}

impl Asked {
    pub(super) fn new(seen: &Seen, body: Vec<u8>, scheme: &'static str, accounts: &Accounts) -> Self {
        let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let (method, headers) = (seen.method.clone(), seen.headers.clone());
        // The interface takes no tokens: with one, the caller is anonymous there.
        let tokens = path.starts_with("/v2/");
        let presented = headers
            .get("authorization")
            .and_then(|value| basic(value).or_else(|| basic(value.strip_prefix("Bearer ").filter(|_| tokens)?)));
        let caller = accounts.caller(presented);
        Self { method, path: path.to_owned(), query, headers, body, caller, scheme }
    }

    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// A token that stands for the caller on the distribution paths.
    pub(super) fn token(&self) -> String {
        let account = self.caller.0.as_ref();
        let (name, secret) = account.map_or(("", ""), |account| (&account.name, &account.secret));
        format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
    }

    /// A switch in the query.
    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        self.param(name).map_or(default, |value| value == "true")
    }

    /// True when a project in the path is a name even if it looks like a number.
    pub(super) fn by_name(&self) -> bool {
        self.header("x-is-resource-name") == Some("true")
    }

    /// True when a cookie makes Harbor ask a writer for its protection against forged requests.
    pub(super) fn has_session_cookie(&self) -> bool {
        self.header("cookie").is_some_and(|cookie| cookie.split(';').any(|part| part.trim_start().starts_with("sid=")))
    }
}

/// One percent-decoding.
pub(super) fn decoded(segment: &str) -> String {
    let (text, mut out, mut at) = (segment.as_bytes(), Vec::with_capacity(segment.len()), 0);
    while let Some(&byte) = text.get(at) {
        let hex = segment.get(at + 1..at + 3).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let escape = hex.filter(|_| byte == b'%');
        out.push(escape.unwrap_or(byte));
        at += if escape.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn basic(header: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(header.strip_prefix("Basic ")?.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, secret) = text.split_once(':')?;
    Some((name.to_owned(), secret.to_owned()))
}
