//! What is installed in a cluster, as far as a case depends on it: which objects the webhook is asked about, what becomes of
//! them when nobody answers, and what the product may read.

use std::path::Path;

use serde_json::{Value, json};

/// The label that only the API server writes.
const NAME: &str = "kubernetes.io/metadata.name";

/// The one document of a file of the manifests.
fn manifest(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/base").join(path)).unwrap()
}

/// The webhooks that the registration has.
fn webhooks() -> Vec<Value> {
    let mut registration: Value = serde_saphyr::from_str(&manifest("webhook.yaml")).unwrap();
    assert_eq!(registration["kind"], "ValidatingWebhookConfiguration");
    serde_json::from_value(registration["webhooks"].take()).unwrap()
}

/// The resources that a webhook is asked about.
fn resources(webhook: &Value) -> Vec<String> {
    let rules = webhook["rules"].as_array().unwrap().iter();
    let resources = rules.flat_map(|rule| rule["resources"].as_array().unwrap());
    resources.map(|resource| resource.as_str().unwrap().to_owned()).collect()
}

// Case: POD-3
#[test]
fn pods_are_asked_about_with_the_subresources_that_carry_them() {
    let webhooks = webhooks();
    let pods: Vec<_> = webhooks.iter().filter(|webhook| resources(webhook).contains(&"pods".to_owned())).collect();
    let [webhook] = pods[..] else { panic!("one webhook decides pods: {webhooks:#?}") };
    assert_eq!(resources(webhook), ["pods", "pods/ephemeralcontainers", "pods/resize"]);
    assert_eq!(webhook["rules"][0]["operations"], json!(["CREATE", "UPDATE"]));
    assert_eq!(webhook["matchPolicy"], "Equivalent");
}

// Case: PRO-5
#[test]
fn no_pod_gets_in_while_nobody_answers() {
    for webhook in webhooks() {
        let decides_pods = resources(&webhook).contains(&"pods".to_owned());
        assert_eq!(webhook["failurePolicy"] == "Fail", decides_pods, "{webhook:#}");
    }
}

// Case: NS-5
#[test]
fn only_the_name_of_a_namespace_takes_it_out() {
    for webhook in webhooks() {
        let selector = &webhook["namespaceSelector"];
        assert_eq!(selector.as_object().unwrap().len(), 1, "{webhook:#}");
        let [expression] = &selector["matchExpressions"].as_array().unwrap()[..] else { panic!("{webhook:#}") };
        assert_eq!((&expression["key"], &expression["operator"]), (&json!(NAME), &json!("NotIn")));
        assert!(webhook.get("objectSelector").is_none() && webhook.get("matchConditions").is_none(), "{webhook:#}");
    }
}

// Case: NS-8
#[test]
fn namespaces_are_not_asked_about() {
    let asked: Vec<_> = webhooks().iter().flat_map(resources).collect();
    assert!(asked.len() > 3, "{asked:?}");
    for resource in asked {
        assert!(!resource.starts_with("namespaces") && !resource.contains('*'), "{resource}");
    }
}
