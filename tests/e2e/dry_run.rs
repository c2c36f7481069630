//! Server-side dry runs: the same verdicts, and nothing is kept of them.

use wharfinger_store::decisions::{DecisionFilter, DecisionKey, DecisionRecord};
use wharfinger_store::sight::Sight;
use wharfinger_store::{Page, StoreError};

use crate::case::{Case, NOT_BOUND, assert_told};
use crate::world::{eventually, wait};

// Case: PRO-7
#[test]
fn a_dry_run_is_answered_like_the_real_thing_and_leaves_no_record() {
    let case = Case::assigned("dry");
    let (private, public) = (case.world.image("team-a/app:1.0"), case.world.image("pub/app:1.0"));
    let dry_run = |image: &str| case.kubectl(&["run", "dry", "--image", image, "--dry-run=server"]);
    let told = dry_run(&private).expect_refusal(NOT_BOUND);
    assert_told(&told, &["spec.containers[0].image", &private, "bind the space to the workspace"]);
    dry_run(&public).expect_success();
    assert!(case.pod("dry").is_none());

    // Records are stored in the order of the answers: a later one is there, and none before it.
    case.kubectl(&["run", "real", "--image", &private]).expect_refusal(NOT_BOUND);
    let records =
        eventually("the real denial is recorded", || Some(records(&case)).filter(|records| !records.is_empty()));
    let workloads: Vec<_> = records.iter().map(|record| (record.body.contains("Pod/real"), record.dry_run)).collect();
    assert_eq!(workloads, [(true, false)], "{records:?}");

    case.bind("team-a");
    dry_run(&private).expect_success();
    assert!(case.pod("dry").is_none());
}

fn records(case: &Case) -> Vec<DecisionRecord> {
    let store = case.world.platform.store();
    let filter = DecisionFilter { namespace_uid: Some(case.uid()), ..DecisionFilter::seen_with(Sight::All) };
    let page = Page::<DecisionKey>::first(10);
    let read: Result<_, StoreError> = wait(store.read(move |tx| tx.page_decisions(&filter, &page)));
    read.unwrap().items
}
