//! The manifests as an operator applies them: every object is stored as it was written, the service account has the rights
//! that are written down and no more, and with them the product registers itself and refuses a pod. The control plane is
//! the test's own, since every pod in it is decided.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::case::{IMAGE_ID, UNMAPPED};
use crate::control_plane::ControlPlane;
use crate::harness::platform::{CLUSTER, Options, Platform};
use crate::manifest::{PODS_WEBHOOK, TEMPLATES_WEBHOOK, pod};
use crate::registration::holds;
use crate::world::{HARBOR_ADMIN, eventually, wait, world};

/// Where the product is installed.
const NAMESPACE: &str = "wharfinger-system";

/// The identity that it has there.
const ACCOUNT: &str = "system:serviceaccount:wharfinger-system:wharfinger";

/// The Secret with the administrator's first password.
const PASSWORD_SECRET: &str = "wharfinger-admin";

/// What the account may do besides what every account may: resources, URLs, names and verbs, as kubectl shows them.
const RIGHTS: [&str; 4] = [
    "namespaces [] [] [get list watch]",
    "secrets [] [] [create]",
    "secrets [] [wharfinger-admin] [get]",
    "validatingwebhookconfigurations.admissionregistration.k8s.io [] [wharfinger] [get patch]",
];

/// The registration as an operator writes it when the webhook is not behind the Service: with this URL in its place.
fn reached_by_url(plane: &ControlPlane, platform: &Platform) -> String {
    let url = format!("https://{}/validate/{CLUSTER}", platform.addresses().webhook);
    let mut all = objects(plane, "sqlite").into_iter();
    let mut registration = all.find(|it| it["kind"] == "ValidatingWebhookConfiguration").unwrap();
    for webhook in registration["webhooks"].as_array_mut().unwrap() {
        webhook["clientConfig"] = json!({ "url": url });
    }
    registration.to_string()
}

