//! Manifests as people keep them: files of YAML or JSON with any number of documents, of which some are lists. A document
//! that cannot be read is told with its place, and the others are read all the same.

use serde_json::{Map, Value};

/// An object of a manifest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object {
    /// Which document of its file it is in, counted from 1.
    pub(super) document: usize,
    /// Where it is in the document, with a dot behind it: empty, or `items[0].` in a list.
    pub(super) place: String,
    /// The object; one of a typed list has the kind and version that the list implies.
    pub(super) value: Value,
}

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Which document, counted from 1.
    pub(super) document: usize,
    /// The line of the file, counted from 1, when it is known.
    pub(super) line: Option<u64>,
    /// What is wrong.
    pub(super) problem: String,
}

/// What is in a file.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub(super) objects: Vec<Object>,
    pub(super) faults: Vec<Fault>,
}

/// One document, and how many lines are before it.
struct Document<'t> {
    text: &'t str,
    lines_before: u64,
}

/// Reads a file.
pub(super) fn read(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut number = 0;
    for document in split(text.trim_start_matches('\u{feff}')) {
        match document.read() {
            Ok(values) => {
                for value in values.into_iter().filter(|value| !value.is_null()) {
                    number += 1;
                    manifest.take(number, "", value);
                }
            }
            Err((line, problem)) => {
                number += 1;
                let line = line.map(|line| document.lines_before + line);
                manifest.faults.push(Fault { document: number, line, problem });
            }
        }
    }
    manifest
}

/// Cuts a file where documents end. In YAML no line of a document may begin with the marker, not even in a text.
fn split(text: &str) -> Vec<Document<'_>> {
    let (mut documents, mut start, mut at, mut lines_before) = (Vec::new(), 0, 0, 0);
    for (line, one) in (0..).zip(text.split_inclusive('\n')) {
        let marks = |marker: &str| {
            one.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
        };
        if marks("---") || marks("...") {
            documents.push(Document { text: text.get(start..at).unwrap_or_default(), lines_before });
            // What stands behind the marker is a part of the document.
            start = at + 3;
            lines_before = line;
        }
        at += one.len();
    }
    documents.push(Document { text: text.get(start..).unwrap_or_default(), lines_before });
    documents
}

impl Document<'_> {
    /// The values in it: one of YAML, or any number of JSON. A fault has its line when it is known.
    fn read(&self) -> Result<Vec<Value>, (Option<u64>, String)> {
        if self.is_directives() {
            return Ok(Vec::new());
        }
        if self.text.trim_start().starts_with('{')
            && let Ok(values) = serde_json::Deserializer::from_str(self.text).into_iter().collect()
        {
            return Ok(values);
        }
        // An error must not show lines of a file, which may hold what it should not.
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        let read: Result<Option<Value>, _> = serde_saphyr::from_str_with_options(self.text, options);
        read.map(|value| value.into_iter().collect())
            .map_err(|error| (error.location().map(|place| place.line()), error.to_string()))
    }

    /// Whether it is only what YAML has before the marker of a document, such as `%YAML 1.2`.
    fn is_directives(&self) -> bool {
        let mut lines = self.text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).peekable();
        lines.peek().is_some() && lines.all(|line| line.starts_with('%'))
    }
}

impl Manifest {
    /// Takes an object, or every object of a list.
    fn take(&mut self, document: usize, place: &str, value: Value) {
        match unlisted(value) {
            Ok(Content::Object(value)) => self.objects.push(Object { document, place: place.to_owned(), value }),
            Ok(Content::List(items)) => {
                for (index, item) in items.into_iter().enumerate() {
                    self.take(document, &format!("{place}items[{index}]."), item);
                }
            }
            Err(problem) => {
                let place = place.strip_suffix('.').map_or_else(String::new, |place| format!("{place}: "));
                self.faults.push(Fault { document, line: None, problem: format!("{place}{problem}") });
            }
        }
    }
}

/// What a value of a manifest is.
enum Content {
    Object(Value),
    List(Vec<Value>),
}

/// Tells a list from an object. The items of a typed list have its version, and its kind without the ending, unless they
/// say otherwise. What only looks like a list, such as a custom resource with a name that ends so, is an object.
fn unlisted(value: Value) -> Result<Content, String> {
    let Value::Object(mut object) = value else {
        return Err("a manifest is an object with a kind".to_owned());
    };
    for needed in ["apiVersion", "kind"] {
        text(&object, needed).filter(|text| !text.is_empty()).ok_or_else(|| format!("the object has no {needed}"))?;
    }
    let version = object.get("apiVersion").cloned().unwrap_or_default();
    let kind = text(&object, "kind").unwrap_or_default().to_owned();
    let Some(item_kind) = kind.strip_suffix("List") else { return Ok(Content::Object(Value::Object(object))) };
    match object.remove("items") {
        Some(Value::Array(mut items)) if items.iter().all(Value::is_object) => {
            for item in items.iter_mut().filter_map(Value::as_object_mut).filter(|_| !item_kind.is_empty()) {
                item.entry("kind").or_insert_with(|| item_kind.into());
                item.entry("apiVersion").or_insert_with(|| version.clone());
            }
            Ok(Content::List(items))
        }
        None | Some(Value::Null) => Ok(Content::List(Vec::new())),
        Some(_) if item_kind.is_empty() => Err("items is no list of objects".to_owned()),
        Some(_) => Ok(Content::Object(Value::Object(object))),
    }
}

