//! The registration with the API server, as an operator applies it.

use k8s_openapi::ByteString;
use serde_json::Value;

use crate::manifest::{self, pod};
use crate::outage;
use crate::world::{NOT_ASKED, eventually, world};

/// Whether everything that was written is in what is stored, which has defaults besides.
pub(crate) fn holds(stored: &Value, written: &Value) -> bool {
    match (stored, written) {
        (Value::Object(stored), Value::Object(written)) => {
            written.iter().all(|(key, value)| stored.get(key).is_some_and(|stored| holds(stored, value)))
        }
        (Value::Array(stored), Value::Array(written)) => {
            stored.len() == written.len() && stored.iter().zip(written).all(|(stored, written)| holds(stored, written))
        }
        (stored, written) => stored == written,
    }
}

// Case: POD-3
#[test]
fn the_api_server_stores_the_registration_as_it_was_written() {
    let world = world();
    let get = ["get", "validatingwebhookconfiguration", "wharfinger", "--output=json"];
    let stored: Value = serde_json::from_str(&world.plane.kubectl(&get).expect_success()).unwrap();
    let excluded: Vec<_> = NOT_ASKED.into_iter().chain([outage::NAMESPACE]).collect();
    let written = manifest::registration("wharfinger", &world.platform, &manifest::everywhere_but(&excluded));
    assert!(holds(&stored, &written), "{stored:#}");
}

// Case: PRO-6
#[test]
fn a_webhook_whose_authority_is_another_one_is_not_believed() {
    let world = world();
    let mut other = manifest::registration("stranger", &world.platform, &manifest::only_in("stranger"));
    other["webhooks"].as_array_mut().unwrap().truncate(1);
    other["webhooks"][0]["name"] = "stranger.wharfinger.dev".into();
    other["webhooks"][0]["clientConfig"]["caBundle"] =
        serde_json::to_value(ByteString(world.plane.ca_pem().into_bytes())).unwrap();
    world.plane.create_namespace("stranger");
    world.plane.apply(&other).expect_success();
    let probe = pod("probe", &world.image("pub/app:1.0")).in_namespace("stranger").object();
    eventually("the API server refuses to speak to it", || {
        let told = world.plane.kubectl_with(&["create", "--dry-run=server", "--filename=-"], &probe.to_string()).stderr;
        let refused = told.contains("failed calling webhook \"stranger.wharfinger.dev\"");
        refused.then(|| assert!(told.contains("certificate signed by unknown authority"), "{told}"))
    });
}
