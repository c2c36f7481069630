//! Signing in by password, and out again. Every attempt is counted before it is judged, so that many at once are no way round
//! the delay, and takes as long for a user who is not there as for one who is.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use thiserror::Error;
use wharfinger_domain::caller::{Caller, PlatformRole};
use wharfinger_domain::id::UserId;
use wharfinger_domain::name::MAX_NAME;
use wharfinger_domain::time::Timestamp;
use wharfinger_identity::password::{self, PasswordError};
use wharfinger_identity::session::SessionId;
use wharfinger_store::sessions::SessionRecord;
use wharfinger_store::users::{Password, UserRecord};
use wharfinger_store::{StoreError, Transaction};

use crate::App;
use crate::call::Call;
use crate::callers::{IDLE, SESSION, method};
use crate::error::AppError;
use crate::unit::{Subject, event, refusal};

/// How many attempts may fail before the next ones have to wait.
const ATTEMPTS: i32 = 5;

/// How long they have to wait then.
const DELAY: Duration = Duration::from_mins(15);

/// What somebody signs in with.
#[derive(Debug)]
pub struct SignIn {
    /// The user's name.
    pub name: String,
    /// Its password.
    pub password: SecretString,
    /// What the password is to be from now on; needed with a one-time password.
    pub new_password: Option<SecretString>,
    /// The session that the browser had before, which ends.
    pub previous: Option<SessionId>,
}

/// Why somebody was not signed in.
#[derive(Debug, Error)]
pub enum SignInError {
    /// The name or the password is wrong, or the user may not sign in: the same words for all.
    #[error("the name or the password is wrong")]
    Wrong,
    /// There were too many attempts for this name or from this address.
    #[error("too many attempts have failed; wait before the next one")]
    Delayed {
        /// For how long.
        wait: Duration,
    },
    /// The password is right and opens nothing but the way to set another.
    #[error("this password is good for one time; set a new one")]
    NewPasswordNeeded,
    /// The password is right, and the new one will not do.
    #[error(transparent)]
    NewPassword(#[from] PasswordError),
    /// It could not be tried.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<StoreError> for SignInError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

/// What the audit calls a user who is not there. What was given for a name is not written down: it may be as long as a form,
/// and whoever mistypes may have put the password there.
const NOBODY: &str = "a name that nobody has";

/// An attempt that counts as failed until it turns out not to be.
struct Counted {
    /// The user of this name, if there is one.
    user: Option<UserRecord>,
    /// Its password, if it has one.
    password: Option<Password>,
    marks: Vec<Mark>,
}

/// Where an attempt was counted.
#[derive(Clone)]
struct Mark {
    subject: String,
    /// When the last failure before it was, if that one still counts.
    before: Option<Timestamp>,
}

/// A user who has given the right password.
struct Known {
    user: UserRecord,
    /// As it was before the attempt.
    password: Password,
    marks: Vec<Mark>,
}

impl Counted {
    /// The user, if it may sign in; else whoever it would have been.
    fn judge(self, fits: bool) -> Result<Known, Option<UserRecord>> {
        let Self { user, password, marks } = self;
        match (user, password) {
            (Some(user), Some(password)) if fits && !user.settings.disabled => Ok(Known { user, password, marks }),
            (user, _) => Err(user),
        }
    }
}

impl App {
    /// Signs somebody in. Gives the new session's id, and whom it proves. The call's own caller is not looked at.
    pub async fn sign_in(self: &Arc<Self>, call: &Call, attempt: SignIn) -> Result<(SessionId, Caller), SignInError> {
        let counted = self.count_attempt(call, &attempt.name).await?;
        let hash = counted.password.as_ref().map(|password| password.hash.clone());
        let given = attempt.password.clone();
        let fits = self.hashing(move || password::verify(&given, hash.as_deref())).await?;
        let known = match counted.judge(fits) {
            Ok(known) => known,
            Err(user) => return Err(self.refused(call, user).await?),
        };
        let replacement = match self.replacement(&known, &attempt).await {
            Ok(replacement) => replacement,
            // Whoever knows the password has not guessed.
            Err(error) => {
                let (marks, at) = (known.marks, call.at);
                self.store.write(move |tx| take_back(tx, &marks, at)).await?;
                return Err(error);
            }
        };
        let id = SessionId::new(self.random.bytes());
        let (hash, previous) = (id.hash(), attempt.previous.map(|session| session.hash()));
        let (user, caller) = (known.user.clone(), caller(&known.user));
        let proven = Call { caller: caller.clone(), ..call.clone() };
        let settled = move |tx: &mut dyn Transaction| {
            begin(tx, &proven, &known, replacement.as_ref(), &hash, previous.as_deref())
        };
        if !self.store.write(settled).await? {
            return Err(self.refused(call, Some(user)).await?);
        }
        Ok((id, caller))
    }

    /// Ends the session that the call was made in.
    pub async fn sign_out(&self, call: &Call, session: &SessionId) -> Result<(), AppError> {
        let (hash, call) = (session.hash(), call.clone());
        self.store
            .write(move |tx| {
                let Some(user) = tx.end_session(&hash)? else { return Ok(()) };
                let subject = Subject { kind: "user", id: Some(user.0), label: call.caller.name(), workspace: None };
                Ok(tx.append_audit(&[event(&call, "session.end", &subject, &Value::Null)])?)
            })
            .await
    }

    /// Counts the attempt as failed until it has succeeded, and gives what it is to be judged by. What is done for a name that
    /// nobody has is what is done for another.
    async fn count_attempt(&self, call: &Call, name: &str) -> Result<Counted, SignInError> {
        let (call, name) = (call.clone(), name.to_owned());
        self.store
            .write(move |tx| {
                let mut marks = Vec::new();
                for subject in subjects(&call, &name) {
                    let last = tx.sign_in_failures(&subject)?;
                    let last = last.filter(|failures| call.at.since(failures.last_at) < DELAY);
                    if let Some(failures) = last.filter(|failures| failures.count >= ATTEMPTS) {
                        let wait = DELAY.saturating_sub(call.at.since(failures.last_at));
                        return Err(SignInError::Delayed { wait });
                    }
                    marks.push(Mark { subject, before: last.map(|failures| failures.last_at) });
                }
                for mark in &marks {
                    tx.note_sign_in_failure(&mark.subject, call.at, call.at.saturating_sub(DELAY))?;
                }
                let user = tx.user_by_name(&name)?;
                let password = tx.password(user.as_ref().map_or(UserId(0), |user| user.id))?;
                Ok(Counted { user, password, marks })
            })
            .await
    }

    /// Has the audit say that somebody has tried. Gives what they are told.
    async fn refused(&self, call: &Call, user: Option<UserRecord>) -> Result<SignInError, AppError> {
        let call = call.clone();
        let told = move |tx: &mut dyn Transaction| {
            let (id, label) = user.as_ref().map_or((None, NOBODY), |user| (Some(user.id.0), &*user.name));
            let subject = Subject { kind: "user", id, label, workspace: None };
            tx.append_audit(&[refusal(&call, "session.start", &subject, &Value::Null)])
        };
        self.store.write(told).await?;
        Ok(SignInError::Wrong)
    }

    /// The password to be stored in place of the one given, if there is to be another.
    async fn replacement(&self, known: &Known, attempt: &SignIn) -> Result<Option<Password>, SignInError> {
        let Some(new) = attempt.new_password.clone() else {
            return if known.password.one_time { Err(SignInError::NewPasswordNeeded) } else { Ok(None) };
        };
        password::check(&new, &attempt.password, &known.user.name)?;
        let hash = self.hash_password(new).await?;
        Ok(Some(Password { hash, one_time: false }))
    }

    /// The hash of a password, made where it holds up nobody.
    pub(crate) async fn hash_password(&self, password: SecretString) -> Result<String, AppError> {
        let salt = self.random.bytes();
        let hash = self.hashing(move || password::hash(&password, salt)).await?;
        hash.map_err(|error| AppError::Internal(Box::new(error)))
    }

    /// Hashes on a thread of its own, few at a time: each takes 19 MiB and a core.
    async fn hashing<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let _permit = self.hashes.acquire().await.map_err(|error| AppError::Internal(Box::new(error)))?;
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| AppError::Internal(Box::new(error)))
    }
}