fn text<'o>(object: &'o Map<String, Value>, key: &str) -> Option<&'o str> {
    object.get(key).and_then(Value::as_str)
}

impl Object {
    pub(super) fn kind(&self) -> &str {
        self.text("/kind")
    }

    /// Its name, or the beginning of the name that it will be given.
    pub(super) fn name(&self) -> &str {
        let name = self.text("/metadata/name");
        if name.is_empty() { self.text("/metadata/generateName") } else { name }
    }

    /// Empty when it does not say.
    pub(super) fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }

    /// The API group; empty for the core's.
    pub(super) fn group(&self) -> &str {
        self.text("/apiVersion").split_once('/').map_or("", |(group, _)| group)
    }

    fn text(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Document, place, kind and name of every object of a file without faults.
    fn told(text: &str) -> Vec<(usize, String, String, String)> {
        let Manifest { objects, faults } = read(text);
        assert_eq!(faults, []);
        let told = |object: &Object| {
            (object.document, object.place.clone(), object.kind().to_owned(), object.name().to_owned())
        };
        objects.iter().map(told).collect()
    }

    fn expected(all: &[(usize, &str, &str, &str)]) -> Vec<(usize, String, String, String)> {
        let owned = |&(document, place, kind, name): &(usize, &str, &str, &str)| {
            (document, place.to_owned(), kind.to_owned(), name.to_owned())
        };
        all.iter().map(owned).collect()
    }

    #[test]
    fn documents_are_counted_and_empty_ones_are_none() {
        let text = "%YAML 1.2\n# first\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n---\n# nothing\n--- \
                    {apiVersion: v1, kind: B}\n...\n---\r\napiVersion: v1\r\nkind: C\r\n";
        assert_eq!(told(text), expected(&[(1, "", "A", "a"), (2, "", "B", ""), (3, "", "C", "")]));
        assert_eq!(told(""), []);
    }

    #[test]
    fn a_marker_inside_of_a_line_ends_nothing() {
        let text = "\u{feff}apiVersion: v1\nkind: A\nmetadata:\n  name: a\ndata:\n  text: |\n    ---\n    more\n  \
                    other: a --- b\n----: x\n";
        assert_eq!(told(text), expected(&[(1, "", "A", "a")]));
    }

    #[test]
    fn json_is_read_with_tabs_and_one_after_the_other() {
        let text = "{\n\t\"apiVersion\": \"v1\", \"kind\": \"A\"}\n{\"apiVersion\": \"v1\", \"kind\": \"B\"}\n";
        assert_eq!(told(text), expected(&[(1, "", "A", ""), (2, "", "B", "")]));
    }

    #[test]
    fn anchors_merges_and_keys_that_are_numbers_are_read() {
        let text =
            "apiVersion: v1\nkind: A\nbase: &base {image: one, tag: yes}\nother: {<<: *base, image: two}\n1: x\n";
        let Manifest { objects, faults } = read(text);
        assert_eq!(faults, []);
        assert_eq!(objects[0].value["other"], serde_json::json!({ "image": "two", "tag": "yes" }));
        assert_eq!(objects[0].value["1"], "x");
    }

    #[test]
    fn the_objects_of_a_list_have_the_kind_that_it_implies() {
        let text = "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: a}\n- kind: Other\n---\n\
                    apiVersion: v1\nkind: List\nitems:\n- kind: PodList\n  apiVersion: v1\n  items: [{metadata: {name: p}}]\n\
                    ---\napiVersion: x/v1\nkind: AllowList\nitems: [a, b]\n---\napiVersion: v1\nkind: List\n";
        let found = [
            (1, "items[0].", "Deployment", "a"),
            (1, "items[1].", "Other", ""),
            (2, "items[0].items[0].", "Pod", "p"),
            (3, "", "AllowList", ""),
        ];
        assert_eq!(told(text), expected(&found));
        assert_eq!(read(text).objects[0].group(), "apps");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place_and_everything_else_is_read() {
        let text = "apiVersion: v1\nkind: A\n---\nkind: B\nspec: [\n---\napiVersion: v1\nkind: C\n---\njust words\n---\n\
                    apiVersion: v1\n---\nkind: Pod\n---\napiVersion: v1\nkind: List\nitems: [{kind: Pod}, {kind: D, \
                    apiVersion: v1}]\n---\napiVersion: v1\nkind: E\nkind: E\n";
        let Manifest { objects, faults } = read(text);
        let read: Vec<_> = objects.iter().map(|object| (object.document, object.kind())).collect();
        assert_eq!(read, [(1, "A"), (3, "C"), (7, "D")]);
        let told: Vec<_> = faults.iter().map(|fault| (fault.document, &*fault.problem)).collect();
        let problems = [
            (4, "a manifest is an object with a kind"),
            (5, "the object has no kind"),
            (6, "the object has no apiVersion"),
            (7, "items[0]: the object has no apiVersion"),
        ];
        assert_eq!((told.len(), told[0].0, &told[1..5], told[5].0), (6, 2, &problems[..], 8), "{told:?}");
        assert!(faults[0].line.is_some_and(|line| (3..=6).contains(&line)), "{:?}", faults[0]);
        assert_eq!(faults[5].line, Some(22), "{:?}", faults[5]);
    }
}
