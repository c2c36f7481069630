//! Users, groups, memberships, sessions and tokens.

use std::collections::BTreeSet;

use wharfinger_domain::caller::{PlatformRole, TokenScope, WorkspaceRole};
use wharfinger_domain::id::{TokenId, UserId, WorkspaceId};
use wharfinger_store::memberships::Member;
use wharfinger_store::page::{NameKey, Page, Within};
use wharfinger_store::sessions::SessionRecord;
use wharfinger_store::sight::Sight;
use wharfinger_store::tokens::NewToken;
use wharfinger_store::users::{NewUser, Origin, Password, UserSettings};
use wharfinger_store::{StoreError, Unique};

use crate::arrangement::{Ground, at};

pub(crate) fn user(name: &str, platform_role: PlatformRole) -> NewUser {
    let display_name = Some(format!("The {name}"));
    NewUser {
        name: name.to_owned(),
        origin: Origin::Local,
        settings: UserSettings { display_name, email: None, platform_role, disabled: false },
        password: Password { hash: format!("hash of {name}"), one_time: true },
        at: at(1),
    }
}

async fn insert(ground: &Ground, name: &str) -> UserId {
    let new = user(name, PlatformRole::None);
    ground.write(move |tx| tx.insert_user(&new)).await.id
}

#[tokio::test]
async fn a_users_name_is_its_own_and_its_settings_change_at_their_revision() {
    let ground = Ground::new();
    assert!(!ground.read(|tx| tx.has_users()).await);
    let made = ground.write(|tx| tx.insert_user(&user("ada", PlatformRole::Admin))).await;
    assert!(ground.read(|tx| tx.has_users()).await);
    let again = ground.store.write(|tx| tx.insert_user(&user("ada", PlatformRole::None))).await;
    assert_eq!(again, Err(StoreError::Conflict(Unique::UserName)));
    assert_eq!(ground.read(|tx| tx.user_by_name("ada")).await.as_ref(), Some(&made));
    assert_eq!(ground.read(|tx| tx.count_administrators()).await, 1);

    let (id, settings) = (made.id, UserSettings { disabled: true, ..made.settings.clone() });
    let change = settings.clone();
    assert!(!ground.write(move |tx| tx.update_user(id, 7, &settings)).await);
    assert!(ground.write(move |tx| tx.update_user(id, 1, &change)).await);
    let now = ground.read(move |tx| tx.users_by_id(&Sight::All, &[id])).await.remove(&id).unwrap();
    assert_eq!((now.settings.disabled, now.revision), (true, 2));
    assert_eq!(ground.read(|tx| tx.count_administrators()).await, 0);
}

#[tokio::test]
async fn a_password_is_kept_apart_and_told_by_no_debug_output() {
    let ground = Ground::new();
    let id = insert(&ground, "ada").await;
    let first = ground.read(move |tx| tx.password(id)).await.unwrap();
    assert_eq!((&*first.hash, first.one_time), ("hash of ada", true));
    assert!(!format!("{first:?}").contains("hash of"));
    let other = Password { hash: "other".to_owned(), one_time: false };
    let set = other.clone();
    ground.write(move |tx| tx.set_password(id, &set)).await;
    assert_eq!(ground.read(move |tx| tx.password(id)).await, Some(other));
    assert_eq!(ground.read(move |tx| tx.password(UserId(99))).await, None);
}

#[tokio::test]
async fn users_are_listed_by_name_in_pages_and_found_by_a_part_of_it() {
    let ground = Ground::new();
    for name in ["cyd", "ada", "bob", "a_b"] {
        insert(&ground, name).await;
    }
    let page = ground.read(|tx| tx.page_users(None, &Page::first(2).counted())).await;
    let names: Vec<_> = page.items.iter().map(|user| &*user.name).collect();
    assert_eq!((names, page.has_next, page.total), (vec!["a_b", "ada"], true, Some(4)));
    let key = NameKey { name: "ada".to_owned(), id: 0 };
    let rest = ground.read(move |tx| tx.page_users(None, &Page::first(5).after(key))).await;
    assert_eq!(rest.items.iter().map(|user| &*user.name).collect::<Vec<_>>(), ["bob", "cyd"]);
    for (search, count) in [("A_", 1), ("the ", 4), ("%", 0)] {
        let found = ground.read(move |tx| tx.page_users(Some(search), &Page::first(9))).await;
        assert_eq!(found.items.len(), count, "{search}");
    }
}

