//! Pages of many lists at once: each is what the list alone gives, whatever the order, the cursor and the count.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use wharfinger_domain::id::{RegistryId, SpaceId, WorkspaceId};
use wharfinger_domain::registry::Owner;
use wharfinger_store::page::{NameKey, Within};
use wharfinger_store::registries::{RegistryFilter, RegistryRecord};
use wharfinger_store::repositories::{ContentFilter, RepositoryRecord, TagKey, TagOrder, TagOrderField};
use wharfinger_store::sight::Sight;
use wharfinger_store::spaces::{SpaceFilter, SpaceKey, SpaceOrder, SpaceOrderField};
use wharfinger_store::{Page, Paged};

use crate::arrangement::{Ground, at, private, public, registry, repository, tag};

/// Everything that spaces are ordered by.
const FIELDS: [SpaceOrderField; 4] = [
    SpaceOrderField::Name,
    SpaceOrderField::Visibility,
    SpaceOrderField::RepositoryCount,
    SpaceOrderField::BindingCount,
];

/// The page that begins after this key.
fn asked<P, K>(after: Option<(P, K)>, total: bool) -> Page<Within<P, K>> {
    Page { first: 2, after: after.map(|(parent, key)| Within { parent, key }), total }
}

/// That the list of the parent has this page, and every other list nothing if it begins after a key.
fn assert_page<P, T>(found: &HashMap<P, Paged<T>>, parent: P, expected: &Paged<T>, begins_anywhere: bool)
where
    P: Copy + Eq + Hash + Debug,
    T: Clone + PartialEq + Debug,
{
    let own = found.get(&parent).cloned().unwrap_or_else(Paged::empty);
    assert_eq!((own.items, own.has_next), (expected.items.clone(), expected.has_next), "{parent:?}");
    assert!(expected.total.is_none() || own.total == expected.total, "{parent:?}");
    let others = found.iter().filter(|(other, _)| **other != parent);
    assert!(begins_anywhere || others.clone().all(|(_, page)| page.items.is_empty() && !page.has_next));
}

