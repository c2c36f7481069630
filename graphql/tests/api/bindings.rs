//! Binding many spaces to many workspaces at once.

use serde_json::{Value, json};

use crate::world::World;

const BIND: &str = "mutation($input: BindSpacesInput!) { bindSpaces(input: $input) { createdCount
    results { outcome space { name } workspace { name } binding { id state reason } } userErrors { code message path } } }";
const UNBIND: &str = "mutation($input: UnbindSpacesInput!) { unbindSpaces(input: $input) { removedCount
    results { outcome space { name } workspace { name } binding { id } } userErrors { code path } } }";

const SPACES: &[(&str, bool)] = &[("s0", false), ("s1", false), ("s2", true)];

/// Three spaces and four workspaces, as the ids of an input.
async fn world() -> (World, Value) {
    let world = World::start().await;
    world.plant_harbor(SPACES, Vec::new()).await;
    for name in ["wc", "wd"] {
        let document = "mutation($name: String!) { createWorkspace(input: { name: $name }) { workspace { id } userErrors { code } } }";
        world.data(document, json!({ "name": name })).await;
    }
    let (spaces, workspaces) = (world.spaces("harbor").await, world.ids("workspaces").await);
    let spaces: Vec<_> = SPACES.iter().map(|(name, _)| spaces[*name].clone()).collect();
    let workspaces: Vec<_> = ["wa", "wb", "wc", "wd"].iter().map(|name| workspaces[*name].clone()).collect();
    (world, json!({ "spaceIds": spaces, "workspaceIds": workspaces }))
}

