//! The administrator's first password in a Secret of Kubernetes.

use std::os::unix::fs::PermissionsExt as _;

use k8s_openapi::ByteString;
use serde_json::{Value, json};
use tempfile::TempDir;
use wharfinger_fakes::kube::FakeKube;

use crate::harness::platform::{CLUSTER, Options, Platform};

const NAMESPACE: &str = "wharfinger-system";
const NAME: &str = "first";
const GIVEN: &str = "a password that somebody has put there";

/// An API server with a namespace for the product, and what to run products with that share their keys, and whose first
/// password is there.
async fn start() -> (FakeKube, Options, TempDir) {
    let (kube, folder) = (FakeKube::start().await.unwrap(), tempfile::tempdir().unwrap());
    kube.create(NAMESPACE).unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    std::fs::write(&kubeconfig, kube.kubeconfig()).unwrap();
    let key = folder.path().join("data-key");
    std::fs::write(&key, "5a".repeat(32)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let environment = vec![("WHARFINGER_DATA_KEY_FILE", key.display().to_string())];
    let configuration =
        format!("identity:\n  passwordSecret: {{cluster: {CLUSTER}, namespace: {NAMESPACE}, name: {NAME}}}");
    (kube, Options { kubeconfig, environment, configuration, ..crate::place::options() }, folder)
}

/// What the Secret has.
fn password(kube: &FakeKube) -> String {
    let mut secret = kube.secret(NAMESPACE, NAME).unwrap();
    let bytes: ByteString = serde_json::from_value(secret["data"]["admin-password"].take()).unwrap();
    String::from_utf8(bytes.0).unwrap()
}

/// The data of a Secret with this text under this key.
fn data(key: &str, text: &str) -> Value {
    json!({ (key): ByteString(text.as_bytes().to_vec()) })
}

/// Fails when the password is in the log, or in a file.
fn assert_kept(platform: &Platform, password: &str) {
    let log = platform.log();
    assert!(!log.contains(password), "{log}");
    assert!(!platform.data().join("admin-password").exists());
}

// Case: API-24
#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_at_once_have_one_first_password_in_a_secret() {
    let (kube, options, _folder) = start().await;
    let (mut one, mut other) = (Platform::new(&options), Platform::new(&options));
    tokio::join!(one.listen(), other.listen());
    let first = password(&kube);
    assert_eq!(first.len(), 20, "the product's own");
    let logs = [one.log(), other.log()];
    assert!(logs.iter().any(|log| log.contains("wharfinger-system/first") && log.contains("was made")), "{logs:?}");
    for platform in [&one, &other] {
        assert_kept(platform, &first);
        // On one database the second finds the password set.
        match platform.sign_in("admin", &first, Some("another password")).await {
            Ok(_) => {}
            Err((status, answer)) => {
                assert_eq!((status, options.database.is_some()), (401, true), "{answer}");
                platform.sign_in("admin", "another password", None).await.unwrap();
            }
        }
    }
}

// Case: API-24
#[tokio::test(flavor = "multi_thread")]
async fn a_first_password_that_somebody_has_put_there_is_used_and_left_as_it_is() {
    let (kube, options, _folder) = start().await;
    kube.put_secret(NAMESPACE, NAME, &data("admin-password", GIVEN));
    let before = kube.secret(NAMESPACE, NAME);
    let mut platform = Platform::new(&options);
    platform.listen().await;
    platform.sign_in("admin", GIVEN, Some("another password")).await.unwrap();
    assert_kept(&platform, GIVEN);
    assert_eq!(kube.secret(NAMESPACE, NAME), before);

    // Nobody asks again once there is a user, whatever is there by then.
    kube.put_secret(NAMESPACE, NAME, &json!({}));
    platform.stop().await;
    platform.listen().await;
    platform.sign_in("admin", "another password", None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_cannot_be_used_is_told_and_no_administrator_is_made() {
    let (kube, options, _folder) = start().await;
    let mut platform = Platform::new(&options);
    for (data, words) in [
        (data("password", GIVEN), "under the key admin-password"),
        (data("admin-password", "too short"), "is no password of 12 to 1024 bytes"),
    ] {
        kube.put_secret(NAMESPACE, NAME, &data);
        let (code, log) = platform.fail().await;
        assert!(code != Some(0) && log.contains("wharfinger-system/first") && log.contains(words), "{code:?} {log}");
        assert!(!log.contains("too short") && !log.contains(GIVEN), "{log}");
    }
    kube.put_secret(NAMESPACE, NAME, &data("admin-password", GIVEN));
    platform.listen().await;
    platform.sign_in("admin", GIVEN, Some("another password")).await.unwrap();
}
