//! However many rows a list has, what is selected of each costs a constant number of statements.

use serde_json::json;

use crate::world::World;

/// Lists with everything below each node that is another object.
const DOCUMENTS: &[&str] = &[
    "{ registries(first: 100) { nodes { name owner { name } health { status } lastSync { state } credential { configured } warnings version } } }",
    "{ workspaces(first: 100) { nodes { namespaces(first: 2) { totalCount nodes { name } } bindings(first: 1) { totalCount nodes { space { name } } } } } }",
    "{ workspaces(first: 100) { nodes { associatedRegistries(first: 1) { totalCount nodes { name health { status } } } } } }",
    "{ namespaces(first: 100) { nodes { name mode workspace { name } } } }",
    "{ bindings(first: 100) { totalCount nodes { state workspace { name } space { name registry { name health { status } } } } } }",
    "{ bindings(first: 100) { nodes { space { bindings(first: 2) { totalCount nodes { workspace { name } } } } } } }",
    "{ bindings(first: 100) { nodes { space { repositories(first: 2) { totalCount nodes { path space { name } } } } } } }",
    "{ bindings(first: 100) { nodes { space { repositories(first: 2, search: \"APP\") { totalCount nodes { path } } } } } }",
    "{ bindings(first: 100) { nodes { space { repositories(first: 1) { nodes { tags(first: 1) { totalCount nodes { reference pinnedReference } } } } } } } }",
    "{ bindings(first: 100) { nodes { space { repositories(first: 1) { nodes { tags(first: 2, search: \"1\", orderBy: { field: NAME, direction: ASC }) { nodes { name } } } } } } } }",
    "{ clusters(first: 100) { totalCount nodes { name } } }",
    "{ selectableImages(namespace: { name: { name: \"ns-000\" } }, first: 100) { totalCount nodes { via repository { path space { name registry { name } } } latest { reference } } } }",
    "{ selectableSpaces(namespace: { name: { name: \"ns-000\" } }, first: 100) { totalCount nodes { name registry { name } bindings(first: 1) { nodes { id } } } } }",
    "{ registry(by: { name: \"r-000\" }) { spaces(first: 100) { totalCount nodes { registry { name } repositories(first: 1) { nodes { path } } } } } }",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_rows_take_as_many_statements_as_one() {
    let (few, many) = (World::start().await, World::start().await);
    few.plant_many(1).await;
    many.plant_many(100).await;
    for document in DOCUMENTS {
        let (one, hundred) = (few.statements(document, json!({})).await, many.statements(document, json!({})).await);
        assert_eq!(one, hundred, "{document}");
        assert!((1..=8).contains(&one), "{one} statements for {document}");
    }
}

/// How many statements a list takes with one list below each of its nodes, whatever is asked of that: the page and the
/// lists below, with the hosts of registries another one. `$after` is a cursor of the list below the first node.
const BELOW: &[(u64, &str, &str, &[&str])] = &[
    (2, "workspaces", "namespaces", &["", "search: \"NS\""]),
    (3, "workspaces", "associatedRegistries", &[""]),
    (2, "workspaces", "bindings", &["", "filter: { search: \"TEAM\" }", "filter: { search: \"nothing\" }"]),
    (
        3,
        "registries",
        "spaces",
        &[
            "",
            "filter: { search: \"T\", visibility: PRIVATE, present: true, unboundOnly: false }",
            "orderBy: { field: NAME, direction: DESC }",
            "orderBy: { field: VISIBILITY, direction: ASC }",
            "orderBy: { field: REPOSITORY_COUNT, direction: DESC }",
            "orderBy: { field: BINDING_COUNT, direction: DESC }",
        ],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_list_below_each_node_takes_one_statement_with_its_count() {
    for count in [1, 100] {
        let world = World::start().await;
        world.plant_many(count).await;
        world.associate_two_more().await;
        for (statements, list, below, arguments) in BELOW {
            for argument in *arguments {
                let document = |more: &str, nodes: &str| {
                    format!(
                        "{{ {list}(first: 100) {{ nodes {{ {below}(first: 1 {argument} {more}) {{ {nodes} }} }} }} }}"
                    )
                };
                let data = world.data(&document("", "pageInfo { endCursor }"), json!({})).await;
                let cursor = &data[*list]["nodes"][0][*below]["pageInfo"]["endCursor"];
                let after = if cursor.is_null() { String::new() } else { format!("after: {cursor}") };
                for more in ["", &*after] {
                    for nodes in ["nodes { id }", "totalCount", "totalCount nodes { id }"] {
                        let document = document(more, nodes);
                        assert_eq!(world.statements(&document, json!({})).await, *statements, "{count}: {document}");
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_is_made_only_where_it_is_selected() {
    let world = World::start().await;
    world.plant_many(3).await;
    for list in ["registries", "workspaces", "namespaces", "bindings"] {
        let plain = world.statements(&format!("{{ {list} {{ nodes {{ id }} }} }}"), json!({})).await;
        let counted = world
            .statements(
                &format!(
                    "{{ {list} {{ ...C }} }} fragment C on {}Connection {{ nodes {{ id }} totalCount }}",
                    singular(list)
                ),
                json!({}),
            )
            .await;
        assert_eq!(plain + 1, counted, "{list}");
        let skipped =
            world.statements(&format!("{{ {list} {{ nodes {{ id }} totalCount @skip(if: true) }} }}"), json!({})).await;
        assert_eq!(plain, skipped, "{list}");
    }
}

fn singular(list: &str) -> &'static str {
    match list {
        "registries" => "Registry",
        "workspaces" => "Workspace",
        "namespaces" => "Namespace",
        _ => "Binding",
    }
}
