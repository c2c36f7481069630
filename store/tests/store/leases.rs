//! Who may do what one replica does for all, and what replicas say of themselves.

use wharfinger_domain::revision::Revision;
use wharfinger_store::replicas::ReplicaRecord;

use crate::arrangement::{Ground, at};

#[tokio::test]
async fn a_lease_has_one_holder_and_each_of_them_a_term_of_its_own() {
    let ground = Ground::new();
    assert_eq!(ground.read(|tx| tx.lease("walks")).await, None);
    assert!(!ground.write(|tx| tx.renew_lease("walks", 1)).await);
    let one = ground.write(|tx| tx.take_lease("walks", "one")).await;
    assert_eq!((one.holder.as_deref(), one.term, one.beat), (Some("one"), 1, 0));
    assert!(ground.write(|tx| tx.renew_lease("walks", 1)).await);
    assert_eq!(ground.read(|tx| tx.lease("walks")).await.unwrap().beat, 1);
    assert!(ground.write(|tx| tx.holds_lease("walks", 1)).await);

    let other = ground.write(|tx| tx.take_lease("walks", "other")).await;
    assert_eq!((other.term, other.beat), (2, 0));
    assert!(!ground.write(|tx| tx.renew_lease("walks", 1)).await);
    assert!(!ground.write(|tx| tx.holds_lease("walks", 1)).await);
    ground.write(|tx| tx.release_lease("walks", 1)).await;
    assert!(ground.write(|tx| tx.holds_lease("walks", 2)).await, "what one had is not the other's to give back");
    assert_eq!(ground.read(|tx| tx.lease("else")).await, None);

    ground.write(|tx| tx.release_lease("walks", 2)).await;
    assert!(!ground.write(|tx| tx.holds_lease("walks", 2)).await);
    assert!(!ground.write(|tx| tx.renew_lease("walks", 2)).await);
    assert_eq!(ground.write(|tx| tx.take_lease("walks", "one")).await.term, 3);
}

#[tokio::test]
async fn the_last_word_of_a_replica_is_kept_until_it_leaves_or_is_silent_for_long() {
    let ground = Ground::new();
    let (east, west) = (ground.cluster().await, {
        let settings = crate::arrangement::SETTINGS;
        ground.write(move |tx| Ok(tx.ensure_cluster("west", settings)?.0.cluster.id)).await
    });
    let said = |cluster, name: &str, n: i64| ReplicaRecord {
        cluster,
        name: name.to_owned(),
        revision: Revision { number: n, token: -n },
        confirmed_at: at(n),
        namespaces_synced: n > 1,
        certificate_expires_at: (n > 2).then(|| at(99)),
        ready: n > 1,
        seen_at: at(n),
    };
    let words = [said(east, "b", 3), said(east, "b", 1), said(east, "a", 5), said(west, "a", 4)];
    let kept = [said(east, "a", 5), said(east, "b", 1)];
    ground.write(move |tx| words.iter().try_for_each(|word| tx.report_replica(word))).await;
    let found = ground.read(move |tx| tx.replicas_of(&[east, west])).await;
    assert_eq!((&*found[&east], found[&west].len()), (&kept[..], 1));
    assert_eq!(ground.statements_of(move |tx| tx.replicas_of(&[east, west])).await, 1);
    assert_eq!(ground.write(|tx| tx.forget_replicas(at(1))).await, 0);
    assert_eq!(ground.write(|tx| tx.forget_replicas(at(2))).await, 1);
    ground.write(|tx| tx.forget_replica("a")).await;
    assert_eq!(ground.read(move |tx| tx.replicas_of(&[east, west])).await.len(), 0);
}
