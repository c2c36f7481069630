//! Hosts of image references and of registries in one canonical form, so that every spelling of one server is found under
//! one key. What the form folds and what it keeps apart is in the glossary of `docs/architecture.md`.

use std::borrow::{Borrow, Cow};
use std::fmt::{self, Write as _};
use std::net::Ipv6Addr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a registry is reached; decides which port a host without one has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Over TLS, by default on port 443.
    Https,
    /// In the clear, by default on port 80.
    Http,
}

impl Scheme {
    /// The port of a host that names none.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
        }
    }
}

/// Why a host was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HostError {
    /// There is nothing.
    #[error("the host is missing; write a host such as `registry.example.com`")]
    Empty,
    /// It begins with `https://` or the like.
    #[error("write the host without a scheme, `registry.example.com` in place of `https://registry.example.com`")]
    Scheme,
    /// Something follows the host.
    #[error("write the host alone, without a slash or a path")]
    Path,
    /// A user or a password precedes the host.
    #[error("write the host without a user name or a password")]
    UserInfo,
    /// It has a character that a host may not have.
    #[error("use letters, digits, hyphens and dots only; write a name in another script in its `xn--` form")]
    Character,
    /// A label is empty or has a hyphen at an end.
    #[error("each part between dots begins and ends with a letter or a digit; leave out a dot at either end")]
    Label,
    /// The brackets do not hold an IPv6 address.
    #[error("write an IPv6 address between brackets, without a zone, such as `[2001:db8::1]`")]
    Address,
    /// What follows the colon is no port.
    #[error("write the port in digits after the colon, or leave the colon out")]
    Port,
}

/// A host with its port, if it names one: ASCII lower case, the port without leading zeros, an IPv6 address in the form of
/// RFC 5952 (in hexadecimal throughout, for a reference cannot carry dots between brackets).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalHost<'a>(Cow<'a, str>);

impl<'a> CanonicalHost<'a> {
    /// The canonical form of a configured host. The grammar is that of a reference's host part, so that whatever is
    /// accepted here can be met in a reference.
    pub fn parse(text: &'a str) -> Result<Self, HostError> {
        check(text).map(|()| Self::of_checked(text))
    }

    /// The canonical form of a text that [`check`] has accepted.
    pub(crate) fn of_checked(text: &'a str) -> Self {
        let (name, port) = split_port(text);
        let spelled = port.map(without_leading_zeros);
        let address = address(name);
        let name_is_canonical = match address {
            Some(address) => is_spelled(name, &address),
            None => !name.bytes().any(|byte| byte.is_ascii_uppercase()),
        };
        if name_is_canonical && spelled == port {
            return Self(Cow::Borrowed(text));
        }
        let name = address.map_or_else(|| name.to_ascii_lowercase(), |address| address.to_string());
        Self(Cow::Owned(match spelled {
            Some(port) => format!("{name}:{port}"),
            None => name,
        }))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, independent of the text that it was read from.
    pub fn into_owned(self) -> CanonicalHost<'static> {
        CanonicalHost(Cow::Owned(self.0.into_owned()))
    }

    /// The host without its port: a DNS name, or an IP literal with its brackets.
    pub fn dns_name(&self) -> &str {
        split_port(&self.0).0
    }

    /// Every host that a registry claims which is configured with this one: with the scheme's default port written out
    /// and left out, or itself alone when it names another port.
    pub fn claims(&self, scheme: Scheme) -> impl Iterator<Item = CanonicalHost<'static>> + use<> {
        let default = scheme.default_port().to_string();
        let (name, port) = split_port(&self.0);
        let claimed = if port.is_none_or(|port| port == default) {
            [Some(name.to_owned()), Some(format!("{name}:{default}"))]
        } else {
            [Some(self.0.to_string()), None]
        };
        claimed.into_iter().flatten().map(|host| CanonicalHost(Cow::Owned(host)))
    }

    /// Whether it is an IP literal or a single label, by which a known server may be reached under another name.
    pub fn is_unnamed(&self) -> bool {
        let name = self.dns_name();
        name.starts_with('[') || name.rsplit_once('.').is_none_or(|(_, last)| is_number(last))
    }
}

