//! The files of the project that the norms hold for: what people write, and nothing that a tool made.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders that hold Rust; each one's README is a norm too.
const ROOMS: &[&str] =
    &["app", "cluster", "console", "domain", "graphql", "identity", "registry", "src", "store", "tests", "webhook"];

/// The other folders that people write in.
const OTHERS: &[&str] = &[".ci", "docs", "manifests", "migrations"];

/// Folders that hold what tools made or captured, wherever they are.
const MADE: &[&str] = &["target", "node_modules", "dist", "fixtures", "snapshots"];

/// Endings of files that people write.
const WRITTEN: &[&str] = &["rs", "md", "toml", "sql", "sh", "yaml", "yml", "graphql", "ts", "tsx", "css", "html", "go"];

/// A file and what is in it.
pub(super) struct Source {
    /// Relative to the root, with slashes.
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    pub(super) fn is_rust(&self) -> bool {
        ending(Path::new(&self.path)) == Some("rs")
    }

    pub(super) fn is_page(&self) -> bool {
        ending(Path::new(&self.path)) == Some("md")
    }
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages that say what each room is for.
pub(super) fn readmes() -> Vec<String> {
    ROOMS.iter().map(|room| format!("{room}/README.md")).collect()
}

/// Every Rust file of every room.
pub(super) fn rust_files() -> Vec<Source> {
    let mut sources = text_files();
    sources.retain(Source::is_rust);
    assert!(sources.len() >= ROOMS.len(), "only {} Rust files found", sources.len());
    sources
}

/// Every file that people write.
pub(super) fn text_files() -> Vec<Source> {
    let mut paths: Vec<_> = entries(root()).into_iter().filter(|path| path.is_file()).collect();
    for folder in ROOMS.iter().chain(OTHERS) {
        walk(&root().join(folder), &mut paths);
    }
    paths.retain(|path| ending(path).is_some_and(|ending| WRITTEN.contains(&ending)));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_file() {
            found.push(path);
        } else if path.is_dir() && !MADE.contains(&name) {
            walk(&path, found);
        }
    }
}

/// What a folder holds; nothing for a folder that is not there yet.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn ending(path: &Path) -> Option<&str> {
    path.extension()?.to_str()
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let inside = path.strip_prefix(root()).expect("the walk began at the root");
    Source { path: inside.to_string_lossy().replace('\\', "/"), text }
}
