//! What is recorded for those who may know more, and what is counted.

use wharfinger_domain::decision::{Reason, Verdict};
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::review::Action;
use wharfinger_webhook::Count;

use crate::door::{Door, UID, create, r1, update};
use crate::world::{NOW, World};

#[tokio::test]
async fn records_the_precise_reason_beside_what_was_told() {
    let door = Door::of(&World::new());
    let answer = door.ask(&create(&[&r1("lapsed/x"), &r1("pub/x")])).await;
    let record = door.records().pop().unwrap();
    assert_eq!(Some(&*record.id), answer.annotation("decision-id"));
    assert!(answer.message().ends_with(&format!("Decision {}.", record.id)));
    assert_eq!((&*record.cluster, &*record.namespace, record.at), ("east", "ns-a", NOW));
    assert_eq!((record.namespace_uid.as_deref(), record.workspace), (Some("uid-of-ns-a"), Some(WorkspaceId(1))));
    assert_eq!((record.operation, &*record.workload, &*record.requested_by), ("CREATE", "Pod/web-1", "alice"));
    assert_eq!((&*record.request_uid, record.verdict, record.action), (UID, Verdict::Deny, Action::Denied));
    let image = &record.images[0];
    assert_eq!(image.field_path, "spec.containers[0].image");
    let (precise, told) = (image.precise.as_ref().unwrap(), image.told.as_ref().unwrap());
    assert_eq!((precise.reason, told.reason), (Reason::BindingExpired, Reason::NotBound));
    assert!(precise.space.is_some() && precise.binding.is_some());
    assert_eq!((told.space, told.binding), (None, None));
    assert_eq!(record.images[1].precise, record.images[1].told);
}

#[tokio::test]
async fn records_what_was_there_before_as_undecided() {
    let door = Door::of(&World::new());
    door.ask(&update(&[&r1("team-b/old"), &r1("team-b/new")], &[&r1("team-b/old")])).await.denies("NOT_BOUND", &[]);
    let images = door.records().pop().unwrap().images;
    assert_eq!((images[0].precise.is_none(), images[1].precise.is_none()), (true, false));
}

#[tokio::test]
async fn records_nothing_of_what_is_simply_admitted() {
    let door = Door::of(&World::new());
    let answer = door.ask(&create(&[&r1("team-a/x"), "nginx"])).await;
    answer.admits("BOUND");
    assert_eq!((door.records().len(), answer.annotation("decision-id")), (0, None));
}

#[tokio::test]
async fn counts_each_answer_once_by_what_it_was() {
    let door = Door::of(&World::new());
    for image in [&*r1("team-b/x"), &r1("lapsed/x"), "not a reference", "nginx"] {
        door.ask(&create(&[image])).await;
    }
    let count = |decision, reason, count| Count { decision, reason, operation: "CREATE", subresource: "", count };
    let mut counts: Vec<_> = door.metrics.decisions().collect();
    counts.sort_by_key(|count| (count.decision, count.reason));
    // Also here a private reason is what a requester may know.
    let expected = [
        count("admitted", "REGISTRY_UNKNOWN", 1),
        count("denied", "NOT_BOUND", 2),
        count("denied", "REFERENCE_INVALID", 1),
    ];
    assert_eq!(counts, expected);
    assert_eq!((door.metrics.invalid_references(), door.metrics.duration().count()), (1, 4));
}
