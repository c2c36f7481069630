//! Namespaces: what a cluster shows, and the workspaces they are assigned to.

use wharfinger_domain::id::{ClusterId, NamespaceId};
use wharfinger_store::namespaces::NamespaceFilter;
use wharfinger_store::sight::Sight;
use wharfinger_store::{Page, StoreError};

use crate::arrangement::{Ground, at};

fn listing(names: &[(&str, &str)]) -> Vec<(String, String)> {
    names.iter().map(|(name, uid)| ((*name).to_owned(), (*uid).to_owned())).collect()
}

async fn seen(ground: &Ground, cluster: ClusterId, name: &'static str, uid: &'static str) -> NamespaceId {
    let changes = ground.write(move |tx| tx.record_seen(cluster, name, uid, at(1))).await;
    changes.last().unwrap().after.namespace.id
}

#[tokio::test]
async fn a_listing_tells_what_is_new_and_what_is_gone() {
    let ground = Ground::new();
    let cluster = ground.cluster().await;
    let first = listing(&[("a", "1"), ("b", "2")]);
    let again = first.clone();
    let changes = ground.write(move |tx| tx.record_listing(cluster, &first, at(1))).await;
    assert_eq!(changes.len(), 2);
    assert!(changes.iter().all(|change| change.before.is_none() && !change.is_policy()));
    assert!(ground.write(move |tx| tx.record_listing(cluster, &again, at(2))).await.is_empty());
    let second = listing(&[("b", "2"), ("c", "3")]);
    let changes = ground.write(move |tx| tx.record_listing(cluster, &second, at(3))).await;
    let told: Vec<_> =
        changes.iter().map(|change| (&*change.after.namespace.name, change.after.gone_at.is_some())).collect();
    assert_eq!(told, [("a", true), ("c", false)]);
}

#[tokio::test]
async fn a_namespace_made_again_inherits_nothing() {
    let ground = Ground::new();
    let cluster = ground.cluster().await;
    let team = ground.workspace("team").await;
    let old = seen(&ground, cluster, "app", "1").await;
    assert_eq!(ground.write(move |tx| tx.assign_namespaces(&[old], Some(team))).await.len(), 1);
    let again = listing(&[("app", "2")]);
    let changes = ground.write(move |tx| tx.record_listing(cluster, &again, at(5))).await;
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0].before.as_ref().unwrap().namespace.workspace, Some(team));
    assert_eq!((changes[0].after.namespace.workspace, changes[0].after.gone_at), (None, Some(at(5))));
    assert!(changes[0].is_policy() && !changes[1].is_policy());
    let now = ground.read(|tx| tx.namespace_by_name(&Sight::All, "default", "app")).await.unwrap();
    assert_eq!((&*now.namespace.uid, now.namespace.workspace), ("2", None));
    assert_eq!(ground.read(move |tx| tx.namespace(&Sight::All, old)).await.unwrap().gone_at, Some(at(5)));
}

#[tokio::test]
async fn a_mapping_ends_with_its_namespace_and_the_uid_does_not_come_back() {
    let ground = Ground::new();
    let cluster = ground.cluster().await;
    let team = ground.workspace("team").await;
    let id = seen(&ground, cluster, "app", "1").await;
    ground.write(move |tx| tx.assign_namespaces(&[id], Some(team))).await;
    let gone = ground.write(move |tx| tx.record_gone(cluster, "1", at(4))).await.unwrap();
    assert!(gone.is_policy() && gone.after.gone_at == Some(at(4)));
    assert_eq!(ground.write(move |tx| tx.record_gone(cluster, "1", at(5))).await, None);
    assert_eq!(ground.write(move |tx| tx.record_gone(cluster, "never", at(5))).await, None);
    assert!(ground.write(move |tx| tx.record_seen(cluster, "app", "1", at(6))).await.is_empty());
    assert!(ground.write(move |tx| tx.assign_namespaces(&[id], Some(team))).await.is_empty());
    assert_eq!(ground.read(|tx| tx.namespace_by_name(&Sight::All, "default", "app")).await, None);
}

