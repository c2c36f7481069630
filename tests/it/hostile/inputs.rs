//! Values that mean something to a database or to a clock, and faults of ours that must not tell what they are.

use chrono::{Duration, SecondsFormat};
use serde_json::{Value, json};
use wharfinger::clock::SystemClock;
use wharfinger_app::random::Clock;

use super::place::{Ids, Schema, base};
use super::scene::Scene;
use crate::place;
use crate::world::World;

/// So many lists can be searched at least.
const SEARCHES: usize = 8;

// Case: API-30
#[tokio::test(flavor = "multi_thread")]
async fn what_is_searched_for_is_looked_for_as_it_stands() {
    let (scene, schema) = (Scene::start().await, Schema::read());
    let ids = Ids::of(&scene).await;
    let places = schema.places(|name, _| name == "search");
    assert!(places.len() >= SEARCHES, "only {} places found", places.len());
    scene
        .withstand(async {
            for place in places {
                let mut counts = Vec::new();
                for search in ["", "%", "_", "a%", "\\", "\\\\", "[a-z]", ".*", "'", "' OR '1'='1", "\u{202e}"] {
                    let (document, variables) = schema.request(&place, &json!(search), false, &ids, "{ totalCount }");
                    let mut data = scene.graphql(&document, variables).await;
                    let field = place.field.name.node.as_str();
                    let list = match place.parent.as_str() {
                        "Query" => data[field].take(),
                        "Viewer" => data["viewer"][field].take(),
                        _ => data["node"][field].take(),
                    };
                    counts.push((search, list["totalCount"].as_i64().unwrap()));
                }
                // Everything has the empty text in it, and nothing of this world has any of the others.
                assert!(counts.iter().all(|(search, count)| search.is_empty() || *count == 0), "{place}: {counts:?}");
            }
        })
        .await;
}

/// So many places take a text at least.
const TEXTS: usize = 25;

// Case: API-31
#[tokio::test(flavor = "multi_thread")]
async fn no_text_in_any_place_makes_a_fault_of_ours() {
    let (scene, schema) = (Scene::start().await, Schema::read());
    let ids = Ids::of(&scene).await;
    let places = schema.places(|_, ty| base(ty) == "String");
    assert!(places.len() >= TEXTS, "only {} places found", places.len());
    let texts = ["\0", "a\0b", "\u{202e}\u{7f}\n", "\u{10ffff}", "%_\\'\"", &"x".repeat(60_000), &"%".repeat(30_000)];
    let mut faults = Vec::new();
    for place in places {
        for (text, full) in texts.iter().flat_map(|text| [(text, false), (text, true)]) {
            let (document, variables) = schema.request(&place, &json!(text), full, &ids, schema.selection(&place));
            let answer = scene.ask(&document, variables).await;
            if !matches!(answer["errors"][0]["extensions"]["code"].as_str(), None | Some("BAD_USER_INPUT")) {
                let shown: String = text.chars().take(5).collect();
                faults.push(format!("{place}: {shown:?}: {}", answer["errors"]));
            }
        }
    }
    assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), scene.platform().log());
}

// Case: API-32
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_binding_lies_ahead_and_within_ten_years() {
    let scene = Scene::start().await;
    let space = scene.platform().space(&scene.world.registry, "team-b").await;
    let ids = Ids::of(&scene).await;
    let pairs = json!({ "spaceIds": [space], "workspaceIds": [ids.all()["Workspace"]] });
    let query =
        "mutation($input: BindSpacesInput!) { bindSpaces(input: $input) { createdCount userErrors { code path } } }";
    let now = chrono::DateTime::from_timestamp_micros(SystemClock.now().as_micros()).unwrap();
    let ahead = |days| (now + Duration::days(days)).to_rfc3339_opts(SecondsFormat::Micros, true);
    scene
        .withstand(async {
            for end in [
                ahead(-1),
                ahead(0),
                "1970-01-01T00:00:00Z".to_owned(),
                ahead(3_670),
                "9999-12-31T23:59:59Z".to_owned(),
            ] {
                let input = json!({ "pairs": pairs, "expiresAt": end });
                let told = scene.graphql(query, json!({ "input": input })).await;
                let error = json!([{ "code": "INVALID", "path": ["expiresAt"] }]);
                assert_eq!(told["bindSpaces"]["userErrors"], error, "{end}");
            }
            for end in ["9999999-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "tomorrow", ""] {
                let input = json!({ "pairs": pairs, "expiresAt": end });
                let told = scene.ask(query, json!({ "input": input })).await;
                assert_eq!(told["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{end}: {told}");
            }
        })
        .await;
    let input = json!({ "pairs": pairs, "expiresAt": ahead(3_640), "dryRun": true });
    let told = scene.graphql(query, json!({ "input": input })).await;
    assert_eq!(told["bindSpaces"]["userErrors"], json!([]));
}

// Case: API-31
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_says_nothing_of_its_cause_and_its_id_leads_to_it() {
    let options = place::options();
    let mut world = World::start_with(options.clone()).await;
    let platform = &mut world.platform;
    platform.stop().await;
    place::damage(&options, platform);
    platform.open().await;
    let answer: Value = platform.ask("{ registries { nodes { name kind } } }", json!({})).await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "UPSTREAM_UNAVAILABLE", "{answer}");
    for told in ["HARBOX", "kind", "column", "table", "sqlite", "postgres", "unreadable"] {
        assert!(!error["message"].as_str().unwrap().contains(told), "{told} in {answer}");
    }
    let id = error["extensions"]["requestId"].as_str().unwrap();
    let log = platform.log();
    let cause = log.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{log}"));
    assert!(cause.contains("a kind of registry is unreadable"), "{cause}");
}
