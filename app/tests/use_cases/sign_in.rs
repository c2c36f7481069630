//! Sessions and tokens as time goes by, and attempts that come at once.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use wharfinger_app::call::Call;
use wharfinger_app::callers::{IDLE, SESSION};
use wharfinger_app::record::{AuditEventRecord, AuditFilter, Page};
use wharfinger_app::sign_in::{SignIn, SignInError};
use wharfinger_app::tokens::TokenInput;
use wharfinger_domain::caller::{Caller, TokenScope};
use wharfinger_domain::time::Timestamp;
use wharfinger_identity::credential::Credential;
use wharfinger_identity::session::SessionId;
use wharfinger_identity::token::Token;

use crate::world::World;

const FIRST: &str = "a first password";
const SECOND: &str = "a second password";

/// An instant, in seconds.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000).saturating_add(Duration::from_secs(seconds))
}

/// A call at this instant, from the address of this number.
fn call(seconds: u64, address: u8) -> Call {
    Call::unproven("r", at(seconds), Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, address))))
}

fn attempt(name: &str, password: &str, new: Option<&str>) -> SignIn {
    let new_password = new.map(SecretString::from);
    SignIn { name: name.to_owned(), password: password.into(), new_password, previous: None }
}

/// A platform whose administrator has the second password.
async fn world() -> (World, SessionId) {
    let world = World::start().await;
    let system = Call::system("start", at(0));
    assert!(world.app.make_administrator(&system, FIRST.into()).await.unwrap());
    assert!(!world.app.make_administrator(&system, "another one".into()).await.unwrap(), "there is one already");
    let (session, _) = world.app.sign_in(&call(0, 1), attempt("admin", FIRST, Some(SECOND))).await.unwrap();
    (world, session)
}

