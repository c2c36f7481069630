//! Repositories and tags below spaces: pages, orders, references, and who may see them.

use serde_json::{Value, json};
use wharfinger_domain::caller::{AuthMethod, Caller, PlatformRole};
use wharfinger_domain::time::Timestamp;
use wharfinger_store::registries::RegistryFilter;
use wharfinger_store::repositories::{ObservedRepository, TagRecord};
use wharfinger_store::sight::Sight;

use crate::world::{NOW, World};

const SPACES: &[(&str, bool)] = &[("open", true), ("team", false)];

/// Two spaces, in each the repository `many` with five tags, pushed a second apart in the reverse order of their names, and
/// one that nobody knows when it was pushed.
async fn world() -> World {
    let world = World::start().await;
    world.plant_harbor(SPACES, Vec::new()).await;
    let walk = Timestamp::from_micros(NOW);
    let tag = |at: i64| TagRecord {
        name: format!("v{at}"),
        digest: format!("sha256:{}", at.to_string().repeat(64)),
        media_type: Some("application/vnd.oci.image.index.v1+json".to_owned()),
        size_bytes: Some(5_000_000_000),
        platforms: vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()],
        pushed_at: (at != 5).then_some(Timestamp::from_micros(NOW - at * 1_000_000)),
    };
    let observe = move |path: &str| {
        let tags = Some((0..6).map(tag).collect());
        ObservedRepository { path: path.to_owned(), pull_count: None, updated_at: None, tags }
    };
    world
        .plant(move |tx| {
            let registry = tx
                .page_registries(&RegistryFilter::seen_with(Sight::All), &wharfinger_store::Page::first(1))?
                .items
                .remove(0);
            for record in tx.spaces_of_registry(registry.registry.id)? {
                let path = format!("{}/many", record.space.path);
                tx.observe_repositories(record.space.id, &[observe(&path)], walk)?;
            }
            Ok(())
        })
        .await;
    world
}

