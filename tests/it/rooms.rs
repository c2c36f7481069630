//! Who may know whom: the table of `docs/architecture.md`, held against the dependencies that Cargo really resolves.
//!
//! Only normal dependencies of the shipped platform count; what a room's tests use is the tests' affair. A new edge
//! needs a line in both tables and a page in `docs/decisions/`.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod graph;

use std::path::Path;

use graph::Graph;

/// One line of the table.
struct Room {
    name: &'static str,
    /// The rooms it may depend on directly.
    may: &'static [&'static str],
    /// The crates that only rooms which name them here, and the composition root, may depend on directly.
    alone: &'static [&'static str],
    /// The crates it must not reach, directly or through others.
    never: &'static [&'static str],
}

/// The order is that of the document.
const ROOMS: &[Room] = &[
    Room { name: "domain", may: &[], alone: &[], never: &["tokio", "axum", "diesel", "kube", "reqwest", "hyper"] },
    Room { name: "registry", may: &["domain"], alone: &["reqwest"], never: &["diesel", "kube", "axum"] },
    Room {
        name: "store",
        may: &["domain"],
        alone: &[
            "diesel",
            "diesel-async",
            "diesel_migrations",
            "libsqlite3-sys",
            "tokio-postgres",
            "tokio-postgres-rustls",
        ],
        never: &["kube", "axum", "async-graphql"],
    },
    Room {
        name: "cluster",
        may: &["domain"],
        alone: &["kube", "k8s-openapi"],
        never: &["diesel", "axum", "async-graphql"],
    },
    Room { name: "webhook", may: &["domain"], alone: &["axum"], never: &["diesel", "kube", "kube-client", "reqwest"] },
    Room {
        name: "identity",
        may: &[],
        alone: &["argon2", "subtle"],
        never: &["tokio", "axum", "diesel", "kube", "reqwest", "hyper"],
    },
    Room {
        name: "app",
        may: &["domain", "identity", "store", "registry", "cluster"],
        alone: &[],
        never: &["axum", "async-graphql"],
    },
    Room { name: "graphql", may: &["domain", "app"], alone: &["async-graphql", "axum"], never: &[] },
    Room { name: "console", may: &[], alone: &["axum"], never: &["diesel", "kube", "reqwest", "async-graphql"] },
];

fn graph() -> Graph {
    Graph::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
}

fn package(room: &str) -> String {
    format!("wharfinger-{room}")
}

/// Fails with all lines at once, so that one run shows everything there is to mend.
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "against the table in docs/architecture.md:\n{}", wrong.join("\n"));
}

#[test]
fn every_member_of_the_workspace_is_a_room_of_the_table() {
    let mut expected: Vec<_> = ROOMS.iter().map(|room| package(room.name)).collect();
    expected.extend(["wharfinger".to_owned(), package("fakes"), package("fuzz")]);
    expected.sort();
    assert_eq!(graph().members(), expected);
}

#[test]
fn no_room_depends_on_a_room_that_the_table_does_not_allow() {
    let graph = graph();
    let mut wrong = Vec::new();
    for room in ROOMS {
        for dependency in graph.direct(&package(room.name)) {
            let known = dependency.strip_prefix("wharfinger-").is_none_or(|name| room.may.contains(&name));
            if !known || dependency == "wharfinger" {
                wrong.push(format!("{}/Cargo.toml: depends on {dependency}", room.name));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn nobody_but_their_room_and_the_root_depends_on_the_crates_a_room_has_alone() {
    let graph = graph();
    let mut wrong = Vec::new();
    for owner in ROOMS {
        for other in ROOMS.iter().filter(|other| other.name != owner.name) {
            let direct = graph.direct(&package(other.name));
            let names = |room: &Room, name: &String| room.alone.contains(&name.as_str());
            for name in direct.iter().filter(|name| names(owner, name) && !names(other, name)) {
                wrong.push(format!("{}/Cargo.toml: {name} is {}'s alone", other.name, owner.name));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn no_room_reaches_a_crate_that_it_must_never_reach() {
    let graph = graph();
    let mut wrong = Vec::new();
    for room in ROOMS {
        for name in room.never {
            if let Some(chain) = graph.chain(&package(room.name), name) {
                wrong.push(format!("{}/Cargo.toml: reaches {name} by {}", room.name, chain.join(" → ")));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn nobody_depends_on_the_root_and_the_fakes_serve_tests_only() {
    let graph = graph();
    let mut wrong = Vec::new();
    for member in graph.members() {
        for name in ["wharfinger", "wharfinger-fakes"] {
            if graph.direct(&member).iter().any(|dependency| dependency == name) {
                wrong.push(format!("{member}: has {name} as a normal dependency"));
            }
        }
    }
    assert_none(&wrong);
}

/// Every crate that the table names must be there to be found: a renamed one would make its line hold for ever.
#[test]
fn the_table_names_crates_that_somebody_uses() {
    let graph = graph();
    let names = ROOMS.iter().flat_map(|room| room.alone.iter().chain(room.never));
    let missing: Vec<_> = names.filter(|name| !graph.knows(name)).collect();
    assert!(missing.is_empty(), "in no room's tree any more: {missing:?}");
}

#[test]
fn the_document_has_the_same_table() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let text = std::fs::read_to_string(&page).expect("docs/architecture.md is there");
    let missing: Vec<_> = ROOMS.iter().map(row).filter(|row| !text.contains(row)).collect();
    assert_none(&missing);
}

/// The line of the document for a room.
fn row(room: &Room) -> String {
    let cell = |names: &[&str]| {
        if names.is_empty() { "–".to_owned() } else { names.join(", ") }
    };
    format!("| `{}` | {} | {} | {} |", room.name, cell(room.may), cell(room.alone), cell(room.never))
}
