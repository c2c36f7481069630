//! A secret that several share, at an API server.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures_util::future::join_all;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use wharfinger_cluster::{Access, Cluster, ClusterError, SecretPlace, connect};
use wharfinger_fakes::kube::FakeKube;

async fn start() -> (FakeKube, Cluster) {
    let kube = FakeKube::start().await.unwrap();
    kube.create("home").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), kube.kubeconfig()).unwrap();
    let cluster = connect(&Access::Kubeconfig(file.path().to_owned(), None)).await.unwrap();
    (kube, cluster)
}

fn place() -> SecretPlace {
    SecretPlace { namespace: "home".to_owned(), name: "first".to_owned(), key: "password".to_owned() }
}

async fn ask(cluster: &Cluster, made: &str) -> Result<(String, bool), ClusterError> {
    let made = SecretString::from(made);
    let (text, is_new) = cluster.secret_or_create(&place(), || made).await?;
    Ok((text.expose_secret().to_owned(), is_new))
}

#[tokio::test]
async fn whoever_asks_first_creates_the_secret_and_the_others_get_the_same() {
    let (kube, cluster) = start().await;
    let made: Vec<_> = (0..8).map(|number| format!("made by {number}")).collect();
    let got = join_all(made.iter().map(|made| ask(&cluster, made))).await;
    let got: Vec<_> = got.into_iter().map(Result::unwrap).collect();
    assert_eq!(got.iter().filter(|(_, is_new)| *is_new).count(), 1, "{got:?}");
    assert!(got.iter().all(|(text, _)| *text == got[0].0), "{got:?}");
    let stored = kube.secret("home", "first").unwrap();
    let expected = k8s_openapi::ByteString(got[0].0.clone().into_bytes());
    assert_eq!(stored["data"], json!({ "password": expected }));
}

#[tokio::test]
async fn a_secret_that_is_there_is_used_and_left_as_it_is() {
    let (kube, cluster) = start().await;
    kube.put_secret("home", "first", &json!({ "password": "Z2l2ZW4K", "other": "eA==" }));
    let before = kube.secret("home", "first");
    assert_eq!(ask(&cluster, "made").await, Ok(("given".to_owned(), false)));
    assert_eq!(kube.secret("home", "first"), before);
}

#[tokio::test]
async fn a_secret_without_the_text_is_told_and_left_as_it_is() {
    let (kube, cluster) = start().await;
    for data in [json!({ "other": "eA==" }), json!({ "password": "" }), json!({ "password": "/w==" }), json!(null)] {
        kube.put_secret("home", "first", &data);
        let error = ask(&cluster, "made").await.unwrap_err();
        let words = error.to_string();
        assert!(words.contains("the Secret home/first") && words.contains("under the key password"), "{words}");
        assert_eq!(kube.secret("home", "first").unwrap()["data"], data);
    }
    // What cannot be parsed at all is not repeated.
    kube.put_secret("home", "first", &json!({ "password": "not Base64 but a secret" }));
    let words = ask(&cluster, "made").await.unwrap_err().to_string();
    assert!(!words.contains("Base64"), "{words}");
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let (kube, cluster) = start().await;
    kube.delete("home");
    let error = ask(&cluster, "made").await.unwrap_err();
    assert!(matches!(&error, ClusterError::Secret { code: 404, .. }), "{error:?}");
    assert!(error.to_string().contains("make the namespace of the Secret home/first"), "{error}");
    kube.refuse(true);
    assert!(matches!(ask(&cluster, "made").await, Err(ClusterError::Secret { code: 503, .. })));
}
