//! The norms that a compiler does not hold: sizes, headers, names, and words that belong into no file.
//!
//! Each test lists every offence as `file:line: what`, so that one run shows all there is to mend. The norms
//! themselves are in `docs/architecture.md`.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod function;
mod handler;
mod link;
mod source;

use function::{Function, functions};
use source::{Source, readmes, root, rust_files, text_files};

const FILE_LINES: usize = 800;
const FUNCTION_LINES: usize = 60;
const RESOLVER_LINES: usize = 40;
const README_LINES: std::ops::RangeInclusive<usize> = 10..=30;

/// So many resolvers and handlers are found: a rule that overlooks one holds nothing of it. Change the numbers with what
/// is added or removed.
const RESOLVERS: usize = 215;
const HANDLERS: usize = 17;

/// Words that belong into no file, each with the reason. Written in halves, so that this file does not contain them.
const WORDS: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "finish it, or write down in docs/ what is missing"),
    (concat!("FIX", "ME"), "finish it, or write down in docs/ what is missing"),
    (concat!("XX", "X:"), "finish it, or write down in docs/ what is missing"),
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/ho", "me/"), "a path of one machine"),
    (concat!("/Us", "ers/"), "a path of one machine"),
];

/// The same for Rust alone.
const RUST_WORDS: &[(&str, &str)] = &[
    (concat!("#[ig", "nore"), "a test runs, or is removed"),
    (concat!("#[al", "low("), "write #[expect(…, reason = …)], which tells when it is needed no more"),
    (concat!("#![al", "low("), "write #![expect(…, reason = …)], which tells when it is needed no more"),
];

/// Names that say nothing about what a module holds.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc"];

/// Fails with all offences at once.
fn assert_none(norm: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{norm}:\n{}", offences.join("\n"));
}

/// The functions of all Rust files that are longer than the limit given by `limit`.
fn too_long(limit: impl Fn(&Source, &Function) -> Option<usize>) -> Vec<String> {
    let mut offences = Vec::new();
    for source in rust_files() {
        for function in functions(&source.text, &source.path) {
            if let Some(limit) = limit(&source, &function).filter(|limit| function.lines > *limit) {
                let Function { name, lines, line, .. } = &function;
                offences.push(format!("{}:{line}: {name} has {lines} lines, {limit} are the limit", source.path));
            }
        }
    }
    offences
}

#[test]
fn no_file_is_longer_than_its_limit() {
    let lengths = rust_files().into_iter().map(|source| (source.text.lines().count(), source.path));
    let offences: Vec<_> = lengths
        .filter(|(lines, _)| *lines > FILE_LINES)
        .map(|(lines, path)| format!("{path}:{lines}: {FILE_LINES} lines are the limit"))
        .collect();
    assert_none("split these files by noun", &offences);
}

#[test]
fn no_function_is_longer_than_its_limit() {
    assert_none("split these functions", &too_long(|_, _| Some(FUNCTION_LINES)));
}

#[test]
fn no_resolver_and_no_handler_is_longer_than_its_limit() {
    let limit = |source: &Source, function: &Function| {
        let thin = function.is_resolver || (function.is_handler && serves_http(source));
        thin.then_some(RESOLVER_LINES)
    };
    assert_none("a resolver or handler decodes, calls one use case, and encodes", &too_long(limit));
}

/// Whether a file belongs to a room that answers HTTP requests; elsewhere a `Response` is another's answer.
fn serves_http(source: &Source) -> bool {
    ["webhook/src/", "graphql/src/http", "src/"].iter().any(|room| source.path.starts_with(room))
}

#[test]
fn the_rule_finds_the_resolvers_and_handlers_that_are_there() {
    let sources = rust_files();
    let count = |is: &dyn Fn(&Source, &Function) -> bool| {
        let found = |source: &Source| functions(&source.text, &source.path).iter().filter(|it| is(source, it)).count();
        sources.iter().map(found).sum::<usize>()
    };
    let resolvers = count(&|source, it| it.is_resolver && source.path.starts_with("graphql/src/"));
    let handlers = count(&|source, it| it.is_handler && serves_http(source));
    assert_eq!((resolvers, handlers), (RESOLVERS, HANDLERS), "resolvers and handlers found, and expected");
}

#[test]
fn every_module_begins_with_why_it_exists() {
    let offences: Vec<_> = rust_files()
        .into_iter()
        .filter(|source| !source.text.trim_start().starts_with("//! "))
        .map(|source| format!("{}:1: begin with a //! header of 1 to 4 sentences", source.path))
        .collect();
    assert_none("modules without a header", &offences);
}

#[test]
fn no_file_and_no_folder_has_an_empty_name() {
    let mut offences = Vec::new();
    for Source { path, .. } in text_files() {
        let mut names = path.split('/').map(|part| part.split('.').next().unwrap_or_default());
        if let Some(name) = names.find(|name| EMPTY_NAMES.contains(name)) {
            offences.push(format!("{path}:1: name it by the noun it holds, not {name}"));
        }
        if path.ends_with("/mod.rs") {
            offences.push(format!("{path}:1: write name.rs beside name/"));
        }
    }
    assert_none("names that say nothing", &offences);
}

#[test]
fn no_file_has_a_word_that_belongs_into_none() {
    let mut offences = Vec::new();
    for source in text_files() {
        let rust = if source.is_rust() { RUST_WORDS } else { &[] };
        for (number, line) in source.text.lines().enumerate() {
            for (word, reason) in WORDS.iter().chain(rust).filter(|(word, _)| line.contains(word)) {
                offences.push(format!("{}:{}: {word}: {reason}", source.path, number + 1));
            }
        }
    }
    assert_none("words that belong into no file", &offences);
}

#[test]
fn every_room_says_what_it_is_for_in_a_page() {
    let mut offences = Vec::new();
    for path in readmes() {
        let lines = std::fs::read_to_string(root().join(&path)).map(|text| text.lines().count());
        match lines {
            Ok(lines) if README_LINES.contains(&lines) => {}
            Ok(lines) => offences.push(format!("{path}:{lines}: between 10 and 30 lines, please")),
            Err(error) => offences.push(format!("{path}:1: {error}")),
        }
    }
    assert_none("room READMEs", &offences);
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let mut found = 0;
    let mut offences = Vec::new();
    for page in text_files().into_iter().filter(Source::is_page) {
        for link in link::links(&page.text) {
            found += 1;
            offences.extend(link::fault(&page, &link).map(|fault| format!("{}:{}: {fault}", page.path, link.line)));
        }
    }
    assert!(found >= 15, "only {found} links found: a rule that overlooks them holds nothing");
    assert_none("links that lead nowhere", &offences);
}
