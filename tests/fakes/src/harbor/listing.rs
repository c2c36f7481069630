//! Lists as Harbor gives them: `q` and `sort` over fields of the rows, pages with a total and relative links, and the
//! refusals of page sizes. The order of a noun is given by its rows; an unknown key is ignored.

use std::cmp::Ordering;

use serde_json::Value;
use url::form_urlencoded;

use crate::harbor::answer::Answer;
use crate::harbor::asked::{Asked, decoded};

/// Filters, sorts and pages rows.
pub(super) fn list(asked: &Asked, mut rows: Vec<Value>) -> Answer {
    let (page, size) = match (number(asked, "page", 1), number(asked, "page_size", 10)) {
        (Err(refusal), _) | (_, Err(refusal)) => return refusal,
        (Ok(page), Ok(size)) => (page, size),
    };
    if size > 100 {
        return Answer::unprocessable("page_size in query should be less than or equal to 100");
    }
    if let Some(query) = asked.param("q").filter(|query| !query.is_empty()) {
        let Some(terms) = terms(query) else {
            return Answer::bad_request("the query string must contain \"=\" and the key/value cannot be empty");
        };
        rows.retain(|row| terms.iter().all(|(key, wanted)| matches(row, key, wanted)));
    }
    if let Some(keys) = asked.param("sort") {
        sort(&mut rows, keys);
    }
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let answer = Answer::json(&Value::Array(cut(rows, page, size))).with("x-total-count", total.to_string());
    match links(asked, page, size, total) {
        links if links.is_empty() => answer,
        links => answer.with("link", links.join(" , ")),
    }
}

fn number(asked: &Asked, name: &str, default: i64) -> Result<i64, Answer> {
    asked.param(name).map_or(Ok(default), |text| {
        text.parse().map_err(|_| Answer::unprocessable(&format!("{name} in query must be of type int64: \"{text}\"")))
    })
}

/// The rows of a page. A page before the first is the first; a size below one is all.
fn cut(rows: Vec<Value>, page: i64, size: i64) -> Vec<Value> {
    let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else { return rows };
    let before = usize::try_from(page.max(1) - 1).unwrap_or(usize::MAX).saturating_mul(size);
    rows.into_iter().skip(before).take(size).collect()
}

fn links(asked: &Asked, page: i64, size: i64, total: i64) -> Vec<String> {
    let link = |page: i64, rel: &str| {
        let mut query = asked.query.clone();
        query.insert("page".to_owned(), page.to_string());
        query.insert("page_size".to_owned(), size.to_string());
        let pairs: Vec<String> = query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        format!("<{}?{}>; rel=\"{rel}\"", asked.path, pairs.join("&"))
    };
    let has_previous = size != 0 && page > 1 && (page - 1).saturating_mul(size) < total;
    let has_next = size != 0 && size.saturating_mul(page) < total;
    let previous = has_previous.then(|| link(page - 1, "prev"));
    previous.into_iter().chain(has_next.then(|| link(page + 1, "next"))).collect()
}

/// The terms of a `q`, values decoded a second time, in the way of forms: a plus is a space.
fn terms(query: &str) -> Option<Vec<(String, String)>> {
    query
        .split(',')
        .map(|term| term.split_once('=').filter(|(key, value)| !key.is_empty() && !value.is_empty()))
        .map(|term| term.map(|(key, value)| (key.to_owned(), decoded(&value.replace('+', " ")))))
        .collect()
}

/// The values of a field; `None` when rows have no such field, which makes a filter count for nothing.
fn field(row: &Value, key: &str) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match key {
        "public" => row.pointer("/metadata/public").map(|value| vec![text(value)]),
        "tags" => {
            let tags = row.get("tags")?.as_array().cloned().unwrap_or_default();
            Some(tags.iter().filter_map(|tag| tag.get("name")).map(text).collect())
        }
        _ => row.get(key).map(|value| vec![text(value)]),
    }
}

fn matches(row: &Value, key: &str, wanted: &str) -> bool {
    let Some(values) = field(row, key) else { return true };
    let inside = |open: char, close: char| wanted.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    if key == "tags" && matches!(wanted, "nil" | "*") {
        return values.is_empty() == (wanted == "nil");
    }
    if let Some(part) = wanted.strip_prefix('~') {
        return values.iter().any(|value| value.contains(part));
    }
    if let Some((low, high)) = inside('[', ']').and_then(|range| range.split_once('~')) {
        let within = |value: &String| {
            (low.is_empty() || compare(low, value).is_le()) && (high.is_empty() || compare(value, high).is_le())
        };
        return values.iter().any(within);
    }
    if let Some(any) = inside('{', '}') {
        return any.split(' ').any(|one| values.iter().any(|value| value == one));
    }
    if let Some(all) = inside('(', ')') {
        return all.split(' ').all(|one| values.iter().any(|value| value == one));
    }
    values.iter().any(|value| value == wanted)
}

/// Numbers as numbers; instants in either of their spellings; everything else as text.
fn compare(left: &str, right: &str) -> Ordering {
    match (left.parse::<i64>(), right.parse::<i64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        _ => left.replace('T', " ").cmp(&right.replace('T', " ")),
    }
}

fn sort(rows: &mut [Value], keys: &str) {
    for key in keys.split(',').rev() {
        let (name, descending) = key.strip_prefix('-').map_or((key, false), |name| (name, true));
        rows.sort_by(|left, right| {
            let value = |row: &Value| field(row, name).and_then(|values| values.into_iter().next()).unwrap_or_default();
            let order = compare(&value(left), &value(right));
            if descending { order.reverse() } else { order }
        });
    }
}

/// A repository name as it stands in a path: encoded twice, because proxies decode it once.
pub(super) fn twice_encoded(name: &str) -> String {
    let once: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    form_urlencoded::byte_serialize(once.as_bytes()).collect()
}
