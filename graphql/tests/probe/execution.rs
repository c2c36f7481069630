//! How a response is put together: the order of its keys, and what a failing field nulls.

use async_graphql::{
    ComplexObject, Context, EmptyMutation, EmptySubscription, Guard, Object, Result, Schema, SimpleObject,
};

struct Query;

/// A guard that refuses everybody.
struct Never;

impl Guard for Never {
    async fn check(&self, _: &Context<'_>) -> Result<()> {
        Err("refused".into())
    }
}

#[Object]
impl Query {
    async fn slow(&self) -> i32 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        1
    }

    async fn fast(&self) -> i32 {
        2
    }

    async fn bad(&self) -> Result<i32> {
        Err("bad".into())
    }

    async fn cx(&self) -> Mixed {
        Mixed { a: 1, m: 2 }
    }

    async fn opt(&self) -> Option<Item> {
        Some(Item { id: 1 })
    }

    #[graphql(guard = "Never")]
    async fn guarded(&self) -> Option<Result<i32>> {
        Some(Ok(3))
    }

    async fn added(&self, ctx: &Context<'_>) -> Option<i32> {
        ctx.add_error(ctx.set_error_path(async_graphql::ServerError::new("added", Some(ctx.item.pos))));
        None
    }

    async fn items(&self) -> Vec<Item> {
        (0..3).map(|id| Item { id }).collect()
    }
}

#[derive(SimpleObject)]
#[graphql(complex)]
struct Mixed {
    a: i32,
    m: i32,
}

#[ComplexObject]
impl Mixed {
    async fn z(&self) -> i32 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        3
    }
}

/// The one whose id is 1 fails in every field but its id.
struct Item {
    id: i32,
}

#[Object]
impl Item {
    async fn id(&self) -> i32 {
        self.id
    }

    #[graphql(guard = "Never")]
    async fn guarded(&self) -> Option<Result<i32>> {
        Some(Ok(3))
    }

    async fn must(&self) -> Result<i32> {
        self.value()
    }

    /// The shape the house rule refuses.
    async fn maybe(&self) -> Result<Option<i32>> {
        self.value().map(Some)
    }

    /// The shape the house rule asks for.
    async fn maybe2(&self) -> Option<Result<i32>> {
        Some(self.value())
    }
}

impl Item {
    fn value(&self) -> Result<i32> {
        if self.id == 1 { Err("failed".into()) } else { Ok(self.id) }
    }
}

/// The answer as text, keys in the order they were written, errors reduced to their paths.
async fn answer(query: &str) -> (String, String) {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let response = schema.execute(query).await;
    let paths: Vec<_> = response.errors.iter().map(|error| &error.path).collect();
    (
        serde_json::to_string(&response.data).expect("data is serializable"),
        serde_json::to_string(&paths).expect("paths are serializable"),
    )
}

async fn assert_answer(query: &str, data: &str, paths: &str) {
    assert_eq!(answer(query).await, (data.to_owned(), paths.to_owned()), "for {query}");
}

#[tokio::test]
async fn keys_come_in_the_order_of_the_selection() {
    assert_answer("{ slow fast }", r#"{"slow":1,"fast":2}"#, "[]").await;
    assert_answer("{ cx { z m a } }", r#"{"cx":{"z":3,"m":2,"a":1}}"#, "[]").await;
}

#[tokio::test]
async fn a_failing_non_null_field_of_the_root_nulls_data() {
    assert_answer("{ fast bad }", "null", r#"[["bad"]]"#).await;
}

/// Deviates: the path should end with the failing field's own segment, `["items",1,"must"]`.
#[tokio::test]
async fn a_failing_non_null_field_nulls_up_to_the_root_but_loses_the_last_path_segment() {
    assert_answer("{ fast items { id must } }", "null", r#"[["items",1]]"#).await;
}

/// Deviates: only `maybe` should be null. This is why a nullable resolver returns `Option<Result<T>>`.
#[tokio::test]
async fn a_failing_result_of_option_nulls_its_parent_as_if_it_were_non_null() {
    assert_answer("{ fast opt { id maybe } }", r#"{"fast":2,"opt":null}"#, r#"[["opt","maybe"]]"#).await;
    assert_answer("{ fast items { id maybe } }", "null", r#"[["items",1]]"#).await;
}

#[tokio::test]
async fn a_failing_option_of_result_nulls_itself_alone_with_its_full_path() {
    assert_answer("{ fast opt { id maybe2 } }", r#"{"fast":2,"opt":{"id":1,"maybe2":null}}"#, r#"[["opt","maybe2"]]"#)
        .await;
    assert_answer(
        "{ fast items { id maybe2 } }",
        r#"{"fast":2,"items":[{"id":0,"maybe2":0},{"id":1,"maybe2":null},{"id":2,"maybe2":2}]}"#,
        r#"[["items",1,"maybe2"]]"#,
    )
    .await;
}

/// Deviates: only the guarded field should be null. A guard therefore suits non-null fields alone; a nullable one is
/// refused by its resolver, or by an extension as in the registry probe.
#[tokio::test]
async fn a_guard_on_a_nullable_field_nulls_its_parent() {
    assert_answer("{ fast guarded }", "null", r#"[["guarded"]]"#).await;
    assert_answer("{ fast opt { id guarded } }", r#"{"fast":2,"opt":null}"#, r#"[["opt","guarded"]]"#).await;
}

#[tokio::test]
async fn an_added_error_nulls_nothing_and_has_its_path() {
    assert_answer("{ fast alias: added }", r#"{"fast":2,"alias":null}"#, r#"[["alias"]]"#).await;
}
