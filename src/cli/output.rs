//! What a command prints: a table for people or JSON for programs.

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;

/// How answers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Tables and sentences.
    Text,
    /// JSON, on one line.
    Json,
}

/// A line of a table.
pub(super) trait Row: Serialize {
    /// The heads of the columns.
    const HEAD: &'static [&'static str];

    /// The cells below them.
    fn cells(&self) -> Vec<String>;
}

impl Format {
    /// Prints a list.
    pub(super) fn list<R: Row>(self, rows: &[R], out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Json => json(&rows, out),
            Self::Text => table(rows, out),
        }
    }

    /// Prints one answer, for people as this sentence.
    pub(super) fn answer(self, answer: &impl Serialize, sentence: &str, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Json => json(answer, out),
            Self::Text => writeln!(out, "{sentence}"),
        }
    }
}

fn json(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

fn table<R: Row>(rows: &[R], out: &mut impl Write) -> io::Result<()> {
    let head: Vec<String> = R::HEAD.iter().map(|head| (*head).to_owned()).collect();
    let body = rows.iter().map(|row| row.cells().iter().map(|cell| printable(cell)).collect());
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(body).collect();
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..R::HEAD.len()).map(|column| width(column).unwrap_or(0)).collect();
    for line in &lines {
        let padded: Vec<_> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", padded.join("  ").trim_end())?;
    }
    Ok(())
}

/// A text that the server has from elsewhere, as a terminal may show it: no control characters.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// A cell for what may be missing.
pub(super) fn cell(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Pair(&'static str, &'static str);

    impl Row for Pair {
        const HEAD: &'static [&'static str] = &["NAME", "MODE"];

        fn cells(&self) -> Vec<String> {
            vec![self.0.to_owned(), self.1.to_owned()]
        }
    }

    fn printed(format: Format, rows: &[Pair]) -> String {
        let mut out = Vec::new();
        format.list(rows, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_no_control_character_gets_through() {
        let rows = [Pair("team-a", "ENFORCE"), Pair("b", "\u{1b}[2J")];
        assert_eq!(printed(Format::Text, &rows), "NAME    MODE\nteam-a  ENFORCE\nb       \u{fffd}[2J\n");
        assert_eq!(printed(Format::Text, &[]), "NAME  MODE\n");
    }

    #[test]
    fn json_is_one_line_with_all_rows() {
        assert_eq!(printed(Format::Json, &[Pair("a", "b")]), "[[\"a\",\"b\"]]\n");
    }
}