fn overlay(name: &str) -> String {
    format!("{}/manifests/overlays/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// What kustomize makes of an overlay.
fn rendered(plane: &ControlPlane, name: &str) -> String {
    plane.kubectl(&["kustomize", &overlay(name)]).expect_success()
}

/// The objects of an overlay, as kubectl reads them.
fn objects(plane: &ControlPlane, name: &str) -> Vec<Value> {
    let arguments = ["create", "--dry-run=client", "--validate=false", "--output=json", "--filename=-"];
    let text = plane.kubectl_with(&arguments, &rendered(plane, name)).expect_success();
    serde_json::Deserializer::from_str(&text).into_iter().map(Result::unwrap).collect()
}

/// What an operator applies with; the API server refuses fields that it does not know.
const APPLY: [&str; 4] = ["apply", "--server-side", "--force-conflicts", "--validate=strict"];

/// Applies an overlay, and fails unless what is stored is what is written, with the rights that are written down.
fn install(plane: &ControlPlane, name: &str) {
    plane.kubectl(&[&APPLY[..], &["--kustomize", &overlay(name)]].concat()).expect_success();
    assert_stored(plane, name);
    assert_registration(&registration(plane));
    assert_rights(plane);
}

fn get(plane: &ControlPlane, written: &Value) -> Value {
    let kind = written["kind"].as_str().unwrap();
    let name = written["metadata"]["name"].as_str().unwrap();
    let text = plane.kubectl(&["get", kind, name, "--namespace", NAMESPACE, "--output=json"]).expect_success();
    serde_json::from_str(&text).unwrap()
}

/// Fails unless every object of the overlay is stored as it was written.
fn assert_stored(plane: &ControlPlane, name: &str) {
    let all = objects(plane, name);
    assert!(all.len() > 9, "{all:#?}");
    for written in all {
        let stored = get(plane, &written);
        assert!(holds(&stored, &written), "{name}: written {written:#}\nstored {stored:#}");
    }
}

fn registration(plane: &ControlPlane) -> Value {
    get(plane, &json!({ "kind": "ValidatingWebhookConfiguration", "metadata": { "name": "wharfinger" } }))
}

/// Holds what must be true of every webhook, whatever else is written.
fn assert_registration(registration: &Value) {
    let webhooks = registration["webhooks"].as_array().unwrap();
    let policies: Vec<_> = webhooks.iter().map(|it| [it["name"].clone(), it["failurePolicy"].clone()]).collect();
    assert_eq!(policies, [[json!(PODS_WEBHOOK), json!("Fail")], [json!(TEMPLATES_WEBHOOK), json!("Ignore")]]);
    for webhook in webhooks {
        assert_eq!(webhook["matchPolicy"], "Equivalent");
        assert_eq!(webhook["sideEffects"], "NoneOnDryRun");
        assert_eq!(webhook["timeoutSeconds"], 5);
        assert_eq!(webhook["objectSelector"], json!({}), "no label of an object takes it out");
        let exempt = ["kube-system", "kube-node-lease", "kube-public", NAMESPACE];
        let rule = json!({ "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": exempt });
        assert_eq!(webhook["namespaceSelector"], json!({ "matchExpressions": [rule] }));
    }
}

/// The lines of what an account may do, with one space between columns.
fn rights(plane: &ControlPlane, account: &str) -> BTreeSet<String> {
    let text = plane.kubectl(&[
        "auth",
        "can-i",
        "--list",
        "--as",
        account,
        "--as-group=system:authenticated",
        "--as-group=system:serviceaccounts",
        "--namespace",
        NAMESPACE,
    ]);
    let text = text.expect_success();
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn assert_rights(plane: &ControlPlane) {
    let (ours, everybodys) = (rights(plane, ACCOUNT), rights(plane, "system:serviceaccount:wharfinger-system:default"));
    let more: Vec<_> = ours.difference(&everybodys).map(String::as_str).collect();
    assert_eq!(more, RIGHTS);
    assert!(everybodys.is_subset(&ours), "{everybodys:#?}");
}

/// A kubeconfig with the account's token and nothing else.
fn kubeconfig(plane: &ControlPlane, folder: &Path) -> std::path::PathBuf {
    let server = plane.kubectl(&["config", "view", "--minify", "--output=jsonpath={.clusters[0].cluster.server}"]);
    let authority = k8s_openapi::ByteString(plane.ca_pem().into_bytes());
    let config = json!({ "apiVersion": "v1", "kind": "Config", "current-context": "it",
        "clusters": [{ "name": "it", "cluster": { "server": server.expect_success(), "certificate-authority-data": authority } }],
        "users": [{ "name": "it", "user": { "token": plane.create_token(NAMESPACE, "wharfinger") } }],
        "contexts": [{ "name": "it", "context": { "cluster": "it", "user": "it" } }] });
    let file = folder.join("kubeconfig");
    std::fs::write(&file, config.to_string()).unwrap();
    file
}

/// The deployment's pods, which the standard of their namespace has let in; nobody runs them here.
fn assert_pods_of_deployment(plane: &ControlPlane) {
    let selector = "app.kubernetes.io/name=wharfinger";
    eventually("the deployment gets its pod", || {
        let pods = plane.kubectl(&["get", "pods", "--namespace", NAMESPACE, "--selector", selector, "--output=name"]);
        pods.expect_success().starts_with("pod/").then_some(())
    });
}

/// The product, with the rights of its account, asked by this control plane.
fn platform(plane: &ControlPlane, folder: &Path) -> Platform {
    let platform = with_rights(plane, folder, Some("wharfinger"));
    apply_url(plane, &platform);
    platform
}

/// The product, with the rights of its account, and its first password in the Secret that these rights are for.
fn with_rights(plane: &ControlPlane, folder: &Path, registration: Option<&str>) -> Platform {
    let configuration =
        format!("identity:\n  passwordSecret: {{cluster: {CLUSTER}, namespace: {NAMESPACE}, name: {PASSWORD_SECRET}}}");
    let options = Options {
        kubeconfig: kubeconfig(plane, folder),
        registration: registration.map(str::to_owned),
        configuration,
        ..Options::default()
    };
    let mut platform = Platform::new(&options);
    wait(platform.listen());
    wait(platform.meet_by(&first_password(plane)));
    eventually("the product is ready", || wait(platform.is_ready()).then_some(()));
    platform
}

/// The administrator's first password, as an operator reads it.
fn first_password(plane: &ControlPlane) -> String {
    let template = "--output=go-template={{index .data \"admin-password\" | base64decode}}";
    plane.kubectl(&["get", "secret", PASSWORD_SECRET, "--namespace", NAMESPACE, template]).expect_success()
}

/// Another product with the same rights finds the Secret that is there, and leaves it alone.
fn assert_password_is_shared(plane: &ControlPlane, folder: &Path) {
    let before = secret(plane);
    let other = with_rights(plane, folder, None);
    assert!(other.log().contains("wharfinger-system/wharfinger-admin"), "{}", other.log());
    assert!(!other.log().contains(&first_password(plane)));
    assert_eq!(secret(plane), before);
}

fn secret(plane: &ControlPlane) -> Value {
    get(plane, &json!({ "kind": "Secret", "metadata": { "name": PASSWORD_SECRET } }))
}

fn apply_url(plane: &ControlPlane, platform: &Platform) {
    let arguments = [&APPLY[..], &["--filename=-"]].concat();
    plane.kubectl_with(&arguments, &reached_by_url(plane, platform)).expect_success();
}

/// Waits until every webhook trusts the platform's authority.
fn wait_until_trusted(plane: &ControlPlane, platform: &Platform) {
    let authority = std::fs::read(platform.data().join("webhook-ca.pem")).unwrap();
    let authority = serde_json::to_value(k8s_openapi::ByteString(authority)).unwrap();
    eventually("caBundle is the webhook's authority", || {
        let stored = registration(plane);
        let mut webhooks = stored["webhooks"].as_array().unwrap().iter();
        webhooks.all(|webhook| webhook["clientConfig"]["caBundle"] == authority).then_some(())
    });
}

// Case: PRO-9
#[test]
fn what_is_installed_is_what_is_written_and_has_the_rights_to_refuse_a_pod_and_no_more() {
    let (plane, folder) = (ControlPlane::start(), tempfile::tempdir().unwrap());
    install(&plane, "postgres");
    install(&plane, "sqlite");
    assert_pods_of_deployment(&plane);

    let platform = platform(&plane, folder.path());
    assert_password_is_shared(&plane, folder.path());
    wait_until_trusted(&plane, &platform);
    plane.create_namespace("shop");
    plane.wait_until_asked(&pod("probe", "sha256:0123").in_namespace("shop").object());
    let harbor = &world().harbor;
    wait(platform.register("harbor", "HARBOR", &harbor.url(), Some(HARBOR_ADMIN)));
    wait(platform.wait_for_namespace("shop"));
    let image = |path: &str| world().image(path);
    let create = |name: &str, image: &str| plane.create(&pod(name, image).in_namespace("shop").object());
    create("private", &image("team-a/app:1.0")).expect_refusal(UNMAPPED);
    create("id", "sha256:0123").expect_refusal(IMAGE_ID);
    create("public", &image("pub/app:1.0")).expect_success();
    assert!(wait(platform.metrics()).contains("\nwharfinger_registrations_failing 0.0\n"));

    // Whoever applies the manifests again leaves what the product wrote alone, and what somebody else writes does not last.
    apply_url(&plane, &platform);
    create("other", &image("team-b/app:1.0")).expect_refusal(UNMAPPED);
    let nonsense = r#"[{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":""}]"#;
    let patch = ["patch", "validatingwebhookconfiguration", "wharfinger", "--type=json", "--patch", nonsense];
    plane.kubectl(&patch).expect_success();
    wait_until_trusted(&plane, &platform);
}

#[test]
fn the_rendered_manifests_are_those_on_record() {
    for name in ["sqlite", "postgres"] {
        let file = format!("{}/tests/golden/manifests-{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let recorded = std::fs::read_to_string(&file).unwrap_or_default();
        let now = rendered(ControlPlane::shared(), name);
        assert!(recorded == now, "{file} is not what kustomize makes now; when that is meant, run `make manifests`");
    }
}
