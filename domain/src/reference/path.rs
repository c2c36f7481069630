//! The path of a repository. Docker Hub's short names imply a `library/` that is not in the text; this type carries it
//! along without writing it down.

use std::borrow::Cow;
use std::fmt;

/// What a Docker Hub path of one component lies below.
const IMPLIED: &str = "library";

/// The path of a repository: components in lower case, joined by slashes.
#[derive(Debug, Clone, Copy)]
pub struct RepositoryPath<'a> {
    written: &'a str,
    implied: bool,
}

impl<'a> RepositoryPath<'a> {
    /// `implied` says that `library/` precedes what is written, which then is one component.
    pub(super) fn new(written: &'a str, implied: bool) -> Self {
        Self { written, implied }
    }

    /// What the reference says, without what it implies.
    pub(super) fn written(&self) -> &'a str {
        self.written
    }

    /// The length in bytes, what is implied included.
    #[expect(clippy::len_without_is_empty, reason = "a path has at least one component")]
    pub fn len(&self) -> usize {
        self.written.len() + if self.implied { IMPLIED.len() + 1 } else { 0 }
    }

    /// How many components it has, what is implied included.
    pub fn components(&self) -> usize {
        self.written.bytes().filter(|byte| *byte == b'/').count() + 1 + usize::from(self.implied)
    }

    /// The whole path; allocates only for an implied `library/`.
    pub fn as_str(&self) -> Cow<'a, str> {
        if self.implied { Cow::Owned(format!("{IMPLIED}/{}", self.written)) } else { Cow::Borrowed(self.written) }
    }

    /// Every prefix of whole components with what lies below it, the longest (the path itself, with nothing below) first.
    /// Allocates only for the first, and only when `library/` is implied.
    pub fn prefixes(&self) -> impl Iterator<Item = (Cow<'a, str>, &'a str)> + use<'a> {
        let written = self.written;
        let whole = std::iter::once((self.as_str(), ""));
        let shorter =
            written.rmatch_indices('/').map(move |(at, _)| (Cow::Borrowed(&written[..at]), &written[at + 1..]));
        whole.chain(shorter).chain(self.implied.then_some((Cow::Borrowed(IMPLIED), written)))
    }
}

impl fmt::Display for RepositoryPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.implied {
            write!(f, "{IMPLIED}/")?;
        }
        f.write_str(self.written)
    }
}

/// Compares the whole path, however much of it is written.
impl PartialEq<str> for RepositoryPath<'_> {
    fn eq(&self, other: &str) -> bool {
        let rest = if self.implied {
            other.strip_prefix(IMPLIED).and_then(|rest| rest.strip_prefix('/'))
        } else {
            Some(other)
        };
        rest == Some(self.written)
    }
}

impl PartialEq<&str> for RepositoryPath<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixes(written: &str, implied: bool) -> Vec<(String, &str)> {
        RepositoryPath::new(written, implied).prefixes().map(|(prefix, below)| (prefix.into_owned(), below)).collect()
    }

    #[test]
    fn prefixes_are_whole_components_longest_first() {
        let expected = [("a/b-c/d".to_owned(), ""), ("a/b-c".to_owned(), "d"), ("a".to_owned(), "b-c/d")];
        assert_eq!(prefixes("a/b-c/d", false), expected);
        assert_eq!(prefixes("a", false), [("a".to_owned(), "")]);
    }

    #[test]
    fn an_implied_library_is_a_component_like_any_other() {
        assert_eq!(prefixes("nginx", true), [("library/nginx".to_owned(), ""), ("library".to_owned(), "nginx")]);
        let path = RepositoryPath::new("nginx", true);
        assert_eq!(path.to_string(), "library/nginx");
        assert_eq!(path.len(), "library/nginx".len());
        assert_eq!((path.components(), RepositoryPath::new("a/b-c/d", false).components()), (2, 3));
        assert!(path == "library/nginx" && path != "nginx");
    }

    #[test]
    fn prefixes_allocate_nothing_for_a_path_that_is_written_out() {
        let path = RepositoryPath::new("team/group/app", false);
        assert!(path.prefixes().all(|(prefix, _)| matches!(prefix, Cow::Borrowed(_))));
    }
}