#[tokio::test]
async fn assigning_tells_what_moved_and_nothing_else() {
    let ground = Ground::new();
    let cluster = ground.cluster().await;
    let (one, other) = (ground.workspace("one").await, ground.workspace("other").await);
    let (a, b) = (seen(&ground, cluster, "a", "1").await, seen(&ground, cluster, "b", "2").await);
    ground.write(move |tx| tx.assign_namespaces(&[a], Some(one))).await;
    let moved = ground.write(move |tx| tx.assign_namespaces(&[a, b], Some(one))).await;
    assert_eq!(moved.iter().map(|change| change.after.namespace.id).collect::<Vec<_>>(), [b]);
    let moved = ground.write(move |tx| tx.assign_namespaces(&[a, b], Some(other))).await;
    assert_eq!(moved.len(), 2);
    assert_eq!(moved[0].before.as_ref().unwrap().namespace.workspace, Some(one));
    let of = ground
        .read(move |tx| tx.namespace_pages(&[one, other], &NamespaceFilter::seen_with(Sight::All), &Page::first(9)))
        .await;
    assert_eq!((of.get(&one), of[&other].items.len()), (None, 2));
    assert_eq!(ground.write(move |tx| tx.assign_namespaces(&[a], None)).await.len(), 1);
    let nowhere = wharfinger_domain::id::WorkspaceId(99);
    let refused = ground.store.write(move |tx| tx.assign_namespaces(&[a], Some(nowhere))).await;
    assert_eq!(refused, Err(StoreError::Dangling));
    ground.write(move |tx| tx.remove_workspace(other)).await;
    assert_eq!(ground.read(move |tx| tx.namespace(&Sight::All, b)).await.unwrap().namespace.workspace, None);
}

#[tokio::test]
async fn a_page_of_namespaces_runs_over_clusters_and_leaves_out_those_gone() {
    let ground = Ground::new();
    let first = ground.cluster().await;
    let second = ground.write(|tx| Ok(tx.ensure_cluster("east", crate::arrangement::SETTINGS)?.0.cluster.id)).await;
    let team = ground.workspace("team").await;
    let names = listing(&[("c", "1"), ("a", "2"), ("gone", "3")]);
    ground.write(move |tx| tx.record_listing(first, &names, at(1))).await;
    ground.write(move |tx| tx.record_gone(first, "3", at(2))).await;
    let b = seen(&ground, second, "b", "1").await;
    ground.write(move |tx| tx.assign_namespaces(&[b], Some(team))).await;
    let (mut found, mut page) = (Vec::new(), Page::first(1).counted());
    loop {
        let asked = page.clone();
        let next = ground.read(move |tx| tx.page_namespaces(&NamespaceFilter::seen_with(Sight::All), &asked)).await;
        assert_eq!(next.total, Some(3));
        found.extend(
            next.items.iter().map(|record| (record.namespace.cluster.to_string(), record.namespace.name.to_string())),
        );
        if !next.has_next {
            break;
        }
        page = page.after(next.items[0].key());
    }
    let expected = [("default", "a"), ("default", "c"), ("east", "b")];
    assert_eq!(found, expected.map(|(cluster, name)| (cluster.to_owned(), name.to_owned())));
    let by_name = [("default".to_owned(), "a".to_owned()), ("east".to_owned(), "a".to_owned())];
    assert_eq!(ground.read(move |tx| tx.namespaces_by_name(&Sight::All, &by_name)).await.len(), 1);
    for (filter, count) in [
        (NamespaceFilter { assigned: Some(true), ..NamespaceFilter::seen_with(Sight::All) }, 1),
        (NamespaceFilter { assigned: Some(false), ..NamespaceFilter::seen_with(Sight::All) }, 2),
        (NamespaceFilter::seen_with(Sight::Of(vec![team])), 1),
        (NamespaceFilter { search: Some("A".to_owned()), ..NamespaceFilter::seen_with(Sight::All) }, 1),
    ] {
        let page = ground.read(move |tx| tx.page_namespaces(&filter, &Page::first(9))).await;
        assert_eq!(page.items.len(), count);
    }
}