impl Borrow<str> for CanonicalHost<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for CanonicalHost<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CanonicalHost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a text is a host as an image reference may have it, the port and its range left as they are written.
pub(crate) fn check(text: &str) -> Result<(), HostError> {
    match text {
        "" => return Err(HostError::Empty),
        _ if text.contains("://") => return Err(HostError::Scheme),
        _ if text.contains('/') => return Err(HostError::Path),
        _ if text.contains('@') => return Err(HostError::UserInfo),
        _ => {}
    }
    let (name, port) = split_port(text);
    if name.starts_with('[') {
        check_brackets(name)?;
    }
    if port.is_some_and(|port| port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(HostError::Port);
    }
    if name.starts_with('[') { Ok(()) } else { check_labels(name) }
}

/// The grammar asks for hexadecimal digits and colons only, not for an address.
fn check_brackets(name: &str) -> Result<(), HostError> {
    let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or_default();
    let hexadecimal = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
    if !inner.is_empty() && inner.bytes().all(hexadecimal) { Ok(()) } else { Err(HostError::Address) }
}

fn check_labels(name: &str) -> Result<(), HostError> {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.') {
        return Err(HostError::Character);
    }
    let sound = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    if name.split('.').all(sound) { Ok(()) } else { Err(HostError::Label) }
}

/// The name (brackets included) and what follows the colon after it.
fn split_port(text: &str) -> (&str, Option<&str>) {
    // The colons between brackets belong to the address.
    let name_at_least = text.find(']').unwrap_or(0);
    match text[name_at_least..].split_once(':') {
        Some((name, port)) => (&text[..name_at_least + name.len()], Some(port)),
        None => (text, None),
    }
}

fn without_leading_zeros(port: &str) -> &str {
    match port.trim_start_matches('0') {
        // A port of zeros alone is still a port.
        "" => "0",
        digits => digits,
    }
}

/// The "ends in a number" rule of the WHATWG's URL standard, on a lower-case label: what it holds for is an IPv4 address
/// to resolvers that follow `inet_aton` (`10.1.515`, `0x0a.1`, `017.1`), or nothing at all.
fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// The address between brackets, when it is one.
fn address(name: &str) -> Option<Bracketed> {
    let inner = name.strip_prefix('[')?.strip_suffix(']')?;
    inner.parse().ok().map(Bracketed)
}

/// An IPv6 address between brackets, in the form of RFC 5952, section 4. The standard library would write an IPv4-mapped
/// address with dots, which the grammar of references excludes.
#[derive(Clone, Copy)]
struct Bracketed(Ipv6Addr);

impl Bracketed {
    /// Where the longest run of at least two zero groups begins and ends, the first of several.
    fn shortened(groups: [u16; 8]) -> (usize, usize) {
        let mut longest = (8, 8);
        let mut start = 0;
        for (index, group) in groups.into_iter().enumerate() {
            if group != 0 {
                start = index + 1;
            } else if index > start && index + 1 - start > longest.1 - longest.0 {
                longest = (start, index + 1);
            }
        }
        longest
    }
}

impl fmt::Display for Bracketed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = self.0.segments();
        let (start, end) = Self::shortened(groups);
        f.write_char('[')?;
        for (index, group) in groups.into_iter().enumerate() {
            if index == start {
                f.write_str("::")?;
            }
            if (start..end).contains(&index) {
                continue;
            }
            if index != 0 && index != end {
                f.write_char(':')?;
            }
            write!(f, "{group:x}")?;
        }
        f.write_char(']')
    }
}

/// Whether a value displays as exactly this text, without writing it down.
fn is_spelled(text: &str, value: &impl fmt::Display) -> bool {
    struct Rest<'a>(&'a str);
    impl fmt::Write for Rest<'_> {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(piece).ok_or(fmt::Error)?;
            Ok(())
        }
    }
    let mut rest = Rest(text);
    write!(rest, "{value}").is_ok() && rest.0.is_empty()
}

#[cfg(test)]
mod tests;
