//! Image references read offline: one JSON object a line, always with the same keys, as fast as a pipe brings them.

use std::borrow::Cow;
use std::io::{self, BufRead, Write};

use clap::Subcommand;
use serde::Serialize;
use wharfinger_domain::reference::Reference;

use super::Failure;

/// Commands about references.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print the parts of image references: one JSON object a line with the keys input, valid, host, path, tag, digest,
    /// canonical and error, null where there is nothing to say. Ends with 0 when all were read, valid or not.
    Parse {
        /// References as they stand in a pod; `-` reads JSON strings from standard input, one a line.
        #[arg(required = true, value_name = "REF")]
        references: Vec<String>,
    },
}

impl Command {
    pub(super) fn run(self, out: &mut impl Write) -> Result<(), Failure> {
        let Self::Parse { references } = self;
        for reference in references {
            if reference == "-" {
                parse_lines(&mut io::stdin().lock(), out)?;
            } else {
                write_parsed(&reference, out)?;
            }
        }
        Ok(())
    }
}

/// What is told of one reference.
#[derive(Debug, Default, Serialize)]
struct Parsed<'a> {
    /// `null` for a line that is no JSON string.
    input: Option<&'a str>,
    valid: bool,
    /// As the kubelet names it, capitals kept.
    host: Option<&'a str>,
    path: Option<Cow<'a, str>>,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
    canonical: Option<String>,
    error: Option<String>,
}

fn parse_lines(lines: &mut impl BufRead, out: &mut impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    let mut number = 0_u64;
    while lines.read_until(b'\n', &mut line)? > 0 {
        number += 1;
        if let Ok(Text(reference)) = serde_json::from_slice(&line) {
            write_parsed(&reference, out)?;
        } else {
            let error = format!("line {number} is not a JSON string; write the reference between double quotes");
            write_line(&Parsed { error: Some(error), ..Parsed::default() }, out)?;
        }
        line.clear();
    }
    Ok(())
}

/// A JSON string, borrowed when nothing in it is escaped.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn write_parsed(raw: &str, out: &mut impl Write) -> io::Result<()> {
    let input = Some(raw);
    match Reference::parse(raw) {
        Err(error) => write_line(&Parsed { input, error: Some(error.to_string()), ..Parsed::default() }, out),
        Ok(reference) => {
            let path = reference.path();
            let parsed = Parsed {
                input,
                valid: true,
                host: Some(reference.host()),
                path: Some(path.as_str()),
                tag: reference.tag(),
                digest: reference.digest(),
                canonical: Some(reference.canonical()),
                error: None,
            };
            write_line(&parsed, out)
        }
    }
}

fn write_line(parsed: &Parsed<'_>, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, parsed)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(input: &[u8]) -> Vec<serde_json::Value> {
        let mut out = Vec::new();
        parse_lines(&mut &*input, &mut out).unwrap();
        out.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }

    #[test]
    fn every_line_gives_one_object_with_all_keys_in_one_order() {
        let mut out = Vec::new();
        parse_lines(&mut &b"\"nginx\"\n\"A b\""[..], &mut out).unwrap();
        let expected = concat!(
            r#"{"input":"nginx","valid":true,"host":"docker.io","path":"library/nginx","tag":null,"digest":null,"#,
            r#""canonical":"docker.io/library/nginx","error":null}"#,
            "\n",
            r#"{"input":"A b","valid":false,"host":null,"path":null,"tag":null,"digest":null,"canonical":null,"#,
            r#""error":"write the image in ASCII letters, digits and punctuation, without spaces or control characters"}"#,
            "\n",
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_line_that_is_no_json_string_is_told_by_its_number_and_ends_nothing() {
        let objects = parse(b"\"a\"\nnginx\n\n7\n\"\\ud800\"\n\"\xff\"\n\"h.example/\\u0061:1\"\n");
        assert_eq!(objects.len(), 7);
        for (index, object) in objects[1..6].iter().enumerate() {
            assert_eq!(object["valid"], false);
            assert_eq!(object["input"], serde_json::Value::Null);
            let error = object["error"].as_str().unwrap();
            assert!(error.starts_with(&format!("line {} is not a JSON string", index + 2)), "{error}");
        }
        assert_eq!(objects[6]["canonical"], "h.example/a:1");
    }

    #[test]
    fn the_recorded_references_are_read_as_recorded() {
        let recorded: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/fixtures/image-references.json")).unwrap();
        for vector in recorded["vectors"].as_array().unwrap() {
            let object = parse(vector["input"].to_string().as_bytes()).remove(0);
            for key in ["input", "valid"] {
                assert_eq!(object[key], vector[key], "{vector}");
            }
            for key in ["host", "path", "tag", "digest"].iter().filter(|_| vector["valid"] == true) {
                assert_eq!(object[key], *vector.get(key).unwrap_or(&serde_json::Value::Null), "{vector}");
            }
        }
    }
}
