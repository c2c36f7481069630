//! What an extension can see of the schema: enough to enforce a directive instead of repeating it beside each resolver.

use std::sync::{Arc, Mutex};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, ResolveInfo};
use async_graphql::{
    EmptyMutation, EmptySubscription, Object, PathSegment, QueryPathNode, QueryPathSegment, Response, Schema,
    ServerError, ServerResult, Value,
};

use super::sdl::{Access, directive};

struct Query;

#[Object]
impl Query {
    async fn open(&self) -> i32 {
        1
    }

    #[graphql(directive = directive::access::apply(vec![Access::Auditor]))]
    async fn closed(&self) -> i32 {
        2
    }

    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn hidden(&self) -> Option<i32> {
        Some(3)
    }
}

/// Refuses every field that carries `@access`, by reading the registry. A nullable field becomes null and its error is
/// added to the response: an error that `resolve` returns has no path and nulls the parent.
#[derive(Default)]
struct Gate {
    refused: Mutex<Vec<ServerError>>,
}

struct GateFactory;

impl ExtensionFactory for GateFactory {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Gate::default())
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Gate {
    async fn execute(&self, ctx: &ExtensionContext<'_>, name: Option<&str>, next: NextExecute<'_>) -> Response {
        let mut response = next.run(ctx, name).await;
        response.errors.append(&mut self.refused.lock().expect("no thread panicked"));
        response
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        let parent = ctx.schema_env.registry.types.get(info.parent_type);
        let field = parent.and_then(|ty| ty.field_by_name(info.name));
        let access = field.and_then(|field| field.directive_invocations.iter().find(|it| it.name == "access"));
        let Some(access) = access else {
            return next.run(ctx, info).await;
        };
        let mut error = ServerError::new(access.sdl(), Some(info.field.name.pos));
        if info.return_type.ends_with('!') {
            return Err(error);
        }
        error.path = path(info.path_node);
        self.refused.lock().expect("no thread panicked").push(error);
        Ok(None)
    }
}

/// The path of a response, from a node that knows its parents.
fn path(node: &QueryPathNode<'_>) -> Vec<PathSegment> {
    let segment = match node.segment {
        QueryPathSegment::Index(index) => PathSegment::Index(index),
        QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
    };
    let mut path = node.parent.map(path).unwrap_or_default();
    path.push(segment);
    path
}

async fn answer(query: &str) -> Response {
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription).extension(GateFactory).finish();
    schema.execute(query).await
}

#[tokio::test]
async fn an_extension_lets_fields_without_the_directive_pass() {
    let response = answer("{ open }").await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
}

/// Deviates: the error of an extension has no path.
#[tokio::test]
async fn an_extension_refuses_a_field_by_the_directive_it_carries() {
    let response = answer("{ open other: closed }").await;
    assert_eq!(response.data, Value::Null);
    assert_eq!(response.errors[0].message, "@access(to: [AUDITOR])");
    assert!(response.errors[0].path.is_empty(), "{:?}", response.errors);
}

#[tokio::test]
async fn an_extension_nulls_a_nullable_field_alone_by_adding_the_error_afterwards() {
    let response = answer("{ open other: hidden }").await;
    let data = serde_json::to_string(&response.data).expect("data is serializable");
    assert_eq!(data, r#"{"open":1,"other":null}"#);
    assert_eq!(response.errors[0].message, "@access(to: [ADMIN])");
    assert_eq!(response.errors[0].path, [PathSegment::Field("other".to_owned())]);
}
