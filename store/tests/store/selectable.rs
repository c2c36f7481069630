//! The picker's list.

use wharfinger_domain::binding::BindingScope;
use wharfinger_domain::id::SpaceId;
use wharfinger_store::Page;
use wharfinger_store::selectable::{GrantedSpace, SelectableFilter};

use crate::arrangement::{Ground, at, repository, tag};

fn whole(space: SpaceId) -> GrantedSpace {
    GrantedSpace { space, scope: None }
}

async fn ground() -> (Ground, Vec<SpaceId>) {
    let ground = Ground::new();
    let (_, mut spaces) = ground.harbor("one", &["a", "b"]).await;
    let (_, others) = ground.harbor("two", &["a"]).await;
    spaces.extend(others);
    let all = spaces.clone();
    ground
        .write(move |tx| {
            for (space, path) in all.iter().zip(["a", "b", "a"]) {
                let seen = ["app", "group/app", "group/tool", "x_y"];
                let seen = seen.map(|name| repository(&format!("{path}/{name}"), &[tag("v1", Some(1))]));
                tx.observe_repositories(*space, &seen, at(1))?;
            }
            Ok(())
        })
        .await;
    (ground, spaces)
}

/// What these grants let somebody select, read in pages of this size: `host/path` of each.
async fn select(ground: &Ground, grants: &[GrantedSpace], filter: &SelectableFilter, first: u32) -> Vec<String> {
    let (mut found, mut page) = (Vec::new(), Page::first(first).counted());
    loop {
        let (grants, filter, asked) = (grants.to_vec(), filter.clone(), page.clone());
        let next = ground.read(move |tx| tx.page_selectable(&grants, &filter, &asked)).await;
        found.extend(next.items.iter().map(|image| format!("{}/{}", image.host, image.repository.path)));
        match next.items.last() {
            Some(last) if next.has_next => page = page.after(last.repository.key()),
            _ => {
                assert_eq!(next.total, Some(i64::try_from(found.len()).unwrap()));
                return found;
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_granted_by_nothing() {
    let (ground, _) = ground().await;
    assert!(select(&ground, &[], &SelectableFilter::default(), 5).await.is_empty());
}

#[tokio::test]
async fn every_granted_repository_is_listed_once_by_path() {
    let (ground, spaces) = ground().await;
    let expected = [
        "one.example.com/a/app",
        "two.example.com/a/app",
        "one.example.com/a/group/app",
        "two.example.com/a/group/app",
        "one.example.com/a/group/tool",
        "two.example.com/a/group/tool",
        "one.example.com/a/x_y",
        "two.example.com/a/x_y",
    ];
    let grants = [whole(spaces[2]), whole(spaces[0])];
    for first in [1, 3, 8, 50] {
        assert_eq!(select(&ground, &grants, &SelectableFilter::default(), first).await, expected, "{first}");
    }
}

#[tokio::test]
async fn a_row_carries_what_a_reference_is_made_of() {
    let (ground, spaces) = ground().await;
    let (space, grants) = (spaces[1], vec![whole(spaces[1])]);
    let page = ground.read(move |tx| tx.page_selectable(&grants, &SelectableFilter::default(), &Page::first(1))).await;
    let image = &page.items[0];
    assert_eq!((image.repository.space, &*image.space_path, &*image.host), (space, "b", "one.example.com"));
    assert_eq!(image.repository.latest, Some(tag("v1", Some(1))));
}

#[tokio::test]
async fn a_scope_covers_what_the_domain_says_it_covers() {
    let (ground, spaces) = ground().await;
    let names = ["app", "group/app", "group/tool", "x_y"];
    for (include, exclude) in [
        (vec!["group/"], vec![]),
        (vec!["group"], vec![]),
        (vec!["app", "group/"], vec!["group/app"]),
        (vec!["group/", "x_y"], vec!["group/"]),
        (vec!["grou/"], vec![]),
        (vec!["app", "group/tool", "x_y"], vec!["app/"]),
    ] {
        let scope = BindingScope::new(&include, &exclude).unwrap();
        let covered = names.iter().filter(|name| scope.covers(name));
        let expected: Vec<_> = covered.map(|name| format!("one.example.com/a/{name}")).collect();
        let grants = [GrantedSpace { space: spaces[0], scope: Some(scope) }];
        assert_eq!(
            select(&ground, &grants, &SelectableFilter::default(), 2).await,
            expected,
            "{include:?} {exclude:?}"
        );
    }
}

#[tokio::test]
async fn filters_narrow_what_is_granted_and_never_widen_it() {
    let (ground, spaces) = ground().await;
    let registry = ground.read(|tx| tx.all_registries()).await[1].registry.id;
    let grants = [whole(spaces[0]), whole(spaces[2])];
    let search = |text: &str| SelectableFilter { search: Some(text.to_owned()), ..SelectableFilter::default() };
    assert_eq!(select(&ground, &grants, &search("X_Y"), 9).await, ["one.example.com/a/x_y", "two.example.com/a/x_y"]);
    assert!(select(&ground, &grants, &search("x%y"), 9).await.is_empty());
    let of_registry = SelectableFilter { registries: Some(vec![registry]), ..search("tool") };
    assert_eq!(select(&ground, &grants, &of_registry, 9).await, ["two.example.com/a/group/tool"]);
    let of_space = SelectableFilter { spaces: Some(vec![spaces[1], spaces[0]]), ..search("tool") };
    assert_eq!(select(&ground, &grants, &of_space, 9).await, ["one.example.com/a/group/tool"]);
    let of_none = SelectableFilter { registries: Some(Vec::new()), ..SelectableFilter::default() };
    assert!(select(&ground, &grants, &of_none, 9).await.is_empty());
}

#[tokio::test]
async fn a_page_takes_one_statement_and_its_total_one_more() {
    let (ground, spaces) = ground().await;
    for (page, expected) in [(Page::first(2), 1), (Page::first(2).counted(), 2)] {
        let grants: Vec<_> = spaces.iter().copied().map(whole).collect();
        let filter = SelectableFilter::default();
        assert_eq!(ground.statements_of(move |tx| tx.page_selectable(&grants, &filter, &page)).await, expected);
    }
}

#[tokio::test]
async fn a_space_with_many_repositories_is_listed_as_one_with_few() {
    let (ground, spaces) = ground().await;
    let large = spaces[1];
    ground
        .write(move |tx| {
            let seen: Vec<_> = (0..1200).map(|n| repository(&format!("b/{n:04}"), &[])).collect();
            tx.observe_repositories(large, &seen, at(2))?;
            tx.finish_walk(large, at(2))
        })
        .await;
    let scope = BindingScope::new(&["0007", "1199", "group/"], &[] as &[&str]).unwrap();
    let grants = [whole(spaces[0]), GrantedSpace { space: large, scope: Some(scope) }, whole(spaces[2])];
    let search = SelectableFilter { search: Some("7".to_owned()), ..SelectableFilter::default() };
    assert_eq!(select(&ground, &grants, &search, 3).await, ["one.example.com/b/0007"]);
    let all = select(&ground, &[whole(large)], &SelectableFilter::default(), 500).await;
    let expected: Vec<_> = (0..1200).map(|n| format!("one.example.com/b/{n:04}")).collect();
    assert_eq!(all, expected);
    assert_eq!(select(&ground, &grants, &SelectableFilter::default(), 4).await.len(), 10);
}
