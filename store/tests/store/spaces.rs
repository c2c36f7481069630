//! Spaces: what a walk observes, what an administrator declares, and lists of them.

use wharfinger_domain::space::Visibility::{Private, Public};
use wharfinger_store::Page;
use wharfinger_store::sight::Sight;
use wharfinger_store::spaces::{ObservedSpace, SpaceFilter, SpaceOrder, SpaceOrderField};

use crate::arrangement::{Ground, at, binding, private, public, repository};

#[tokio::test]
async fn observing_the_same_again_changes_nothing() {
    let ground = Ground::new();
    let (id, spaces) = ground.harbor("harbor", &["a", "b"]).await;
    assert_eq!(spaces.len(), 2);
    let again = [private("harbor-a", "a"), private("harbor-b", "b")];
    assert!(ground.write(move |tx| tx.observe_spaces(id, &again, at(2))).await.is_empty());
}

#[tokio::test]
async fn a_space_that_turned_public_is_told_with_before_and_after() {
    let ground = Ground::new();
    let (id, spaces) = ground.harbor("harbor", &["a", "b"]).await;
    let seen = [public("harbor-a", "a"), private("harbor-b", "b")];
    let changes = ground.write(move |tx| tx.observe_spaces(id, &seen, at(7))).await;
    assert_eq!(changes.len(), 1);
    let (before, after) = (changes[0].before.as_ref().unwrap(), &changes[0].after);
    assert_eq!((before.space.id, after.space.id), (spaces[0], spaces[0]));
    assert_eq!((before.space.visibility(), after.space.visibility()), (Private, Public));
    assert_eq!((before.visibility_changed_at, after.visibility_changed_at), (None, Some(at(7))));
    assert!(changes[0].is_policy());
}

#[tokio::test]
async fn a_project_made_again_under_the_same_name_is_another_space() {
    let ground = Ground::new();
    let (id, spaces) = ground.harbor("harbor", &["a"]).await;
    let team = ground.workspace("team").await;
    let old = spaces[0];
    ground.write(move |tx| tx.insert_bindings(&[binding(old, team)])).await;
    let changes = ground.write(move |tx| tx.observe_spaces(id, &[private("99", "a")], at(2))).await;
    assert_eq!(changes.len(), 2);
    assert_eq!((changes[0].after.space.id, changes[0].after.space.present), (old, false));
    assert!(changes[0].before.as_ref().unwrap().space.present);
    let new = &changes[1].after;
    assert!(changes[1].before.is_none() && new.space.id != old && new.space.present);
    assert_eq!(new.binding_count, 0);
    assert_eq!(ground.read(move |tx| tx.space(&Sight::All, old)).await.unwrap().binding_count, 1);
}

#[tokio::test]
async fn a_space_that_is_shown_again_is_the_same_one() {
    let ground = Ground::new();
    let (id, spaces) = ground.harbor("harbor", &["a"]).await;
    let a = spaces[0];
    let gone = ground.write(move |tx| tx.mark_spaces_gone(&[a, a])).await;
    assert_eq!(gone.len(), 1);
    assert!(gone[0].before.as_ref().unwrap().space.present && !gone[0].after.space.present);
    assert!(ground.write(move |tx| tx.mark_spaces_gone(&[a])).await.is_empty());
    let back = ground.write(move |tx| tx.observe_spaces(id, &[private("harbor-a", "a")], at(3))).await;
    assert_eq!((back.len(), back[0].after.space.id, back[0].after.space.present), (1, a, true));
}

#[tokio::test]
async fn without_an_upstream_id_the_path_tells_a_space() {
    let ground = Ground::new();
    let (id, _) = ground.harbor("plain", &[]).await;
    let seen = ObservedSpace { upstream_id: None, upstream_visibility: None, ..private("", "library") };
    let (first, second) = (seen.clone(), seen);
    let made = ground.write(move |tx| tx.observe_spaces(id, &[first], at(1))).await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].after.space.visibility(), Private);
    assert!(ground.write(move |tx| tx.observe_spaces(id, &[second], at(2))).await.is_empty());
}

#[tokio::test]
async fn a_declaration_counts_where_the_registry_leaves_room_for_it() {
    let ground = Ground::new();
    let (id, _) = ground.harbor("harbor", &[]).await;
    let seen = [public("1", "open"), private("2", "closed")];
    let made = ground.write(move |tx| tx.observe_spaces(id, &seen, at(1))).await;
    let (open, closed) = (made[0].after.space.id, made[1].after.space.id);
    let change = ground.write(move |tx| tx.declare_visibility(open, Some(Private), at(5))).await.unwrap();
    assert_eq!(change.after.space.visibility(), Private);
    assert_eq!(change.after.visibility_changed_at, Some(at(5)));
    assert_eq!(change.after.revision, change.before.unwrap().revision + 1);
    let change = ground.write(move |tx| tx.declare_visibility(closed, Some(Public), at(5))).await.unwrap();
    assert_eq!((change.after.space.visibility(), change.after.visibility_changed_at), (Private, None));
    let only_public = SpaceFilter { visibility: Some(Public), ..SpaceFilter::seen_with(Sight::All) };
    let page = ground.read(move |tx| tx.page_spaces(&only_public, SpaceOrder::default(), &Page::first(5))).await;
    assert!(page.items.is_empty());
}

