//! A hostile registry: it sends the product elsewhere, or answers without end. No credential leaves for another place, and
//! nobody waits for it.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use wharfinger_fakes::harbor::{FakeHarbor, Fault, Options};

use super::scene::Scene;
use crate::outage::within;
use crate::world::ADMIN;

const TEST: &str =
    "mutation($input: TestRegistryInput!) { testRegistry(input: $input) { ok userErrors { code message } } }";

/// More than is read of one answer, in bytes.
const ENDLESS: usize = 40 << 20;

/// The place to which a credential is to be lured: the same machine under another name.
struct Lure(FakeHarbor);

impl Lure {
    async fn start() -> Self {
        Self(FakeHarbor::start(Options::default()).await.unwrap())
    }

    fn url(&self) -> String {
        self.0.url().replace("127.0.0.1", "localhost")
    }

    fn assert_untouched(&self) {
        assert!(self.0.seen().is_empty(), "{:?}", self.0.seen());
    }
}

// Case: API-13
#[tokio::test(flavor = "multi_thread")]
async fn a_registry_cannot_have_the_credential_sent_elsewhere() {
    let (scene, lure) = (Scene::start().await, Lure::start().await);
    let harbor = FakeHarbor::start(Options::default()).await.unwrap();
    let challenge = format!("Bearer realm=\"{}/service/token\",service=\"harbor-registry\"", lure.url());
    let credential = json!({ "username": ADMIN.0, "secret": ADMIN.1 });
    scene
        .withstand(async {
            for (kind, fault, word) in [
                ("HARBOR", Fault::Redirect(format!("{}/api/v2.0/", lure.url())), "redirects to"),
                ("DISTRIBUTION", Fault::Redirect(format!("{}/v2/", lure.url())), "redirects to"),
                ("DISTRIBUTION", Fault::Challenge(challenge), "another host"),
            ] {
                harbor.fail_next("/", fault);
                let input = json!({ "kind": kind, "endpoint": harbor.url(), "credential": credential });
                let told = scene.platform().graphql(TEST, json!({ "input": input })).await;
                let message = told["testRegistry"]["userErrors"][0]["message"].as_str().unwrap_or_default();
                assert!(message.contains(word) && message.contains("localhost"), "{told}");
                lure.assert_untouched();
            }
        })
        .await;
}

// Case: API-14
#[tokio::test(flavor = "multi_thread")]
async fn a_stored_credential_goes_to_no_address_that_is_entered() {
    let (scene, lure) = (Scene::start().await, Lure::start().await);
    scene
        .withstand(async {
            let stored = &scene.world.registry;
            for input in [
                json!({ "registryId": stored, "endpoint": lure.url() }),
                json!({ "registryId": stored, "endpoint": lure.url(), "credential": { "username": "", "secret": "" } }),
                json!({ "registryId": stored, "skipTlsVerify": true }),
                json!({ "registryId": stored, "kind": "DISTRIBUTION" }),
            ] {
                let answer = scene.platform().ask(TEST, json!({ "input": input })).await;
                assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
                lure.assert_untouched();
            }
            // What is entered alone is asked, by nobody whom the product knows.
            scene.platform().ask(TEST, json!({ "input": { "endpoint": lure.url() } })).await;
            let seen = lure.0.seen();
            assert!(
                !seen.is_empty() && seen.iter().all(|asked| !asked.headers.contains_key("authorization")),
                "{seen:?}"
            );
        })
        .await;
}

// Case: API-16
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_end_ends_the_walk_and_changes_nothing() {
    let scene = Scene::start().await;
    let (platform, registry) = (scene.platform(), &scene.world.registry);
    let endless = format!("[{}]", " ".repeat(ENDLESS));
    let sync = "mutation($id: ID!) { syncRegistry(input: { registryId: $id }) { userErrors { message } } }";
    let last = "query($id: ID!) { node(id: $id) { ... on Registry { lastSync { state error } } } }";
    scene
        .withstand(async {
            scene
                .world
                .harbor
                .fail_next("projects", Fault::Answer(StatusCode::OK.as_u16(), "application/json", endless));
            platform.graphql(sync, json!({ "id": registry })).await;
            let ended = async || -> Value {
                platform.graphql(last, json!({ "id": registry })).await["node"]["lastSync"].take()
            };
            within(Duration::from_mins(1), async || ended().await["state"] == "FAILED").await;
            let error = ended().await["error"].take();
            assert!(error.as_str().unwrap().contains("it was not read to its end"), "{error}");
        })
        .await;
    scene.platform().sync(registry).await;
}
