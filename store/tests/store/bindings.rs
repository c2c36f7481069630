//! Bindings.

use wharfinger_domain::binding::BindingScope;
use wharfinger_domain::id::{BindingId, SpaceId};
use wharfinger_store::bindings::{BindingFilter, BindingTerms};
use wharfinger_store::sight::Sight;
use wharfinger_store::{Page, StoreError, Unique};

use crate::arrangement::{Ground, at, binding};

fn terms() -> BindingTerms {
    BindingTerms {
        scope: Some(BindingScope::new(&["team/", "app"], &["team/secret"]).unwrap()),
        not_before: Some(at(10)),
        expires_at: Some(at(20)),
        reason: Some("TICKET-1".to_owned()),
    }
}

#[tokio::test]
async fn a_binding_comes_back_with_all_that_it_says() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["a"]).await;
    let (space, team) = (spaces[0], ground.workspace("team").await);
    let new = wharfinger_store::bindings::NewBinding { terms: terms(), ..binding(space, team) };
    let made = ground.write(move |tx| tx.insert_bindings(&[new])).await.remove(0);
    assert_eq!((made.binding.space, made.binding.workspace), (space, team));
    assert_eq!((&made.binding.scope, &made.reason), (&terms().scope, &terms().reason));
    assert_eq!((made.binding.not_before, made.binding.expires_at), (Some(at(10)), Some(at(20))));
    assert_eq!((&*made.created_by, made.created_at, made.revision), ("admin", at(2), 1));
    let id = made.binding.id;
    assert_eq!(ground.read(move |tx| tx.bindings_by_id(&Sight::All, &[id])).await[&id], made);
}

#[tokio::test]
async fn an_update_sets_everything_and_grows_the_revision() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["a"]).await;
    let (space, team) = (spaces[0], ground.workspace("team").await);
    let id = ground.write(move |tx| tx.insert_bindings(&[binding(space, team)])).await[0].binding.id;
    let changed = ground.write(move |tx| tx.update_binding(id, &terms())).await.unwrap();
    assert_eq!((changed.binding.scope, changed.revision), (terms().scope, 2));
    let cleared = ground.write(move |tx| tx.update_binding(id, &BindingTerms::default())).await.unwrap();
    assert_eq!((cleared.binding.scope, cleared.binding.expires_at, cleared.reason), (None, None, None));
    assert_eq!(ground.write(|tx| tx.update_binding(BindingId(99), &terms())).await, None);
}

#[tokio::test]
async fn a_pair_is_bound_once_and_a_batch_is_stored_whole_or_not_at_all() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["a", "b"]).await;
    let (a, b, team) = (spaces[0], spaces[1], ground.workspace("team").await);
    ground.write(move |tx| tx.insert_bindings(&[binding(a, team)])).await;
    let refused = ground.store.write(move |tx| tx.insert_bindings(&[binding(b, team), binding(a, team)])).await;
    assert_eq!(refused, Err(StoreError::Conflict(Unique::Binding)));
    let found = ground.read(move |tx| tx.bindings_by_pair(&Sight::All, &[(a, team), (b, team)])).await;
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [(a, team)]);
    let refused = ground.store.write(move |tx| tx.insert_bindings(&[binding(SpaceId(99), team)])).await;
    assert_eq!(refused, Err(StoreError::Dangling));
}

#[tokio::test]
async fn removing_gives_what_there_was() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["a"]).await;
    let (space, team) = (spaces[0], ground.workspace("team").await);
    let made = ground.write(move |tx| tx.insert_bindings(&[binding(space, team)])).await;
    let id = made[0].binding.id;
    assert_eq!(ground.write(move |tx| tx.remove_bindings(&[id, BindingId(99)])).await, made);
    assert!(ground.write(move |tx| tx.remove_bindings(&[id])).await.is_empty());
}

#[tokio::test]
async fn pairs_that_were_not_asked_for_are_not_told() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["a", "b"]).await;
    let (a, b) = (spaces[0], spaces[1]);
    let (one, other) = (ground.workspace("one").await, ground.workspace("other").await);
    ground.write(move |tx| tx.insert_bindings(&[binding(a, one), binding(a, other), binding(b, other)])).await;
    let found = ground.read(move |tx| tx.bindings_by_pair(&Sight::All, &[(a, one), (b, other)])).await;
    assert_eq!(found.len(), 2);
    assert!(!found.contains_key(&(a, other)));
    assert!(ground.read(|tx| tx.bindings_by_pair(&Sight::All, &[])).await.is_empty());
}

#[tokio::test]
async fn lists_are_filtered_and_paged_in_the_order_they_were_made() {
    let ground = Ground::new();
    let (registry, spaces) = ground.harbor("harbor", &["alpha", "beta"]).await;
    let (_, others) = ground.harbor("other", &["gamma"]).await;
    let (one, two) = (ground.workspace("one").await, ground.workspace("two").await);
    let (alpha, beta, gamma) = (spaces[0], spaces[1], others[0]);
    let pairs = [(beta, one), (alpha, one), (gamma, one), (alpha, two)];
    ground.write(move |tx| tx.insert_bindings(&pairs.map(|(space, workspace)| binding(space, workspace)))).await;
    let none = || BindingFilter::seen_with(Sight::All);
    for (filter, expected) in [
        (none(), vec![(beta, one), (alpha, one), (gamma, one), (alpha, two)]),
        (BindingFilter { registry: Some(registry), ..none() }, vec![(beta, one), (alpha, one), (alpha, two)]),
        (BindingFilter { space: Some(alpha), ..none() }, vec![(alpha, one), (alpha, two)]),
        (BindingFilter { workspace: Some(two), ..none() }, vec![(alpha, two)]),
        (BindingFilter { search: Some("AMM".to_owned()), ..none() }, vec![(gamma, one)]),
        (BindingFilter { search: Some("two".to_owned()), ..none() }, vec![(alpha, two)]),
    ] {
        let (mut found, mut page) = (Vec::new(), Page::first(2).counted());
        loop {
            let (filter, asked) = (filter.clone(), page.clone());
            let next = ground.read(move |tx| tx.page_bindings(&filter, &asked)).await;
            assert_eq!(next.total, Some(i64::try_from(expected.len()).unwrap()));
            found.extend(next.items.iter().map(|record| (record.binding.space, record.binding.workspace)));
            match next.items.last() {
                Some(last) if next.has_next => page = page.after(last.binding.id),
                _ => break,
            }
        }
        assert_eq!(found, expected, "{filter:?}");
    }
}
