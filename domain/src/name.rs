//! The names that people give to registries, workspaces and clusters.

use thiserror::Error;

/// The longest name, in characters: a DNS label, so that a name fits a path segment, a label value and a header.
pub const MAX_NAME: usize = 63;

/// A name: lower-case letters, digits and inner hyphens, 1 to 63 characters, as Kubernetes writes a DNS label (RFC 1123).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name(Box<str>);

/// Why a name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// There is nothing.
    #[error("a name is missing")]
    Empty,
    /// It is longer than [`MAX_NAME`].
    #[error("the name is too long; use at most 63 characters")]
    TooLong,
    /// It has a character that a name may not have there.
    #[error("use lower-case letters, digits and hyphens only, with a letter or digit at both ends")]
    Character,
}

impl Name {
    /// The name this text is.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match text.as_bytes() {
            [] => Err(NameError::Empty),
            bytes if bytes.len() > MAX_NAME => Err(NameError::TooLong),
            [b'-', ..] | [.., b'-'] => Err(NameError::Character),
            bytes if bytes.iter().all(|byte| inner(*byte)) => Ok(Self(text.into())),
            _ => Err(NameError::Character),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_dns_label() {
        assert!(Name::parse("team-a1").is_ok());
        assert!(Name::parse("a").is_ok());
        assert_eq!(Name::parse(""), Err(NameError::Empty));
        for text in ["-a", "a-", "A", "a_b", "a.b", "a b", "ä", "-"] {
            assert_eq!(Name::parse(text), Err(NameError::Character), "{text}");
        }
        assert!(Name::parse(&"a".repeat(63)).is_ok());
        assert_eq!(Name::parse(&"a".repeat(64)), Err(NameError::TooLong));
    }
}
