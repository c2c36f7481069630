//! Any text as a GraphQL document, with what follows a NUL as its variables, asked by an auditor, who may read everything and
//! change nothing: it is answered, every error has a code, none is a fault of the server, and nothing has changed.
#![no_main]

use std::cell::OnceCell;

use async_graphql::{Request, Response, Value, Variables};
use libfuzzer_sys::fuzz_target;
use wharfinger_domain::caller::{AuthMethod, Caller, PlatformRole};
use wharfinger_domain::revision::Revision;
use world::World;

#[path = "../../../graphql/tests/api/place.rs"]
mod place;
#[expect(dead_code, reason = "the tests of the room use the rest")]
#[path = "../../../graphql/tests/api/plan.rs"]
mod plan;
#[expect(dead_code, reason = "the tests of the room use the rest")]
#[path = "../../../graphql/tests/api/world.rs"]
mod world;

/// What an auditor may be told is wrong.
const TOLD: [&str; 4] = ["BAD_USER_INPUT", "COST_EXCEEDED", "FORBIDDEN", "VALIDATION_FAILED"];

/// The runtime and the API on a small platform, made once.
struct Door {
    runtime: tokio::runtime::Runtime,
    world: World,
    before: Option<Revision>,
}

thread_local! {
    static DOOR: OnceCell<Door> = const { OnceCell::new() };
}

impl Door {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let world = runtime.block_on(async {
            let world = World::start().await;
            world.plant_many(2).await;
            world
        });
        let before = world.app.publisher().revision();
        Self { runtime, world, before }
    }

    fn ask(&self, document: &str, variables: &str) {
        let caller = Caller::new("auditor", AuthMethod::LocalAdmin, PlatformRole::Auditor, []);
        let variables = serde_json::from_str(variables).map(Variables::from_json).unwrap_or_default();
        let request = Request::new(document).variables(variables);
        let answer = self.runtime.block_on(self.world.api.execute(self.world.call(caller), request));
        assert_told(&answer);
        assert_eq!(self.world.app.publisher().revision(), self.before);
    }
}

/// Every error has a code that is one of those on record, and none is a fault of the server.
fn assert_told(answer: &Response) {
    for error in &answer.errors {
        let code = error.extensions.as_ref().and_then(|all| all.get("code"));
        let Some(Value::String(code)) = code else { panic!("no code: {error:?}") };
        assert!(TOLD.contains(&code.as_str()), "{error:?}");
    }
}

fuzz_target!(|input: &str| {
    let (document, variables) = input.split_once('\0').unwrap_or((input, ""));
    DOOR.with(|door| door.get_or_init(Door::open).ask(document, variables));
});
