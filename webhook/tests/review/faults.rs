//! A fault of this server denies the review at hand, and nothing else.

use http::StatusCode;

use crate::door::{Door, create};

#[tokio::test]
async fn a_panic_is_a_denial_with_the_uid_and_the_next_review_is_answered_too() {
    let door = Door::faulty();
    for round in 1..=2 {
        let answer = door.ask(&create(&["nginx"])).await;
        assert!(!answer.is_allowed());
        assert_eq!((answer.0["status"]["code"].as_u64(), answer.annotation("reason")), (Some(500), Some("FAULT")));
        assert!(answer.message().contains("fault in this server"));
        assert_eq!(door.metrics.faults(), round);
    }
    assert_eq!(door.post("/validate/east", "{}").await.0, StatusCode::BAD_REQUEST);
}
