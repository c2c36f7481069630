//! The API on use cases that work on a database of their own.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use async_graphql::{Request, Variables};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use wharfinger_app::budgets::Rates;
use wharfinger_app::call::Call;
use wharfinger_app::publisher::Publisher;
use wharfinger_app::random::{Clock, Random};
use wharfinger_app::vault::Vault;
use wharfinger_app::{App, Bounds, Reach, Reaches};
use wharfinger_domain::caller::{AuthMethod, Caller};
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::time::Timestamp;
use wharfinger_graphql::Api;
use wharfinger_store::{Store, StoreOptions};

/// When everything happens: 2023-11-14T22:13:20Z.
pub(crate) const NOW: i64 = 1_700_000_000_000_000;

/// What signs cursors in tests.
pub(crate) const SECRET: &[u8] = b"a secret of thirty-two bytes yes";

/// Counts up, so that every number drawn is another one.
#[derive(Default)]
pub(crate) struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
    }
}

/// Goes a microsecond ahead at each look.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// The API at work.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) api: Api,
    pub(crate) walks: Option<mpsc::Receiver<RegistryId>>,
    _directory: TempDir,
}

/// The fakes are on this machine.
fn reaches() -> Reaches {
    let open = Arc::new(Reach { open: vec!["127.0.0.0/8".parse().unwrap()], ..Reach::default() });
    Reaches { platform: Arc::clone(&open), associated: open }
}

impl World {
    /// An API on an empty database. Nothing runs beside it.
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::at(crate::place::new(directory.path()))).unwrap();
        let (publisher, _wishes) = Publisher::new(Vec::new());
        let clock = Arc::new(Ticking(AtomicI64::new(NOW)));
        let vault = Vault::new(&[7; 32]).unwrap();
        let bounds = Bounds { rates: Rates::all(NonZeroU32::MAX), reaches: reaches() };
        let (app, walks) = App::new(store, publisher, vault, Arc::new(Counting::default()), clock, bounds);
        app.reload().await.unwrap();
        let api = Api::new(Arc::clone(&app), SECRET);
        Self { app, api, walks: Some(walks), _directory: directory }
    }

    /// The platform's administrator.
    pub(crate) fn admin() -> Caller {
        Caller::administrator("admin", AuthMethod::LocalAdmin)
    }

    /// A call by somebody.
    pub(crate) fn call(&self, caller: Caller) -> Call {
        Call { caller, request_id: "request-7".into(), at: self.app.clock().now(), source: None }
    }

    /// Asks as the administrator. Gives the whole answer.
    pub(crate) async fn ask(&self, document: &str, variables: Value) -> Value {
        self.ask_as(Self::admin(), document, variables).await
    }

    /// Asks as somebody.
    pub(crate) async fn ask_as(&self, caller: Caller, document: &str, variables: Value) -> Value {
        let request = Request::new(document).variables(Variables::from_json(variables));
        let response = self.api.execute(self.call(caller), request).await;
        json!({ "data": response.data, "errors": response.errors })
    }

    /// Asks as the administrator, and takes no error for an answer.
    pub(crate) async fn data(&self, document: &str, variables: Value) -> Value {
        let mut answer = self.ask(document, variables).await;
        assert_eq!(answer["errors"], json!([]), "{document}");
        answer["data"].take()
    }

    /// The code of the first error, of an answer that has no other.
    pub(crate) async fn code(&self, document: &str, variables: Value) -> String {
        code(&self.ask(document, variables).await)
    }

    /// How many statements a request of the administrator runs.
    pub(crate) async fn statements(&self, document: &str, variables: Value) -> u64 {
        self.statements_of(Self::admin(), document, variables).await
    }

    /// How many statements a request of somebody runs, which must be answered without an error.
    pub(crate) async fn statements_of(&self, caller: Caller, document: &str, variables: Value) -> u64 {
        let mut least = u64::MAX;
        // A connection that was waited for is told so by a statement of its own: the least of a few is what was asked for.
        for _ in 0..3 {
            let before = self.app.store().statements();
            let answer = self.ask_as(caller.clone(), document, variables.clone()).await;
            assert_eq!(answer["errors"], json!([]), "{document}");
            least = least.min(self.app.store().statements() - before);
        }
        least
    }

    /// The ids of a list by their names.
    pub(crate) async fn ids(&self, list: &str) -> HashMap<String, String> {
        let data = self.data(&format!("{{ {list}(first: 100) {{ nodes {{ id name }} }} }}"), json!({})).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        data[list]["nodes"].as_array().unwrap().iter().map(|node| (text(&node["name"]), text(&node["id"]))).collect()
    }

    /// The ids of the spaces of the registry of this name.
    pub(crate) async fn spaces(&self, registry: &str) -> HashMap<String, String> {
        let document =
            "query($name: String!) { registry(by: { name: $name }) { spaces(first: 100) { nodes { id name } } } }";
        let data = self.data(document, json!({ "name": registry })).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let nodes = data["registry"]["spaces"]["nodes"].as_array().unwrap();
        nodes.iter().map(|node| (text(&node["name"]), text(&node["id"]))).collect()
    }
}

/// The code of the only error.
pub(crate) fn code(answer: &Value) -> String {
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{answer}");
    assert_eq!(errors[0]["extensions"]["requestId"], "request-7", "{answer}");
    errors[0]["extensions"]["code"].as_str().unwrap().to_owned()
}
