//! The index of repositories and tags.

use wharfinger_domain::id::{RegistryId, SpaceId};
use wharfinger_domain::registry::Owner;
use wharfinger_domain::space::Visibility;
use wharfinger_store::Page;
use wharfinger_store::repositories::ContentFilter;
use wharfinger_store::repositories::{ObservedRepository, TagOrder, TagOrderField};
use wharfinger_store::sight::Sight;
use wharfinger_store::spaces::ObservedSpace;

use crate::arrangement::{Ground, at, private, registry, repository, tag};

#[tokio::test]
async fn what_a_walk_saw_comes_back() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["lib"]).await;
    let space = spaces[0];
    let seen = [repository("lib/app", &[tag("v1", Some(10)), tag("v2", Some(20)), tag("old", Some(5))])];
    assert_eq!(ground.write(move |tx| tx.observe_repositories(space, &seen, at(1))).await, 1);
    let found = ground.read(move |tx| tx.repository_by_path(&Sight::All, space, "lib/app")).await.unwrap();
    assert_eq!((found.tag_count, found.pull_count, found.updated_at), (3, Some(7), Some(at(3))));
    assert_eq!(found.latest, Some(tag("v2", Some(20))));
    let id = found.id;
    assert_eq!(ground.read(move |tx| tx.tag(&Sight::All, id, "old")).await, Some(tag("old", Some(5))));
    assert_eq!(ground.read(move |tx| tx.tag(&Sight::All, id, "none")).await, None);
    assert_eq!(ground.read(move |tx| tx.repositories_by_id(&Sight::All, &[id])).await[&id], found);
}

#[tokio::test]
async fn without_instants_the_tag_named_latest_is_the_newest() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["lib"]).await;
    let space = spaces[0];
    let seen = [repository("lib/app", &[tag("zeta", None), tag("latest", None)]), repository("lib/none", &[])];
    ground.write(move |tx| tx.observe_repositories(space, &seen, at(1))).await;
    let app = ground.read(move |tx| tx.repository_by_path(&Sight::All, space, "lib/app")).await.unwrap();
    assert_eq!(app.latest.unwrap().name, "latest");
    assert_eq!(
        ground.read(move |tx| tx.repository_by_path(&Sight::All, space, "lib/none")).await.unwrap().latest,
        None
    );
}

#[tokio::test]
async fn tags_are_replaced_by_what_was_seen_and_kept_when_they_were_not_read() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["lib"]).await;
    let space = spaces[0];
    let walk = |tags: &[_]| [repository("lib/app", tags)];
    let first = walk(&[tag("a", Some(1)), tag("b", Some(2))]);
    ground.write(move |tx| tx.observe_repositories(space, &first, at(1))).await;
    let moved = wharfinger_store::repositories::TagRecord { digest: "sha256:moved".to_owned(), ..tag("b", Some(4)) };
    let second = walk(&[moved.clone(), tag("c", Some(3))]);
    assert_eq!(ground.write(move |tx| tx.observe_repositories(space, &second, at(2))).await, 1);
    let unread = [ObservedRepository { tags: None, ..repository("lib/app", &[]) }];
    assert_eq!(ground.write(move |tx| tx.observe_repositories(space, &unread, at(3))).await, 0);
    let app = ground.read(move |tx| tx.repository_by_path(&Sight::All, space, "lib/app")).await.unwrap();
    let page = ground
        .read(move |tx| {
            tx.page_tags(app.id, &ContentFilter::seen_with(Sight::All), TagOrder::default(), &Page::first(9).counted())
        })
        .await;
    assert_eq!((page.items, page.total), (vec![moved, tag("c", Some(3))], Some(2)));
}

