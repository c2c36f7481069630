//! Finds the links of a page that lead nowhere: to a file that is not there, or to a heading that its page does not have.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::source::{Source, root};

/// A link within the project, as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link<'a> {
    /// The line that it stands in, counted from one.
    pub(super) line: usize,
    pub(super) target: &'a str,
}

/// The links of a page to other places of the project; what stands between fences is no link.
pub(super) fn links(text: &str) -> Vec<Link<'_>> {
    let mut found = Vec::new();
    for (line, written) in prose(text) {
        let targets = written.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let inside = targets.map(|(target, _)| target).filter(|target| !target.contains("://"));
        found.extend(inside.map(|target| Link { line, target }));
    }
    found
}

/// What is wrong with a link of this page.
pub(super) fn fault(page: &Source, link: &Link<'_>) -> Option<String> {
    let (path, heading) = link.target.split_once('#').unwrap_or((link.target, ""));
    let target = if path.is_empty() { root().join(&page.path) } else { beside(&page.path, path) };
    if !target.starts_with(root()) || !target.exists() {
        return Some(format!("{path} is not there"));
    }
    let text = fs::read_to_string(target).unwrap_or_default();
    let is_there = heading.is_empty() || prose(&text).any(|(_, line)| anchor(line).as_deref() == Some(heading));
    (!is_there).then(|| format!("{path} has no heading #{heading}"))
}

/// The lines outside of fences, counted from one.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        fenced ^= is_fence;
        !fenced && !is_fence
    })
}

/// The place that a path means in a page that lies here, without the steps back.
fn beside(page: &str, path: &str) -> PathBuf {
    let mut place = root().join(page);
    place.pop();
    for component in Path::new(path).components() {
        if component == Component::ParentDir {
            place.pop();
        } else {
            place.push(component);
        }
    }
    place
}

/// How a heading is named in links; nothing for a line that is none.
fn anchor(line: &str) -> Option<String> {
    let title = line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' ')?;
    let is_kept = |it: &char| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_');
    let kept: String = title.to_lowercase().chars().filter(is_kept).collect();
    Some(kept.trim().replace(' ', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_links_of_the_prose_alone() {
        let page = "[a](a.md), [b](b/c.md#d)\n```\n[no](no.md)\n```\n[out](https://example.com/x)\n[here](#e)\n";
        let found: Vec<_> = links(page).into_iter().map(|link| (link.line, link.target)).collect();
        assert_eq!(found, [(1, "a.md"), (1, "b/c.md#d"), (6, "#e")]);
    }

    #[test]
    fn tells_what_is_not_there() {
        let page = Source { path: "docs/x.md".to_owned(), text: String::new() };
        let told = |target| fault(&page, &Link { line: 1, target });
        assert_eq!(told("../README.md"), None);
        assert_eq!(told("architecture.md#who-may-know-whom"), None);
        assert_eq!(told("none.md"), Some("none.md is not there".to_owned()));
        assert_eq!(told("../../outside"), Some("../../outside is not there".to_owned()));
        assert_eq!(told("architecture.md#none"), Some("architecture.md has no heading #none".to_owned()));
    }

    #[test]
    fn names_a_heading_as_its_page_does() {
        assert_eq!(anchor("## Errors, and `userErrors`").as_deref(), Some("errors-and-usererrors"));
        assert_eq!(anchor("#no heading"), None);
    }
}