#[tokio::test]
async fn a_user_has_its_own_roles_and_those_of_its_groups() {
    let ground = Ground::new();
    let (ada, bob) = (insert(&ground, "ada").await, insert(&ground, "bob").await);
    let workspaces = [ground.workspace("wa").await, ground.workspace("wb").await];
    let [wa, wb] = workspaces;
    let group = ground.write(|tx| tx.ensure_group("team")).await;
    assert_eq!(ground.write(|tx| tx.ensure_group("team")).await, group);
    let id = group.id;
    ground.write(move |tx| tx.set_groups(ada, &[id])).await;
    let given = [
        (wa, Member::User(ada), WorkspaceRole::Viewer),
        (wa, Member::Group(id), WorkspaceRole::Admin),
        (wb, Member::Group(id), WorkspaceRole::Editor),
        (wb, Member::User(bob), WorkspaceRole::Admin),
    ];
    for (workspace, member, role) in given {
        assert_eq!(ground.write(move |tx| tx.set_membership(workspace, member, role)).await, None);
    }
    let mut roles = ground.read(move |tx| tx.roles_of(ada)).await;
    roles.sort_unstable();
    let expected = [(wa, WorkspaceRole::Viewer), (wa, WorkspaceRole::Admin), (wb, WorkspaceRole::Editor)];
    assert_eq!(roles, expected);
    assert_eq!(ground.read(move |tx| tx.roles_of(bob)).await, [(wb, WorkspaceRole::Admin)]);
    assert_eq!(ground.read(move |tx| tx.groups_of(&Sight::All, &[ada, bob])).await.remove(&ada), Some(vec![group]));

    let change = move |tx: &mut dyn wharfinger_store::Transaction| {
        tx.set_membership(wb, Member::User(bob), WorkspaceRole::Viewer)
    };
    assert_eq!(ground.write(change).await, Some(WorkspaceRole::Admin));
    assert_eq!(ground.statements_of(move |tx| tx.membership_pages(&Sight::All, &workspaces, &Page::first(1))).await, 1);
    let pages = ground.read(move |tx| tx.membership_pages(&Sight::All, &workspaces, &Page::first(1).counted())).await;
    assert_eq!((pages[&wa].items[0].member, pages[&wa].has_next, pages[&wa].total), (given[0].1, true, Some(2)));
    let after = Within { parent: wa, key: pages[&wa].items[0].id };
    let next = ground.read(move |tx| tx.membership_pages(&Sight::All, &workspaces, &Page::first(5).after(after))).await;
    assert_eq!((next[&wa].items[0].member, next.contains_key(&wb)), (given[1].1, false));

    let end = move |tx: &mut dyn wharfinger_store::Transaction| tx.remove_membership(wb, Member::User(bob));
    assert_eq!(ground.write(end).await, Some(WorkspaceRole::Viewer));
    assert_eq!(ground.write(end).await, None);
    ground.write(move |tx| tx.set_groups(ada, &[])).await;
    assert_eq!(ground.read(move |tx| tx.roles_of(ada)).await, [(wa, WorkspaceRole::Viewer)]);
    ground.write(move |tx| tx.remove_workspace(wa)).await;
    assert_eq!(ground.read(move |tx| tx.roles_of(ada)).await, []);
}

