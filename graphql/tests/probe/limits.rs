//! What the library refuses before it executes, and in which words.

use async_graphql::{EmptyMutation, EmptySubscription, InputObject, Object, OneofObject, Schema, SchemaBuilder};

struct Query;

#[Object]
impl Query {
    async fn one(&self) -> i32 {
        1
    }

    async fn again(&self) -> Query {
        Query
    }

    #[graphql(complexity = "usize::try_from(first).unwrap_or(0) * child_complexity + 1")]
    async fn page(&self, #[graphql(default = 20)] first: i32) -> Query {
        let _ = first;
        Query
    }

    async fn by(&self, by: By) -> String {
        match by {
            By::Id(id) => format!("id {id}"),
            By::Name(name) => format!("name {}/{}", name.cluster, name.name),
        }
    }
}

#[derive(OneofObject)]
enum By {
    Id(String),
    Name(Name),
}

#[derive(InputObject)]
struct Name {
    #[graphql(default = "default")]
    cluster: String,
    name: String,
}

fn schema() -> SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription)
}

/// The first error's message, or the data as text.
async fn outcome(builder: SchemaBuilder<Query, EmptyMutation, EmptySubscription>, query: &str) -> String {
    let response = builder.finish().execute(query).await;
    match response.errors.first() {
        Some(error) => {
            assert!(error.extensions.is_none(), "the library gives no code of its own: {error:?}");
            error.message.clone()
        }
        None => serde_json::to_string(&response.data).expect("data is serializable"),
    }
}

#[tokio::test]
async fn refuses_what_is_too_deep_too_complex_or_aliased_too_often() {
    assert_eq!(outcome(schema().limit_depth(2), "{ again { again { one } } }").await, "Query is nested too deep.");
    assert_eq!(
        outcome(schema().limit_complexity(100), "{ page { a: one b: one c: one d: one e: one } }").await,
        "Query is too complex."
    );
    assert_eq!(
        outcome(schema().limit_aliases(1), "{ a: one b: one }").await,
        "The amount of aliases of the query cannot be greater than `1`"
    );
    assert_eq!(
        outcome(schema().limit_directives(1), "{ one @skip(if: false) @include(if: true) }").await,
        "The number of directives on the field `one` cannot be greater than `1`"
    );
    assert_eq!(
        outcome(schema().limit_recursive_depth(2), "{ again { again { again { one } } } }").await,
        "The recursion depth of the query cannot be greater than `2`"
    );
}

#[tokio::test]
async fn runs_what_stays_below_the_limits() {
    let strict = schema().limit_depth(3).limit_complexity(100).limit_aliases(2);
    assert_eq!(outcome(strict, "{ page { a: one b: one } }").await, r#"{"page":{"a":1,"b":1}}"#);
}

#[tokio::test]
async fn takes_exactly_one_member_of_a_one_of() {
    assert_eq!(outcome(schema(), r#"{ by(by: { id: "x" }) }"#).await, r#"{"by":"id x"}"#);
    assert_eq!(outcome(schema(), r#"{ by(by: { name: { name: "n" } }) }"#).await, r#"{"by":"name default/n"}"#);
    for refused in [
        r"{ by(by: {}) }",
        r"{ by(by: { id: null }) }",
        r#"{ by(by: { id: "x", name: { name: "n" } }) }"#,
        r#"{ by(by: { id: "x", name: null }) }"#,
    ] {
        let message = outcome(schema(), refused).await;
        assert!(
            message.starts_with("Invalid value for argument") || message.starts_with("Failed to parse"),
            "{refused}: {message}"
        );
    }
}

/// Incremental delivery is absent; a client that asks for it is told so and not answered as if it had not asked.
#[tokio::test]
async fn knows_no_defer() {
    for query in ["{ one @defer }", "{ ... @defer { one } }"] {
        assert_eq!(outcome(schema(), query).await, r#"Unknown directive "defer""#);
    }
}

#[tokio::test]
async fn suggests_names_unless_told_not_to() {
    let suggested = r#"Unknown field "onee" on type "Query". Did you mean "one"?"#;
    assert_eq!(outcome(schema(), "{ onee }").await, suggested);
    let silent = r#"Unknown field "onee" on type "Query"."#;
    assert_eq!(outcome(schema().disable_suggestions(), "{ onee }").await, silent);
}
