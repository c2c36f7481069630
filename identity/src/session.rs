//! Ids of sessions, and the cookie that carries one. The id is 256 random bits that the browser alone has; what is stored is
//! a hash of it, from which nobody can sign in.

use secrecy::{ExposeSecret as _, SecretString};

use crate::text;

/// Random bytes in an id.
pub const STRENGTH: usize = 32;

/// The cookie where the page came over TLS: a browser takes the prefix only with `Secure`, for this host alone and all paths.
const SECURE: &str = "__Host-wharfinger";

/// The cookie where it did not, for trying the product out on one's own machine.
const PLAIN: &str = "wharfinger-insecure";

/// The id of a session.
#[derive(Debug, Clone)]
pub struct SessionId(SecretString);

impl SessionId {
    /// The id that these random bytes are.
    pub fn new(random: [u8; STRENGTH]) -> Self {
        Self(text::hexadecimal(&random).into())
    }

    /// The id in a cookie's value, if it may be one.
    fn parse(value: &str) -> Option<Self> {
        text::is_hexadecimal(value, STRENGTH).then(|| Self(value.into()))
    }

    /// What is stored of it, and what it is found by.
    pub fn hash(&self) -> String {
        text::hash(self.0.expose_secret())
    }

    /// The header's value that gives it to a browser, which forgets it when it is closed.
    pub fn cookie(&self, secure: bool) -> String {
        set_cookie(secure, self.0.expose_secret(), "")
    }
}

/// The header's value that makes a browser forget its session.
pub fn no_cookie(secure: bool) -> String {
    set_cookie(secure, "", "; Max-Age=0")
}

/// The session that a `Cookie` header names. A cookie that is there twice counts as none: one of the two may have been put
/// there by somebody else.
pub fn of_cookies(header: &str, secure: bool) -> Option<SessionId> {
    let name = if secure { SECURE } else { PLAIN };
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then(|| SessionId::parse(value)).flatten()
}

/// `Lax` and not `Strict`, so that a link to the console from elsewhere opens signed in.
fn set_cookie(secure: bool, value: &str, age: &str) -> String {
    let (name, only) = if secure { (SECURE, "; Secure") } else { (PLAIN, "") };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{only}{age}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_carries_the_id_and_the_store_its_hash() {
        let id = SessionId::new([0xab; STRENGTH]);
        let cookie = id.cookie(true);
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        assert_eq!(pair, format!("__Host-wharfinger={}", "ab".repeat(32)));
        assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(of_cookies(&format!("a=b; {pair}; c=d"), true).unwrap().hash(), id.hash());
        assert!(!id.hash().contains("abab"));
        assert!(!format!("{id:?}").contains("abab"));
        assert!(no_cookie(true).ends_with("Secure; Max-Age=0"));
        assert!(!id.cookie(false).contains("Secure"));
    }

    #[test]
    fn a_cookie_of_the_other_kind_twice_or_of_another_form_is_none() {
        let value = "ab".repeat(32);
        for header in [
            format!("wharfinger-insecure={value}"),
            format!("__Host-wharfinger={value}; __Host-wharfinger={value}"),
            format!("__Host-wharfinger={}", "AB".repeat(32)),
            format!("__Host-wharfinger={value}0"),
            "__Host-wharfinger=".to_owned(),
            String::new(),
        ] {
            assert!(of_cookies(&header, true).is_none(), "{header}");
        }
        assert!(of_cookies(&format!("wharfinger-insecure={value}"), false).is_some());
    }
}
