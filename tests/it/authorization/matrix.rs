//! The table as a text: a row for each field and target, a column for each caller.

use std::collections::{BTreeMap, BTreeSet};

/// The table.
pub(super) struct Matrix {
    callers: Vec<String>,
    rows: BTreeMap<(String, String), Vec<String>>,
}

impl Matrix {
    pub(super) fn new(callers: &[&str]) -> Self {
        Self { callers: callers.iter().map(|caller| (*caller).to_owned()).collect(), rows: BTreeMap::new() }
    }

    /// The table in a text. Lines that begin with `#` are remarks; the first other line names the columns.
    pub(super) fn parse(text: &str, callers: &[&str]) -> Self {
        let mut matrix = Self::new(callers);
        let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let head: Vec<_> = lines.next().expect("the matrix has a head").split_whitespace().collect();
        let expected: Vec<_> = ["field", "target"].into_iter().chain(callers.iter().copied()).collect();
        assert_eq!(head, expected, "the columns of the matrix");
        for line in lines {
            let cells: Vec<_> = line.split_whitespace().collect();
            assert_eq!(cells.len(), expected.len(), "the cells of {line:?}");
            matrix.add(cells[0], cells[1], cells[2..].iter().map(|cell| (*cell).to_owned()).collect());
        }
        matrix
    }

    pub(super) fn add(&mut self, field: &str, target: &str, outcomes: Vec<String>) {
        let twice = self.rows.insert((field.to_owned(), target.to_owned()), outcomes);
        assert!(twice.is_none(), "{field} {target} has two rows");
    }

    /// The field and the target of each row.
    pub(super) fn rows(&self) -> BTreeSet<(String, String)> {
        self.rows.keys().cloned().collect()
    }

    /// The rows of this table that are others there, as they are here and as they are there.
    pub(super) fn differing(&self, other: &Self) -> Vec<String> {
        let mut told = vec![line("field", "target", &self.callers)];
        for ((field, target), outcomes) in &self.rows {
            match other.rows.get(&(field.clone(), target.clone())) {
                Some(expected) if expected == outcomes => {}
                Some(expected) => {
                    told.extend([line(field, target, outcomes), line("  the matrix says", "", expected)]);
                }
                None => told.push(line(field, target, outcomes)),
            }
        }
        if told.len() == 1 { Vec::new() } else { told }
    }
}

fn line(field: &str, target: &str, cells: &[String]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| format!("{cell:<15}")).collect();
    format!("{field:<34} {target:<8} {}", cells.join(" ")).trim_end().to_owned()
}
