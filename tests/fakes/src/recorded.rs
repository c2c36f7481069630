//! What a real Harbor 2.15.2 was asked and what it answered: `tests/fixtures/harbor.jsonl`, one exchange a line, in the
//! order in which they happened. The answers are as they came, apart from secrets and session cookies, which the recorder
//! took out; a request that carried a secret has another in its place.

use std::collections::BTreeMap;

use serde::Deserialize;

const RECORDINGS: &str = include_str!("../../fixtures/harbor.jsonl");

/// A request and its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Its place in the order; some numbers are missing.
    pub number: u32,
    /// The method.
    pub method: String,
    /// Path and query, undecoded.
    pub target: String,
    /// The name of the account that asked; anonymous without.
    pub caller: Option<String>,
    /// The secret that was presented, where it was not the account's own.
    pub secret: Option<String>,
    /// The headers of the request, without `Host`, `Authorization` and those of the framing.
    pub headers: BTreeMap<String, String>,
    /// The body of the request.
    #[serde(default)]
    pub body: String,
    /// What came back.
    pub answer: Answered,
}

/// An answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body without white space around it.
    pub body: String,
}

/// All exchanges, in order. Fails when a line is none.
pub fn exchanges() -> Result<Vec<Exchange>, serde_json::Error> {
    RECORDINGS.lines().map(serde_json::from_str).collect()
}
