//! Holds what the product is made of to what was locked: every part has a version and a hash, and none from npm runs a script
//! when it is installed.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// The folders with packages of npm.
const NPM: [&str; 2] = ["console/graphiql", "tests/browser"];

/// What could install packages otherwise than it is written down.
const SCRIPTS: [&str; 4] = ["Makefile", "Containerfile", ".ci/run", "scripts"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The text of a file, or of all files in a folder.
fn texts(path: &str) -> Vec<(String, String)> {
    let Ok(entries) = fs::read_dir(root().join(path)) else { return vec![(path.to_owned(), text(path))] };
    let names = entries.map(|entry| format!("{path}/{}", entry.unwrap().file_name().display()));
    names.map(|name| (name.clone(), text(&name))).collect()
}

// Case: API-34
#[test]
fn every_crate_is_of_the_public_registry_and_has_its_hash() {
    let lock = text("Cargo.lock");
    let (mut ours, mut theirs) = (0, 0);
    for package in lock.split("[[package]]").skip(1) {
        match package.lines().find_map(|line| line.strip_prefix("source = ")) {
            None => {
                assert!(package.contains("name = \"wharfinger") || package.contains("name = \"fuzz"), "{package}");
                ours += 1;
            }
            Some(source) => {
                assert_eq!(source, "\"registry+https://github.com/rust-lang/crates.io-index\"", "{package}");
                let hash = package.lines().find_map(|line| line.strip_prefix("checksum = \"")?.strip_suffix('"'));
                assert!(hash.is_some_and(|hash| hash.len() == 64), "{package}");
                theirs += 1;
            }
        }
    }
    assert!(ours > 8 && theirs > 100, "{ours} and {theirs}");
}

// Case: API-34
#[test]
fn every_package_of_the_pages_has_its_hash_and_no_script() {
    for folder in NPM {
        let lock: Value = serde_json::from_str(&text(&format!("{folder}/package-lock.json"))).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        assert!(packages.len() > 2, "{folder}");
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            let hash = package["integrity"].as_str().unwrap_or_default();
            assert!(hash.starts_with("sha512-"), "{folder}: {name} has no hash");
            assert_eq!(package["hasInstallScript"], Value::Null, "{folder}: {name} wants to run a script");
        }
        assert!(text(&format!("{folder}/.npmrc")).lines().any(|line| line == "ignore-scripts=true"), "{folder}");
    }
}

// Case: API-34
#[test]
fn nothing_is_installed_but_what_is_locked_and_no_script_is_run() {
    let mut installs = 0;
    for (name, text) in SCRIPTS.into_iter().flat_map(texts) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            assert!(!line.contains("npm install") && !line.contains("npx "), "{name}: {line}");
            assert!(!line.contains("npm ci") || line.contains("npm ci --ignore-scripts"), "{name}: {line}");
            installs += usize::from(line.contains("npm ci"));
            let builds = ["cargo build", "cargo install", "$(CARGO) build", "$(CARGO) install", "$(CARGO) test"];
            let is_bound = !builds.iter().any(|build| line.contains(build)) || line.contains("--locked");
            assert!(is_bound, "{name}: {line}");
        }
    }
    assert_eq!(installs, NPM.len());
}
