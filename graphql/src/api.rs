//! Takes a request from a signed-in caller and answers it: weighs it, executes it in time, and gives every error a code.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{EmptySubscription, Request, Response, SDLExportOptions, Schema};
use tracing::Instrument;
use wharfinger_app::App;
use wharfinger_app::call::Call;

use crate::cursor::CursorSigner;
use crate::errands::Errands;
use crate::error::{Code, complete, refusal};
use crate::gate::Gate;
use crate::mutation::Mutation;
use crate::query::Query;
use crate::scope::Scope;

/// How long a request may take. A change that is under way is finished all the same.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// How deep the library lets fields be nested; what the limits here let through, introspection included.
const LIBRARY_DEPTH: usize = 32;

type Root = Schema<Query, Mutation, EmptySubscription>;

/// The GraphQL API.
pub struct Api {
    app: Arc<App>,
    schema: Root,
    cursors: Arc<CursorSigner>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

fn schema() -> Root {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .extension(Gate)
        .limit_recursive_depth(LIBRARY_DEPTH)
        .finish()
}

/// The schema as it is published, always the same text for the same program.
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .prefer_single_line_descriptions()
        .include_specified_by()
        .use_space_ident();
    schema().sdl_with_options(options)
}

impl Api {
    /// The API on these use cases. The secret signs cursors; with the same one on every replica a cursor of one is good on
    /// all of them.
    pub fn new(app: Arc<App>, cursor_secret: &[u8]) -> Self {
        Self { app, schema: schema(), cursors: Arc::new(CursorSigner::new(cursor_secret)) }
    }

    /// The use cases.
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Answers one request. Every error of the answer has a code and the id of the request.
    pub async fn execute(&self, call: Call, request: Request) -> Response {
        let request_id = call.request_id.clone();
        let span = tracing::info_span!("graphql", request_id = &*request_id, caller = call.caller.name());
        let mut response = self.answer(call, request).instrument(span.clone()).await;
        span.in_scope(|| complete(&mut response, &request_id));
        response
    }

    async fn answer(&self, call: Call, request: Request) -> Response {
        let (errands, taken) = Errands::new();
        let scope = Scope::new(Arc::clone(&self.app), call, Arc::clone(&self.cursors), errands);
        let execution = taken.beside(self.schema.execute(request.data(scope)));
        let executed = tokio::time::timeout(TIME_LIMIT, execution).await;
        executed.unwrap_or_else(|_| {
            refusal(Code::Timeout, format!("the answer took longer than {} seconds", TIME_LIMIT.as_secs()))
        })
    }
}
