//! Manifests decided from the command line: by an exported snapshot without a server, and by a running one; the verdict is
//! the webhook's.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use wharfinger::clock::SystemClock;
use wharfinger_app::random::Clock as _;

use crate::harness::platform::CLUSTER;
use crate::world::World;

/// A world in which `ns-a` is in `wa` and `team-a` is bound to it, `ns-b` in `wb`, with a directory for files.
struct Desk {
    world: World,
    workspace: String,
    directory: tempfile::TempDir,
}

impl Desk {
    async fn set() -> Self {
        let world = World::start().await;
        let workspace = world.platform.workspace("wa").await;
        world.platform.assign("ns-a", Some(&workspace)).await;
        let other = world.platform.workspace("wb").await;
        world.platform.assign("ns-b", Some(&other)).await;
        let [mine, others] = [
            world.platform.space(&world.registry, "team-a").await,
            world.platform.space(&world.registry, "team-b").await,
        ];
        world.platform.bind(&[&mine], &[&workspace]).await;
        world.platform.bind(&[&others], &[&other]).await;
        Self { world, workspace, directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Asks for an export.
    fn ask_for(&self, name: &str, more: &[&str]) -> Output {
        let file = self.path(name);
        self.world.platform.cli(&[&["snapshot", "export", "--to", file.to_str().unwrap()], more].concat())
    }

    /// Exports, and gives the file.
    fn export(&self, name: &str, more: &[&str]) -> PathBuf {
        let output = self.ask_for(name, more);
        assert!(output.status.success(), "{}", words(&output));
        let written = std::fs::metadata(self.path(name)).unwrap();
        assert_eq!(written.permissions().mode() & 0o777, 0o600, "{name} is its owner's alone");
        self.path(name)
    }

    fn pod(&self, path: &str) -> String {
        let image = self.world.image(path);
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers: [{{name: c, image: \"{image}\"}}]\n"
        )
    }
}

/// Checks by a snapshot, where no server is: without an environment, and so without its address and token.
fn offline(snapshot: &Path, arguments: &[&str], input: &str) -> Output {
    let cluster: &[_] = if arguments.contains(&"--cluster") { &[] } else { &["--cluster", CLUSTER] };
    let mut child = Command::new(env!("CARGO_BIN_EXE_wharfinger"))
        .args(["check", "--output", "json", "--snapshot"])
        .arg(snapshot)
        .args(cluster)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end without having read everything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", words(output)))
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// These keys of every result, one line for each.
fn results(report: &Value, keys: &[&str]) -> Vec<String> {
    let told = |line: &Value| {
        let of = |key: &&str| line[key].as_str().map_or_else(|| line[key].to_string(), str::to_owned);
        keys.iter().map(of).collect::<Vec<_>>().join(" ")
    };
    report["results"].as_array().unwrap().iter().map(told).collect()
}

/// The instant so long from now, as one writes it.
fn after(time: Duration) -> String {
    let at = chrono::DateTime::from_timestamp_micros(SystemClock.now().saturating_add(time).as_micros()).unwrap();
    at.to_rfc3339()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_what_the_webhook_says_with_and_without_a_server() {
    let desk = Desk::set().await;
    let snapshot = desk.export("all.json", &[]);
    for (namespace, path) in [
        ("ns-a", "team-a/app:1.0"),
        ("ns-a", "team-b/app:1.0"),
        ("ns-a", "pub/app:1.0"),
        ("ns-b", "team-a/app:1.0"),
        ("ns-b", "team-b/app:1.0"),
        ("ns-a", "gone/app:1.0"),
        ("nowhere", "team-a/app:1.0"),
    ] {
        let answer = desk.world.platform.create_pod(namespace, &[&desk.world.image(path)]).await;
        let file = desk.file("pod.yaml", &desk.pod(path));
        let arguments = ["-f", &file, "--namespace", namespace];
        let alone = offline(&snapshot, &arguments, "");
        let asked = desk.world.platform.cli(&[&["check", "--cluster", CLUSTER][..], &arguments].concat());
        let expected = i32::from(!answer.allowed());
        assert_eq!((code(&alone), code(&asked)), (expected, expected), "{path} in {namespace}: {}", words(&asked));
        let (report, image) = (report(&alone), desk.world.image(path));
        let (verdict, action) = if answer.allowed() { ("ALLOW", "ADMITTED") } else { ("DENY", "DENIED") };
        let line = format!("{file} 1 Pod p {namespace} spec.containers[0].image {image} {verdict} {action}");
        let keys = ["file", "document", "kind", "name", "namespace", "fieldPath", "image", "verdict", "action"];
        assert_eq!(results(&report, &keys), [line]);
        let message = report["results"][0]["message"].as_str().unwrap();
        let first = message.split(';').next().unwrap();
        assert!(answer.allowed() || answer.message().contains(first), "{first} is not in {}", answer.message());
        let text = String::from_utf8(asked.stdout).unwrap();
        for told in ["spec.containers[0].image", &image, verdict, action, message] {
            assert!(text.contains(told), "{told} is not in {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_document_is_decided_and_a_broken_one_is_told_with_its_place() {
    let desk = Desk::set().await;
    let snapshot = desk.export("all.json", &[]);
    let (mine, other) = (desk.world.image("team-a/app:1.0"), desk.world.image("team-b/app:1.0"));
    let cron = format!(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: nightly, namespace: ns-a}}\nspec:\n  jobTemplate:\n    \
         spec:\n      template:\n        spec:\n          initContainers: [{{name: i, image: \"{other}\"}}]\n"
    );
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n- apiVersion: apps/v1\n  kind: Deployment\n  \
         metadata: {{name: d}}\n  spec: {{template: {{spec: {{containers: [{{image: \"{mine}\"}}]}}}}}}\n"
    );
    let input = format!("# all\n---\n{cron}---\n{list}---\nkind: [\n---\n{}", desk.pod("pub/app"));
    let broken = desk.file("broken.json", "{\"apiVersion\": \"v1\"}");
    let more = ["-f", "not-there.yaml", "-f", &broken];
    let output = offline(&snapshot, &[&["-f", "-", "--namespace", "ns-a"][..], &more].concat(), &input);
    assert_eq!(code(&output), 2);
    let report = report(&output);
    let expected = [
        "1 CronJob nightly spec.jobTemplate.spec.template.spec.initContainers[0].image DENY",
        "2 Deployment d items[1].spec.template.spec.containers[0].image ALLOW",
        "4 Pod p spec.containers[0].image ALLOW",
    ];
    assert_eq!(results(&report, &["document", "kind", "name", "fieldPath", "verdict"]), expected);
    assert_eq!(report["skipped"], 1);
    let errors = report["errors"].as_array().unwrap();
    let places: Vec<_> = errors.iter().map(|error| (error["file"].as_str().unwrap(), &error["document"])).collect();
    assert_eq!(places, [("-", &json!(3)), ("not-there.yaml", &Value::Null), (&broken, &json!(1))]);
    let line = errors[0]["line"].as_u64().unwrap();
    assert!(
        input
            .lines()
            .nth(usize::try_from(line).unwrap() - 1)
            .is_some_and(|line| line.starts_with("kind: [") || line == "---")
    );
    for told in [&format!("-: document 3 (line {line}): "), "not-there.yaml: ", "the object has no kind"] {
        assert!(words(&output).contains(told), "{told} is not in {}", words(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_place_of_an_image_is_found_in_yaml_and_in_json() {
    let desk = Desk::set().await;
    let snapshot = desk.export("all.json", &[]);
    let (mine, other) = (desk.world.image("team-a/app:1.0"), desk.world.image("team-b/app:1.0"));
    let spec = json!({
        "containers": [{ "name": "a", "image": mine }, { "name": "b", "image": other }],
        "initContainers": [{ "name": "i", "image": other }],
        "ephemeralContainers": [{ "name": "e", "image": other }],
        "volumes": [{ "name": "v", "emptyDir": {} }, { "name": "w", "image": { "reference": other } }],
    });
    let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "generateName": "p-" }, "spec": spec });
    let expected = [
        "p- spec.containers[0].image ALLOW",
        "p- spec.containers[1].image DENY",
        "p- spec.initContainers[0].image DENY",
        "p- spec.ephemeralContainers[0].image DENY",
        "p- spec.volumes[1].image.reference DENY",
    ];
    // JSON is YAML too, when it does not begin as JSON.
    for input in [format!("{pod:#}"), format!("--- # a comment\n{pod}")] {
        let output = offline(&snapshot, &["-f", "-", "--namespace", "ns-a"], &input);
        assert_eq!(code(&output), 1, "{}", words(&output));
        assert_eq!(results(&report(&output), &["name", "fieldPath", "verdict"]), expected);
    }
    let odd = json!({ "apiVersion": "v1", "kind": "Pod", "spec": { "containers": [{ "image": 7 }] } });
    let output = offline(&snapshot, &["-f", "-"], &odd.to_string());
    assert_eq!(code(&output), 2);
    assert!(words(&output).contains("-: document 1: Pod/: "), "{}", words(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mode_lets_in_denies_nothing_and_is_told() {
    let desk = Desk::set().await;
    let snapshot = desk.export("all.json", &[]);
    let text = std::fs::read_to_string(snapshot).unwrap();
    for (mode, action, expected) in
        [("ENFORCE", "DENIED", 1), ("WARN", "WARNED", 0), ("AUDIT", "AUDITED", 0), ("OFF", "ADMITTED", 0)]
    {
        let softened = text.replacen("\"mode\":\"ENFORCE\"", &format!("\"mode\":\"{mode}\""), 1);
        let file = PathBuf::from(desk.file(mode, &softened));
        let output = offline(&file, &["-f", "-", "--namespace", "ns-a"], &desk.pod("team-b/app"));
        assert_eq!(code(&output), expected, "{mode}: {}", words(&output));
        assert_eq!(results(&report(&output), &["verdict", "action"]), [format!("DENY {action}")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slice_answers_for_its_own_namespaces_and_for_no_other() {
    let desk = Desk::set().await;
    let slice = desk.export("slice.json", &["--workspace", "wa"]);
    let text = std::fs::read_to_string(&slice).unwrap();
    for secret in ["team-b", "\"wb\"", "ns-b", desk.world.platform.token(), crate::world::ADMIN.1] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    for (path, expected) in [("team-a/app", 0), ("team-b/app", 1), ("pub/app", 0)] {
        assert_eq!(code(&offline(&slice, &["-f", "-", "--namespace", "ns-a"], &desk.pod(path))), expected, "{path}");
    }
    let outside = offline(&slice, &["-f", "-", "--namespace", "ns-b"], &desk.pod("pub/app"));
    assert_eq!(code(&outside), 2);
    assert!(words(&outside).contains("ns-b") && words(&outside).contains("(wa)"), "{}", words(&outside));
    let both = desk.export("both.json", &["--workspace", "wa", "--workspace", "wb"]);
    assert_eq!(code(&offline(&both, &["-f", "-", "--namespace", "ns-b"], &desk.pod("team-b/app"))), 0);
    let unknown = desk.ask_for("never.json", &["--workspace", "none"]);
    assert_eq!(code(&unknown), 1);
    assert!(words(&unknown).contains("there is no workspace \"none\""), "{}", words(&unknown));
    assert!(!desk.path("never.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn bindings_are_judged_at_the_instant_that_is_asked_for() {
    let desk = Desk::set().await;
    let space = desk.world.platform.space(&desk.world.registry, "team-b").await;
    let pairs = json!({ "spaceIds": [space], "workspaceIds": [desk.workspace] });
    let input = json!({ "pairs": pairs, "expiresAt": after(Duration::from_hours(2)) });
    let query = "mutation($input: BindSpacesInput!) { bindSpaces(input: $input) { createdCount } }";
    let bound = desk.world.platform.graphql(query, json!({ "input": input })).await;
    assert_eq!(bound["bindSpaces"]["createdCount"], 1);
    let (before, later) = (after(Duration::from_hours(1)), after(Duration::from_hours(3)));
    let (now, then) = (desk.export("now.json", &[]), desk.export("then.json", &["--at", &later]));
    let pod = desk.pod("team-b/app");
    for (snapshot, at, expected) in [
        (&now, None, 0),
        (&now, Some(&before), 0),
        (&now, Some(&later), 1),
        (&then, None, 1),
        (&then, Some(&before), 0),
    ] {
        let at = at.map_or_else(Vec::new, |at| vec!["--at", at]);
        let output = offline(snapshot, &[&["-f", "-", "--namespace", "ns-a"][..], &at].concat(), &pod);
        assert_eq!(code(&output), expected, "{snapshot:?} {at:?}: {}", words(&output));
    }
    let past = desk.ask_for("past.json", &["--at", "2001-01-01T00:00:00Z"]);
    assert_eq!(code(&past), 1);
    assert!(words(&past).contains("the instant has passed"), "{}", words(&past));
    let past = offline(&now, &["-f", "-", "--at", "2001-01-01T00:00:00Z"], &pod);
    assert_eq!(code(&past), 2);
    assert!(words(&past).contains("says nothing of instants before"), "{}", words(&past));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_an_error_that_says_why() {
    let desk = Desk::set().await;
    let snapshot = desk.export("all.json", &[]);
    let pod = desk.pod("pub/app");
    let text = std::fs::read_to_string(&snapshot).unwrap();
    let file = |name: &str, text: &str| PathBuf::from(desk.file(name, text));
    let newer = file("newer.json", &text.replacen("\"version\":1", "\"version\":2,\"more\":[]", 1));
    let torn = file("torn.json", &text[..text.len() / 2]);
    let renamed = file("renamed.json", &text.replacen("\"bindings\"", "\"bandings\"", 1));
    let host = desk.world.harbor.host();
    let garbled = file("garbled.json", &text.replacen(&format!("\"{host}\""), "\"not a host\"", 1));
    let letter = file("letter", "dear all");
    for (snapshot, arguments, input, told) in [
        (&newer, &["-f", "-"][..], &*pod, "version 2"),
        (&torn, &["-f", "-"], &pod, "not the whole of it"),
        (&renamed, &["-f", "-"], &pod, "damaged"),
        (&garbled, &["-f", "-"], &pod, "\"not a host\""),
        (&letter, &["-f", "-"], &pod, "letter: this is no exported snapshot"),
        (&desk.path("absent"), &["-f", "-"], &pod, "absent"),
        (&snapshot, &["-f", "-", "--cluster", "moon"], &pod, "no cluster \"moon\"; give --cluster with one of: test"),
        (&snapshot, &["-f", "-"], "# nothing\n---\n", "there is no object to check"),
        (&snapshot, &["-f", "-"], "\u{0}", "-: document 1"),
    ] {
        let output = offline(snapshot, arguments, input);
        assert_eq!(code(&output), 2, "{snapshot:?} {arguments:?}: {}", words(&output));
        assert!(words(&output).contains(told), "{told} is not in {}", words(&output));
    }
    let over = desk.ask_for("letter", &[]);
    assert_eq!(code(&over), 2);
    assert!(words(&over).contains("is no export"), "{}", words(&over));
    assert_eq!(std::fs::read_to_string(&letter).unwrap(), "dear all");
    assert_eq!(desk.export("all.json", &[]), snapshot, "an export is replaced");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_does_not_depend_on_whether_anybody_reads_the_words() {
    let desk = Desk::set().await;
    let snapshot = desk.export("all.json", &[]);
    let manifest = desk.file("pod.yaml", &desk.pod("team-b/app"));
    let many = vec!["-f"; 400].into_iter().flat_map(|flag| [flag, &*manifest]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_wharfinger"))
        .args(["check", "--cluster", CLUSTER, "--namespace", "ns-a", "--snapshot"])
        .arg(&snapshot)
        .args(many)
        .env_clear()
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
