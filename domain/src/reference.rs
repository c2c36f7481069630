//! Image references, read exactly as the kubelet reads them: the grammar is that of `ParseNormalizedNamed` in version 0.6.0
//! of the `distribution/reference` library for Go, so that the image that is decided is the image that is pulled. A
//! hand-written scanner, linear in the length of the text and without allocation.

mod grammar;
mod path;

use std::fmt;

use thiserror::Error;

use crate::host::{self, CanonicalHost, HostError};
pub use grammar::is_repository_path;
pub use path::RepositoryPath;

/// The registry that is meant when a reference names none.
const DEFAULT_HOST: &str = "docker.io";

/// An older name of [`DEFAULT_HOST`], folded only when it is spelled exactly so.
const LEGACY_DEFAULT_HOST: &str = "index.docker.io";

/// The longest repository path, in bytes; an implied `library/` counts, the host does not.
const MAX_PATH: usize = 255;

/// Why a text is no image reference. The sentences say what to write instead and never repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// There is nothing.
    #[error("the image is missing; write `host/path:tag`")]
    Empty,
    /// A space, a control character or a character outside ASCII.
    #[error("write the image in ASCII letters, digits and punctuation, without spaces or control characters")]
    Character,
    /// It begins with `https://` or the like.
    #[error("write the image without a scheme, beginning with the host")]
    Scheme,
    /// 64 hexadecimal digits, which name an image on a node and no image in a registry.
    #[error("64 hexadecimal digits are an image id; write a repository, such as `host/path@sha256:…`")]
    ImageId,
    /// What precedes the first slash is written as a host and is none.
    #[error("the part before the first slash is no host; {0}")]
    Host(HostError),
    /// Nothing between the host and the tag, or a slash too many.
    #[error("a part of the path is empty; write at least one part after the host, and one slash between two parts")]
    EmptyComponent,
    /// The path has an upper-case letter.
    #[error("write the path in lower case; only a host and a tag may have capitals")]
    UpperCase,
    /// The path has a character or a sequence that a path may not have.
    #[error(
        "write the path in lower-case letters and digits, joined within a part by one `.`, one or two `_`, or hyphens"
    )]
    Path,
    /// The path is longer than 255 bytes.
    #[error("the path is too long; use at most 255 characters after the host")]
    PathTooLong,
    /// What follows the colon is no tag.
    #[error("write a tag of 1 to 128 letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`")]
    Tag,
    /// The digest has no algorithm that is known.
    #[error(
        "write the digest, at the end, as `@sha256:` with 64 hexadecimal digits; `sha384` and `sha512` are known too"
    )]
    DigestAlgorithm,
    /// The digest has not as many digits as its algorithm gives, or others than lower-case hexadecimal ones.
    #[error("write the digest in lower-case hexadecimal digits at their full number: sha256 64, sha384 96, sha512 128")]
    Digest,
}

