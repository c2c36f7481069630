//! The authorization matrix: who may do what to what. `authorization/matrix.txt` says it, each row is executed over HTTP
//! against the running binary, and nothing but a person changes the file.

#[path = "authorization/cast.rs"]
mod cast;
#[path = "authorization/documents.rs"]
mod documents;
#[path = "authorization/matrix.rs"]
mod matrix;
#[path = "authorization/schema.rs"]
mod schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use self::cast::{CALLERS, Cast};
use self::documents::{Document, documents};
use self::matrix::Matrix;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/authorization").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

// Case: API-8
// Case: API-9
#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_the_matrix_holds() {
    let matrix = Matrix::parse(&read("matrix.txt"), &CALLERS);
    let cast = Cast::start().await;
    let documents = documents();
    let mut met = Matrix::new(&CALLERS);
    for document in &documents {
        let mut outcomes = Vec::new();
        for caller in CALLERS {
            outcomes.push(cast.outcome(caller, document).await);
        }
        met.add(document.field, document.target, outcomes);
    }
    let differing = met.differing(&matrix);
    assert!(differing.is_empty(), "these rows are not as the matrix has them:\n{}", differing.join("\n"));
}

/// What the schema has and what the matrix has are the same, and so is what of an object is visible with it.
#[test]
fn every_query_mutation_and_field_has_its_row_and_no_row_is_stale() {
    let documents = documents();
    let rows = Matrix::parse(&read("matrix.txt"), &CALLERS).rows();
    let executed: BTreeSet<_> = documents.iter().map(|it| (it.field.to_owned(), it.target.to_owned())).collect();
    assert_eq!(rows, executed, "the rows of the matrix, and those that are executed");

    let fields = schema::fields();
    let in_matrix: BTreeSet<_> = rows.iter().map(|(field, _)| field.clone()).collect();
    let plain: BTreeSet<_> = read("fields.txt").lines().flat_map(schema::plain).collect();
    let known: BTreeSet<_> = in_matrix.union(&plain).cloned().collect();
    let missing: Vec<_> = fields.keys().filter(|field| !known.contains(*field)).collect();
    let stale: Vec<_> = known.iter().filter(|field| !fields.contains_key(*field)).collect();
    let both: Vec<_> = in_matrix.intersection(&plain).collect();
    assert!(
        missing.is_empty() && stale.is_empty() && both.is_empty(),
        "no row: {missing:?}, stale: {stale:?}, twice: {both:?}"
    );
    let guarded = fields.iter().filter(|(_, is_guarded)| **is_guarded).map(|(field, _)| field);
    let loose: Vec<_> = guarded.filter(|field| !in_matrix.contains(*field)).collect();
    assert!(loose.is_empty(), "these have @access and no row of their own: {loose:?}");
}

/// What takes an id is tried with the own, a foreign and a missing one.
#[test]
fn whatever_takes_an_id_is_asked_about_what_is_foreign_and_what_is_missing() {
    let documents = documents();
    let targets = |field: &str| -> BTreeSet<&str> {
        documents.iter().filter(|document| document.field == field).map(|document| document.target).collect()
    };
    let takes_an_id = |document: &&Document| document.text.contains("ID!");
    for document in documents.iter().filter(takes_an_id).filter(|document| !document.is_own_business) {
        let targets = targets(document.field);
        for target in ["own", "foreign", "missing"] {
            assert!(targets.contains(target), "{} has no row for {target}", document.field);
        }
    }
}
