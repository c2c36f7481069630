//! Holds the cases of `docs/security.md` to the tests: every case that is neither left to a document nor open is cited by a
//! test of its kind, and no test cites a case that is not on the page or is open.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The page.
const PAGE: &str = "docs/security.md";

/// So many cases are on the page, by the way that they are proven; one that is proven in two ways counts in both. Change
/// the numbers with what is added or removed.
const PROVEN: [(Proof, usize); 6] = [
    (Proof::ApiServer, 36),
    (Proof::Review, 46),
    (Proof::Manifest, 4),
    (Proof::Api, 31),
    (Proof::Document, 5),
    (Proof::Open, 5),
];

/// The tests of what is installed, among those of reviews.
const MANIFESTS: &str = "tests/it/cases/manifests.rs";

/// The words that begin an id.
const SUBJECTS: [&str; 6] = ["IMG", "POD", "NS", "PRO", "API", "LIM"];

/// How a case is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Proof {
    ApiServer,
    Review,
    Manifest,
    Api,
    Document,
    Open,
}

impl Proof {
    const ALL: [Self; 6] = [Self::ApiServer, Self::Review, Self::Manifest, Self::Api, Self::Document, Self::Open];

    fn word(self) -> &'static str {
        match self {
            Self::ApiServer => "api server",
            Self::Review => "review",
            Self::Manifest => "manifest",
            Self::Api => "api",
            Self::Document => "document",
            Self::Open => "open",
        }
    }

    /// The folders with the tests of this kind.
    fn tests(self) -> &'static [&'static str] {
        match self {
            Self::ApiServer => &["tests/e2e"],
            Self::Review => &["tests/it", "webhook/tests"],
            Self::Manifest => &["tests/it/cases"],
            Self::Api => &["tests/it", "tests/postgres", "tests/browser"],
            Self::Document | Self::Open => &[],
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The cases of the page with their proofs. Panics at a row that has no words, or a proof that is none.
fn cases() -> BTreeMap<String, Vec<Proof>> {
    let page = fs::read_to_string(root().join(PAGE)).expect("the page is there");
    let mut cases = BTreeMap::new();
    for line in page.lines() {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, what, here, proofs] = cells[..] else { continue };
        if !is_id(id) {
            continue;
        }
        assert!(!what.is_empty() && !here.is_empty(), "{id} says nothing");
        let proofs = proofs.split(", ").map(|word| proof(id, word)).collect();
        assert!(cases.insert(id.to_owned(), proofs).is_none(), "{id} is there twice");
    }
    cases
}

fn proof(id: &str, word: &str) -> Proof {
    let found = Proof::ALL.into_iter().find(|proof| proof.word() == word);
    found.unwrap_or_else(|| panic!("{id}: {word:?} is no way to prove a case"))
}

fn is_id(text: &str) -> bool {
    let number = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(subject, rest)| SUBJECTS.contains(&subject) && number(rest))
}

/// The ids that the tests of this kind cite: in a comment before a test, or as the text of a row.
fn cited(proof: Proof) -> BTreeSet<String> {
    let mut files = Vec::new();
    for place in proof.tests() {
        collect(&root().join(place), &mut files);
    }
    files.retain(|file| file.ends_with(MANIFESTS) == (proof == Proof::Manifest));
    let mut cited = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        for line in text.lines() {
            let comment = line.trim_start().strip_prefix("// Case: ").map(|ids| ids.split(", "));
            let quoted = line.split('"').skip(1).step_by(2);
            let ids = comment.into_iter().flatten().chain(quoted);
            // The folders of reviews hold tests of the API as well; the subject tells them apart.
            let ids = ids.filter(|id| is_id(id) && id.starts_with("API-") == (proof == Proof::Api));
            cited.extend(ids.map(str::to_owned));
        }
    }
    cited
}

fn collect(place: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(place) else { return };
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() && !path.ends_with("node_modules") {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "ts") {
            files.push(path);
        }
    }
}

#[test]
fn every_case_is_cited_by_a_test_of_the_kind_that_proves_it() {
    let cases = cases();
    let mut offences = Vec::new();
    for proof in Proof::ALL {
        let cited = cited(proof);
        let proven = cases.iter().filter(|(_, proofs)| proofs.contains(&proof));
        let uncited = proven.filter(|(id, _)| !proof.tests().is_empty() && !cited.contains(*id));
        offences.extend(uncited.map(|(id, _)| format!("{id} is not cited by a test of the kind {:?}", proof.word())));
        for id in &cited {
            match cases.get(id) {
                None => offences.push(format!("{id} is cited and not on the page")),
                Some(proofs) if !proofs.contains(&proof) => {
                    offences
                        .push(format!("{id} is cited by a test of the kind {:?}; say so on the page", proof.word()));
                }
                Some(_) => {}
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_rule_finds_the_cases_that_are_there() {
    let cases = cases();
    let count = |proof| cases.values().filter(|proofs| proofs.contains(&proof)).count();
    assert_eq!(PROVEN.map(|(proof, _)| (proof, count(proof))), PROVEN);
    for (id, proofs) in &cases {
        assert_eq!(id.starts_with("LIM-"), *proofs == [Proof::Document], "{id}: limits, and they alone, rest on words");
        let is_open = proofs.contains(&Proof::Open);
        assert!(
            !is_open || (id.starts_with("API-") && proofs.len() == 1),
            "{id}: what is open is of the API, and not proven"
        );
    }
}
