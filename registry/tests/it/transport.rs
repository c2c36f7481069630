//! The way to a registry: certificates, redirects, time, size, retries, and what an error may say.

use std::time::Duration;

use wharfinger_domain::registry::RegistryKind;
use wharfinger_fakes::harbor::{Account, FakeHarbor, Fault, Options};
use wharfinger_registry::{AddressKind, Endpoint, Limits, Reach, RegistryError, connect};

use crate::harbor::{harbor, sync};
use crate::{all_spaces, credential, endpoint, limits};

const SECRET: &str = "Sync-Secret-1";

fn to(harbor: &FakeHarbor) -> Endpoint {
    let credential = Some(credential("robot$sync", SECRET));
    Endpoint { credential, ..endpoint(RegistryKind::Harbor, &harbor.url()) }
}

/// A Harbor behind a certificate of an authority of its own, and that authority's certificate as PEM.
async fn harbor_over_tls() -> (FakeHarbor, String) {
    harbor_certified(|_| ()).await
}

/// The same, with what is said to the certificate beside its name.
async fn harbor_certified(say: impl FnOnce(&mut rcgen::CertificateParams)) -> (FakeHarbor, String) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Harbour Authority");
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let mut server = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    say(&mut server);
    let certificate = server.signed_by(&key, &issuer).unwrap().pem();
    let tls = Some((certificate, key.serialize_pem()));
    let harbor = FakeHarbor::start(Options { tls, ..Options::default() }).await.unwrap();
    harbor.edit(|world| world.set_account(Account::sync_robot("sync", SECRET)));
    (harbor, authority_pem)
}

