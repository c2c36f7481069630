//! What every resolver works with: the use cases, the call it is made for, what loads many things at once, and what signs
//! cursors.

use std::sync::Arc;

use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, HashMapCache};
use wharfinger_app::App;
use wharfinger_app::call::Call;

use crate::cursor::CursorSigner;
use crate::errands::{AtOnce, Errands};
use crate::loader::Batch;

/// What belongs to one request.
pub(crate) struct Scope {
    pub(crate) app: Arc<App>,
    pub(crate) call: Arc<Call>,
    pub(crate) cursors: Arc<CursorSigner>,
    /// Loads what resolvers of one request ask for at the same time in one statement, and remembers it.
    pub(crate) load: DataLoader<Batch, HashMapCache>,
}

impl Scope {
    pub(crate) fn new(app: Arc<App>, call: Call, cursors: Arc<CursorSigner>, errands: Errands) -> Self {
        let call = Arc::new(call);
        let batch = Batch::new(Arc::clone(&app), Arc::clone(&call));
        let load = DataLoader::with_cache(batch, errands, AtOnce, HashMapCache::default());
        Self { app, call, cursors, load }
    }
}

/// The scope of the request; [`crate::Api::execute`], through which every request goes, has put it there.
pub(crate) fn scope<'c>(ctx: &Context<'c>) -> &'c Scope {
    ctx.data_unchecked()
}
