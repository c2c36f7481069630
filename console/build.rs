//! Writes the list of the built pages as Rust, each file embedded as it is. A missing `dist` makes an empty list: the
//! product can be built without Node, and then says so where the page would be.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("graphiql/dist");
    #[expect(clippy::disallowed_methods, reason = "Cargo says in this way where a build script may write")]
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("run by Cargo"))?;
    watch(&dist);
    let mut list = String::from("&[\n");
    for path in files(&dist)? {
        let name = path.strip_prefix(&dist).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
        // A String cannot fail to be written to.
        let _ = writeln!(list, "    ({name:?}, include_bytes!({:?})),", path.to_string_lossy());
    }
    list.push_str("]\n");
    fs::write(Path::new(&out).join("graphiql.rs"), list)
}

/// Has Cargo run this again when the pages were built, or removed.
fn watch(dist: &Path) {
    println!("cargo::rerun-if-changed=build.rs");
    // A path that is not there counts as changed at every build; until there is a dist, the folder where it will be tells.
    let watched = dist.ancestors().find(|folder| folder.is_dir()).unwrap_or(dist);
    println!("cargo::rerun-if-changed={}", watched.display());
}

/// All files below a folder, by name; none when it is not there.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}
