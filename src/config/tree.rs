//! The configuration file as a flat list of keys with their lines, whatever the keys are: which of them exist is known
//! to the table of keys alone.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// A key of the file, such as `clusters[0].name`, with its value as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) line: u64,
}

/// Why a text is no YAML.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotYaml {
    pub(super) line: u64,
    pub(super) sentence: String,
}

/// A node of the file.
enum Node {
    Nothing,
    Text(String),
    List(Vec<Spanned<Node>>),
    Map(Vec<(String, Spanned<Node>)>),
}

/// The keys of a file. A list of plain values is one key, its values between commas; a key without a value is none.
pub(super) fn leaves(yaml: &str) -> Result<Vec<Leaf>, NotYaml> {
    // `OFF` is a mode and no boolean; an error must not show lines of the file, which may hold what it should not.
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    let root: Option<Spanned<Node>> = serde_saphyr::from_str_with_options(yaml, options).map_err(|error| NotYaml {
        line: error.location().map_or(0, |place| place.line()),
        sentence: error.to_string(),
    })?;
    let mut leaves = Vec::new();
    match root {
        None => {}
        Some(Spanned { value: Node::Text(_) | Node::List(_), referenced, .. }) => {
            let sentence = "write keys and values, such as `log: {level: info}`".to_owned();
            return Err(NotYaml { line: referenced.line(), sentence });
        }
        Some(root) => flatten("", root, &mut leaves),
    }
    Ok(leaves)
}

fn flatten(path: &str, node: Spanned<Node>, leaves: &mut Vec<Leaf>) {
    let line = node.referenced.line();
    match node.value {
        Node::Nothing => {}
        Node::Text(text) => leaves.push(Leaf { path: path.to_owned(), text, line }),
        Node::Map(entries) => {
            for (key, value) in entries {
                let inner = if path.is_empty() { key } else { format!("{path}.{key}") };
                flatten(&inner, value, leaves);
            }
        }
        Node::List(items) if items.iter().all(|item| matches!(item.value, Node::Text(_))) => {
            let texts: Vec<_> = items.into_iter().filter_map(|item| item.value.into_text()).collect();
            if !texts.is_empty() {
                leaves.push(Leaf { path: path.to_owned(), text: texts.join(","), line });
            }
        }
        Node::List(items) => {
            for (index, item) in items.into_iter().enumerate() {
                flatten(&format!("{path}[{index}]"), item, leaves);
            }
        }
    }
}

impl Node {
    fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list or keys with values")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Node, E> {
        Err(E::custom("no key takes a number with a fraction; put a text that looks like one between quotes"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = entries.next_entry::<String, Spanned<Node>>()? {
            if key.is_empty() || key.contains(['.', '[', ']']) {
                return Err(A::Error::custom(
                    "a key is a word; write `log: {level: info}` in place of `log.level: info`",
                ));
            }
            map.push((key, value));
        }
        Ok(Node::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(yaml: &str) -> Vec<(String, String, u64)> {
        leaves(yaml).unwrap().into_iter().map(|leaf| (leaf.path, leaf.text, leaf.line)).collect()
    }

    #[test]
    fn every_value_becomes_one_key_with_its_line() {
        let yaml = "log:\n  level: info\nclusters:\n  - name: a\n    mode: OFF\n  - {name: b, inCluster: true}\n";
        let expected = [
            ("log.level", "info", 2),
            ("clusters[0].name", "a", 4),
            ("clusters[0].mode", "OFF", 5),
            ("clusters[1].name", "b", 6),
            ("clusters[1].inCluster", "true", 6),
        ];
        assert_eq!(flat(yaml), expected.map(|(path, text, line)| (path.into(), text.into(), line)));
    }

    #[test]
    fn a_list_of_plain_values_is_one_key() {
        let yaml = "webhook:\n  tls:\n    names: [localhost, 127.0.0.1]\n";
        assert_eq!(flat(yaml), [("webhook.tls.names".into(), "localhost,127.0.0.1".into(), 3)]);
    }

    #[test]
    fn an_empty_file_and_keys_without_values_say_nothing() {
        for yaml in ["", "# nothing\n", "log:\n", "log: {}\nclusters: []\n", "---\n"] {
            assert_eq!(flat(yaml), [], "{yaml:?}");
        }
    }

    #[test]
    fn what_is_no_yaml_or_has_no_keys_is_refused_with_its_line() {
        assert_eq!(leaves("a: 1\nb: [\n").unwrap_err().line, 2);
        assert_eq!(leaves("just text").unwrap_err().line, 1);
        assert!(leaves("log: {level: a}\nlog: {level: b}\n").is_err(), "a key given twice");
        assert!(leaves("log.level: info\n").is_err(), "a key with a dot");
    }
}
