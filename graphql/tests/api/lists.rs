//! Pages, cursors and ids.

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_through_every_list() {
    let world = World::start().await;
    world.plant_many(5).await;
    for (list, count) in [("registries", 10), ("workspaces", 5), ("namespaces", 5), ("bindings", 5), ("clusters", 1)] {
        let document = format!(
            "query($after: String) {{ {list}(first: 2, after: $after) {{
               edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} totalCount }} }}"
        );
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = world.data(&document, json!({ "after": after })).await[list].take();
            assert_eq!(page["totalCount"], count, "{list}");
            assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
            let edges = page["edges"].as_array().unwrap();
            assert_eq!(page["pageInfo"]["startCursor"], edges[0]["cursor"]);
            seen.extend(edges.iter().map(|edge| edge["node"]["id"].to_string()));
            after = page["pageInfo"]["endCursor"].clone();
            assert_eq!(after, edges.last().unwrap()["cursor"]);
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        let found = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((seen.len(), found), (count, count), "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_is_between_none_and_a_hundred() {
    let world = World::start().await;
    world.plant_many(1).await;
    for first in [-1, 101, i32::MAX] {
        let document = "query($first: Int) { workspaces(first: $first) { nodes { id } } }";
        assert_eq!(world.code(document, json!({ "first": first })).await, "BAD_USER_INPUT", "{first}");
    }
    let none = world
        .data("{ workspaces(first: 0) { nodes { id } totalCount pageInfo { hasNextPage endCursor } } }", json!({}));
    let expected = json!({ "nodes": [], "totalCount": 1, "pageInfo": { "hasNextPage": true, "endCursor": null } });
    assert_eq!(none.await["workspaces"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_list_or_order_is_refused() {
    let world = World::start().await;
    world.plant_many(2).await;
    let data = world.data("{ workspaces(first: 1) { pageInfo { endCursor } } }", json!({})).await;
    let cursor = &data["workspaces"]["pageInfo"]["endCursor"];
    let after = json!({ "after": cursor });
    world.data("query($after: String) { workspaces(after: $after) { nodes { id } } }", after.clone()).await;
    let foreign = "query($after: String) { registries(after: $after) { nodes { id } } }";
    assert_eq!(world.code(foreign, after).await, "BAD_USER_INPUT");
    let by_name = "{ registry(by: { name: \"r-000\" }) { spaces(first: 1) { pageInfo { endCursor } } } }";
    let data = world.data(by_name, json!({})).await;
    let after = json!({ "after": data["registry"]["spaces"]["pageInfo"]["endCursor"] });
    let ordered = "query($after: String) { registry(by: { name: \"r-000\" }) { spaces(after: $after, orderBy: { field: REPOSITORY_COUNT, direction: DESC }) { nodes { id } } } }";
    assert_eq!(world.code(ordered, after).await, "BAD_USER_INPUT");
    let forged = "{ workspaces(after: \"AVsid29ya3NwYWNlcyIsWyJ3LTAwMCIsMV1d\") { nodes { id } } }";
    assert_eq!(world.code(forged, json!({})).await, "BAD_USER_INPUT");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_another_kind_is_refused() {
    let world = World::start().await;
    world.plant_many(1).await;
    let workspaces = world.ids("workspaces").await;
    let id = json!({ "id": workspaces["w-000"] });
    for document in [
        "query($id: ID!) { registry(by: { id: $id }) { id } }",
        "query($id: ID!) { namespace(by: { id: $id }) { id } }",
        "query($id: ID!) { bindings(filter: { spaceId: $id }) { nodes { id } } }",
        "query($id: ID!) { selectableSpaces(namespace: { name: { name: \"ns-000\" } }, registryId: $id) { nodes { id } } }",
        "mutation($id: ID!) { syncRegistry(input: { registryId: $id }) { sync { id } } }",
        "mutation($id: ID!) { bindSpaces(input: { pairs: { spaceIds: [$id], workspaceIds: [$id] } }) { createdCount } }",
    ] {
        assert_eq!(world.code(document, id.clone()).await, "BAD_USER_INPUT", "{document}");
    }
    assert_eq!(world.code("{ node(id: \"7\") { id } }", json!({})).await, "BAD_USER_INPUT");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_object_is_fetched_again_by_its_id() {
    let world = World::start().await;
    world.plant_many(1).await;
    let document = "{ workspaces { nodes { __typename id } } registries { nodes { __typename id } } namespaces { nodes { __typename id } }
        bindings { nodes { __typename id space { __typename id } } } clusters { nodes { __typename id } }
        selectableImages(namespace: { name: { name: \"ns-000\" } }) { nodes { repository { __typename id } } } }";
    let data = world.data(document, json!({})).await;
    let mut objects = Vec::new();
    collect(&data, &mut objects);
    assert_eq!(objects.len(), 11, "{objects:?}");
    let ids: Vec<_> = objects.iter().map(|(_, id)| id.clone()).collect();
    let again = world.data("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", json!({ "ids": ids })).await;
    let again: Vec<_> = again["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["__typename"].clone(), node["id"].clone()))
        .collect();
    assert_eq!(again, objects);
    let many = vec![ids[0].clone(); 101];
    let code = world.code("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": many })).await;
    assert_eq!(code, "BAD_USER_INPUT");
}

fn collect(value: &Value, objects: &mut Vec<(Value, Value)>) {
    match value {
        Value::Object(map) => {
            if let (Some(name), Some(id)) = (map.get("__typename"), map.get("id")) {
                objects.push((name.clone(), id.clone()));
            }
            map.values().for_each(|value| collect(value, objects));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, objects)),
        _ => {}
    }
}
