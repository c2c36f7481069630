//! `wharfinger image parse` from outside: what other programs read from it, line by line, must never change by accident.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The keys of every object, in their order.
const KEYS: [&str; 8] = ["input", "valid", "host", "path", "tag", "digest", "canonical", "error"];

/// How many references a registry's whole list may have.
const MANY: usize = 1_000_000;

/// How long a build that is not optimised may take for them on a busy machine.
const LONG: Duration = Duration::from_mins(3);

fn parse(arguments: &[&str], input: Stdio, output: Stdio) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wharfinger"));
    command.args(["image", "parse"]).args(arguments).stdin(input).stdout(output).stderr(Stdio::piped());
    command.spawn().expect("the binary starts").wait_with_output().unwrap()
}

fn parse_arguments(arguments: &[&str]) -> Output {
    parse(arguments, Stdio::null(), Stdio::piped())
}

/// What comes of these bytes on standard input.
fn parse_input(arguments: &[&str], input: &[u8]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("input");
    fs::write(&file, input).unwrap();
    parse(arguments, File::open(file).unwrap().into(), Stdio::piped())
}

/// The objects of an answer that was given in full.
fn objects(output: &Output) -> Vec<Value> {
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let lines = text(&output.stdout).split_terminator('\n');
    let objects: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    objects.iter().for_each(assert_complete);
    objects
}

