//! The only key to the API until people have accounts: the administrator's token, made at the first start.

use axum::http::{HeaderMap, header};
use ring::digest::{SHA256, digest};
use wharfinger_domain::caller::{AuthMethod, Caller};
use wharfinger_domain::time::Timestamp;
use wharfinger_graphql::Authenticate;

/// Lets in whoever has the token. It keeps a hash of the token only.
#[derive(Debug)]
pub(super) struct AdminDoor {
    hash: [u8; 32],
}

impl AdminDoor {
    pub(super) fn new(token: &str) -> Self {
        Self { hash: hash(token) }
    }
}

impl Authenticate for AdminDoor {
    fn authenticate(&self, headers: &HeaderMap, _at: Timestamp) -> Option<Caller> {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        let offered = hash(token.trim());
        // Hashes of equal length are compared in full, so that the time tells nothing of how much was right.
        let equal = offered.iter().zip(&self.hash).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0;
        (scheme.eq_ignore_ascii_case("bearer") && equal)
            .then(|| Caller::administrator("admin-token", AuthMethod::LocalAdmin))
    }
}

fn hash(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    for (to, from) in hash.iter_mut().zip(digest(&SHA256, text.as_bytes()).as_ref()) {
        *to = *from;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_opens() {
        let door = AdminDoor::new("whf_secret");
        let asked = |value: &str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            door.authenticate(&headers, Timestamp::from_micros(0)).is_some()
        };
        assert!(asked("Bearer whf_secret"));
        assert!(asked("bearer whf_secret"));
        for value in ["Bearer whf_secre", "Bearer", "whf_secret", "Basic whf_secret", "Bearer whf_secret2", "Bearer "] {
            assert!(!asked(value), "{value}");
        }
        assert!(door.authenticate(&HeaderMap::new(), Timestamp::from_micros(0)).is_none());
    }
}
