//! The chain: what of a request proves who is asking. The first that is there counts, and the others are not looked at, so
//! that a request never has the rights of two.

use http::{HeaderMap, header};

use crate::session::{self, SessionId};
use crate::token::Token;

/// What a request proves its caller by.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A token of the API, in `Authorization: Bearer`.
    Token(Token),
    /// A session, in a cookie.
    Session(SessionId),
}

/// Why a request proves nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproven {
    /// It does not try to.
    Nothing,
    /// What it offers is none of ours.
    Malformed,
}

impl Credential {
    /// What these headers offer. `secure`: the request came over TLS.
    pub fn of(headers: &HeaderMap, secure: bool) -> Result<Self, Unproven> {
        let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
        if let Some(value) = authorizations.next() {
            let token = value.to_str().ok().and_then(bearer).and_then(Token::parse);
            return match (token, authorizations.next()) {
                (Some(token), None) => Ok(Self::Token(token)),
                _ => Err(Unproven::Malformed),
            };
        }
        let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let session = cookies.find_map(|cookies| session::of_cookies(cookies, secure));
        session.map(Self::Session).ok_or(Unproven::Nothing)
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_token_goes_before_a_cookie_and_a_broken_one_is_not_passed_over() {
        let shown = Token::new([1; crate::token::RANDOM]).reveal();
        let token = format!("Bearer {}", shown.expose_secret());
        let cookie = SessionId::new([2; session::STRENGTH]).cookie(true);
        let both = headers(&[(header::AUTHORIZATION, &token), (header::COOKIE, &cookie)]);
        assert!(matches!(Credential::of(&both, true), Ok(Credential::Token(_))));
        let only = headers(&[(header::COOKIE, &cookie)]);
        assert!(matches!(Credential::of(&only, true), Ok(Credential::Session(_))));
        assert_eq!(Credential::of(&only, false).unwrap_err(), Unproven::Nothing);
        for broken in ["Bearer", "Bearer x", "Basic eDp5", &token[..token.len() - 1]] {
            let headers = headers(&[(header::AUTHORIZATION, broken), (header::COOKIE, &cookie)]);
            assert_eq!(Credential::of(&headers, true).unwrap_err(), Unproven::Malformed, "{broken}");
        }
        let mut twice = headers(&[(header::AUTHORIZATION, &token)]);
        twice.append(header::AUTHORIZATION, token.parse().unwrap());
        assert_eq!(Credential::of(&twice, true).unwrap_err(), Unproven::Malformed);
        assert_eq!(Credential::of(&HeaderMap::new(), true).unwrap_err(), Unproven::Nothing);
    }
}
