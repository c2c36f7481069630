//! The protocol between an API server and the webhook, over TLS: what every answer has, and what is not taken in.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};

use super::scene::Scene;
use crate::harness::journey::creation;
use crate::harness::platform::CLUSTER;

const UID: &str = "5f2a7a7e-0000-4000-8000-000000000001";

/// An image that is admitted, and one that is denied.
const IMAGES: [(&str, bool); 2] = [("harbor.corp.example/pub/app", true), ("harbor.corp.example/team-b/app", false)];

// Case: PRO-1
#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_is_half_broken_is_denied_with_its_uid() {
    let scene = Scene::start().await;
    let broken = [
        ("/request/object", json!(null)),
        ("/request/object", json!("x")),
        ("/request/object/spec", json!(5)),
        ("/request/object/spec/containers", json!({})),
        ("/request/object/spec/containers/0/image", json!(["nginx"])),
    ];
    for (pointer, value) in broken {
        let mut review = creation("ns-a", &[IMAGES[0].0]);
        *review.pointer_mut(pointer).unwrap() = value;
        let answer = scene.whole_answer(CLUSTER, &review).await;
        assert_eq!(
            (&answer["response"]["uid"], &answer["response"]["allowed"]),
            (&json!(UID), &json!(false)),
            "{answer:#}"
        );
        let message = answer["response"]["status"]["message"].as_str().unwrap();
        assert!(message.contains(&pointer.replace("/0", "[0]").replace('/', ".")[1..]), "{message}");
    }
}

// Case: PRO-2
#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_what_it_is_and_whose() {
    let scene = Scene::start().await;
    for (image, allowed) in IMAGES {
        let answer = scene.whole_answer(CLUSTER, &creation("ns-a", &[image])).await;
        assert_eq!(
            (&answer["kind"], &answer["apiVersion"]),
            (&json!("AdmissionReview"), &json!("admission.k8s.io/v1"))
        );
        let response = &answer["response"];
        assert_eq!((&response["uid"], &response["allowed"]), (&json!(UID), &json!(allowed)), "{answer:#}");
        assert!(response.get("patch").is_none(), "{answer:#}");
    }
}

// Case: PRO-3
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_long_is_refused_and_the_next_review_is_answered() {
    let scene = Scene::start().await;
    let mut review = creation("ns-a", &[IMAGES[0].0]);
    review["request"]["object"]["metadata"]["annotations"] = json!({ "a": "x".repeat(7 * 1024 * 1024) });
    let url = format!("https://{}/validate/{CLUSTER}", scene.platform.addresses().webhook);
    // A server that stops to read may close the connection before the client has read the answer.
    if let Ok(answer) = scene.platform.http().post(&url).json(&review).send().await {
        assert_eq!(answer.status(), 413);
    }
    let answer = scene.whole_answer(CLUSTER, &creation("ns-a", &[IMAGES[0].0])).await;
    assert_eq!(answer["response"]["allowed"], true);
}

/// How long a review that names one second may keep its connection; on a busy machine, many times that second.
const PATIENCE: Duration = Duration::from_secs(20);

/// Begins a review that names one second as its time, and never goes on. Gives what is answered.
fn stall(webhook: SocketAddr, authority: &[u8]) -> String {
    let mut trusted = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority) {
        trusted.add(certificate.unwrap()).unwrap();
    }
    let config = rustls::ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
    let client = rustls::ClientConnection::new(Arc::new(config), ServerName::from(webhook.ip())).unwrap();
    let socket = TcpStream::connect(webhook).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut stream = rustls::StreamOwned::new(client, socket);
    let head = format!(
        "POST /validate/{CLUSTER}?timeout=1s HTTP/1.1\r\nhost: {webhook}\r\ncontent-type: application/json\r\n\
         content-length: 1000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(b"{\"kind\":").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    String::from_utf8(answer.to_vec()).unwrap()
}

// Case: PRO-3
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_ends_is_refused_in_its_time_and_others_are_answered_meanwhile() {
    let scene = Scene::start().await;
    let authority = std::fs::read(scene.platform.data().join("webhook-ca.pem")).unwrap();
    let (webhook, started) = (scene.platform.addresses().webhook, Instant::now());
    let stalled: Vec<_> = (0..50)
        .map(|_| {
            let authority = authority.clone();
            std::thread::spawn(move || stall(webhook, &authority))
        })
        .collect();
    let mut meanwhile = 0;
    while !stalled.iter().all(std::thread::JoinHandle::is_finished) {
        for (image, allowed) in IMAGES {
            let answer = scene.whole_answer(CLUSTER, &creation("ns-a", &[image])).await;
            assert_eq!(answer["response"]["allowed"], allowed, "{answer:#}");
            meanwhile += 1;
        }
        assert!(started.elapsed() < PATIENCE, "they are not refused");
    }
    // The answer comes within the second that was named: after eight tenths of it, and not at once.
    assert!(started.elapsed() > Duration::from_millis(700) && meanwhile > 10, "{:?}, {meanwhile}", started.elapsed());
    for answer in stalled {
        assert_eq!(answer.join().unwrap(), "HTTP/1.1 408");
    }
}

// Case: PRO-4
#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_gets_the_same_verdict_and_learns_of_the_namespace_alone() {
    let scene = Scene::start().await;
    let mut messages = Vec::new();
    for user in ["system:admin", "system:serviceaccount:ns-b:default", "system:anonymous"] {
        let mut review = creation("ns-a", &[IMAGES[1].0]);
        review["request"]["userInfo"] = json!({ "username": user, "groups": ["system:masters"] });
        let mut answer: Value = scene.whole_answer(CLUSTER, &review).await;
        let message = answer["response"]["status"]["message"].take();
        let message = message.as_str().unwrap();
        assert!(!message.contains("\"wb\"") && !message.contains("first"), "{message}");
        messages.push(message.split_once(" Decision ").expect("an id").0.to_owned());
    }
    messages.dedup();
    assert_eq!(messages.len(), 1, "{messages:?}");
}