#[tokio::test]
async fn a_session_lasts_until_it_is_ended_and_failures_until_they_are_forgotten() {
    let ground = Ground::new();
    let ada = insert(&ground, "ada").await;
    let session = SessionRecord { user: ada, started_at: at(1), seen_at: at(1), expires_at: at(100) };
    for hash in ["one", "two", "old"] {
        ground.write(move |tx| tx.insert_session(hash, &session)).await;
    }
    ground.write(|tx| tx.touch_session("two", at(9))).await;
    let two = ground.read(|tx| tx.session("two")).await;
    assert_eq!(two, Some(SessionRecord { seen_at: at(9), ..session }));
    assert_eq!(ground.write(|tx| tx.end_session("one")).await, Some(ada));
    assert_eq!(ground.write(|tx| tx.end_session("one")).await, None);
    assert_eq!(ground.write(|tx| tx.prune_sessions(at(50), at(5))).await, 1);
    assert_eq!(ground.read(|tx| tx.session("old")).await, None);
    assert_eq!(ground.write(move |tx| tx.end_sessions_of(ada)).await, 1);

    for second in [10, 11] {
        ground.write(move |tx| tx.note_sign_in_failure("account:ada", at(second), at(0))).await;
    }
    let failures = ground.read(|tx| tx.sign_in_failures("account:ada")).await.unwrap();
    assert_eq!((failures.count, failures.last_at), (2, at(11)));
    ground.write(|tx| tx.take_back_sign_in_failure("account:ada", at(11), Some(at(10)))).await;
    let failures = ground.read(|tx| tx.sign_in_failures("account:ada")).await.unwrap();
    assert_eq!((failures.count, failures.last_at), (1, at(10)), "as though it had never been");
    for second in [11, 12] {
        ground.write(move |tx| tx.note_sign_in_failure("account:ada", at(second), at(0))).await;
    }
    ground.write(|tx| tx.take_back_sign_in_failure("account:ada", at(11), Some(at(10)))).await;
    let failures = ground.read(|tx| tx.sign_in_failures("account:ada")).await.unwrap();
    assert_eq!((failures.count, failures.last_at), (2, at(12)), "a later one stays");
    for _ in 0..3 {
        ground.write(|tx| tx.take_back_sign_in_failure("account:ada", at(12), None)).await;
    }
    assert_eq!(ground.read(|tx| tx.sign_in_failures("account:ada")).await, None);

    ground.write(|tx| tx.note_sign_in_failure("account:ada", at(11), at(0))).await;
    ground.write(|tx| tx.note_sign_in_failure("address:x", at(30), at(12))).await;
    assert_eq!(ground.read(|tx| tx.sign_in_failures("account:ada")).await, None);
    ground.write(|tx| tx.forget_sign_in_failures("address:x")).await;
    assert_eq!(ground.read(|tx| tx.sign_in_failures("address:x")).await, None);
}

#[tokio::test]
async fn a_token_is_found_by_its_handle_until_it_is_removed() {
    let ground = Ground::new();
    let (ada, bob) = (insert(&ground, "ada").await, insert(&ground, "bob").await);
    let token = move |handle: &str, user, workspace: Option<WorkspaceId>| NewToken {
        handle: handle.to_owned(),
        hash: format!("hash of {handle}"),
        user,
        name: "ci".to_owned(),
        scopes: BTreeSet::from([TokenScope::Read, TokenScope::Bind]),
        workspace,
        created_at: at(1),
        expires_at: at(50),
    };
    let workspace = ground.workspace("wa").await;
    let new = token("h1", ada, Some(workspace));
    let first = ground.write(move |tx| tx.insert_token(&new)).await;
    assert_eq!((&first.token, first.last_used_at), (&token("h1", ada, Some(workspace)), None));
    for (handle, user) in [("h2", ada), ("h3", bob)] {
        let new = token(handle, user, None);
        ground.write(move |tx| tx.insert_token(&new)).await;
    }
    let id = first.id;
    ground.write(move |tx| tx.note_token_used(id, at(7))).await;
    let found = ground.read(|tx| tx.token_by_handle("h1")).await.unwrap();
    assert_eq!((found.id, found.last_used_at), (id, Some(at(7))));
    let page = ground.read(move |tx| tx.page_tokens(ada, &Page::<TokenId>::first(1).counted())).await;
    assert_eq!((&*page.items[0].token.handle, page.has_next, page.total), ("h2", true, Some(2)));
    let after = page.items[0].id;
    let rest = ground.read(move |tx| tx.page_tokens(ada, &Page::first(5).after(after))).await;
    assert_eq!(rest.items.iter().map(|token| token.id).collect::<Vec<_>>(), [id]);
    assert!(ground.write(move |tx| tx.remove_token(id)).await);
    assert!(!ground.write(move |tx| tx.remove_token(id)).await);
    assert_eq!(ground.read(move |tx| tx.token(None, id)).await, None);
}
