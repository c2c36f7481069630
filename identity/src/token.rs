//! Tokens of the API: `whf_HANDLE_SECRET`, with 8 and 32 random bytes in hexadecimal. The prefix lets scanners of secrets know
//! one; the handle finds it in the store and may be shown; the secret proves it, and only its hash is stored.

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::text;

/// What every token begins with.
pub const PREFIX: &str = "whf_";

/// Random bytes in a handle.
const HANDLE: usize = 8;

/// Random bytes in a secret.
const STRENGTH: usize = 32;

/// Random bytes in a token.
pub const RANDOM: usize = HANDLE + STRENGTH;

/// A token.
#[derive(Debug, Clone)]
pub struct Token {
    handle: Box<str>,
    secret: SecretString,
}

impl Token {
    /// The token that these random bytes make.
    pub fn new(random: [u8; RANDOM]) -> Self {
        let (handle, secret) = random.split_at(HANDLE);
        Self { handle: text::hexadecimal(handle).into(), secret: text::hexadecimal(secret).into() }
    }

    /// The token that this text is, if it may be one.
    pub fn parse(text: &str) -> Option<Self> {
        let (handle, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let fits = text::is_hexadecimal(handle, HANDLE) && text::is_hexadecimal(secret, STRENGTH);
        fits.then(|| Self { handle: handle.into(), secret: secret.into() })
    }

    /// What it is found by; no secret.
    pub fn handle(&self) -> &str {
        &self.handle
    }

    /// What is stored of its secret.
    pub fn hash(&self) -> String {
        text::hash(self.secret.expose_secret())
    }

    /// Whether what is stored is of this one, told in the same time however much of it is.
    pub fn fits(&self, stored: &str) -> bool {
        self.hash().as_bytes().ct_eq(stored.as_bytes()).into()
    }

    /// The whole text, which is shown once.
    pub fn reveal(&self) -> SecretString {
        format!("{PREFIX}{}_{}", self.handle, self.secret.expose_secret()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_shown() {
        let token = Token::new(std::array::from_fn(|place| u8::try_from(place).unwrap()));
        let shown = token.reveal();
        let text = shown.expose_secret();
        assert!(text.starts_with("whf_0001020304050607_08090a"), "{text}");
        let read = Token::parse(text).unwrap();
        assert_eq!(read.handle(), "0001020304050607");
        assert!(read.fits(&token.hash()));
        assert!(!Token::new([1; RANDOM]).fits(&token.hash()) && !read.fits(""));
        assert!(!format!("{token:?}").contains("08090a"));
        for text in ["", "whf_", "whf_0001020304050607", &text[1..], &text.to_uppercase(), &format!("{text}0")] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }
}