async fn proves(world: &World, credential: Credential, seconds: u64) -> Option<Caller> {
    world.app.authenticate(&call(seconds, 1), credential).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_rests_and_when_it_has_lasted_long_enough() {
    let (world, session) = world().await;
    let idle = IDLE.as_secs();
    let lives = async |seconds| proves(&world, Credential::Session(session.clone()), seconds).await.is_some();
    assert!(lives(idle - 1).await);
    assert!(lives(2 * idle - 2).await, "each use lengthens it");
    assert!(!lives(3 * idle).await);

    let (session, _) = world.app.sign_in(&call(0, 1), attempt("admin", SECOND, None)).await.unwrap();
    let end = SESSION.as_secs();
    for seconds in (0..end).step_by(1000) {
        let lives = proves(&world, Credential::Session(session.clone()), seconds).await.is_some();
        assert!(lives, "{seconds}");
    }
    assert!(proves(&world, Credential::Session(session), end).await.is_none(), "used or not");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_at_its_hour() {
    let (world, session) = world().await;
    let caller = proves(&world, Credential::Session(session), 1).await.unwrap();
    let input =
        TokenInput { name: "t".to_owned(), scopes: vec![TokenScope::Read], workspace: None, expires_at: at(100) };
    let (_, shown) = world.app.create_token(&Call { caller, ..call(1, 1) }, input).await.unwrap().unwrap();
    let token = || Credential::Token(Token::parse(shown.expose_secret()).unwrap());
    assert!(proves(&world, token(), 99).await.is_some());
    assert!(proves(&world, token(), 100).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_come_with_one_first_password_one_gets_in() {
    let world = World::start().await;
    world.app.make_administrator(&Call::system("start", at(0)), FIRST.into()).await.unwrap();
    let (one, other) = (call(1, 1), call(1, 2));
    let (one, other) = tokio::join!(
        world.app.sign_in(&one, attempt("admin", FIRST, Some(SECOND))),
        world.app.sign_in(&other, attempt("admin", FIRST, Some("another second one"))),
    );
    assert!(one.is_ok() != other.is_ok());
    let error = one.err().or(other.err()).unwrap();
    assert!(matches!(error, SignInError::Wrong), "{error}");
    assert_eq!(refusals(&world).await.len(), 1, "which an auditor can read");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_attempts_at_once_are_no_way_round_the_delay() {
    let (world, _) = world().await;
    let guess = async |address: u8| {
        let guessed = world.app.sign_in(&call(10, address), attempt("admin", "a wrong password", None)).await;
        matches!(guessed, Err(SignInError::Wrong))
    };
    let judged = futures_util::future::join_all((0..20).map(guess)).await;
    assert_eq!(judged.into_iter().filter(|judged| *judged).count(), 5, "from wherever they come");
    let right = async |seconds| world.app.sign_in(&call(seconds, 99), attempt("admin", SECOND, None)).await;
    assert!(matches!(right(900).await, Err(SignInError::Delayed { .. })));
    right(911).await.unwrap();
    // A success forgets what went before.
    assert!(guess(1).await);
}

/// What comes of guesses at this name, from this address.
async fn guesses(world: &World, seconds: u64, address: u8, names: &[&str]) -> Vec<SignInError> {
    let mut told = Vec::new();
    for name in names {
        let guess = world.app.sign_in(&call(seconds, address), attempt(name, "a wrong password", None)).await;
        told.push(guess.unwrap_err());
    }
    told
}

fn all_wrong(told: &[SignInError]) -> bool {
    told.iter().all(|error| matches!(error, SignInError::Wrong))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_the_password_and_chooses_a_bad_one_has_not_failed() {
    let world = World::start().await;
    world.app.make_administrator(&Call::system("start", at(0)), FIRST.into()).await.unwrap();
    for seconds in 1..8 {
        let short = world.app.sign_in(&call(seconds, 1), attempt("admin", FIRST, Some("short"))).await;
        assert!(matches!(short, Err(SignInError::NewPassword(_))), "{short:?}");
        let none = world.app.sign_in(&call(seconds, 1), attempt("admin", FIRST, None)).await;
        assert!(matches!(none, Err(SignInError::NewPasswordNeeded)), "{none:?}");
    }
    // Guesses between them count all the same, and from when they were.
    assert!(all_wrong(&guesses(&world, 8, 1, &["admin"; 4]).await));
    for seconds in 9..12 {
        let short = world.app.sign_in(&call(seconds, 1), attempt("admin", FIRST, Some("short"))).await;
        assert!(matches!(short, Err(SignInError::NewPassword(_))), "{short:?}");
    }
    assert!(all_wrong(&guesses(&world, 12, 1, &["admin"]).await));
    let right = async |seconds, address| {
        world.app.sign_in(&call(seconds, address), attempt("admin", FIRST, Some(SECOND))).await
    };
    assert!(matches!(right(13, 1).await, Err(SignInError::Delayed { .. })));
    assert!(matches!(right(13, 2).await, Err(SignInError::Delayed { .. })));
    right(913, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_takes_back_its_own_attempt_from_the_address_and_no_other() {
    let (world, _) = world().await;
    let right =
        async |seconds, address| world.app.sign_in(&call(seconds, address), attempt("admin", SECOND, None)).await;
    assert!(all_wrong(&guesses(&world, 10, 1, &["a", "b", "c"]).await));
    for seconds in 11..20 {
        right(seconds, 1).await.unwrap();
    }
    // Whoever has an account of their own is not let guess at others for ever.
    assert!(all_wrong(&guesses(&world, 20, 1, &["d", "e"]).await));
    assert!(matches!(guesses(&world, 21, 1, &["f"]).await[..], [SignInError::Delayed { .. }]));
    assert!(matches!(right(21, 1).await, Err(SignInError::Delayed { .. })));
    right(21, 2).await.unwrap();

    // Nor does a success keep old failures alive: a quarter of an hour after the last one they are forgotten.
    assert!(all_wrong(&guesses(&world, 30, 3, &["a", "b", "c", "d"]).await));
    right(900, 3).await.unwrap();
    assert!(all_wrong(&guesses(&world, 931, 3, &["e", "f", "g", "h", "i"]).await));
    assert!(matches!(right(932, 3).await, Err(SignInError::Delayed { .. })));

    // The account's are forgotten, wherever they came from.
    assert!(all_wrong(&guesses(&world, 2000, 4, &["admin"; 4]).await));
    right(2001, 5).await.unwrap();
    assert!(all_wrong(&guesses(&world, 2002, 6, &["admin"; 5]).await));
}

/// The records of sign-in that was refused, the oldest first.
async fn refusals(world: &World) -> Vec<AuditEventRecord> {
    let filter = AuditFilter { action: Some("session.start".to_owned()), ..AuditFilter::default() };
    let page = world.app.page_audit(&world.admin(), filter, Page::first(100)).await.unwrap();
    let refused = page.items.into_iter().filter(|record| record.event.outcome == "refused");
    refused.rev().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_nobody_has_costs_as_much_as_one_that_is_there_and_is_not_written_down() {
    let (world, _) = world().await;
    let long = "n".repeat(8000);
    let names = ["admin", "nobody", "a secret, typed a field too early", "forged\nline", &*long, ""];
    let mut spent = Vec::new();
    for (address, name) in (10..).zip(names) {
        let before = world.app.store().statements();
        assert!(all_wrong(&guesses(&world, 10, address, &[name]).await));
        spent.push(world.app.store().statements() - before);
    }
    assert!(spent.iter().all(|statements| *statements == spent[0]), "{spent:?}");

    let told = refusals(&world).await;
    let subjects: Vec<_> =
        told.iter().map(|record| (record.event.subject_id.is_some(), &*record.event.subject_label)).collect();
    let nobody = (false, "a name that nobody has");
    assert_eq!(subjects, [(true, "admin"), nobody, nobody, nobody, nobody, nobody]);
    for (address, record) in (10..).zip(&told) {
        assert_eq!(record.event.source_ip, Some(format!("10.0.0.{address}")), "an auditor sees where it came from");
        assert_eq!((&*record.event.actor, &record.event.details), ("anonymous", &None));
    }
}
