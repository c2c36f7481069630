//! Binding and unbinding: the outcome of each pair, what is in force, what is written down.

use wharfinger_app::bindings::{Manner, PairOutcome, Pairs, ScopeInput, Terms};
use wharfinger_app::call::Call;
use wharfinger_app::error::{AppError, UserErrorCode};
use wharfinger_app::namespaces::NamespaceName;
use wharfinger_app::selectable::SelectableInput;
use wharfinger_domain::caller::{AuthMethod, Caller, PlatformRole, WorkspaceRole};
use wharfinger_domain::decision::{Reason, Verdict};
use wharfinger_domain::id::{SpaceId, WorkspaceId};
use wharfinger_domain::time::Timestamp;
use wharfinger_store::Page;
use wharfinger_store::audit::AuditFilter;
use wharfinger_store::sight::Sight;

use crate::assignments::assign;
use crate::world::World;

const IMAGE: &str = "harbor.example/team-a/app:1.0";

#[tokio::test(flavor = "multi_thread")]
async fn a_binding_is_in_force_when_the_use_case_returns() {
    let world = World::start().await;
    world.register().await;
    let (space, workspace) = (world.space("team-a").await.space.id, world.workspace("wa").await);
    assert_eq!(world.decide(IMAGE).reason, Reason::NamespaceNotMapped);
    assign(&world, Some(workspace)).await;
    assert_eq!(world.decide(IMAGE).reason, Reason::NotBound);
    let pairs = Pairs { spaces: vec![space], workspaces: vec![workspace] };
    for round in 0..20 {
        let call = world.admin();
        let done = world.app.bind_spaces(&call, pairs.clone(), Terms::default(), Manner::default()).await;
        assert_eq!(done.unwrap().unwrap().results[0].outcome, PairOutcome::Created, "round {round}");
        assert_eq!(world.decide(IMAGE).verdict, Verdict::Allow);
        let done = world.app.unbind_spaces(&call, pairs.clone(), None, Manner::default()).await;
        assert_eq!(done.unwrap().unwrap().results[0].outcome, PairOutcome::Removed);
        assert_eq!(world.decide(IMAGE).reason, Reason::NotBound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_pair_gets_its_outcome_in_the_order_of_the_input() {
    let world = World::start().await;
    world.register().await;
    let spaces = [world.space("team-a").await.space.id, world.space("team-b").await.space.id];
    let workspaces = [world.workspace("wa").await, world.workspace("wb").await];
    let one = Pairs { spaces: vec![spaces[1]], workspaces: vec![workspaces[0]] };
    world.app.bind_spaces(&world.admin(), one, Terms::default(), Manner::default()).await.unwrap().unwrap();
    let pairs = Pairs { spaces: spaces.to_vec(), workspaces: workspaces.to_vec() };
    let tried = Manner { dry_run: true, partial: false };
    for manner in [tried, Manner::default()] {
        let done =
            world.app.bind_spaces(&world.admin(), pairs.clone(), Terms::default(), manner).await.unwrap().unwrap();
        let outcomes: Vec<_> = done.results.iter().map(|result| result.outcome).collect();

        assert_eq!(
            outcomes,
            [PairOutcome::Created, PairOutcome::Created, PairOutcome::AlreadyBound, PairOutcome::Created],
            "{manner:?}"
        );
        let (first, last) = (&done.results[0], &done.results[3]);
        assert_eq!(first.space.as_ref().unwrap().space.id, spaces[0]);
        assert_eq!(last.workspace.as_ref().unwrap().workspace.id, workspaces[1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing() {
    let world = World::start().await;
    world.register().await;
    let (space, workspace) = (world.space("team-a").await.space.id, world.workspace("wa").await);
    assign(&world, Some(workspace)).await;
    let before = world.app.publisher().revision();
    let pairs = Pairs { spaces: vec![space], workspaces: vec![workspace] };
    let manner = Manner { dry_run: true, partial: false };
    let done = world.app.bind_spaces(&world.admin(), pairs, Terms::default(), manner).await.unwrap().unwrap();
    assert_eq!(done.count(PairOutcome::Created), 1);
    assert_eq!(world.app.publisher().revision(), before);
    world.app.reload().await.unwrap();
    assert_eq!(world.app.publisher().revision(), before);
    assert_eq!(world.decide(IMAGE).reason, Reason::NotBound);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_refuses_all_or_only_its_pairs() {
    let world = World::start().await;
    world.register().await;
    let (space, workspace) = (world.space("team-a").await.space.id, world.workspace("wa").await);
    let pairs = Pairs { spaces: vec![space, SpaceId(9999)], workspaces: vec![workspace] };
    let refused = world.app.bind_spaces(&world.admin(), pairs.clone(), Terms::default(), Manner::default()).await;
    let errors = refused.unwrap().unwrap_err();
    assert_eq!(errors[0].code, UserErrorCode::NotFound);
    assert_eq!(errors[0].path, ["pairs", "spaceIds", "1"]);
    let manner = Manner { partial: true, dry_run: false };
    let done = world.app.bind_spaces(&world.admin(), pairs, Terms::default(), manner).await.unwrap().unwrap();
    let outcomes: Vec<_> = done.results.iter().map(|result| result.outcome).collect();
    assert_eq!(outcomes, [PairOutcome::Created, PairOutcome::Refused]);
    assert_eq!(done.errors.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn terms_that_make_no_sense_are_refused_with_their_place() {
    let world = World::start().await;
    let pairs = Pairs { spaces: vec![SpaceId(1)], workspaces: vec![WorkspaceId(1)] };
    let refused = async |terms: Terms| {
        let done = world.app.bind_spaces(&world.admin(), pairs.clone(), terms, Manner::default()).await;
        let errors = done.unwrap().unwrap_err();
        errors.into_iter().map(|error| (error.code, error.path.join("."))).collect::<Vec<_>>()
    };
    let past = Terms { expires_at: Some(Timestamp::from_micros(5)), ..Terms::default() };
    assert_eq!(refused(past).await, [(UserErrorCode::Invalid, "expiresAt".to_owned())]);
    let empty = ScopeInput { include: Vec::new(), exclude: Vec::new() };
    let empty = Terms { scope: Some(empty), ..Terms::default() };
    assert_eq!(refused(empty).await, [(UserErrorCode::Invalid, "scope".to_owned())]);
    let long = Terms { reason: Some("x".repeat(501)), ..Terms::default() };
    assert_eq!(refused(long).await, [(UserErrorCode::TooLong, "reason".to_owned())]);
    let many = Pairs { spaces: vec![SpaceId(1); 51], workspaces: vec![WorkspaceId(1); 10] };
    let done = world.app.bind_spaces(&world.admin(), many, Terms::default(), Manner::default()).await;
    assert_eq!(done.unwrap().unwrap_err()[0].code, UserErrorCode::TooMany);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_binds() {
    let world = World::start().await;
    let member = Caller::new("m", AuthMethod::LocalAdmin, PlatformRole::None, [(WorkspaceId(1), WorkspaceRole::Admin)]);
    let auditor = Caller::new("a", AuthMethod::LocalAdmin, PlatformRole::Auditor, []);
    let pairs = Pairs { spaces: vec![SpaceId(1)], workspaces: vec![WorkspaceId(1)] };
    for caller in [member, auditor] {
        let call = Call { caller, ..world.admin() };
        let done = world.app.bind_spaces(&call, pairs.clone(), Terms::default(), Manner::default()).await;
        assert!(matches!(done, Err(AppError::Forbidden(_))));
        let done = world.app.unbind_spaces(&call, pairs.clone(), None, Manner::default()).await;
        assert!(matches!(done, Err(AppError::Forbidden(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_says_who_bound_what_and_why() {
    let world = World::start().await;
    world.register().await;
    let (space, workspace) = (world.space("team-a").await.space.id, world.workspace("wa").await);
    let pairs = Pairs { spaces: vec![space], workspaces: vec![workspace] };
    let terms = Terms { reason: Some("ticket 7".to_owned()), ..Terms::default() };
    world.app.bind_spaces(&world.admin(), pairs, terms, Manner::default()).await.unwrap().unwrap();
    let filter = AuditFilter { action: Some("space.bind".to_owned()), ..AuditFilter::seen_with(Sight::All) };
    let found = world.app.store().read(move |tx| tx.page_audit(&filter, &Page::first(10))).await.unwrap();
    let event = &found.items[0].event;
    assert_eq!((&*event.actor, &*event.subject_label, event.workspace), ("admin", "team-a", Some(workspace)));
    let details = event.details.as_ref().unwrap();
    assert!(details.contains("ticket 7") && details.contains("\"wa\""), "{details}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_is_too_old_offers_no_more_than_the_webhook_admits() {
    let world = World::start().await;
    world.register().await;
    let (space, workspace) = (world.space("team-a").await.space.id, world.workspace("wa").await);
    assign(&world, Some(workspace)).await;
    let pairs = Pairs { spaces: vec![space], workspaces: vec![workspace] };
    world.app.bind_spaces(&world.admin(), pairs, Terms::default(), Manner::default()).await.unwrap().unwrap();
    let namespace = NamespaceName { cluster: "test".to_owned(), name: "ns-a".to_owned() };
    let offered = async || {
        let (input, page) = (SelectableInput::default(), Page::first(10));
        let selected = world.app.selectable_images(&world.admin(), &namespace, input, page).await.unwrap();
        selected.page.items.into_iter().map(|row| row.image.repository.path).collect::<Vec<_>>()
    };
    assert_eq!(offered().await, ["pub/app", "team-a/app"]);
    world.app.publisher().limit_age(std::time::Duration::ZERO);
    assert_eq!(offered().await, ["pub/app"]);
    let explained = world.app.explain_image(&world.admin(), namespace.clone(), Some(IMAGE.to_owned())).await.unwrap();
    assert_eq!((explained.reason, explained.selectable), (Some(Reason::SnapshotStale), false));
}