#[tokio::test]
async fn making_and_removing_a_binding_counts_and_grows_the_revision_of_its_space() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["a"]).await;
    let team = ground.workspace("team").await;
    let a = spaces[0];
    let made = ground.write(move |tx| tx.insert_bindings(&[binding(a, team)])).await;
    let bound = ground.read(move |tx| tx.space(&Sight::All, a)).await.unwrap();
    assert_eq!((bound.binding_count, bound.revision), (1, 2));
    ground.write(move |tx| tx.remove_bindings(&[made[0].binding.id])).await;
    let unbound = ground.read(move |tx| tx.space(&Sight::All, a)).await.unwrap();
    assert_eq!((unbound.binding_count, unbound.revision), (0, 3));
    assert!(!ground.write(move |tx| tx.touch_space(a, 2)).await);
    assert!(ground.write(move |tx| tx.touch_space(a, 3)).await);
}

#[tokio::test]
async fn search_takes_every_character_for_itself() {
    let ground = Ground::new();
    ground.harbor("harbor", &["a_b", "axb", "per%cent", "back\\slash", "Upper"]).await;
    for (text, found) in [("_", "a_b"), ("%", "per%cent"), ("\\", "back\\slash"), ("uPP", "Upper"), ("x", "axb")] {
        let filter = SpaceFilter { search: Some(text.to_owned()), ..SpaceFilter::seen_with(Sight::All) };
        let page = ground.read(move |tx| tx.page_spaces(&filter, SpaceOrder::default(), &Page::first(9))).await;
        let paths: Vec<_> = page.items.iter().map(|record| &*record.space.path).collect();
        assert_eq!(paths, [found], "{text}");
    }
}

#[tokio::test]
async fn every_order_is_paged_to_its_end_without_gap_or_repetition() {
    let ground = Ground::new();
    let (id, spaces) = ground.harbor("harbor", &["d", "a", "c", "b", "e"]).await;
    let team = ground.workspace("team").await;
    let (bound, walked) = (spaces[2], spaces[3]);
    ground
        .write(move |tx| {
            tx.insert_bindings(&[binding(bound, team)])?;
            tx.observe_repositories(walked, &[repository("b/app", &[])], at(2))?;
            tx.finish_walk(walked, at(2))?;
            tx.observe_spaces(id, &[public("harbor-e", "e")], at(3))
        })
        .await;
    for (field, expected) in [
        (SpaceOrderField::Name, "abcde"),
        (SpaceOrderField::Visibility, "abcde"),
        (SpaceOrderField::RepositoryCount, "acdeb"),
        (SpaceOrderField::BindingCount, "abdec"),
    ] {
        for descending in [false, true] {
            let order = SpaceOrder { field, descending };
            let expected: String = if descending { expected.chars().rev().collect() } else { expected.to_owned() };
            assert_eq!(walk(&ground, order, 1).await, expected, "{order:?}");
            assert_eq!(walk(&ground, order, 2).await, expected, "{order:?}");
        }
    }
}

/// The paths of all spaces in this order, read page by page.
async fn walk(ground: &Ground, order: SpaceOrder, first: u32) -> String {
    let (mut paths, mut page) = (String::new(), Page::first(first));
    loop {
        let asked = page.clone();
        let found = ground.read(move |tx| tx.page_spaces(&SpaceFilter::seen_with(Sight::All), order, &asked)).await;
        paths.extend(found.items.iter().map(|record| &*record.space.path));
        match found.items.last() {
            Some(last) if found.has_next => page = page.after(last.key(order.field)),
            _ => return paths,
        }
    }
}

#[tokio::test]
async fn rows_made_meanwhile_neither_repeat_nor_hide_others() {
    let ground = Ground::new();
    let (id, _) = ground.harbor("harbor", &["b", "d", "f", "h"]).await;
    let (mut seen, mut page) = (Vec::new(), Page::first(1));
    for fresh in ["a", "c", "g", "z", "y"] {
        let asked = page.clone();
        let order = SpaceOrder::default();
        let found = ground.read(move |tx| tx.page_spaces(&SpaceFilter::seen_with(Sight::All), order, &asked)).await;
        seen.extend(found.items.iter().map(|record| record.space.path.to_string()));
        page = page.after(found.items.last().unwrap().key(order.field));
        ground.write(move |tx| tx.observe_spaces(id, &[private(fresh, fresh)], at(2))).await;
    }
    assert_eq!(seen, ["b", "d", "f", "g", "h"]);
}

