//! The shape of the command line, and documents that the schema knows.

use async_graphql::parser::types::{
    ExecutableDocument, Selection, SelectionSet, ServiceDocument, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{parse_query, parse_schema};
use clap::CommandFactory as _;

use super::*;

const DOCUMENTS: &[(&str, &str)] = &[
    ("api_tokens", include_str!("api_tokens.graphql")),
    ("assign_namespaces", include_str!("assign_namespaces.graphql")),
    ("associated_registries", include_str!("associated_registries.graphql")),
    ("bind_spaces", include_str!("bind_spaces.graphql")),
    ("create_api_token", include_str!("create_api_token.graphql")),
    ("create_workspace", include_str!("create_workspace.graphql")),
    ("declare_repositories", include_str!("declare_repositories.graphql")),
    ("declare_space", include_str!("declare_space.graphql")),
    ("explain_image", include_str!("explain_image.graphql")),
    ("namespaces", include_str!("namespaces.graphql")),
    ("register_registry", include_str!("register_registry.graphql")),
    ("registries", include_str!("registries.graphql")),
    ("registry", include_str!("registry.graphql")),
    ("release_host", include_str!("release_host.graphql")),
    ("remove_registry", include_str!("remove_registry.graphql")),
    ("retired_hosts", include_str!("retired_hosts.graphql")),
    ("revoke_api_token", include_str!("revoke_api_token.graphql")),
    ("selectable_images", include_str!("selectable_images.graphql")),
    ("set_registry_exclusive", include_str!("set_registry_exclusive.graphql")),
    ("spaces", include_str!("spaces.graphql")),
    ("sync", include_str!("sync.graphql")),
    ("sync_registry", include_str!("sync_registry.graphql")),
    ("unbind_spaces", include_str!("unbind_spaces.graphql")),
    ("update_registry", include_str!("update_registry.graphql")),
    ("workspace", include_str!("workspace.graphql")),
    ("workspaces", include_str!("workspaces.graphql")),
];

/// The fields of the schema's types, each with its arguments and the type that it gives.
struct Schema(ServiceDocument);

impl Schema {
    fn field(&self, parent: &str, name: &str) -> Option<(Vec<String>, String)> {
        let fields = self.0.definitions.iter().find_map(|definition| match definition {
            TypeSystemDefinition::Type(found) if found.node.name.node == parent => match &found.node.kind {
                TypeKind::Object(object) => Some(&object.fields),
                TypeKind::Interface(interface) => Some(&interface.fields),
                _ => None,
            },
            _ => None,
        })?;
        let field = &fields.iter().find(|field| field.node.name.node == name)?.node;
        let arguments = field.arguments.iter().map(|argument| argument.node.name.node.to_string()).collect();
        Some((arguments, field.ty.node.to_string().replace(['[', ']', '!'], "")))
    }

    fn unknown(&self, parent: &str, selections: &SelectionSet, unknown: &mut Vec<String>) {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    let Some((arguments, target)) = self.field(parent, name) else {
                        unknown.push(format!("{parent}.{name}"));
                        continue;
                    };
                    let given = field.node.arguments.iter().map(|(name, _)| name.node.to_string());
                    unknown
                        .extend(given.filter(|it| !arguments.contains(it)).map(|it| format!("{parent}.{name}({it})")));
                    self.unknown(&target, &field.node.selection_set.node, unknown);
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(parent, |on| on.node.on.node.as_str());
                    self.unknown(on, &fragment.node.selection_set.node, unknown);
                }
                Selection::FragmentSpread(spread) => unknown.push(spread.node.fragment_name.node.to_string()),
            }
        }
    }
}

#[test]
fn documents_ask_only_for_what_the_schema_has() {
    let schema = Schema(parse_schema(wharfinger_graphql::sdl()).unwrap());
    let mut unknown = Vec::new();
    for (name, text) in DOCUMENTS {
        let document: ExecutableDocument = parse_query(text).unwrap();
        let root = if text.starts_with("mutation") { "Mutation" } else { "Query" };
        for (_, operation) in document.operations.iter() {
            let before = unknown.len();
            schema.unknown(root, &operation.node.selection_set.node, &mut unknown);
            unknown[before..].iter_mut().for_each(|it| *it = format!("{name}.graphql: {it}"));
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

fn exit(arguments: &[&str]) -> ExitCode {
    let arguments = std::iter::once("wharfinger").chain(arguments.iter().copied()).map(OsString::from);
    run(arguments, &Environment::of([("WHARFINGER_DATA_DIRECTORY", "/nowhere/at/all")]), |_| anyhow::bail!("no"))
}

fn parses(arguments: &[&str]) -> bool {
    Cli::try_parse_from(std::iter::once("wharfinger").chain(arguments.iter().copied())).is_ok()
}

#[test]
fn commands_are_written_as_documented() {
    for arguments in [
        &["serve", "--config", "f.yaml"][..],
        &["image", "parse", "-"],
        &["registry", "add", "hub", "https://h.example", "--alias", "a:5000", "--alias", "b", "--wait"],
        &["registry", "add", "hub", "https://h.example", "--username", "u", "--password-file", "-"],
        &["registry", "sync", "hub", "--wait", "--server", "http://127.0.0.1:1", "--output", "json"],
        &["registry", "--server", "http://127.0.0.1:1", "list"],
        &["namespace", "assign", "a", "b", "--workspace", "w", "--cluster", "c"],
        &["namespace", "assign", "a", "--none"],
        &["bind", "--space", "hub/a", "hub/b", "--workspace", "w", "v", "--reason", "r", "--expires-at", "t"],
        &["unbind", "--space", "hub/a", "--workspace", "w", "--token-file", "t"],
        &["images", "ns", "--search", "x"],
        &["explain", "ns", "nginx"],
        &[
            "check",
            "-f",
            "a.yaml",
            "-f",
            "-",
            "--snapshot",
            "s.json",
            "--at",
            "2026-01-31T12:00:00Z",
            "--namespace",
            "n",
        ],
        &["check", "--file", "a.yaml", "--cluster", "c", "--server", "http://127.0.0.1:1", "--output", "json"],
        &["snapshot", "export", "--workspace", "a", "--workspace", "b", "--at", "2026-01-31T12:00:00Z", "--to", "f"],
    ] {
        assert!(parses(arguments), "{arguments:?}");
    }
    for arguments in [
        &["registry", "add", "hub", "https://h.example", "--username", "u"][..],
        &["registry", "add", "hub", "https://h.example", "--ca-file", "f", "--skip-tls-verify"],
        &["namespace", "assign", "a"],
        &["bind", "--space", "hub/a"],
        &["image", "parse"],
        &["check", "--snapshot", "s.json"],
        &["check", "-f", "a.yaml", "--at", "tomorrow"],
        &["snapshot", "export"],
    ] {
        assert!(!parses(arguments), "{arguments:?}");
    }
}

#[test]
fn a_wrong_call_or_a_server_that_is_not_there_ends_with_2() {
    assert_eq!(exit(&["frobnicate"]), ExitCode::from(2));
    assert_eq!(exit(&["workspace", "list"]), ExitCode::from(2));
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("token");
    std::fs::write(&token, "whf_test").unwrap();
    let arguments = ["workspace", "list", "--server", "http://127.0.0.1:1", "--token-file", token.to_str().unwrap()];
    assert_eq!(exit(&arguments), ExitCode::from(2));
    assert_eq!(exit(&["serve"]), ExitCode::from(2));
}
