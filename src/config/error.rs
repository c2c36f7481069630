//! What is wrong with a configuration: which key, where its value came from, and what to write instead. All that is
//! wrong is told at once, so that nobody mends a file one start at a time.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

/// The longest value that an error repeats, in characters. A longer one may be a key or a token pasted in the place of
/// a file's name.
const SHOWN: usize = 80;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A line of the configuration file, counted from 1.
    File(Arc<Path>, u64),
    /// An environment variable.
    Variable(Box<str>),
    /// Nowhere: the key is missing.
    Missing,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, line) => write!(f, "{}:{line}: ", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}: "),
            Self::Missing => Ok(()),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub origin: Origin,
    /// The key, such as `clusters[0].name`.
    pub key: String,
    /// What is wrong and what to write.
    pub sentence: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.origin, self.key, self.sentence)
    }
}

/// Why there is no configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no YAML.
    #[error("{path}:{line}: the configuration file is not valid YAML: {sentence}")]
    Yaml {
        /// The file.
        path: PathBuf,
        /// The line, from 1; 0 when it is not known.
        line: u64,
        /// What the parser says.
        sentence: String,
    },
    /// Keys or values are wrong.
    #[error("{}", lines(.0))]
    Problems(Vec<Problem>),
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A value as an error may show it: in quotes, escaped, and not at all when it is as long as a secret.
pub(super) fn shown(value: &str) -> String {
    if value.contains('\n') || value.chars().count() > SHOWN {
        "a text too long to show".to_owned()
    } else {
        format!("`{}`", value.escape_debug())
    }
}
