//! Ids that are none, ids of something else, and ids of nothing, in every place of the schema that takes an id.

use serde_json::{Value, json};

use super::place::{Ids, Place, Schema, base};
use super::scene::{Attack, Refusal, Scene};

const MALFORMED: Refusal = Refusal::argument("this is no id");
const OF_ANOTHER: Refusal = Refusal::argument("this id is not the id of a");
const NO_TEXT: Refusal = Refusal::document("BAD_USER_INPUT", "send an id, as a text");

/// So many places there are at least: a walk that overlooks some holds nothing of them.
const PLACES: usize = 25;

fn places(schema: &Schema) -> Vec<Place> {
    let places = schema.places(|_, ty| base(ty) == "ID");
    assert!(places.len() >= PLACES, "only {} places found", places.len());
    places
}

/// Texts that look like an id, and some that do not.
fn malformed(good: &str) -> Vec<Value> {
    let texts = [
        String::new(),
        "7".to_owned(),
        "-1".to_owned(),
        "!!!".to_owned(),
        "\u{202e}\n".to_owned(),
        "' OR 1=1 --".to_owned(),
        good[1..].to_owned(),
        good[..good.len() - 1].to_owned(),
        format!("{good}AA"),
        format!("{good}=="),
        // Of another version, and of a kind that there is not.
        good.replacen("AQ", "CQ", 1),
        "AWMAAAAAAAAABw".to_owned(),
        "A".repeat(10_000),
    ];
    let mut values: Vec<_> = texts.into_iter().map(Value::from).collect();
    values.push(json!(7));
    values
}

/// The attack with this value in a place: beside as little as possible, and beside as much as possible. One of them must get as
/// far as the id.
struct Aim<'a> {
    scene: &'a Scene,
    schema: &'a Schema,
    ids: &'a Ids,
}

impl Aim<'_> {
    fn attack(&self, place: &Place, value: &Value, full: bool, refusal: Refusal) -> Attack {
        let (document, variables) = self.schema.request(place, value, full, self.ids, self.schema.selection(place));
        let shown: String = value.to_string().chars().take(40).collect();
        Attack::document(format!("{shown} in {place}"), &document, &variables, refusal)
    }

    /// Fails unless the value is refused as an id.
    async fn assert_refused(&self, place: &Place, value: &Value, refusal: Refusal) {
        let bare = self.attack(place, value, false, refusal);
        let answer: Value = self.scene.send(&bare, true).await.json().await.unwrap();
        let told = answer["errors"][0]["message"].as_str().unwrap_or_default();
        let full = !["id of a", "no id", "send an id"].iter().any(|words| told.contains(words));
        self.scene.assert_refused(&self.attack(place, value, full, refusal)).await;
    }
}

// Case: API-35
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_id_is_refused_in_every_place_that_takes_one() {
    let (scene, schema) = (Scene::start().await, Schema::read());
    let ids = Ids::of(&scene).await;
    let aim = Aim { scene: &scene, schema: &schema, ids: &ids };
    scene
        .withstand(async {
            for place in places(&schema) {
                let good = &ids.all()[place.kind().unwrap_or("Workspace")];
                for value in malformed(good) {
                    aim.assert_refused(&place, &value, MALFORMED).await;
                }
                for value in [json!(true), json!({ "id": good }), json!(1.5)] {
                    aim.assert_refused(&place, &value, NO_TEXT).await;
                }
            }
        })
        .await;
}

// Case: API-35
#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_something_else_is_refused_in_every_place_that_takes_one() {
    let (scene, schema) = (Scene::start().await, Schema::read());
    let ids = Ids::of(&scene).await;
    assert!(schema.nodes().iter().all(|kind| ids.all().contains_key(*kind)), "tell Ids of every type that has ids");
    let aim = Aim { scene: &scene, schema: &schema, ids: &ids };
    scene
        .withstand(async {
            for place in places(&schema) {
                let Some(kind) = place.kind() else { continue };
                for (_, id) in ids.all().iter().filter(|(other, _)| *other != kind) {
                    aim.assert_refused(&place, &json!(id), OF_ANOTHER).await;
                }
            }
        })
        .await;
}

// Case: API-35
#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_nothing_finds_nothing_and_changes_nothing() {
    let (scene, schema) = (Scene::start().await, Schema::read());
    let ids = Ids::of(&scene).await;
    scene
        .withstand(async {
            for place in places(&schema) {
                let good = &ids.all()[place.kind().unwrap_or("Workspace")];
                // The same kind, and a number that is far from being reached.
                let missing = json!(format!("{}B{}", &good[..6], &good[7..]));
                let mut found = Vec::new();
                for full in [false, true] {
                    let (document, variables) = schema.request(&place, &missing, full, &ids, schema.selection(&place));
                    let answer = scene.ask(&document, variables).await;
                    let code = answer["errors"][0]["extensions"]["code"].as_str();
                    assert!(matches!(code, None | Some("BAD_USER_INPUT")), "{place}: {answer}");
                    let told = &answer["data"][place.field.name.node.as_str()]["userErrors"];
                    found.extend(told.as_array().into_iter().flatten().map(|error| error["code"].clone()));
                }
                let is_change = place.parent == "Mutation";
                assert_eq!(found.contains(&json!("NOT_FOUND")), is_change, "{place}: {found:?}");
            }
        })
        .await;
}
