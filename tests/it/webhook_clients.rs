//! A webhook that hears API servers alone: those that show a certificate of an authority that it is told of.

use std::path::Path;

use rcgen::ExtendedKeyUsagePurpose;
use serde_json::json;
use tempfile::TempDir;

use crate::authority::Authority;
use crate::harness::platform::{CLUSTER, Options};
use crate::outage::within;
use crate::world::World;

/// The name of a client that is let in where names are told.
const NAME: &str = "apiserver.example";

/// How long a changed file may take to count.
const SOON: std::time::Duration = std::time::Duration::from_secs(30);

/// A world whose webhook is told of this file of authorities, and of these names.
async fn world(authorities: &Path, names: &str) -> World {
    let mut environment = vec![("WHARFINGER_WEBHOOK_TLS_CLIENT_AUTHORITY", authorities.display().to_string())];
    if !names.is_empty() {
        environment.push(("WHARFINGER_WEBHOOK_TLS_CLIENT_NAMES", names.to_owned()));
    }
    World::start_with(Options { environment, ..crate::place::options() }).await
}

/// Asks on a connection of its own, with this certificate or none. Gives the status; `None` when it is not heard.
#[expect(clippy::disallowed_methods, reason = "a test is a client of the product")]
async fn status(world: &World, certificate: Option<&str>) -> Option<u16> {
    let authority = std::fs::read(world.platform.data().join("webhook-ca.pem")).unwrap();
    let trusted = reqwest::Certificate::from_pem(&authority).unwrap();
    let mut client = reqwest::Client::builder().tls_certs_only([trusted]);
    if let Some(pem) = certificate {
        client = client.identity(reqwest::Identity::from_pem(pem.as_bytes()).unwrap());
    }
    let url = format!("https://{}/validate/{CLUSTER}", world.platform.addresses().webhook);
    let answer = client.build().unwrap().post(url).json(&json!({ "request": { "uid": "u" } })).send().await;
    answer.ok().map(|answer| answer.status().as_u16())
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

// Case: PRO-10
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_certificate_of_the_authority_is_not_heard() {
    let (folder, ours, other) = (folder(), Authority::new(), Authority::new());
    let file = folder.path().join("clients.pem");
    std::fs::write(&file, &ours.pem).unwrap();
    let world = world(&file, "").await;
    let heard = status(&world, Some(&ours.client("anybody"))).await;
    assert!(heard.is_some_and(|status| status < 500), "{heard:?}");
    assert_eq!(status(&world, None).await, None);
    assert_eq!(status(&world, Some(&other.client("anybody"))).await, None);
    let server = ours.issue("anybody", &[], ExtendedKeyUsagePurpose::ServerAuth);
    assert_eq!(status(&world, Some(&server)).await, None, "a certificate of a server is no client's");
    // The other listeners ask for none.
    assert!(world.platform.is_ready().await);

    // While the authority changes both are heard; what cannot be used changes nothing; then only the new one is.
    std::fs::write(&file, format!("{}{}", ours.pem, other.pem)).unwrap();
    within(SOON, || async { status(&world, Some(&other.client("anybody"))).await == heard }).await;
    assert_eq!(status(&world, Some(&ours.client("anybody"))).await, heard);
    std::fs::write(&file, "nothing").unwrap();
    within(SOON, || async { world.platform.log().contains("clients.pem: holds no certificate") }).await;
    assert_eq!(status(&world, Some(&ours.client("anybody"))).await, heard);
    assert_eq!(status(&world, None).await, None);
    std::fs::write(&file, &other.pem).unwrap();
    within(SOON, || async { status(&world, Some(&ours.client("anybody"))).await.is_none() }).await;
    assert_eq!(status(&world, Some(&other.client("anybody"))).await, heard);
}

// Case: PRO-10
#[tokio::test(flavor = "multi_thread")]
async fn of_those_with_a_certificate_only_the_ones_that_are_named_are_heard() {
    let (folder, ours) = (folder(), Authority::new());
    let file = folder.path().join("clients.pem");
    std::fs::write(&file, &ours.pem).unwrap();
    let world = world(&file, &format!("somebody, {NAME}")).await;
    let client =
        |common_name, dns_names: &[&str]| ours.issue(common_name, dns_names, ExtendedKeyUsagePurpose::ClientAuth);
    for (heard, certificate) in [
        (true, client(NAME, &[])),
        (true, client("x", &["y.example", NAME])),
        (false, client("x", &["y.example"])),
        (false, client("apiserver.example.evil", &["x.apiserver.example"])),
        (false, client("", &[])),
    ] {
        assert_eq!(status(&world, Some(&certificate)).await.is_some(), heard);
    }
}