#[tokio::test]
async fn filters_narrow_and_the_total_counts_all_of_it() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["a", "b", "c"]).await;
    let (other, _) = ground.harbor("other", &["d"]).await;
    let team = ground.workspace("team").await;
    let (a, b, c) = (spaces[0], spaces[1], spaces[2]);
    ground.write(move |tx| tx.insert_bindings(&[binding(a, team)])).await;
    ground.write(move |tx| tx.mark_spaces_gone(&[c])).await;
    let none = || SpaceFilter::seen_with(Sight::All);
    for (filter, expected) in [
        (none(), "abcd"),
        (SpaceFilter { bound_to: Some(team), ..none() }, "a"),
        (SpaceFilter { unbound_only: true, ..none() }, "bcd"),
        (SpaceFilter { present: Some(false), ..none() }, "c"),
        (SpaceFilter { present: Some(true), ..none() }, "abd"),
        (SpaceFilter { registry: Some(other), ..none() }, "d"),
        (SpaceFilter { among: Some(vec![b, c]), ..none() }, "bc"),
        (SpaceFilter { among: Some(Vec::new()), ..none() }, ""),
    ] {
        let (asked, page) = (filter.clone(), Page::first(1).counted());
        let found = ground.read(move |tx| tx.page_spaces(&asked, SpaceOrder::default(), &page)).await;
        assert_eq!(found.total, Some(i64::try_from(expected.len()).unwrap()), "{filter:?}");
        assert_eq!(found.has_next, expected.len() > 1);
        assert_eq!(
            found.items.iter().map(|record| &*record.space.path).collect::<String>(),
            expected.chars().take(1).collect::<String>()
        );
    }
}

#[tokio::test]
async fn a_space_that_was_declared_stays_whatever_a_walk_sees() {
    let ground = Ground::new();
    let (id, _) = ground.harbor("plain", &[]).await;
    let shown = |path: &str| ObservedSpace {
        upstream_id: None,
        path: path.to_owned(),
        upstream_visibility: None,
        proxy_cache: false,
    };
    let team = shown("team");
    ground.write(move |tx| tx.observe_spaces(id, &[team], at(1))).await;
    let declare = |path: &'static str| ground.write(move |tx| tx.declare_space(id, path, Public, at(2)));
    assert!(declare("team").await.is_none(), "there is one already");
    let made = declare("team/group").await.unwrap();
    assert_eq!((made.before, made.after.space.visibility(), made.after.declared), (None, Public, true));

    let all = ground.read(move |tx| tx.spaces_of_registry(id)).await;
    let ids: Vec<_> = all.iter().map(|record| record.space.id).collect();
    let gone = ground.write(move |tx| tx.mark_spaces_gone(&ids)).await;
    assert_eq!(gone.iter().map(|change| &*change.after.space.path).collect::<Vec<_>>(), ["team"]);
    // Shown again, it is the same as before, and still a declared one.
    let again = [shown("team/group")];
    assert!(ground.write(move |tx| tx.observe_spaces(id, &again, at(3))).await.is_empty());
    // What was gone is there again when it is declared, with what is said of it now.
    let back = declare("team").await.unwrap();
    assert_eq!(back.before.map(|before| (before.space.id, before.space.present)), Some((all[0].space.id, false)));
    assert_eq!((back.after.space.id, back.after.declared), (all[0].space.id, true));
    assert_eq!((back.after.space.present, back.after.space.visibility()), (true, Public));
}

#[tokio::test]
async fn what_is_withdrawn_goes_with_all_that_was_declared_inside() {
    let ground = Ground::new();
    let (id, _) = ground.harbor("plain", &[]).await;
    let seen = ["team", "teams"].map(|path| ObservedSpace {
        upstream_id: None,
        path: path.to_owned(),
        upstream_visibility: None,
        proxy_cache: false,
    });
    ground.write(move |tx| tx.observe_spaces(id, &seen, at(1))).await;
    for path in ["team/group", "team/group/deep", "teams/x"] {
        ground.write(move |tx| tx.declare_space(id, path, Private, at(2))).await.unwrap();
    }
    let all = ground.read(move |tx| tx.spaces_of_registry(id)).await;
    let team = all.iter().find(|record| &*record.space.path == "team").unwrap().space.id;
    let gone = ground.write(move |tx| tx.withdraw_spaces(&[team])).await;
    let mut paths: Vec<_> = gone.iter().map(|change| change.after.space.path.to_string()).collect();
    paths.sort();
    assert_eq!(paths, ["team", "team/group", "team/group/deep"]);
    assert!(gone.iter().all(|change| change.is_policy() && !change.after.space.present));
    let left = ground.read(move |tx| tx.spaces_of_registry(id)).await;
    let left: Vec<_> = left.iter().filter(|record| record.space.present).map(|record| &*record.space.path).collect();
    assert_eq!(left, ["teams", "teams/x"]);
}