#[tokio::test]
async fn an_untrusted_certificate_is_refused_and_its_issuer_named() {
    let (harbor, _) = harbor_over_tls().await;
    let error = connect(&to(&harbor), &limits()).unwrap().prove().await.unwrap_err();
    let RegistryError::TlsUntrusted { host, issuer, .. } = &error else { panic!("{error}") };
    assert_eq!(*host, harbor.host());
    assert!(issuer.as_deref().unwrap().contains("Harbour Authority"), "{error}");
    let leaked = harbor.seen().iter().any(|seen| seen.headers.contains_key("authorization"));
    assert!(!leaked, "the credential went to a server that is not trusted");
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_told_as_such() {
    let expired = |server: &mut rcgen::CertificateParams| server.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let (harbor, authority) = harbor_certified(expired).await;
    let trusting = Endpoint { ca_bundle_pem: Some(authority), ..to(&harbor) };
    let error = connect(&trusting, &limits()).unwrap().prove().await.unwrap_err();
    let RegistryError::TlsUntrusted { reason, .. } = &error else { panic!("{error}") };
    assert!(reason.contains("expired"), "{error}");
}

#[tokio::test]
async fn the_endpoints_authority_is_trusted_and_verification_can_be_skipped() {
    let (harbor, authority) = harbor_over_tls().await;
    let trusting = Endpoint { ca_bundle_pem: Some(authority), ..to(&harbor) };
    connect(&trusting, &limits()).unwrap().prove().await.unwrap();
    let careless = Endpoint { skip_tls_verify: true, ..to(&harbor) };
    connect(&careless, &limits()).unwrap().prove().await.unwrap();
    let (_, another) = harbor_over_tls().await;
    let wrong = Endpoint { ca_bundle_pem: Some(another), ..to(&harbor) };
    let error = connect(&wrong, &limits()).unwrap().prove().await.unwrap_err();
    assert!(matches!(error, RegistryError::TlsUntrusted { .. }), "{error}");
}

#[test]
fn an_endpoint_that_cannot_be_used_is_refused_with_the_reason() {
    let with = |url: &str| endpoint(RegistryKind::Harbor, url);
    let authority = Endpoint { ca_bundle_pem: Some("no PEM".to_owned()), ..with("https://h.example") };
    let colon = Endpoint { credential: Some(credential("a:b", "c")), ..with("https://h.example") };
    let cases = [
        (with("ftp://h.example"), "https://"),
        (with("https://u:p4ss@h.example"), "apart from the address"),
        (with("https://h.example/?a=b"), "question mark"),
        (authority, "certificate"),
        (colon, "colon"),
    ];
    for (endpoint, part) in cases {
        let Err(error) = connect(&endpoint, &limits()) else { panic!("{} is taken", endpoint.url) };
        assert!(error.to_string().contains(part), "{error}");
        assert!(!error.to_string().contains("p4ss"), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_is_followed_within_the_place_that_the_credential_is_for() {
    let (harbor, elsewhere) = (harbor().await, harbor().await);
    let to = format!("{}/service/token", elsewhere.url());
    harbor.fail_next("/service/token", Fault::Redirect(to.clone()));
    assert_eq!(sync(&harbor).prove().await.unwrap_err(), RegistryError::Redirected { to });
    assert_eq!(elsewhere.seen().len(), 0);
    let here = format!("{}/service/token?service=harbor-registry", harbor.url());
    for _ in 0..3 {
        harbor.fail_next("/service/token", Fault::Redirect(here.clone()));
    }
    sync(&harbor).prove().await.unwrap();
    for _ in 0..4 {
        harbor.fail_next("/service/token", Fault::Redirect(here.clone()));
    }
    assert_eq!(sync(&harbor).prove().await.unwrap_err(), RegistryError::Redirected { to: here });
}

#[tokio::test]
async fn whoever_has_no_credential_is_sent_elsewhere_only_where_a_registry_may_be() {
    let (harbor, elsewhere) = (harbor().await, harbor().await);
    let nobody = || Endpoint { credential: None, ..to(&harbor) };
    harbor.fail_next("/", Fault::Redirect(format!("{}/service/token?service=harbor-registry", elsewhere.url())));
    // A Harbor shows what it is to those alone who have signed in.
    assert_eq!(connect(&nobody(), &limits()).unwrap().prove().await.unwrap_err(), RegistryError::Unauthorized);
    assert_eq!(elsewhere.seen().len(), 1);
    for (place, kind) in [
        ("http://169.254.169.254/latest/meta-data", AddressKind::Metadata),
        ("http://10.0.0.1/", AddressKind::Private),
        ("http://[::ffff:10.0.0.1]/", AddressKind::Private),
        ("http://0/", AddressKind::Unspecified),
    ] {
        harbor.fail_next("/", Fault::Redirect(place.to_owned()));
        let error = connect(&nobody(), &limits()).unwrap().prove().await.unwrap_err();
        assert!(
            matches!(error, RegistryError::AddressNotAllowed { kind: found, .. } if found == kind),
            "{place}: {error}"
        );
    }
}

#[tokio::test]
async fn nobody_is_asked_where_no_registry_may_be() {
    let harbor = harbor().await;
    let closed = |url: String, reach: Reach| Endpoint { url: url.parse().unwrap(), reach: reach.into(), ..to(&harbor) };
    let named = harbor.url().replace("127.0.0.1", "localhost");
    for url in [harbor.url(), named.clone()] {
        let connected = connect(&closed(url.clone(), Reach::default()), &limits());
        let error = match connected {
            Ok(client) => client.prove().await.unwrap_err(),
            Err(error) => error,
        };
        let is_loopback = matches!(error, RegistryError::AddressNotAllowed { kind: AddressKind::Loopback, .. });
        assert!(is_loopback && error.to_string().contains("loopback"), "{url}: {error}");
    }
    // The API server of a cluster is none either, by any of its names, even where its network is open.
    let port = harbor.host().rsplit_once(':').unwrap().1.parse().unwrap();
    for never in ["127.0.0.1", "localhost"] {
        let reach = Reach { never: vec![(never.to_owned(), port)], ..crate::reach() };
        let client = connect(&closed(named.clone(), reach), &limits()).unwrap();
        let error = client.prove().await.unwrap_err();
        assert!(matches!(error, RegistryError::AddressNotAllowed { kind: AddressKind::ApiServer, .. }), "{error}");
    }
    assert_eq!(harbor.seen().len(), 0);
}

#[tokio::test]
async fn what_fails_in_passing_is_asked_again() {
    let harbor = harbor().await;
    for status in [500, 502, 429] {
        harbor.fail_next("/api/v2.0/projects", Fault::status(status));
        assert_eq!(all_spaces(&*sync(&harbor)).await.unwrap().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn what_keeps_failing_is_given_up_after_a_few_attempts() {
    let harbor = harbor().await;
    (0..9).for_each(|_| harbor.fail_next("/service/token", Fault::status(503)));
    let error = sync(&harbor).prove().await.unwrap_err();
    assert!(matches!(error, RegistryError::Failed { status: 503, .. }), "{error}");
    assert_eq!(harbor.seen().len(), 1 + limits().retries);
    (0..9).for_each(|_| harbor.fail_next("/api/v2.0/systeminfo", Fault::status(429)));
    let error = sync(&crate::harbor::harbor().await).prove().await;
    assert!(error.is_ok(), "another Harbor is not concerned");
}

#[tokio::test]
async fn a_refusal_is_not_asked_again() {
    let harbor = harbor().await;
    harbor.set_credential("robot$sync", "Another-1");
    sync(&harbor).prove().await.unwrap_err();
    assert_eq!(harbor.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_given_up() {
    let harbor = harbor().await;
    harbor.fail_next("/service/token", Fault::Delay(Duration::from_secs(30)));
    let impatient = Limits { request_timeout: Duration::from_millis(200), retries: 0, ..limits() };
    let error = connect(&to(&harbor), &impatient).unwrap().prove().await.unwrap_err();
    assert_eq!(error, RegistryError::TimedOut { host: harbor.host(), seconds: 0 });
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable() {
    let harbor = harbor().await;
    let endpoint = to(&harbor);
    let host = harbor.host();
    drop(harbor);
    let client = connect(&endpoint, &limits()).unwrap();
    let error = loop {
        match client.prove().await {
            // The listener closes a moment after the server was let go.
            Ok(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(error) => break error,
        }
    };
    let RegistryError::Unreachable { host: named, .. } = &error else { panic!("{error}") };
    assert_eq!(*named, host);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let harbor = harbor().await;
    harbor.fail_next("/service/token", Fault::Answer(200, "application/json", " ".repeat(100_000)));
    let small = Limits { body_bytes: 10_000, ..limits() };
    let error = connect(&to(&harbor), &small).unwrap().prove().await.unwrap_err();
    assert!(matches!(error, RegistryError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_list_without_end_is_not_walked_to_its_end() {
    let harbor = harbor().await;
    for number in 0..30 {
        harbor.create_project(&format!("p{number}"), "false");
    }
    let few = Limits { rows: 20, ..limits() };
    let error = all_spaces(&*connect(&to(&harbor), &few).unwrap()).await.unwrap_err();
    assert!(matches!(error, RegistryError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn at_most_so_many_requests_are_under_way_as_the_limits_say() {
    let harbor = crate::harbor::harbor_of("v2.10.3-1234abcd").await;
    harbor.create_project("team", "false");
    for number in 0..12 {
        let tagged = wharfinger_fakes::harbor::Push::tagged(["v1"]);
        harbor.push_artifact(&format!("team/app{number}"), &tagged);
        harbor.fail_next(&format!("/app{number}/artifacts"), Fault::Delay(Duration::from_millis(30)));
    }
    let client = connect(&to(&harbor), &Limits { concurrency: 3, ..limits() }).unwrap();
    let spaces = all_spaces(&*client).await.unwrap();
    let (left, right) = tokio::join!(
        crate::all_repositories(&*client, crate::named(&spaces, "team")),
        crate::all_repositories(&*client, crate::named(&spaces, "team")),
    );
    assert_eq!((left.unwrap().len(), right.unwrap().len()), (12, 12));
    assert_eq!(harbor.most_at_once(), 3);
}

#[tokio::test]
async fn text_from_a_registry_is_printable_and_short_and_no_secret_shows() {
    let harbor = harbor().await;
    let nasty = format!("\u{1b}[31mred\n\u{202e}{}", "x".repeat(5000));
    let body = serde_json::json!({ "errors": [{ "code": "BAD_REQUEST", "message": nasty }] }).to_string();
    harbor.fail_next("/api/v2.0/projects", Fault::Answer(400, "application/json", body));
    let endpoint = to(&harbor);
    let error = all_spaces(&*connect(&endpoint, &limits()).unwrap()).await.unwrap_err();
    let text = error.to_string();
    assert!(!text.chars().any(|letter| letter.is_control() || letter == '\u{202e}'), "{text:?}");
    assert!(text.chars().count() < 500, "{text}");
    assert!(text.contains("\\u{1b}[31mred"), "{text}");
    for shown in [text, format!("{error:?}"), format!("{endpoint:?}")] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
}
