//! What is said about settings that lead to no cluster.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use wharfinger_cluster::{Access, ClusterError, connect};

const TWO: &str = "apiVersion: v1
kind: Config
clusters:
- name: one
  cluster: {server: 'https://one.example.com:6443'}
- name: nowhere
  cluster: {}
contexts:
- name: first
  context: {cluster: one, user: anyone}
- name: lost
  context: {cluster: two, user: anyone}
- name: addressless
  context: {cluster: nowhere, user: anyone}
- name: keyless
  context: {cluster: one, user: keyless}
users:
- name: anyone
  user: {}
- name: keyless
  user: {client-certificate: gone.crt, client-key: gone.key}
";

/// What is said about this kubeconfig.
async fn said(text: &str, context: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    std::fs::write(&file, text).unwrap();
    let error = connect(&Access::Kubeconfig(file.clone(), context.map(ToOwned::to_owned))).await.unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, ClusterError::Kubeconfig { .. } | ClusterError::Settings { .. }), "{said}");
    said
}

#[tokio::test]
async fn names_the_file_and_what_is_wrong_in_it() {
    for (context, expected) in [
        (None, "set one, or name one of its contexts: first, lost, addressless, keyless"),
        (Some("third"), "no context \"third\"; name one of: first"),
        (Some("lost"), "\"two\", which is not under clusters"),
        (Some("addressless"), "write the API server's address"),
    ] {
        let said = said(TWO, context).await;
        assert!(said.contains(expected) && said.contains("/kubeconfig "), "{context:?}: {said}");
    }
}

#[tokio::test]
async fn names_a_certificate_file_that_is_missing() {
    let said = said(TWO, Some("keyless")).await;
    assert!(said.contains("gone.crt"), "{said}");
}

#[tokio::test]
async fn refuses_what_is_no_kubeconfig() {
    let said = said("- 1\n- 2\n", None).await;
    assert!(said.contains("/kubeconfig "), "{said}");
}

#[tokio::test]
async fn names_a_file_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let error = connect(&Access::Kubeconfig(folder.path().join("none"), None)).await.unwrap_err();
    assert!(error.to_string().contains("none cannot be used") && error.to_string().contains("may read"), "{error}");
}

#[tokio::test]
async fn does_not_ask_the_server_yet() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    std::fs::write(&file, TWO).unwrap();
    let cluster = connect(&Access::Kubeconfig(file, Some("first".to_owned()))).await.unwrap();
    assert_eq!(cluster.address(), "https://one.example.com:6443");
}

#[tokio::test]
async fn outside_of_a_pod_there_is_no_own_cluster() {
    let error = connect(&Access::InCluster).await.unwrap_err();
    assert!(matches!(error, ClusterError::NotInCluster(_)), "{error}");
    assert!(error.to_string().contains("name a kubeconfig"), "{error}");
}
