//! What is recorded of what happened: the audit, walks, decisions, exemptions and idempotency keys.

use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::decision::Verdict;
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::review::Action;
use wharfinger_domain::revision::Revision;
use wharfinger_store::audit::{AuditFilter, NewAuditEvent};
use wharfinger_store::decisions::{DecisionFilter, DecisionKey, DecisionRecord};
use wharfinger_store::exemptions::NewExemption;
use wharfinger_store::idempotency::IdempotencyRecord;
use wharfinger_store::sight::Sight;
use wharfinger_store::syncs::{SyncProgress, SyncState, SyncTrigger};
use wharfinger_store::{Page, StoreError, Unique};

use crate::arrangement::{Ground, at};

pub(crate) fn event(n: i64) -> NewAuditEvent {
    NewAuditEvent {
        at: at(n),
        actor: if n % 2 == 0 { "even".to_owned() } else { "odd".to_owned() },
        auth_method: "LOCAL_ADMIN".to_owned(),
        action: "space.bind".to_owned(),
        subject_kind: "space".to_owned(),
        subject_id: Some(n),
        subject_label: format!("space {n}"),
        workspace: (n > 3).then_some(WorkspaceId(1)),
        details: Some("{}".to_owned()),
        source_ip: None,
        request_id: "r".to_owned(),
        outcome: "done".to_owned(),
    }
}

#[tokio::test]
async fn the_audit_is_read_from_its_end_and_filtered() {
    let ground = Ground::new();
    let events: Vec<_> = (1..=5).map(event).collect();
    ground.write(move |tx| tx.append_audit(&events)).await;
    let none = || AuditFilter::seen_with(Sight::All);
    for (filter, expected) in [
        (none(), vec![5, 4, 3, 2, 1]),
        (AuditFilter { actor: Some("even".to_owned()), ..none() }, vec![4, 2]),
        (AuditFilter { action: Some("space.unbind".to_owned()), ..none() }, vec![]),
        (AuditFilter { subject_kind: Some("space".to_owned()), subject_id: Some(3), ..none() }, vec![3]),
        (AuditFilter::seen_with(Sight::Of(vec![WorkspaceId(1)])), vec![5, 4]),
        (AuditFilter { since: Some(at(2)), until: Some(at(4)), ..none() }, vec![3, 2]),
    ] {
        let (mut found, mut page) = (Vec::new(), Page::first(2).counted());
        loop {
            let (filter, asked) = (filter.clone(), page.clone());
            let next = ground.read(move |tx| tx.page_audit(&filter, &asked)).await;
            assert_eq!(next.total, Some(i64::try_from(expected.len()).unwrap()));
            found.extend(next.items.iter().map(|record| record.event.clone()));
            match next.items.last() {
                Some(last) if next.has_next => page = page.after(last.id),
                _ => break,
            }
        }
        assert_eq!(found, expected.into_iter().map(event).collect::<Vec<_>>(), "{filter:?}");
    }
}

#[tokio::test]
async fn a_walk_is_followed_from_its_beginning_to_its_end() {
    let ground = Ground::new();
    let (registry, _) = ground.harbor("harbor", &[]).await;
    let sync = ground.write(move |tx| tx.start_sync(registry, SyncTrigger::Manual, at(1))).await;
    assert_eq!((sync.state, sync.trigger, sync.finished_at), (SyncState::Running, SyncTrigger::Manual, None));
    let progress = SyncProgress { spaces_seen: 3, spaces_total: Some(9), ..SyncProgress::default() };
    let (id, noted) = (sync.id, progress.clone());
    ground.write(move |tx| tx.set_sync_progress(id, &noted)).await;
    assert_eq!(ground.read(move |tx| tx.last_syncs(&Sight::All, &[registry])).await[&registry].progress, progress);
    let failed = ground.write(move |tx| tx.finish_sync(id, SyncState::Failed, Some("timed out"), at(4))).await.unwrap();
    assert_eq!(
        (failed.state, failed.error.as_deref(), failed.finished_at),
        (SyncState::Failed, Some("timed out"), Some(at(4)))
    );
    assert_eq!(ground.write(move |tx| tx.finish_sync(id, SyncState::Succeeded, None, at(5))).await, None);
    assert_eq!(ground.read(move |tx| tx.syncs_by_id(&Sight::All, &[id])).await[&id], failed);
}

#[tokio::test]
async fn walks_that_a_process_left_behind_are_cancelled_and_old_ones_pruned() {
    let ground = Ground::new();
    let (registry, _) = ground.harbor("harbor", &[]).await;
    for n in 1..=3 {
        ground.write(move |tx| tx.start_sync(registry, SyncTrigger::Schedule, at(n))).await;
    }
    assert_eq!(ground.write(|tx| tx.cancel_syncs(at(5))).await, 3);
    assert_eq!(ground.write(|tx| tx.cancel_syncs(at(6))).await, 0);
    assert_eq!(ground.write(|tx| tx.prune_syncs(at(5))).await, 0);
    assert_eq!(ground.write(|tx| tx.prune_syncs(at(6))).await, 2);
    let last = ground.read(move |tx| tx.last_syncs(&Sight::All, &[registry])).await;
    assert_eq!((last[&registry].started_at, last[&registry].state), (at(3), SyncState::Cancelled));
}

