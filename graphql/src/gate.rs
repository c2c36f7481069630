//! What a request passes before it is executed: its size, its syntax, which operation is meant, its weight, its values, and
//! the library's validation. Each step gives what it refuses its code, so that whatever fails without one later is a fault of
//! ours.

mod inputs;
mod value;

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextPrepareRequest, NextValidation,
};
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::parser::{self, parse_query};
use async_graphql::{Error, Pos, Request, ServerError, ServerResult, ValidationResult, Variables};
use wharfinger_app::budgets::Spent;

use crate::error::{Code, coded, internal, rate_limited, with_code};
use crate::limits;
use crate::scope::Scope;

/// So many faults of a document are told: an answer must not be many times as long as what it answers.
const TOLD: usize = 20;

/// What the parser says of a document that is nested more deeply than it follows.
const STACK: &str = "stack limit reached";

/// Lets requests pass or refuses them.
pub(crate) struct Gate;

impl ExtensionFactory for Gate {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Gate {
    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let mut request = next.run(ctx, request).await?;
        let registry = &ctx.schema_env.registry;
        limits::check_text(&request.query).map_err(too_much)?;
        let document = parse_query(&request.query).map_err(unreadable)?;
        let operation = meant(&document, request.operation_name.as_deref())?;
        let cost = limits::check(registry, &document, operation, &request.variables).map_err(too_much)?;
        request.data.insert(spend(&request, cost)?);
        inputs::check(registry, &document, operation, &mut request.variables)?;
        request.set_parsed_query(document);
        Ok(request)
    }

    /// The document is parsed already: what the library still refuses here is more than its own limits let pass.
    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        next.run(ctx, query, variables).await.map_err(|error| with_code(error, Code::CostExceeded))
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        next.run(ctx).await.map_err(|mut errors| {
            // The library goes through a document twice, and finds some faults each time.
            errors.dedup();
            errors.truncate(TOLD);
            errors.into_iter().map(|error| with_code(error, Code::ValidationFailed)).collect()
        })
    }
}

/// Takes the price of a request from its caller's budget. What is weighed is paid for, whatever is wrong with it otherwise.
fn spend(request: &Request, cost: u64) -> ServerResult<Spent> {
    let scope = request.data.get(&TypeId::of::<Scope>()).and_then(|scope| scope.downcast_ref::<Scope>());
    let scope = scope.ok_or_else(|| placed(internal("a request has no caller"), None))?;
    let spent = scope.app.budgets().spend(&scope.call, cost);
    spent.map_err(|exhausted| placed(rate_limited(&exhausted), None))
}

/// The operation that is to be executed.
fn meant<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> ServerResult<&'d OperationDefinition> {
    let several = "the document has several operations; say in operationName which one is meant";
    match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Ok(only),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next().ok_or(several),
        (DocumentOperations::Multiple(_), None) => Err(several),
        (DocumentOperations::Multiple(all), Some(name)) => {
            all.get(name).ok_or("the document has no operation of the name in operationName; name one that it has")
        }
        (DocumentOperations::Single(_), Some(_)) => {
            Err("the only operation of the document has no name; leave out operationName")
        }
    }
    .map(|operation| &operation.node)
    .map_err(|words| refused(Code::ValidationFailed, words, None))
}

/// The parser draws the line that it stumbled over, which may be as long as a body: only what it says below is told, and the
/// place beside it.
fn unreadable(error: parser::Error) -> ServerError {
    let told = error.to_string();
    let reason = told.rsplit("= ").next().unwrap_or_default().trim();
    let is_deep = matches!(error, parser::Error::RecursionLimitExceeded) || reason == STACK;
    let (code, words) = if is_deep {
        (Code::CostExceeded, "the document is nested too deeply to be read; ask for fewer levels".to_owned())
    } else {
        (Code::ValidationFailed, format!("the document cannot be read: {reason}"))
    };
    with_code(ServerError { message: words, ..error.into() }, code)
}

fn too_much(words: String) -> ServerError {
    refused(Code::CostExceeded, words, None)
}

fn refused(code: Code, words: impl Into<String>, at: Option<Pos>) -> ServerError {
    placed(coded(code, words), at)
}

/// The error, at this place of the document or at none.
fn placed(error: Error, at: Option<Pos>) -> ServerError {
    let mut error = error.into_server_error(at.unwrap_or_default());
    if at.is_none() {
        error.locations.clear();
    }
    error
}