#[tokio::test]
async fn a_completed_walk_removes_what_it_did_not_see_but_not_what_was_declared() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["lib"]).await;
    let space = spaces[0];
    let declared = ["lib/declared".to_owned(), "lib/app".to_owned()];
    assert_eq!(ground.write(move |tx| tx.declare_repositories(space, &declared)).await, 2);
    let seen = [repository("lib/app", &[]), repository("lib/old", &[tag("a", None)])];
    ground.write(move |tx| tx.observe_repositories(space, &seen, at(1))).await;
    assert_eq!(ground.write(move |tx| tx.finish_walk(space, at(1))).await, 0);
    let seen = [repository("lib/new", &[])];
    ground.write(move |tx| tx.observe_repositories(space, &seen, at(2))).await;
    // Not completed: nothing goes.
    assert!(ground.read(move |tx| tx.repository_by_path(&Sight::All, space, "lib/old")).await.is_some());
    assert_eq!(ground.write(move |tx| tx.finish_walk(space, at(2))).await, 1);
    let page = ground
        .read(move |tx| tx.page_repositories(space, &ContentFilter::seen_with(Sight::All), &Page::first(9).counted()))
        .await;
    let paths: Vec<_> = page.items.iter().map(|record| &*record.path).collect();
    assert_eq!((paths, page.total), (vec!["lib/app", "lib/declared", "lib/new"], Some(3)));
    let record = ground.read(move |tx| tx.space(&Sight::All, space)).await.unwrap();
    assert_eq!((record.repository_count, record.walked_at), (3, Some(at(2))));
}

#[tokio::test]
async fn repositories_are_paged_by_path_and_searched_literally() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["lib", "other"]).await;
    let (space, other) = (spaces[0], spaces[1]);
    let seen: Vec<_> = ["c", "a_1", "b", "ax1"].map(|name| repository(&format!("lib/{name}"), &[])).to_vec();
    ground.write(move |tx| tx.observe_repositories(space, &seen, at(1))).await;
    ground.write(move |tx| tx.observe_repositories(other, &[repository("other/a_1", &[])], at(1))).await;
    let (mut paths, mut page) = (Vec::new(), Page::first(3));
    loop {
        let asked = page.clone();
        let found =
            ground.read(move |tx| tx.page_repositories(space, &ContentFilter::seen_with(Sight::All), &asked)).await;
        paths.extend(found.items.iter().map(|record| record.path.clone()));
        if !found.has_next {
            break;
        }
        page = page.after(found.items.last().unwrap().key());
    }
    assert_eq!(paths, ["lib/a_1", "lib/ax1", "lib/b", "lib/c"]);
    let found = ground
        .read(move |tx| {
            tx.page_repositories(
                space,
                &ContentFilter { search: Some("A_1".to_owned()), sight: Sight::All },
                &Page::first(9),
            )
        })
        .await;
    assert_eq!(found.items.iter().map(|record| &*record.path).collect::<Vec<_>>(), ["lib/a_1"]);
}

#[tokio::test]
async fn tags_are_paged_in_every_order() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["lib"]).await;
    let space = spaces[0];
    let tags = [tag("b", Some(1)), tag("a", Some(2)), tag("d", None), tag("c", Some(2)), tag("e", None)];
    let seen = [repository("lib/app", &tags)];
    ground.write(move |tx| tx.observe_repositories(space, &seen, at(1))).await;
    let id = ground.read(move |tx| tx.repository_by_path(&Sight::All, space, "lib/app")).await.unwrap().id;
    for (field, expected) in [(TagOrderField::Name, "abcde"), (TagOrderField::PushedAt, "debac")] {
        for descending in [false, true] {
            let order = TagOrder { field, descending };
            let expected: String = if descending { expected.chars().rev().collect() } else { expected.to_owned() };
            let (mut names, mut page) = (String::new(), Page::first(2));
            loop {
                let asked = page.clone();
                let found =
                    ground.read(move |tx| tx.page_tags(id, &ContentFilter::seen_with(Sight::All), order, &asked)).await;
                names.extend(found.items.iter().map(|tag| &*tag.name));
                if !found.has_next {
                    break;
                }
                page = page.after(found.items.last().unwrap().key(order));
            }
            assert_eq!(names, expected, "{order:?}");
        }
    }
}