pub(crate) fn decision(id: &str, micros: i64, verdict: Verdict) -> DecisionRecord {
    DecisionRecord {
        id: id.to_owned(),
        at: at(micros),
        cluster: "default".to_owned(),
        namespace: "app".to_owned(),
        namespace_uid: Some(format!("uid-{id}")),
        workspace: Some(WorkspaceId(micros)),
        operation: "CREATE".to_owned(),
        verdict,
        mode: Some(EnforcementMode::Enforce),
        action: if verdict == Verdict::Deny { Action::Denied } else { Action::Admitted },
        dry_run: false,
        revision: Revision { number: 7, token: -8 },
        body: r#"{"images":[]}"#.to_owned(),
    }
}

#[tokio::test]
async fn a_decision_is_found_by_its_id_and_stored_once() {
    let ground = Ground::new();
    let first = decision("d1", 1, Verdict::Deny);
    let batch = [first.clone(), decision("d1", 2, Verdict::Allow)];
    ground.write(move |tx| tx.insert_decisions(&batch)).await;
    assert_eq!(ground.read(|tx| tx.decision(&Sight::All, "d1")).await, Some(first));
    assert_eq!(ground.read(|tx| tx.decision(&Sight::All, "d2")).await, None);
}

#[tokio::test]
async fn decisions_are_read_from_their_end_filtered_and_pruned() {
    let ground = Ground::new();
    let (allow, deny) = (Verdict::Allow, Verdict::Deny);
    let all = [("a", 1, allow), ("b", 2, deny), ("c", 2, deny), ("d", 3, allow)];
    ground.write(move |tx| tx.insert_decisions(&all.map(|(id, at, verdict)| decision(id, at, verdict)))).await;
    let none = || DecisionFilter::seen_with(Sight::All);
    for (filter, expected) in [
        (none(), "dcba"),
        (DecisionFilter { verdict: Some(deny), ..none() }, "cb"),
        (DecisionFilter { action: Some(Action::Admitted), ..none() }, "da"),
        (DecisionFilter::seen_with(Sight::Of(vec![WorkspaceId(2), WorkspaceId(3)])), "dcb"),
        (DecisionFilter { namespace_uid: Some("uid-a".to_owned()), ..none() }, "a"),
        (DecisionFilter { since: Some(at(2)), until: Some(at(3)), ..none() }, "cb"),
    ] {
        let (mut found, mut page) = (String::new(), Page::first(1).counted());
        loop {
            let (filter, asked) = (filter.clone(), page.clone());
            let next = ground.read(move |tx| tx.page_decisions(&filter, &asked)).await;
            assert_eq!(next.total, Some(i64::try_from(expected.len()).unwrap()));
            found.extend(next.items.iter().map(|record| &*record.id));
            match next.items.last() {
                Some(last) if next.has_next => page = page.after(DecisionKey { at: last.at, id: last.id.clone() }),
                _ => break,
            }
        }
        assert_eq!(found, expected, "{filter:?}");
    }
    assert_eq!(ground.write(|tx| tx.prune_decisions(at(3))).await, 3);
}

#[tokio::test]
async fn an_exemption_is_listed_once_for_each_namespace() {
    let ground = Ground::new();
    let cluster = ground.cluster().await;
    let new = |uid: &str| NewExemption {
        cluster,
        namespace: "app".to_owned(),
        uid: uid.to_owned(),
        reason: "migration".to_owned(),
        expires_at: at(9),
        created_by: "admin".to_owned(),
        created_at: at(1),
    };
    let (first, again, second) = (new("1"), new("1"), new("2"));
    let listed = ground.write(move |tx| tx.insert_exemption(&first)).await;
    assert_eq!((&*listed.exemption.cluster, listed.exemption.uid.as_deref()), ("default", Some("1")));
    assert_eq!(listed.exemption.expires_at, Some(at(9)));
    let refused = ground.store.write(move |tx| tx.insert_exemption(&again)).await;
    assert_eq!(refused, Err(StoreError::Conflict(Unique::Exemption)));
    let second = ground.write(move |tx| tx.insert_exemption(&second)).await;
    let page = ground.read(|tx| tx.page_exemptions(&Page::first(1).counted())).await;
    assert_eq!((&page.items[..], page.has_next, page.total), (&[listed.clone()][..], true, Some(2)));
    let id = listed.id;
    let rest = ground.read(move |tx| tx.page_exemptions(&Page::first(1).after(id))).await;
    assert_eq!((&rest.items[..], rest.has_next), (&[second][..], false));
    assert_eq!(ground.write(move |tx| tx.remove_exemption(id)).await, Some(listed));
    assert_eq!(ground.write(move |tx| tx.remove_exemption(id)).await, None);
}

#[tokio::test]
async fn an_idempotency_key_is_its_callers_own_and_is_forgotten_when_it_expires() {
    let ground = Ground::new();
    let record = |made| IdempotencyRecord { fingerprint: "f".to_owned(), made, expires_at: at(10) };
    ground.write(move |tx| tx.remember("admin", "k", &record(1))).await;
    ground.write(move |tx| tx.remember("admin", "k", &record(2))).await;
    assert_eq!(ground.read(|tx| tx.idempotency("admin", "k", at(9))).await, Some(record(2)));
    assert_eq!(ground.read(|tx| tx.idempotency("other", "k", at(9))).await, None);
    assert_eq!(ground.read(|tx| tx.idempotency("admin", "k", at(10))).await, None);
    assert_eq!(ground.write(|tx| tx.forget_expired(at(9))).await, 0);
    assert_eq!(ground.write(|tx| tx.forget_expired(at(10))).await, 1);
}