/// The names of the nodes at this place of an answer.
fn names(connection: &Value) -> Vec<&str> {
    connection["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap()).collect()
}

/// The tags of `many` of the space `team`, asked with these arguments.
async fn tags(world: &World, arguments: &str) -> Value {
    let document = format!(
        "{{ registry(by: {{ name: \"harbor\" }}) {{ spaces(first: 1, filter: {{ search: \"team\" }}) {{ nodes {{ \
         repositories(first: 1, search: \"MANY\") {{ nodes {{ tags{arguments} {{ totalCount nodes {{ name }} \
         pageInfo {{ endCursor hasNextPage hasPreviousPage }} }} }} }} }} }} }} }}"
    );
    let mut data = world.data(&document, json!({})).await;
    data["registry"]["spaces"]["nodes"][0]["repositories"]["nodes"][0]["tags"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_gives_references_that_are_ready_to_paste() {
    let world = world().await;
    let document = "{ registry(by: { name: \"harbor\" }) { spaces(first: 1, filter: { search: \"team\" }) { nodes { \
        repositories(first: 1, search: \"many\") { totalCount nodes { path tags(first: 1) { nodes { \
        name digest reference pinnedReference mediaType platforms sizeBytes pushedAt } } } } } } } }";
    let data = world.data(document, json!({})).await;
    let repositories = &data["registry"]["spaces"]["nodes"][0]["repositories"];
    assert_eq!(repositories["totalCount"], 1);
    assert_eq!(repositories["nodes"][0]["path"], "team/many");
    let digest = format!("sha256:{}", "0".repeat(64));
    let expected = json!({
        "name": "v0",
        "digest": digest,
        "reference": "harbor.example/team/many:v0",
        "pinnedReference": format!("harbor.example/team/many@{digest}"),
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "platforms": ["linux/amd64", "linux/arm64"],
        "sizeBytes": "5000000000",
        "pushedAt": "2023-11-14T22:13:20.000000Z",
    });
    assert_eq!(repositories["nodes"][0]["tags"]["nodes"][0], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_come_in_the_order_asked_for_and_page_by_page() {
    let world = world().await;
    let orders = [
        ("", ["v0", "v1", "v2", "v3", "v4", "v5"]),
        ("orderBy: { field: PUSHED_AT, direction: ASC }", ["v5", "v4", "v3", "v2", "v1", "v0"]),
        ("orderBy: { field: NAME, direction: ASC }", ["v0", "v1", "v2", "v3", "v4", "v5"]),
        ("orderBy: { field: NAME, direction: DESC }", ["v5", "v4", "v3", "v2", "v1", "v0"]),
    ];
    for (order, expected) in orders {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = tags(&world, &format!("(first: 4 {after} {order})")).await;
            assert_eq!(page["totalCount"], 6, "{order}");
            assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_empty());
            seen.extend(names(&page).into_iter().map(str::to_owned));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = format!("after: {}", page["pageInfo"]["endCursor"]);
        }
        assert_eq!(seen, expected, "{order}");
    }
    let found = tags(&world, "(first: 1, search: \"V3\")").await;
    assert_eq!((names(&found), &found["totalCount"]), (vec!["v3"], &json!(1)));
    assert_eq!(tags(&world, "(first: 0)").await["totalCount"], 6);
    assert_eq!(tags(&world, "(search: \"absent\")").await["totalCount"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_goes_on_in_the_list_that_gave_it_and_nowhere_else() {
    let world = world().await;
    let document = |arguments: &str, total: &str| {
        format!(
            "{{ registry(by: {{ name: \"harbor\" }}) {{ spaces {{ nodes {{ name \
             repositories(first: 1{arguments}) {{ {total} nodes {{ path }} pageInfo {{ endCursor hasNextPage }} }} }} }} }} }}"
        )
    };
    let data = world.data(&document("", ""), json!({})).await;
    let team = &data["registry"]["spaces"]["nodes"][1];
    assert_eq!((&team["name"], &team["repositories"]["nodes"][0]["path"]), (&json!("team"), &json!("team/app")));
    let after = format!(", after: {}", team["repositories"]["pageInfo"]["endCursor"]);
    for total in ["", "totalCount"] {
        let data = world.data(&document(&after, total), json!({})).await;
        let [open, team] = [0, 1].map(|at| data["registry"]["spaces"]["nodes"][at]["repositories"].clone());
        assert_eq!((&open["nodes"], &open["pageInfo"]["hasNextPage"]), (&json!([]), &json!(false)));
        assert_eq!(team["nodes"], json!([{ "path": "team/many" }]));
        assert_eq!(team["pageInfo"]["hasNextPage"], true);
        if !total.is_empty() {
            assert_eq!((&open["totalCount"], &team["totalCount"]), (&json!(3), &json!(3)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_what_is_in_the_spaces_that_it_sees() {
    let world = world().await;
    let ids = world.spaces("harbor").await;
    let document = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on RegistrySpace { name \
        repositories(search: \"many\") { totalCount nodes { path tags(first: 1) { totalCount nodes { reference } } } } } } }";
    let variables = json!({ "ids": [ids["open"], ids["team"]] });
    let nobody = Caller::new("nobody", AuthMethod::LocalAdmin, PlatformRole::None, []);
    let answer = world.ask_as(nobody, document, variables).await;
    assert_eq!(answer["errors"], json!([]));
    let expected = json!({ "name": "open", "repositories": { "totalCount": 1, "nodes": [{
        "path": "open/many", "tags": { "totalCount": 6, "nodes": [{ "reference": "harbor.example/open/many:v0" }] },
    }] } });
    assert_eq!(answer["data"]["nodes"], json!([expected, null]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_below_one_workspace_has_nothing_below_another() {
    let world = World::start().await;
    world.plant_many(2).await;
    for list in ["namespaces", "bindings", "associatedRegistries"] {
        let document = |after: &str| {
            format!(
                "{{ workspaces {{ nodes {{ {list}(first: 1{after}) {{ totalCount nodes {{ id }} \
                 pageInfo {{ endCursor hasPreviousPage }} }} }} }} }}"
            )
        };
        let data = world.data(&document(""), json!({})).await;
        let first = &data["workspaces"]["nodes"][0][list];
        assert_eq!(first["nodes"].as_array().unwrap().len(), 1, "{list}");
        let data = world.data(&document(&format!(", after: {}", first["pageInfo"]["endCursor"])), json!({})).await;
        for node in data["workspaces"]["nodes"].as_array().unwrap() {
            assert_eq!((&node[list]["nodes"], &node[list]["totalCount"]), (&json!([]), &json!(1)), "{list}");
            assert_eq!(node[list]["pageInfo"]["hasPreviousPage"], true, "{list}");
        }
        let other = world.code("query($after: String!) { workspaces(after: $after) { nodes { id } } }", {
            json!({ "after": first["pageInfo"]["endCursor"] })
        });
        assert_eq!(other.await, "BAD_USER_INPUT", "{list}");
    }
}
