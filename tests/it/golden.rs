//! What the product shows of itself, on record: the schema, the configuration, the command line and the metrics. A change of
//! any of them is seen in a review because a file changes with it; `make golden` writes the files anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::world::World;

/// Compares a file of the project with what the product says now; writes it when `GOLDEN` is `write`.
fn golden(file: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    #[expect(clippy::disallowed_methods, reason = "the one command that writes these files says so by this variable")]
    let write = std::env::var("GOLDEN").is_ok_and(|wish| wish == "write");
    if write {
        fs::write(path, now).unwrap();
        return;
    }
    let recorded = fs::read_to_string(&path).unwrap_or_default();
    let differs = recorded.lines().zip(now.lines()).position(|(recorded, now)| recorded != now);
    let line = differs.unwrap_or_else(|| recorded.lines().count().min(now.lines().count()));
    let nth = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    assert!(
        recorded == now,
        "{file} differs in line {}: it has {:?}, the product says {:?}; when that is meant, run `make golden`",
        line + 1,
        nth(&recorded),
        nth(now),
    );
}

/// What the binary prints when it is called in this way.
fn said(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_wharfinger")).args(arguments).env_remove("COLUMNS").output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_schema_is_the_one_on_record() {
    golden("graphql/schema.graphql", &said(&["schema"]));
}

#[test]
fn the_configuration_is_the_one_on_record() {
    golden("docs/configuration.md", &said(&["config", "reference"]));
}

const COMMANDS: &str = "\
# Command line

What `wharfinger --help` says, and each of its commands. A test holds this page to the program; `make golden` writes it
anew.
";

/// The names of the commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let list = help.split_once("\nCommands:\n").map_or("", |(_, list)| list);
    let entries = list.lines().take_while(|line| !line.is_empty());
    let names = entries.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Adds the help of a command and of all below it.
fn describe(page: &mut String, command: &[&str]) {
    let help = said(&[command, &["--help"]].concat());
    let depth = "#".repeat(command.len().min(2) + 2);
    if !command.is_empty() {
        write!(page, "\n{depth} {}\n", command.join(" ")).unwrap();
    }
    let help: Vec<_> = help.lines().map(str::trim_end).collect();
    write!(page, "\n```text\n{}\n```\n", help.join("\n").trim_end()).unwrap();
    for name in commands(&help.join("\n")) {
        describe(page, &[command, &[name.as_str()]].concat());
    }
}

#[test]
fn the_command_line_is_the_one_on_record() {
    let mut page = COMMANDS.to_owned();
    describe(&mut page, &[]);
    assert!(page.matches("```text").count() > 15, "every command is found:\n{page}");
    golden("docs/cli.md", &page);
}

const METRICS: &str = "\
# Metrics

What `GET /metrics` on the address of `metrics.listen` gives, in the OpenMetrics text format. A test holds this page to
a running server; `make golden` writes it anew. Counters carry the suffix `_total` in samples.

| metric | type | labels | meaning |
| --- | --- | --- | --- |
";

/// One metric as it is described and as its samples are labelled.
#[derive(Default)]
struct Metric {
    kind: String,
    help: String,
    labels: Vec<String>,
}

/// The names of the labels of a sample.
fn labels(sample: &str) -> Vec<String> {
    let Some((_, rest)) = sample.split_once('{') else { return Vec::new() };
    let Some((inside, _)) = rest.rsplit_once('}') else { return Vec::new() };
    let pairs = inside.split("\",").filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, _)| name.to_owned()).filter(|name| name != "le").collect()
}

/// The metrics that a page has, by name.
fn metrics(page: &str) -> BTreeMap<String, Metric> {
    let mut found: BTreeMap<String, Metric> = BTreeMap::new();
    let mut current = String::new();
    for line in page.lines() {
        if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            name.clone_into(&mut current);
            help.trim_end_matches('.').clone_into(&mut found.entry(current.clone()).or_default().help);
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            kind.clone_into(&mut found.entry(name.to_owned()).or_default().kind);
        } else if !line.starts_with('#') {
            let metric = found.get_mut(&current).unwrap_or_else(|| panic!("{line} is not described"));
            for label in labels(line) {
                if !metric.labels.contains(&label) {
                    metric.labels.push(label);
                }
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_are_those_on_record() {
    let world = World::start().await;
    world.platform.wait_for_namespace("ns-a").await;
    for image in [world.image("pub/app:1.0"), world.image("team-a/app:1.0"), "Not:a:reference".to_owned()] {
        world.platform.create_pod("ns-a", &[&image]).await;
    }
    let mut page = METRICS.to_owned();
    for (name, metric) in metrics(&world.platform.metrics().await) {
        assert!(name.starts_with("wharfinger_"), "{name}");
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let labels = if labels.is_empty() { "–".to_owned() } else { labels.join(", ") };
        writeln!(page, "| `{name}` | {} | {labels} | {} |", metric.kind, metric.help).unwrap();
    }
    golden("docs/metrics.md", &page);
}

/// The GraphQL documents that a page shows.
fn documents(page: &str) -> Vec<&str> {
    let parts = page.split("```graphql\n").skip(1);
    parts.map(|part| part.split_once("```").expect("the fence is closed").0).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_document_of_the_page_about_the_api_is_one_of_the_schema() {
    let world = World::start().await;
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/api.md")).unwrap();
    let documents = documents(&page);
    assert!(documents.len() >= 8, "only {} documents found", documents.len());
    for document in documents {
        // Without variables: those that need some are told so, after the document was found to be good.
        let answer = world.platform.ask(document, serde_json::json!({})).await;
        for error in answer["errors"].as_array().into_iter().flatten() {
            assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{document}\n{error:#}");
            assert!(document.contains('$'), "{document}\n{error:#}");
        }
    }
}
