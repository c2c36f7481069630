//! What is sent in variables and arguments, and what is told when it does not fit: which one it is, its type, where in it,
//! and what to send.

use async_graphql::{Request, Variables};
use serde_json::{Value, json};

use crate::world::{World, code};

const REGISTRY: &str = "query($by: RegistryRef!) { registry(by: $by) { id } }";
const BIND: &str = "mutation($input: BindSpacesInput!) { bindSpaces(input: $input) { createdCount } }";
const REGISTER: &str =
    "mutation($input: RegisterRegistryInput!) { registerRegistry(input: $input) { userErrors { code } } }";
const PAGE: &str = "query($first: Int!) { registries(first: $first) { totalCount } }";

/// The sentence of the only error, which must be one of bad input.
async fn told(world: &World, document: &str, variables: Value) -> String {
    let answer = world.ask(document, variables).await;
    assert_eq!(code(&answer), "BAD_USER_INPUT", "{answer}");
    assert_eq!(answer["data"], json!(null));
    answer["errors"][0]["message"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_does_not_fit_is_named_with_its_type_and_what_to_send() {
    let world = World::start().await;
    let before = world.app.store().statements();
    let pairs = |spaces: Value| json!({ "input": { "pairs": { "workspaceIds": [], "spaceIds": spaces } } });
    let register = |endpoint: Value| json!({ "input": { "name": "r", "endpoint": endpoint } });
    for (document, variables, sentence) in [
        (PAGE, json!({}), "the variable $first (Int!): it was not sent; send a value for it among the variables"),
        (
            PAGE,
            json!({ "frist": 1 }),
            "the variable $first (Int!): it was not sent; send a value for it among the variables",
        ),
        (PAGE, json!({ "first": null }), "the variable $first (Int!): it is null; send a value"),
        (PAGE, json!({ "first": "x" }), "the variable $first (Int!): send a whole number of at most 32 bits"),
        (PAGE, json!({ "first": 1_u64 << 31 }), "the variable $first (Int!): send a whole number of at most 32 bits"),
        (REGISTRY, json!({ "by": "r" }), "the variable $by (RegistryRef!): send an object of id, name"),
        (REGISTRY, json!({ "by": {} }), "the variable $by (RegistryRef!): send exactly one of id, name, and not null"),
        (
            REGISTRY,
            json!({ "by": { "id": "a", "name": "b" } }),
            "the variable $by (RegistryRef!): send exactly one of id, name, and not null",
        ),
        (
            REGISTRY,
            json!({ "by": { "name": null } }),
            "the variable $by (RegistryRef!): send exactly one of id, name, and not null",
        ),
        (REGISTRY, json!({ "by": { "name": 7 } }), "the variable $by (RegistryRef!), at name: send a text"),
        (
            REGISTRY,
            json!({ "by": { "nmae": "r" } }),
            "the variable $by (RegistryRef!), at nmae: there is no such field; there are id, name",
        ),
        (BIND, json!({ "input": {} }), "the variable $input (BindSpacesInput!), at pairs: it is missing; send it"),
        (
            BIND,
            pairs(json!(null)),
            "the variable $input (BindSpacesInput!), at pairs.spaceIds: it is null; send a value",
        ),
        (
            BIND,
            pairs(json!(["a", null])),
            "the variable $input (BindSpacesInput!), at pairs.spaceIds[1]: it is null; send a value",
        ),
        (
            BIND,
            pairs(json!(["a", true])),
            "the variable $input (BindSpacesInput!), at pairs.spaceIds[1]: send an id, as a text",
        ),
        (REGISTER, register(json!(7)), "the variable $input (RegisterRegistryInput!), at endpoint: send a text"),
        (
            REGISTER,
            register(json!("ftp://x")),
            "the variable $input (RegisterRegistryInput!), at endpoint: send a URL that begins with https:// or http://",
        ),
    ] {
        assert_eq!(told(&world, document, variables.clone()).await, sentence, "{document} {variables}");
    }
    assert_eq!(world.app.store().statements(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_argument_that_does_not_fit_is_named_with_its_field() {
    let world = World::start().await;
    for (document, variables, sentence) in [
        (
            "{ registries(first: \"x\") { totalCount } }",
            json!({}),
            "the argument first of registries (Int): send a whole number of at most 32 bits",
        ),
        (
            "{ registries(first: 2147483648) { totalCount } }",
            json!({}),
            "the argument first of registries (Int): send a whole number of at most 32 bits",
        ),
        (
            "{ registry(by: \"r\") { id } }",
            json!({}),
            "the argument by of registry (RegistryRef!): send an object of id, name",
        ),
        (
            "query($name: String = \"r\") { registry(by: { name: $name }) { id } }",
            json!({ "name": null }),
            "the argument by of registry (RegistryRef!): send exactly one of id, name, and not null",
        ),
        (
            "{ ...F } fragment F on Query { registry(by: { name: [] }) { id } }",
            json!({}),
            "the argument by of registry (RegistryRef!), at name: send a text",
        ),
        (
            "{ ... { registry(by: { name: 7 }) { id } } }",
            json!({}),
            "the argument by of registry (RegistryRef!), at name: send a text",
        ),
        (
            "{ registry(by: { name: \"r\" }) { spaces(orderBy: { field: SIZE, direction: ASC }) { totalCount } } }",
            json!({}),
            "the argument orderBy of spaces (SpaceOrder), at field: send one of NAME, VISIBILITY, REPOSITORY_COUNT, BINDING_COUNT",
        ),
    ] {
        assert_eq!(told(&world, document, variables).await, sentence, "{document}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_sent_in_the_wrong_place_is_not_repeated() {
    let world = World::start().await;
    let input = json!({ "name": "r", "endpoint": "https://h", "credential": "Harbor12345", "kind": "Harbor12345" });
    let sentence = told(&world, REGISTER, json!({ "input": input })).await;
    assert!(!sentence.contains("Harbor12345"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_schema_takes_is_taken() {
    let world = World::start().await;
    for (document, variables) in [
        (REGISTRY, json!({ "by": { "name": "r" } })),
        (BIND, json!({ "input": { "pairs": { "spaceIds": "AQ", "workspaceIds": 7 } } })),
        ("query($first: Int) { registries(first: $first) { totalCount } }", json!({})),
        ("query($first: Int) { registries(first: $first) { totalCount } }", json!({ "first": null, "other": 1 })),
        (
            "query($f: SelectableImageFilter) { selectableImages(namespace: { name: { name: \"n\" } }, filter: $f) { totalCount } }",
            json!({ "f": { "via": "PUBLIC_SPACE", "search": null } }),
        ),
    ] {
        let answer = world.ask(document, variables).await;
        for error in answer["errors"].as_array().unwrap() {
            assert!(error["path"].is_array(), "it came as far as its resolver: {answer}");
        }
    }
}

/// The library looks at what was sent alone when it leaves fields out.
#[tokio::test(flavor = "multi_thread")]
async fn a_default_stands_for_a_variable_that_was_not_sent() {
    let world = World::start().await;
    let document = "query($with: Boolean = true) { viewer { platformRole authMethod @include(if: $with) } }";
    assert_eq!(world.data(document, json!({})).await["viewer"]["authMethod"], "LOCAL_ADMIN");
    let without = world.data(document, json!({ "with": false })).await;
    assert_eq!(without["viewer"], json!({ "platformRole": "ADMIN" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_variables_of_the_operation_that_is_meant_are_asked_for() {
    let world = World::start().await;
    let document = "query A { viewer { platformRole } }
        query B($name: String!) { ...F } fragment F on Query { registry(by: { name: $name }) { id } }";
    for (name, variables, expected) in [
        (Some("A"), json!({}), None),
        (Some("B"), json!({}), Some("BAD_USER_INPUT")),
        (Some("B"), json!({ "name": "r" }), None),
        (Some("C"), json!({}), Some("VALIDATION_FAILED")),
        (None, json!({}), Some("VALIDATION_FAILED")),
    ] {
        let mut request = Request::new(document).variables(Variables::from_json(variables));
        request.operation_name = name.map(str::to_owned);
        let response = world.api.execute(world.call(World::admin()), request).await;
        let answer = json!({ "errors": response.errors });
        let found = if response.errors.is_empty() { None } else { Some(code(&answer)) };
        assert_eq!(found.as_deref(), expected, "{name:?}: {answer}");
    }
}
