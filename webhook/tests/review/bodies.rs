//! Bodies that are long, deep, slow or mad.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream::{self, StreamExt};
use http::{Request, StatusCode};
use proptest::prelude::*;
use serde_json::Value;

use crate::door::{Door, create, r1, update, waiting};
use crate::world::{NOW, World};

const MIB: usize = 1024 * 1024;
const PATH: &str = "/validate/east";

/// A review of this length.
fn padded(mut review: Value, length: usize) -> String {
    review["request"]["object"]["metadata"]["annotations"]["a"] = "".into();
    let missing = length - review.to_string().len();
    review["request"]["object"]["metadata"]["annotations"]["a"] = "x".repeat(missing).into();
    review.to_string()
}

#[tokio::test]
async fn judges_the_largest_objects_that_an_api_server_takes() {
    let door = Door::of(&World::new());
    for length in [2 * MIB + MIB / 10, 3 * MIB, 6 * MIB, 7 * MIB] {
        let review = update(&[&r1("team-b/x")], &[&r1("pub/x")]);
        let body = padded(review, length);
        assert_eq!(body.len(), length);
        let (status, answer) = door.post(PATH, body).await;
        assert_eq!(status, StatusCode::OK);
        assert!(answer.contains("\"allowed\":false") && answer.contains("team-b/x"), "{answer}");
    }
}

// Case: PRO-3
#[tokio::test]
async fn refuses_a_body_that_is_too_long_announced_or_not() {
    let door = Door::of(&World::new());
    let body = padded(create(&["nginx"]), 7 * MIB + 1);
    assert_eq!(door.post(PATH, body.clone()).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let pieces = body.into_bytes().chunks(MIB).map(Bytes::copy_from_slice).collect();
    assert_eq!(door.post(PATH, stream(pieces)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let announced = Request::post(PATH).header("content-type", "application/json").header("content-length", "99999999");
    assert_eq!(door.send(announced.body(stream(vec![])).unwrap()).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(door.metrics.refusals().find(|(status, _)| *status == 413), Some((413, 3)));
}

/// A body that comes in pieces, without a length.
fn stream(pieces: Vec<Bytes>) -> Body {
    Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, Infallible>)))
}

// Case: PRO-3
#[tokio::test]
async fn does_not_wait_for_ever_for_a_body() {
    let door = Door::of(&World::new());
    let stalled = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{"))]).chain(stream::pending());
    let (status, _) = door.post("/validate/east?timeout=100ms", Body::from_stream(stalled)).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn refuses_a_body_that_breaks_off() {
    let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("reset"))]);
    let (status, _) = Door::of(&World::new()).post(PATH, Body::from_stream(broken)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn survives_nesting_of_any_depth() {
    let depth = 500_000;
    let nested = "[".repeat(depth) + &"]".repeat(depth);
    let door = Door::of(&World::new());
    let mut review = create(&[&r1("team-b/x")]);
    review["request"]["object"]["metadata"]["labels"] = "DEEP".into();
    let ignored = review.to_string().replace("\"DEEP\"", &nested);
    let (status, answer) = door.post(PATH, ignored).await;
    assert!(status == StatusCode::OK && answer.contains("team-b/x"), "{answer}");
    review["request"]["object"]["spec"]["containers"] = "DEEPER".into();
    let looked_at = review.to_string().replace("\"DEEPER\"", &nested).replace("\"DEEP\"", "{}");
    let (status, answer) = door.post(PATH, looked_at).await;
    assert!(status == StatusCode::OK && answer.contains("request.object.spec.containers"), "{answer}");
}

/// A recorded review.
const RECORDED: &str = include_str!("../../../tests/fixtures/admission/1-update-pods-ephemeralcontainers.json");

/// Answers whatever it is given with a review or a refusal.
fn is_answered(body: Vec<u8>) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    // The namespace is not of this world; it is not waited for.
    let door = Door::with(&World::new(), waiting(Duration::ZERO), NOW);
    let (status, answer) = runtime.block_on(door.post(PATH, body));
    prop_assert!(status == StatusCode::OK || status == StatusCode::BAD_REQUEST, "{status} {answer}");
    if status == StatusCode::OK {
        let answer: Value = serde_json::from_str(&answer).unwrap();
        prop_assert!(answer["response"]["uid"].is_string() && answer["response"]["allowed"].is_boolean());
    }
    prop_assert_eq!(door.metrics.faults(), 0);
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..512)) {
        is_answered(body)?;
    }

    #[test]
    fn a_damaged_review_is_answered(at in 0..RECORDED.len(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut body = RECORDED.as_bytes().to_vec();
        body[at] = byte;
        if cut {
            body.truncate(at + 1);
        }
        is_answered(body)?;
    }

    #[test]
    fn a_review_with_anything_in_place_of_a_value_is_answered(which in 0..200_usize, what in 0..8_usize) {
        let values = ["null", "true", "-1", "1e999", "\"\"", "[]", "{}", "[[{}]]"];
        let mut review: Value = serde_json::from_str(RECORDED).unwrap();
        replace(&mut review["request"], &mut which.clone(), &serde_json::from_str(values[what]).unwrap_or(Value::Null));
        is_answered(review.to_string().into_bytes())?;
    }
}

/// Replaces the value that is met after so many others.
fn replace(value: &mut Value, left: &mut usize, by: &Value) {
    if *left == 0 {
        *value = by.clone();
    }
    *left = left.wrapping_sub(1);
    match value {
        Value::Array(all) => all.iter_mut().for_each(|value| replace(value, left, by)),
        Value::Object(all) => all.values_mut().for_each(|value| replace(value, left, by)),
        _ => {}
    }
}