/// An image reference that parses, as parts of the text that it was read from.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    raw: &'a str,
    host: &'a str,
    path: RepositoryPath<'a>,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Reads a reference as it stands in a pod. Nothing is trimmed.
    pub fn parse(raw: &'a str) -> Result<Self, ReferenceError> {
        if raw.is_empty() {
            return Err(ReferenceError::Empty);
        }
        if !raw.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ReferenceError::Character);
        }
        if grammar::is_image_id(raw) {
            return Err(ReferenceError::ImageId);
        }
        let (host, rest) = split_host(raw);
        host::check(host).map_err(|error| if raw.contains("://") { ReferenceError::Scheme } else { error.into() })?;
        let (rest, digest) = split_at(rest, '@');
        let (path, tag) = split_at(rest, ':');
        let path = RepositoryPath::new(path, host == DEFAULT_HOST && !path.contains('/'));
        grammar::check_path(path.written())?;
        if path.len() > MAX_PATH {
            return Err(ReferenceError::PathTooLong);
        }
        tag.map_or(Ok(()), grammar::check_tag)?;
        digest.map_or(Ok(()), grammar::check_digest)?;
        Ok(Self { raw, host, path, tag, digest })
    }

    /// The text that it was read from.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// The host as the kubelet names it: capitals kept, `docker.io` when none is named.
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The path of the repository, an implied `library/` included.
    pub fn path(&self) -> RepositoryPath<'a> {
        self.path
    }

    /// The tag, when one is written; `latest` is not implied.
    pub fn tag(&self) -> Option<&'a str> {
        self.tag
    }

    /// The digest with its algorithm, when one is written. With a tag too it is the digest that is pulled.
    pub fn digest(&self) -> Option<&'a str> {
        self.digest
    }

    /// The host in the form by which registries are found.
    pub fn canonical_host(&self) -> CanonicalHost<'a> {
        CanonicalHost::of_checked(self.host)
    }

    /// The canonical host, the path, the tag and the digest. Two references have the same text here exactly when a decision
    /// cannot tell them apart, and the text read again is such a reference too. For that, a host that only capitals make one
    /// (`Harbor/app`, `DOCKER.IO/app`) is written in capitals throughout: in small letters it would be read as Docker Hub's.
    pub fn canonical(&self) -> String {
        let host = self.canonical_host();
        let host = host.as_str();
        let capitals = if self.is_read_at(host) { None } else { Some(host.to_ascii_uppercase()) };
        Written { host: capitals.as_deref().unwrap_or(host), reference: self }.to_string()
    }

    /// Whether a text with this host, in small letters, before this path is read as this host and this path.
    fn is_read_at(&self, host: &str) -> bool {
        match host {
            LEGACY_DEFAULT_HOST => false,
            DEFAULT_HOST => self.path.components() > 1,
            host => names_host(host),
        }
    }
}

/// The reference with everything implied written out, which parses to the same parts.
impl fmt::Display for Reference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Written { host: self.host, reference: self }.fmt(f)
    }
}

/// A reference under one spelling of its host.
struct Written<'a> {
    host: &'a str,
    reference: &'a Reference<'a>,
}

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reference { path, tag, digest, .. } = self.reference;
        write!(f, "{}/{path}", self.host)?;
        tag.map_or(Ok(()), |tag| write!(f, ":{tag}"))?;
        digest.map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

impl From<HostError> for ReferenceError {
    fn from(error: HostError) -> Self {
        match error {
            // Nothing before the first slash.
            HostError::Empty => Self::EmptyComponent,
            error => Self::Host(error),
        }
    }
}

/// The host and what follows it. What precedes the first slash is a host when it is `localhost`, or has a dot, a colon or a
/// capital; otherwise, and without any slash, the whole text is a path on Docker Hub.
fn split_host(raw: &str) -> (&str, &str) {
    match raw.split_once('/') {
        Some((LEGACY_DEFAULT_HOST, rest)) => (DEFAULT_HOST, rest),
        Some((host, rest)) if names_host(host) => (host, rest),
        _ => (DEFAULT_HOST, raw),
    }
}

fn names_host(text: &str) -> bool {
    text == "localhost" || text.bytes().any(|byte| byte == b'.' || byte == b':' || byte.is_ascii_uppercase())
}

fn split_at(text: &str, separator: char) -> (&str, Option<&str>) {
    text.split_once(separator).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// Whether a text names an image *id* to a container runtime, which resolves it to any image that is on the node already,
/// whoever pulled it: no slash, and before the first colon the name of a digest algorithm. How much of the id follows does
/// not matter, because runtimes complete a short one, nor whether it looks like one (`sha256:latest`). Not an id is `sha256`
/// alone, to which the kubelet adds `:latest`, which begins no id; nor `sha256@sha256:…`, a repository with a digest.
pub fn names_image_id(raw: &str) -> bool {
    let algorithm = raw.split_once(':').map(|(name, _)| name);
    !raw.contains('/') && algorithm.is_some_and(|name| grammar::digits_of(name).is_some())
}
