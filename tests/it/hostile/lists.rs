//! Pages that are no pages, lists that are too long, and cursors that were forged or taken from elsewhere, in every place of
//! the schema that takes one.

use serde_json::{Value, json};

use super::place::{Ids, Place, Schema, is_list};
use super::scene::{Attack, Refusal, Scene};

const FIRST: Refusal = Refusal::argument("first must be a number from 0 to 100");
const NUMBER: Refusal = Refusal::document("BAD_USER_INPUT", "whole number of at most 32 bits");
const TOO_MANY: Refusal = Refusal::document("BAD_USER_INPUT", "it has 501 items; send at most 500");
const CURSOR: Refusal = Refusal::argument("cursor");

/// So many lists, and so many places that take lists, there are at least.
const LISTS: usize = 14;
const INPUT_LISTS: usize = 10;

/// The lists of the schema, by the argument of this name.
fn lists(schema: &Schema, argument: &str) -> Vec<Place> {
    let places = schema.places(|name, _| name == argument);
    assert!(places.len() >= LISTS, "only {} places found", places.len());
    places
}

// Case: API-6
#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_of_none_to_a_hundred_rows_in_every_list() {
    let (scene, schema) = (Scene::start().await, Schema::read());
    let ids = Ids::of(&scene).await;
    let values = [
        (json!(-1), FIRST),
        (json!(101), FIRST),
        (json!(i32::MAX), FIRST),
        (json!(i32::MIN), FIRST),
        (json!(4_294_967_296_i64), NUMBER),
        (json!(1e300), NUMBER),
        (json!(1.5), NUMBER),
        (json!("5"), NUMBER),
    ];
    scene
        .withstand(async {
            for place in lists(&schema, "first") {
                for (value, refusal) in &values {
                    let (document, variables) = schema.request(&place, value, false, &ids, "{ totalCount }");
                    scene
                        .assert_refused(&Attack::document(format!("{place}: {value}"), &document, &variables, *refusal))
                        .await;
                }
                let none = schema.request(&place, &json!(0), false, &ids, "{ nodes { __typename } totalCount }");
                scene.graphql(&none.0, none.1).await;
            }
        })
        .await;
}

// Case: API-6
#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_more_than_five_hundred_items_is_refused_in_every_place_that_takes_one() {
    let (scene, schema) = (Scene::start().await, Schema::read());
    let ids = Ids::of(&scene).await;
    let places = schema.places(|_, ty| is_list(ty));
    assert!(places.len() >= INPUT_LISTS, "only {} places found", places.len());
    scene
        .withstand(async {
            for place in places {
                let many = schema.samples(&place, 501, &ids);
                let (document, variables) = schema.request(&place, &many, false, &ids, schema.selection(&place));
                scene.assert_refused(&Attack::document(place.to_string(), &document, &variables, TOO_MANY)).await;
            }
            let nodes = json!({ "ids": vec![&ids.all()["Workspace"]; 101] });
            let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
            let refusal = Refusal::argument("at most 100");
            scene.assert_refused(&Attack::document("101 ids", query, &nodes, refusal)).await;
        })
        .await;
}

/// The cursor of the first row of a list, when it has one.
async fn cursor(scene: &Scene, schema: &Schema, place: &Place, ids: &Ids) -> Option<String> {
    let (document, variables) = schema.request(place, &Value::Null, false, ids, "{ edges { cursor } }");
    let data = scene.graphql(&document, variables).await;
    let field = place.field.name.node.as_str();
    let list = match place.parent.as_str() {
        "Query" => &data[field],
        "Viewer" => &data["viewer"][field],
        _ => &data["node"][field],
    };
    list["edges"][0]["cursor"].as_str().map(str::to_owned)
}

/// What somebody could make of a cursor.
fn forged(cursor: &str) -> Vec<String> {
    let middle = cursor.len() / 2;
    let other = if &cursor[middle..=middle] == "A" { "B" } else { "A" };
    vec![
        String::new(),
        "0".to_owned(),
        "AAAA".to_owned(),
        "no cursor!".to_owned(),
        "A".repeat(5_000),
        cursor[..cursor.len() - 1].to_owned(),
        cursor[1..].to_owned(),
        cursor[..middle].to_owned(),
        format!("{cursor}A"),
        format!("{}{other}{}", &cursor[..middle], &cursor[middle + 1..]),
        cursor.to_lowercase(),
    ]
}

// Case: API-10
#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_was_forged_or_is_of_another_list_is_refused_in_every_list() {
    let (scene, schema) = (Scene::start().await, Schema::read());
    let ids = Ids::of(&scene).await;
    let mut own = Vec::new();
    for place in lists(&schema, "after") {
        let cursor = cursor(&scene, &schema, &place, &ids).await;
        own.push((place, cursor));
    }
    let cursors: Vec<_> = own.iter().filter_map(|(_, cursor)| cursor.clone()).collect();
    assert!(cursors.len() >= 10, "only {} lists have rows", cursors.len());
    scene
        .withstand(async {
            for (place, cursor) in &own {
                let foreign = cursors.iter().filter(|foreign| Some(*foreign) != cursor.as_ref()).cloned();
                for text in forged(cursor.as_ref().unwrap_or(&cursors[0])).into_iter().chain(foreign) {
                    let (document, variables) = schema.request(place, &json!(text), false, &ids, "{ totalCount }");
                    scene
                        .assert_refused(&Attack::document(format!("{place}: {text}"), &document, &variables, CURSOR))
                        .await;
                }
            }
        })
        .await;
}

// Case: API-10
#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_order_is_refused() {
    let scene = Scene::start().await;
    let ids = Ids::of(&scene).await;
    let orders = [
        ("Registry", "spaces", "SpaceOrder", ["NAME", "VISIBILITY", "BINDING_COUNT", "REPOSITORY_COUNT"].as_slice()),
        ("Repository", "tags", "TagOrder", ["NAME", "PUSHED_AT"].as_slice()),
    ];
    for (parent, list, order, fields) in orders {
        let query = format!(
            "query($id: ID!, $order: {order}!, $after: String) {{ node(id: $id) {{ ... on {parent} {{
               {list}(orderBy: $order, after: $after) {{ edges {{ cursor }} }} }} }} }}"
        );
        let all: Vec<_> =
            fields.iter().flat_map(|field| ["ASC", "DESC"].map(|direction| (*field, direction))).collect();
        let asked = |(field, direction), after: Value| json!({ "id": ids.all()[parent], "order": { "field": field, "direction": direction }, "after": after });
        for from in &all {
            let data = scene.graphql(&query, asked(*from, Value::Null)).await;
            let cursor = &data["node"][list]["edges"][0]["cursor"];
            for to in all.iter().filter(|to| *to != from) {
                let what = format!("{list}: a cursor of {from:?} in {to:?}");
                scene.assert_refused(&Attack::document(what, &query, &asked(*to, cursor.clone()), CURSOR)).await;
            }
        }
    }
}