#[tokio::test]
async fn spaces_of_many_registries_come_as_those_of_one() {
    let ground = Ground::new();
    let (one, _) = ground.harbor("one", &["a", "b", "c"]).await;
    let (two, _) = ground.harbor("two", &["a"]).await;
    ground
        .write(move |tx| {
            tx.observe_spaces(two, &[private("1", "x"), public("2", "y"), public("3", "b"), private("4", "z")], at(1))?;
            let found = tx.spaces_of_registry(two)?;
            tx.observe_repositories(found[1].space.id, &[repository("b/app", &[])], at(1))?;
            tx.finish_walk(found[1].space.id, at(1))
        })
        .await;
    for field in FIELDS {
        for (descending, total) in [(false, false), (false, true), (true, false), (true, true)] {
            let order = SpaceOrder { field, descending };
            let mut after: Option<SpaceKey> = None;
            loop {
                let page = Page { first: 2, after: after.clone(), total };
                let filter = SpaceFilter { registry: Some(two), ..SpaceFilter::seen_with(Sight::All) };
                let expected = ground.read(move |tx| tx.page_spaces(&filter, order, &page)).await;
                let page = asked::<RegistryId, _>(after.clone().map(|key| (two, key)), total);
                let found = ground
                    .read(move |tx| tx.space_pages(&[one, two], &SpaceFilter::seen_with(Sight::All), order, &page))
                    .await;
                assert_page(&found, two, &expected, after.is_none());
                after = expected.items.last().map(|record| record.key(field));
                if after.is_none() {
                    assert_eq!(found.get(&two).and_then(|page| page.total), total.then_some(5));
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn repositories_and_tags_of_many_parents_come_as_those_of_one() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["a", "b"]).await;
    let (a, b) = (spaces[0], spaces[1]);
    let tags = [tag("t1", Some(3)), tag("t2", Some(2)), tag("t3", Some(3)), tag("t4", None)];
    ground
        .write(move |tx| {
            for (space, name) in [(a, "a"), (b, "b")] {
                let seen: Vec<_> = (1..4).map(|n| repository(&format!("{name}/{n}"), &tags)).collect();
                tx.observe_repositories(space, &seen, at(1))?;
            }
            Ok(())
        })
        .await;
    let all = ContentFilter::seen_with(Sight::All);
    for total in [false, true] {
        let mut after: Option<NameKey> = None;
        for _ in 0..3 {
            let alone = Page { first: 2, after: after.clone(), total };
            let expected =
                ground.read(move |tx| tx.page_repositories(b, &ContentFilter::seen_with(Sight::All), &alone)).await;
            let (page, filter) = (asked::<SpaceId, _>(after.clone().map(|key| (b, key)), total), all.clone());
            let found = ground.read(move |tx| tx.repository_pages(&[a, b], &filter, &page)).await;
            assert_page(&found, b, &expected, after.is_none());
            after = expected.items.last().map(RepositoryRecord::key).or(after);
        }
    }
    let ids = ground
        .read(move |tx| tx.page_repositories(b, &ContentFilter::seen_with(Sight::All), &Page::first(9)))
        .await
        .items;
    let ids: Vec<_> = ids.into_iter().map(|record| record.id).collect();
    for field in [TagOrderField::Name, TagOrderField::PushedAt] {
        for (descending, total) in [(false, false), (false, true), (true, false), (true, true)] {
            let order = TagOrder { field, descending };
            let mut after: Option<TagKey> = None;
            for _ in 0..3 {
                let (id, ids, filter) = (ids[1], ids.clone(), all.clone());
                let alone = Page { first: 2, after: after.clone(), total };
                let expected =
                    ground.read(move |tx| tx.page_tags(id, &ContentFilter::seen_with(Sight::All), order, &alone)).await;
                let page = asked(after.clone().map(|key| (id, key)), total);
                let found = ground.read(move |tx| tx.tag_pages(&ids, &filter, order, &page)).await;
                assert_page(&found, id, &expected, after.is_none());
                after = expected.items.last().map(|record| record.key(order)).or(after);
            }
        }
    }
}

#[tokio::test]
async fn registries_of_many_workspaces_come_as_those_of_one() {
    let ground = Ground::new();
    let (a, b) = (ground.workspace("a").await, ground.workspace("b").await);
    ground
        .write(move |tx| {
            for owner in [Owner::Platform, Owner::Workspace(a), Owner::Workspace(b)] {
                for name in ["two", "three", "one"] {
                    tx.insert_registry(&registry(name, owner))?;
                }
            }
            Ok(())
        })
        .await;
    for total in [false, true] {
        let mut after: Option<NameKey> = None;
        for names in [&["one", "three"][..], &["two"]] {
            let alone = Page { first: 2, after: after.clone(), total };
            let of = RegistryFilter { platform: Some(false), ..RegistryFilter::seen_with(Sight::Of(vec![b])) };
            let expected = ground.read(move |tx| tx.page_registries(&of, &alone)).await;
            let page = asked::<WorkspaceId, _>(after.clone().map(|key| (b, key)), total);
            let (found, statements) = {
                let again = page.clone();
                let found = ground.read(move |tx| tx.registry_pages(&Sight::All, &[a, b], &page)).await;
                (found, ground.statements_of(move |tx| tx.registry_pages(&Sight::All, &[a, b], &again)).await)
            };
            assert_page(&found, b, &expected, after.is_none());
            assert_eq!(expected.items.iter().map(|record| &*record.registry.name).collect::<Vec<_>>(), names);
            assert_eq!(statements, 2, "one for the pages, one for the hosts");
            assert_eq!(
                found.get(&a).map(|page| (page.items.len(), page.has_next, page.total)),
                match (&after, total) {
                    (None, _) => Some((2, true, total.then_some(3))),
                    (Some(_), true) => Some((0, false, Some(3))),
                    (Some(_), false) => None,
                }
            );
            after = expected.items.last().map(RegistryRecord::key);
        }
    }
}

#[tokio::test]
async fn only_what_is_in_public_spaces_is_told_where_that_was_asked() {
    let ground = Ground::new();
    let (id, spaces) = ground.harbor("harbor", &["shut"]).await;
    let shut = spaces[0];
    let open = ground.write(move |tx| tx.observe_spaces(id, &[public("1", "open")], at(1))).await[0].after.space.id;
    ground
        .write(move |tx| {
            tx.observe_repositories(shut, &[repository("shut/app", &[tag("t", None)])], at(1))?;
            tx.observe_repositories(open, &[repository("open/app", &[tag("t", None)])], at(1))
        })
        .await;
    let public = ContentFilter { search: None, sight: Sight::default() };
    for total in [false, true] {
        for asked_of in [vec![shut], vec![shut, open]] {
            let (filter, page) = (public.clone(), asked::<SpaceId, NameKey>(None, total));
            let found = ground.read(move |tx| tx.repository_pages(&asked_of, &filter, &page)).await;
            assert!(found.get(&shut).is_none_or(|page| page.items.is_empty()));
            assert!(found.get(&open).is_none_or(|page| page.items.len() == 1));
        }
    }
    let id = ground.read(move |tx| tx.repository_by_path(&Sight::All, shut, "shut/app")).await.unwrap().id;
    let page = asked(None, true);
    let found = ground.read(move |tx| tx.tag_pages(&[id], &public, TagOrder::default(), &page)).await;
    assert!(found.is_empty());
}