async fn total(world: &World) -> Value {
    world.data("{ bindings(first: 0) { totalCount } }", json!({})).await["bindings"]["totalCount"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_pair_gets_its_result_in_the_order_of_the_input() {
    let (world, pairs) = world().await;
    let bound = world.data(BIND, json!({ "input": { "pairs": pairs, "reason": "ticket 7" } })).await;
    let bound = &bound["bindSpaces"];
    assert_eq!(bound["userErrors"], json!([]));
    assert_eq!(bound["createdCount"], 12);
    let names: Vec<_> = bound["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            assert_eq!(result["outcome"], "CREATED");
            assert_eq!(result["binding"]["state"], "ACTIVE");
            assert_eq!(result["binding"]["reason"], "ticket 7");
            format!("{} {}", result["space"]["name"].as_str().unwrap(), result["workspace"]["name"].as_str().unwrap())
        })
        .collect();
    let expected: Vec<_> = ["s0", "s1", "s2"]
        .iter()
        .flat_map(|space| ["wa", "wb", "wc", "wd"].map(|workspace| format!("{space} {workspace}")))
        .collect();
    assert_eq!(names, expected);
    let again = world.data(BIND, json!({ "input": { "pairs": pairs } })).await;
    assert_eq!(again["bindSpaces"]["createdCount"], 0);
    assert_eq!(again["bindSpaces"]["results"][0]["outcome"], "ALREADY_BOUND");
    let ended = world.data(UNBIND, json!({ "input": { "pairs": pairs } })).await;
    assert_eq!(ended["unbindSpaces"]["removedCount"], 12);
    assert_eq!(total(&world).await, 0);
    let again = world.data(UNBIND, json!({ "input": { "pairs": pairs } })).await;
    assert_eq!(again["unbindSpaces"]["results"][11]["outcome"], "NOT_BOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_answers_like_the_real_one_and_changes_nothing() {
    let (world, pairs) = world().await;
    let revision = world.app.publisher().revision();
    let tried = world.data(BIND, json!({ "input": { "pairs": pairs, "dryRun": true } })).await;
    assert_eq!(tried["bindSpaces"]["createdCount"], 12);
    assert_eq!(total(&world).await, 0);
    assert_eq!(world.app.publisher().revision(), revision);
    world.data(BIND, json!({ "input": { "pairs": pairs } })).await;
    let tried = world.data(UNBIND, json!({ "input": { "pairs": pairs, "dryRun": true } })).await;
    assert_eq!(tried["unbindSpaces"]["removedCount"], 12);
    assert_eq!(total(&world).await, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_refuses_all_pairs_or_only_its_own() {
    let (world, mut pairs) = world().await;
    let gone = wharfinger_domain::id::SpaceId(9_999);
    pairs["spaceIds"].as_array_mut().unwrap().insert(1, json!(id_of_space(gone.0)));
    let refused = world.data(BIND, json!({ "input": { "pairs": pairs } })).await;
    let refused = &refused["bindSpaces"];
    assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(refused["userErrors"][0]["path"], json!(["pairs", "spaceIds", "1"]));
    assert_eq!(refused["createdCount"], 0);
    assert_eq!(total(&world).await, 0);
    let done = world.data(BIND, json!({ "input": { "pairs": pairs, "partial": true } })).await;
    let done = &done["bindSpaces"];
    assert_eq!(done["createdCount"], 12);
    let outcomes: Vec<_> = done["results"].as_array().unwrap().iter().map(|result| result["outcome"].clone()).collect();
    assert_eq!((outcomes.len(), &outcomes[4], &outcomes[8]), (16, &json!("REFUSED"), &json!("CREATED")));
    assert_eq!(done["results"][4]["space"], json!(null));
    assert_eq!(done["userErrors"].as_array().unwrap().len(), 1);
}

/// An id as the API writes it, of a space that it never had.
fn id_of_space(number: i64) -> String {
    use base64::Engine;
    let mut bytes = vec![1, 2];
    bytes.extend(number.to_be_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_pairs_are_the_most() {
    let (world, pairs) = world().await;
    let (space, workspace) = (&pairs["spaceIds"][0], &pairs["workspaceIds"][0]);
    let many = json!({ "spaceIds": vec![space; 51], "workspaceIds": vec![workspace; 10] });
    let refused = world.data(BIND, json!({ "input": { "pairs": many } })).await;
    assert_eq!(refused["bindSpaces"]["userErrors"][0]["code"], "TOO_MANY");
    assert_eq!(refused["bindSpaces"]["userErrors"][0]["path"], json!(["pairs"]));
    let most = json!({ "spaceIds": vec![space; 50], "workspaceIds": vec![workspace; 10] });
    let done = world.data(BIND, json!({ "input": { "pairs": most } })).await;
    assert_eq!(done["bindSpaces"]["userErrors"], json!([]));
    assert_eq!(total(&world).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn terms_that_make_no_sense_are_refused_with_their_place() {
    let (world, pairs) = world().await;
    for (input, code, path) in [
        (json!({ "expiresAt": "2020-01-01T00:00:00Z" }), "INVALID", json!(["expiresAt"])),
        (json!({ "scope": { "include": [] } }), "INVALID", json!(["scope"])),
        (json!({ "reason": "x".repeat(501) }), "TOO_LONG", json!(["reason"])),
        (
            json!({ "pairs": { "spaceIds": [], "workspaceIds": pairs["workspaceIds"] } }),
            "REQUIRED",
            json!(["pairs", "spaceIds"]),
        ),
    ] {
        let mut whole = json!({ "pairs": pairs });
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        let refused = world.data(BIND, json!({ "input": whole })).await;
        assert_eq!(refused["bindSpaces"]["userErrors"][0]["code"], code, "{input}");
        assert_eq!(refused["bindSpaces"]["userErrors"][0]["path"], path);
    }
    let later = json!({ "input": { "pairs": pairs, "notBefore": "2023-11-15T00:00:00+01:00", "scope": { "include": ["app"] } } });
    world.data(BIND, later).await;
    let data =
        world.data("{ bindings(first: 1) { nodes { state notBefore scope { include exclude } } } }", json!({})).await;
    let expected = json!({ "state": "PENDING", "notBefore": "2023-11-14T23:00:00.000000Z", "scope": { "include": ["app"], "exclude": [] } });
    assert_eq!(data["bindings"]["nodes"][0], expected);
}
