//! How much one request may ask for, and how it is told that it asks for too much.

use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_for_too_much_is_refused_before_anything_is_read() {
    let world = World::start().await;
    let repeated =
        |count: usize, field: &str| (0..count).map(|at| format!("a{at}: {field} ")).collect::<Vec<_>>().concat();
    let mut deep = "id".to_owned();
    for _ in 0..6 {
        deep = format!("owner {{ associatedRegistries(first: 0) {{ nodes {{ {deep} }} }} }}");
    }
    let wide = "id ".repeat(4_100);
    let mut doubling = "fragment F0 on Viewer { platformRole }".to_owned();
    for at in 1..30 {
        let spread = format!("...F{} ", at - 1).repeat(8);
        doubling = format!("{doubling} fragment F{at} on Viewer {{ {spread} }}");
    }
    let before = world.app.store().statements();
    for document in [
        "{ registries(first: 100) { nodes { spaces(first: 100) { nodes { name } } } } }".to_owned(),
        "query($n: Int = 100) { registries(first: $n) { nodes { spaces(first: $n) { nodes { name } } } } }".to_owned(),
        format!("{{ {} }}", repeated(11, "viewer { platformRole }")),
        format!("{{ viewer {{ {} }} }}", repeated(31, "platformRole")),
        format!("{{ registry(by: {{ name: \"r\" }}) {{ {deep} }} }}"),
        format!("{{ registry(by: {{ name: \"r\" }}) {{ {wide} }} }}"),
        format!("{{ viewer {{ ...F29 }} }} {doubling}"),
        "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }".to_owned(),
        format!("{{ viewer {{ platformRole {} }} }}", "@include(if: true) ".repeat(11)),
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }".to_owned(),
    ] {
        let shown: String = document.chars().take(90).collect();
        assert_eq!(world.code(&document, json!({})).await, "COST_EXCEEDED", "{shown}");
    }
    assert_eq!(world.app.store().statements(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cost_counts_what_variables_ask_for() {
    let world = World::start().await;
    let document = "query($n: Int!) { registries(first: $n) { nodes { id spaces(first: 30) { nodes { id name } } } } }";
    world.data(document, json!({ "n": 5 })).await;
    assert_eq!(world.code(document, json!({ "n": 100 })).await, "COST_EXCEEDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_usual_introspection_is_answered() {
    let world = World::start().await;
    let of_type = "ofType { kind name ".repeat(9) + &"}".repeat(9);
    let document = format!(
        "query I {{ __schema {{ queryType {{ name }} types {{ ...T }} directives {{ name args {{ ...V }} }} }} }}
         fragment T on __Type {{ kind name description fields(includeDeprecated: true) {{ name args {{ ...V }} type {{ ...R }} }}
           inputFields {{ ...V }} interfaces {{ ...R }} enumValues(includeDeprecated: true) {{ name }} possibleTypes {{ ...R }} }}
         fragment V on __InputValue {{ name description type {{ ...R }} defaultValue }}
         fragment R on __Type {{ kind name {of_type} }}"
    );
    let data = world.data(&document, json!({})).await;
    assert!(data["__schema"]["types"].as_array().unwrap().len() > 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_document_of_this_schema_is_told_so() {
    let world = World::start().await;
    for document in [
        "{",
        "{ nothing }",
        "",
        "{ viewer }",
        "query A { viewer { platformRole } } query B { viewer { platformRole } }",
        "subscription { viewer { platformRole } }",
        "{ registry(by: { name: $a }) { id } }",
        "{ ...F }",
    ] {
        assert_eq!(world.code(document, json!({})).await, "VALIDATION_FAILED", "{document}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nesting_of_any_depth_is_answered() {
    let world = World::start().await;
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(1_900), close.repeat(1_900));
    for document in [
        format!("{{ registries(first: {}) {{ totalCount }} }}", nested("[", "]")),
        format!("query($a: Int = {}) {{ registries(first: $a) {{ totalCount }} }}", nested("[", "]")),
        format!("{{ registries(first: {}) {{ totalCount }} }}", nested("{a:", "}").replace(':', " : ")),
        format!("query($a: {}) {{ viewer {{ platformRole }} }}", nested("[", "]").replace('1', "Int")),
        format!("{{ {} }}", nested("viewer {", "}")),
        format!("{{ {} }}", nested("... {", "}")),
    ] {
        let code = world.code(&document, json!({})).await;
        assert!(["COST_EXCEEDED", "VALIDATION_FAILED", "BAD_USER_INPUT"].contains(&code.as_str()), "{code}");
    }
}