/// Every object has every key; a valid one has a canonical text and no error, any other nothing but an error.
fn assert_complete(object: &Value) {
    let keys: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(keys.len() == KEYS.len() && KEYS.iter().all(|key| keys.contains(key)), "{object}");
    let given = |key: &str| object[key].as_str().is_some_and(|text| !text.is_empty());
    let valid = object["valid"].as_bool().unwrap();
    assert_eq!(given("error"), !valid, "{object}");
    for key in ["host", "path", "canonical"] {
        assert_eq!(given(key), valid, "{key} of {object}");
        assert!(given(key) || object[key].is_null(), "{key} of {object}");
    }
    for key in ["tag", "digest"] {
        assert!(object[key].is_null() || (valid && given(key)), "{key} of {object}");
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn vectors() -> Vec<Value> {
    let recorded: Value = serde_json::from_str(include_str!("../fixtures/image-references.json")).unwrap();
    let vectors = recorded["vectors"].as_array().unwrap().clone();
    assert_eq!(vectors.len(), 97);
    vectors
}

/// What was recorded of the kubelet's own parser is what is printed.
fn assert_as_recorded(vector: &Value, object: &Value) {
    for key in ["input", "valid"] {
        assert_eq!(object[key], vector[key], "{key} of {vector}: {object}");
    }
    for key in ["host", "path", "tag", "digest"].iter().filter(|_| vector["valid"] == true) {
        assert_eq!(object[key], vector[key], "{key} of {vector}: {object}");
    }
}

#[test]
fn prints_the_keys_in_one_order_with_null_where_there_is_nothing() {
    let output = parse_arguments(&["Harbor.example:443/team/app:1"]);
    let expected = concat!(
        r#"{"input":"Harbor.example:443/team/app:1","valid":true,"host":"Harbor.example:443","path":"team/app","#,
        r#""tag":"1","digest":null,"canonical":"harbor.example:443/team/app:1","error":null}"#,
        "\n"
    );
    assert_eq!((text(&output.stdout), output.status.code()), (expected, Some(0)));
}

#[test]
fn reads_every_argument_in_its_turn() {
    let objects = objects(&parse_arguments(&["nginx", "No Image", "h.example/a@sha256:abc", "a/b:1"]));
    let told: Vec<_> = objects.iter().map(|object| (object["input"].clone(), object["valid"].clone())).collect();
    let expected = [("nginx", true), ("No Image", false), ("h.example/a@sha256:abc", false), ("a/b:1", true)];
    assert_eq!(told, expected.map(|(input, valid)| (json!(input), json!(valid))));
}

#[test]
fn reads_recorded_references_on_standard_input_as_the_kubelet_does() {
    let vectors = vectors();
    let lines: Vec<_> = vectors.iter().map(|vector| vector["input"].to_string()).collect();
    let objects = objects(&parse_input(&["-"], lines.join("\n").as_bytes()));
    assert_eq!(objects.len(), vectors.len());
    vectors.iter().zip(&objects).for_each(|(vector, object)| assert_as_recorded(vector, object));
}

#[test]
fn reads_recorded_references_as_arguments_as_the_kubelet_does() {
    // An argument cannot hold a NUL, and one that begins with a hyphen stands behind two of them.
    let vectors = vectors().into_iter().filter(|vector| !vector["input"].as_str().unwrap().contains('\0'));
    let vectors: Vec<_> = vectors.filter(|vector| vector["input"] != "-").collect();
    let mut arguments = vec!["--"];
    arguments.extend(vectors.iter().map(|vector| vector["input"].as_str().unwrap()));
    let objects = objects(&parse_arguments(&arguments));
    assert_eq!(objects.len(), vectors.len());
    vectors.iter().zip(&objects).for_each(|(vector, object)| assert_as_recorded(vector, object));
}

#[test]
fn tells_of_a_broken_line_by_its_number_and_goes_on() {
    let broken: [&[u8]; 8] = [b"nginx", b"", b"7", b"null", b"[\"a\"]", b"\"a", b"\"\xff\"", b"\"a\" \"b\""];
    let input = [&[&b"\"first\""[..]], &broken[..], &[b"\"last\\u002dapp\""]].concat().join(&b'\n');
    let objects = objects(&parse_input(&["-"], &input));
    assert_eq!(objects.len(), broken.len() + 2);
    for (index, object) in objects[1..=broken.len()].iter().enumerate() {
        assert_eq!((&object["input"], &object["valid"]), (&Value::Null, &json!(false)), "{object}");
        let error = object["error"].as_str().unwrap();
        assert!(error.contains(&format!("line {} ", index + 2)), "{error}");
    }
    assert_eq!(objects[0]["canonical"], "docker.io/library/first");
    assert_eq!(objects[broken.len() + 1]["canonical"], "docker.io/library/last-app");
}

#[test]
fn standard_input_takes_its_turn_among_arguments_and_may_be_empty() {
    let inputs = |output: &Output| objects(output).iter().map(|object| object["input"].clone()).collect::<Vec<_>>();
    let given = inputs(&parse_input(&["a", "-", "d"], b"\"b\"\r\n\"c\""));
    assert_eq!(given, ["a", "b", "c", "d"].map(|input| json!(input)));
    assert_eq!(inputs(&parse_input(&["-"], b"")), Vec::<Value>::new());
}

#[test]
fn a_wrong_call_ends_with_2_and_prints_nothing() {
    for arguments in [&[][..], &["--frobnicate", "nginx"]] {
        let output = parse_arguments(arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("input");
    fs::write(&file, "\"nginx\"\n".repeat(100_000)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wharfinger"));
    command.args(["image", "parse", "-"]).stdin(File::open(file).unwrap());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with(r#"{"input":"nginx""#), "{first}");
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

#[test]
fn a_million_lines_are_read_in_reasonable_time() {
    let directory = tempfile::tempdir().unwrap();
    let (input, output) = (directory.path().join("input"), directory.path().join("output"));
    let mut lines = BufWriter::new(File::create(&input).unwrap());
    for number in 0..MANY {
        writeln!(lines, "\"harbor.example.com/team-{}/app-{number}:1.{number}\"", number % 977).unwrap();
    }
    drop(lines);
    let started = Instant::now();
    let done = parse(&["-"], File::open(&input).unwrap().into(), File::create(&output).unwrap().into());
    let taken = started.elapsed();
    assert_eq!(done.status.code(), Some(0));
    assert!(taken < LONG, "it took {taken:?}");
    let mut count = 0;
    for line in BufReader::new(File::open(&output).unwrap()).lines() {
        let (line, path) = (line.unwrap(), format!("\"path\":\"team-{}/app-{count}\"", count % 977));
        assert!(line.contains(&path) && line.contains("\"valid\":true"), "{line}");
        count += 1;
    }
    assert_eq!(count, MANY);
}
