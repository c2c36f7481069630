//! What a check tells: a line for each image, what could not be read, and how much was passed over.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use wharfinger_domain::decision::{Reason, Verdict};
use wharfinger_domain::review::Action;
use wharfinger_domain::time::Timestamp;

use crate::cli::output::{Format, Row, cell, printable};
use crate::cli::snapshot::rfc3339;

/// One image.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    pub(super) file: String,
    /// Counted from 1.
    pub(super) document: usize,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) namespace: String,
    /// In the document.
    pub(super) field_path: String,
    pub(super) image: String,
    /// Before the mode.
    pub(super) verdict: Verdict,
    /// After it.
    #[serde(serialize_with = "action")]
    pub(super) action: Action,
    pub(super) reason: Reason,
    pub(super) message: String,
}

/// What could not be judged.
#[derive(Debug, Serialize)]
pub(super) struct Trouble {
    pub(super) file: String,
    /// Counted from 1; `null` when it is the whole file.
    pub(super) document: Option<usize>,
    /// Counted from 1; `null` when it is not known.
    pub(super) line: Option<u64>,
    pub(super) message: String,
}

/// All of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// When the snapshot was taken.
    #[serde(serialize_with = "instant")]
    pub(super) taken_at: Timestamp,
    #[serde(serialize_with = "instant")]
    pub(super) judged_at: Timestamp,
    pub(super) revision: String,
    pub(super) results: Vec<Line>,
    pub(super) errors: Vec<Trouble>,
    /// Objects of kinds that are not looked into.
    pub(super) skipped: usize,
}

fn action_word(action: Action) -> &'static str {
    match action {
        Action::Admitted => "ADMITTED",
        Action::Warned => "WARNED",
        Action::Audited => "AUDITED",
        Action::Denied => "DENIED",
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field so")]
fn action<S: Serializer>(action: &Action, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(action_word(*action))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field so")]
fn instant<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*at))
}

/// The word that a value has in JSON.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|word| Some(word.as_str()?.to_owned())).unwrap_or_default()
}

impl Row for Line {
    const HEAD: &'static [&'static str] =
        &["FILE", "DOC", "OBJECT", "NAMESPACE", "FIELD", "IMAGE", "VERDICT", "ACTION", "REASON", "MESSAGE"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.file.clone(),
            self.document.to_string(),
            format!("{}/{}", self.kind, cell(Some(&self.name))),
            self.namespace.clone(),
            self.field_path.clone(),
            cell(Some(&self.image)),
            word(&self.verdict),
            action_word(self.action).to_owned(),
            word(&self.reason),
            self.message.clone(),
        ]
    }
}

impl Trouble {
    /// The place and what is wrong, for standard error.
    pub(super) fn words(&self) -> String {
        let document = self.document.map_or_else(String::new, |number| format!(": document {number}"));
        let line = self.line.map_or_else(String::new, |line| format!(" (line {line})"));
        printable(&format!("{}{document}{line}: {}", self.file, self.message))
    }
}

impl Report {
    pub(super) fn print(&self, format: Format, out: &mut impl Write) -> io::Result<()> {
        if format == Format::Text && !self.results.is_empty() {
            format.list(&self.results, out)?;
        }
        format.answer(self, &self.sentence(), out)?;
        out.flush()
    }

    fn sentence(&self) -> String {
        let count = |action| self.results.iter().filter(|line| line.action == action).count();
        let [admitted, warned, audited, denied] =
            [Action::Admitted, Action::Warned, Action::Audited, Action::Denied].map(count);
        let (skipped, taken_at) = (self.skipped, rfc3339(self.taken_at));
        format!(
            "images: {admitted} admitted, {warned} with a warning, {audited} recorded, {denied} denied; objects of other \
             kinds: {skipped}; rules as of {taken_at}"
        )
    }

    /// Whether a pod would be denied.
    pub(super) fn denies(&self) -> bool {
        self.results.iter().any(|line| line.action == Action::Denied)
    }

    /// Whether there was nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.results.is_empty() && self.errors.is_empty() && self.skipped == 0
    }
}
