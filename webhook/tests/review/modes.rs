//! What the webhook does with a denial in each mode, and what it keeps of it.

use std::time::Duration;

use serde_json::json;
use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::decision::Verdict;
use wharfinger_domain::review::Action;
use wharfinger_webhook::Settings;

use crate::door::{Door, create, pod, r1, review, within};
use crate::world::{NOW, World};

#[tokio::test]
async fn does_with_a_denial_what_the_mode_says() {
    for (mode, action, word) in [
        (EnforcementMode::Enforce, Action::Denied, "denied"),
        (EnforcementMode::Warn, Action::Warned, "warned"),
        (EnforcementMode::Audit, Action::Audited, "audited"),
    ] {
        let door = Door::of(&World::new().mode(mode));
        let answer = door.ask(&create(&[&r1("team-b/x")])).await;
        assert_eq!(answer.is_allowed(), action != Action::Denied);
        assert_eq!((answer.annotation("decision"), answer.annotation("reason")), (Some(word), Some("NOT_BOUND")));
        assert_eq!(answer.warnings().is_empty(), action != Action::Warned, "{answer:?}");
        let record = door.records().pop().unwrap();
        assert_eq!((record.verdict, record.action, record.mode), (Verdict::Deny, action, Some(mode)));
    }
}

#[tokio::test]
async fn keeps_nothing_where_it_is_off() {
    let door = Door::of(&World::new().mode(EnforcementMode::Off));
    let answer = door.ask(&create(&[&r1("team-b/x")])).await;
    answer.admits("NOT_BOUND");
    assert_eq!((answer.annotation("decision"), door.records().len()), (Some("admitted"), 0));
}

#[tokio::test]
async fn lets_the_mode_of_the_workspace_go_before_that_of_the_cluster() {
    let mut world = World::new();
    world.policy.workspaces[0].mode = Some(EnforcementMode::Warn);
    let door = Door::of(&world);
    door.ask(&create(&[&r1("team-b/x")])).await.warns(&["team-b/x", "Ask a platform administrator to bind"]);
    door.ask(&within(create(&[&r1("team-a/x")]), "ns-b")).await.denies("NOT_BOUND", &[]);
}

#[tokio::test]
async fn warns_in_few_short_lines() {
    let images: Vec<_> = (0..9).map(|n| r1(&format!("team-b/{}{n}", "x".repeat(150)))).collect();
    let images: Vec<_> = images.iter().map(String::as_str).collect();
    let answer = Door::of(&World::new().mode(EnforcementMode::Warn)).ask(&create(&images)).await;
    answer.warns(&["spec.containers[0].image", "spec.containers[2].image", "and 6 more images", "Decision 0000"]);
    assert_eq!(answer.warnings().len(), 5);
}

#[tokio::test]
async fn applies_the_mode_to_what_it_cannot_read() {
    let door = Door::of(&World::new().mode(EnforcementMode::Warn));
    let answer = door.ask(&review("CREATE", json!({"spec": 1}), json!(null))).await;
    answer.warns(&["request.object.spec cannot be judged"]);
    assert!(door.records()[0].fault.as_ref().unwrap().starts_with("request.object.spec: "));
}

#[tokio::test]
async fn denies_what_needs_a_binding_when_the_snapshot_is_too_old() {
    let later = NOW.saturating_add(Duration::from_secs(61));
    let settings = Settings { max_age: Some(Duration::from_mins(1)), ..Settings::default() };
    let door = Door::with(&World::new(), settings.clone(), later);
    door.ask(&create(&[&r1("team-a/x")])).await.denies("SNAPSHOT_STALE", &["have not been confirmed"]);
    door.ask(&create(&[&r1("pub/x")])).await.admits("SPACE_PUBLIC");
    Door::with(&World::new(), settings, NOW).ask(&create(&[&r1("team-a/x")])).await.admits("BOUND");
    Door::with(&World::new(), Settings::default(), later).ask(&create(&[&r1("team-a/x")])).await.admits("BOUND");
}

#[tokio::test]
async fn gives_a_dry_run_the_same_answer_and_leaves_nothing_behind() {
    for object in [pod(&[&r1("nope/x")]), json!({"spec": []})] {
        let door = Door::of(&World::new());
        let mut dry = review("CREATE", object.clone(), json!(null));
        dry["request"]["dryRun"] = true.into();
        let dry = door.ask(&dry).await;
        assert_eq!((door.records().len(), door.wishes().len()), (0, 0));
        assert_eq!(door.metrics.decisions().map(|count| count.count).sum::<u64>(), 1);
        let wet = Door::of(&World::new()).ask(&review("CREATE", object, json!(null))).await;
        assert_eq!(dry, wet);
    }
}