/// Under what the attempts are counted: the account first, and where they come from.
fn subjects(call: &Call, name: &str) -> Vec<String> {
    let address = call.source.map(|address| format!("address:{address}"));
    std::iter::once(account(name)).chain(address).collect()
}

/// Under what attempts to sign in with this name are counted. Names that nobody can have are counted as one.
pub(crate) fn account(name: &str) -> String {
    if name.len() <= MAX_NAME { format!("account:{name}") } else { "account".to_owned() }
}

/// Takes back an attempt that was counted at this instant.
fn take_back(tx: &mut dyn Transaction, marks: &[Mark], at: Timestamp) -> Result<(), StoreError> {
    marks.iter().try_for_each(|mark| tx.take_back_sign_in_failure(&mark.subject, at, mark.before))
}

fn caller(user: &UserRecord) -> Caller {
    // What it may do is looked up with each request.
    Caller::new(&user.name, method(user), PlatformRole::None, []).with_user(user.id)
}

/// Begins the session; false when somebody has changed the password meanwhile.
fn begin(
    tx: &mut dyn Transaction,
    call: &Call,
    known: &Known,
    replacement: Option<&Password>,
    hash: &str,
    previous: Option<&str>,
) -> Result<bool, SignInError> {
    let Known { user, password, marks } = known;
    // Of two who come with the same one-time password, the second finds another in its place.
    if tx.password(user.id)?.as_ref() != Some(password) {
        return Ok(false);
    }
    if let Some(replacement) = replacement {
        tx.set_password(user.id, replacement)?;
        tx.end_sessions_of(user.id)?;
    }
    if let Some(previous) = previous {
        tx.end_session(previous)?;
    }
    // Others behind the same address may be guessing: there only this attempt is taken back.
    take_back(tx, marks, call.at)?;
    tx.forget_sign_in_failures(&account(&user.name))?;
    tx.prune_sessions(call.at, call.at.saturating_sub(IDLE))?;
    tx.insert_session(hash, &session(user, call.at))?;
    let subject = Subject { kind: "user", id: Some(user.id.0), label: &user.name, workspace: None };
    let details = json!({ "passwordChanged": replacement.is_some() });
    tx.append_audit(&[event(call, "session.start", &subject, &details)])?;
    Ok(true)
}

fn session(user: &UserRecord, at: Timestamp) -> SessionRecord {
    SessionRecord { user: user.id, started_at: at, seen_at: at, expires_at: at.saturating_add(SESSION) }
}
