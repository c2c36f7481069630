//! Sessions and tokens as time goes by, and attempts that come at once.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use wharfinger_app::call::Call;
use wharfinger_app::callers::{IDLE, SESSION};
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