#[tokio::test]
async fn declaring_a_space_inside_another_moves_its_repositories() {
    let ground = Ground::new();
    let (id, spaces) = ground.harbor("harbor", &["lib"]).await;
    let outer = spaces[0];
    let seen =
        ["lib/team", "lib/team/app", "lib/team/x/y", "lib/teams/app", "lib/team0"].map(|path| repository(path, &[]));
    ground.write(move |tx| tx.observe_repositories(outer, &seen, at(1))).await;
    let made = ground.write(move |tx| tx.observe_spaces(id, &[private("9", "lib/team")], at(2))).await;
    let inner = made[0].after.space.id;
    assert_eq!(ground.write(move |tx| tx.move_repositories(id, "lib/team", inner)).await, 3);
    let paths = async |space| {
        let page = ground
            .read(move |tx| tx.page_repositories(space, &ContentFilter::seen_with(Sight::All), &Page::first(9)))
            .await;
        page.items.into_iter().map(|record| record.path).collect::<Vec<_>>()
    };
    assert_eq!(paths(inner).await, ["lib/team", "lib/team/app", "lib/team/x/y"]);
    assert_eq!(paths(outer).await, ["lib/team0", "lib/teams/app"]);
    assert_eq!(ground.read(move |tx| tx.space(&Sight::All, inner)).await.unwrap().repository_count, 3);
    assert_eq!(ground.read(move |tx| tx.space(&Sight::All, outer)).await.unwrap().repository_count, 2);
}

/// A registry whose spaces have no ids.
async fn distribution(ground: &Ground) -> (RegistryId, SpaceId) {
    ground
        .write(|tx| {
            let id = tx.insert_registry(&registry("plain", Owner::Platform))?;
            let made = tx.observe_spaces(id, &[shown("team")], at(1))?;
            Ok((id, made[0].after.space.id))
        })
        .await
}

fn shown(path: &str) -> ObservedSpace {
    ObservedSpace { upstream_id: None, path: path.to_owned(), upstream_visibility: None, proxy_cache: false }
}

#[tokio::test]
async fn what_lies_in_a_space_that_was_declared_inside_another_is_seen_there_and_goes_from_there() {
    let ground = Ground::new();
    let (registry, team) = distribution(&ground).await;
    let declare = |path: &'static str| {
        ground
            .write(move |tx| Ok(tx.declare_space(registry, path, Visibility::Private, at(2))?.unwrap().after.space.id))
    };
    let (group, deepest) = (declare("team/group").await, declare("team/group/deep").await);
    let seen = ["team/app", "team/group/app", "team/groups/app", "team/group/deep/app", "team/group/deep"];
    let seen = seen.map(|path| repository(path, &[]));
    assert_eq!(ground.write(move |tx| tx.observe_repositories(team, &seen, at(3))).await, 5);
    assert_eq!(ground.write(move |tx| tx.finish_walk(team, at(3))).await, 0);
    let paths = async |space| {
        let filter = ContentFilter::seen_with(Sight::All);
        let page = ground.read(move |tx| tx.page_repositories(space, &filter, &Page::first(9))).await;
        page.items.into_iter().map(|record| record.path).collect::<Vec<_>>()
    };
    assert_eq!(paths(team).await, ["team/app", "team/groups/app"]);
    assert_eq!(paths(group).await, ["team/group/app"]);
    assert_eq!(paths(deepest).await, ["team/group/deep", "team/group/deep/app"]);

    let seen = [repository("team/app", &[]), repository("team/group/deep", &[])];
    ground.write(move |tx| tx.observe_repositories(team, &seen, at(4))).await;
    assert_eq!(ground.write(move |tx| tx.finish_walk(team, at(4))).await, 3);
    assert_eq!((paths(team).await, paths(group).await), (vec!["team/app".to_owned()], vec![]));
    assert_eq!(paths(deepest).await, ["team/group/deep"]);
    let walked = ground.read(move |tx| tx.spaces_of_registry(registry)).await;
    let counts: Vec<_> = walked.iter().map(|record| (record.repository_count, record.walked_at)).collect();
    assert_eq!(counts, [(1, Some(at(4))), (0, Some(at(4))), (1, Some(at(4)))]);
}
