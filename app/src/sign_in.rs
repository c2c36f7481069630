//! Signing in by password, and out again. Every attempt is counted before it is judged, so that many at once are no way round
//! the delay, and takes as long for a user who is not there as for one who is.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use thiserror::Error;
use wharfinger_domain::caller::{Caller, PlatformRole};
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

/// A user and its password, as they are before the attempt.
struct Known {
    user: UserRecord,
    password: Password,
}

impl App {
    /// Signs somebody in. Gives the new session's id, and whom it proves. The call's own caller is not looked at.
    pub async fn sign_in(self: &Arc<Self>, call: &Call, attempt: SignIn) -> Result<(SessionId, Caller), SignInError> {
        let known = self.count_attempt(call, &attempt.name).await?;
        let hash = known.as_ref().map(|known| known.password.hash.clone());
        let given = attempt.password.clone();
        let fits = self.hashing(move || password::verify(&given, hash.as_deref())).await?;
        let Some(known) = self.judged(call, known, fits).await? else { return Err(SignInError::Wrong) };
        let replacement = self.replacement(&known, &attempt).await?;
        let id = SessionId::new(self.random.bytes());
        let (hash, previous) = (id.hash(), attempt.previous.map(|session| session.hash()));
        let caller = caller(&known.user);
        let call = Call { caller: caller.clone(), ..call.clone() };
        let settled =
            move |tx: &mut dyn Transaction| begin(tx, &call, &known, replacement.as_ref(), &hash, previous.as_deref());
        self.store.write(settled).await?;
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

    /// Counts the attempt as failed until it has succeeded, and gives what it is to be judged by.
    async fn count_attempt(&self, call: &Call, name: &str) -> Result<Option<Known>, SignInError> {
        let (call, name) = (call.clone(), name.to_owned());
        self.store
            .write(move |tx| {
                let subjects = subjects(&call, &name);
                for subject in &subjects {
                    let failures = tx.sign_in_failures(subject)?.filter(|failures| failures.count >= ATTEMPTS);
                    let wait = failures.map(|failures| DELAY.saturating_sub(call.at.since(failures.last_at)));
                    if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
                        return Err(SignInError::Delayed { wait });
                    }
                }
                for subject in &subjects {
                    tx.note_sign_in_failure(subject, call.at, call.at.saturating_sub(DELAY))?;
                }
                let Some(user) = tx.user_by_name(&name)? else { return Ok(None) };
                Ok(tx.password(user.id)?.map(|password| Known { user, password }))
            })
            .await
    }

    /// The user, if it may sign in; else the audit says that somebody has tried. Of names that nobody has it says nothing:
    /// whoever mistypes may have put the password in the name's place.
    async fn judged(&self, call: &Call, known: Option<Known>, fits: bool) -> Result<Option<Known>, AppError> {
        let Some(known) = known else { return Ok(None) };
        if fits && !known.user.settings.disabled {
            return Ok(Some(known));
        }
        let (call, user) = (call.clone(), known.user);
        let told = move |tx: &mut dyn Transaction| {
            let subject = Subject { kind: "user", id: Some(user.id.0), label: &user.name, workspace: None };
            tx.append_audit(&[refusal(&call, "session.start", &subject, &Value::Null)])
        };
        self.store.write(told).await?;
        Ok(None)
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

/// Under what the attempts are counted: the account, and where they come from.
fn subjects(call: &Call, name: &str) -> Vec<String> {
    // Names that nobody can have are counted as one.
    let account = if name.len() <= MAX_NAME { format!("account:{name}") } else { "account".to_owned() };
    let address = call.source.map(|address| format!("address:{address}"));
    std::iter::once(account).chain(address).collect()
}

fn caller(user: &UserRecord) -> Caller {
    // What it may do is looked up with each request.
    Caller::new(&user.name, method(user), PlatformRole::None, []).with_user(user.id)
}

fn begin(
    tx: &mut dyn Transaction,
    call: &Call,
    known: &Known,
    replacement: Option<&Password>,
    hash: &str,
    previous: Option<&str>,
) -> Result<(), SignInError> {
    let Known { user, password } = known;
    // Of two who come with the same one-time password, the second finds another in its place.
    if tx.password(user.id)?.as_ref() != Some(password) {
        return Err(SignInError::Wrong);
    }
    if let Some(replacement) = replacement {
        tx.set_password(user.id, replacement)?;
        tx.end_sessions_of(user.id)?;
    }
    if let Some(previous) = previous {
        tx.end_session(previous)?;
    }
    for subject in subjects(call, &user.name) {
        tx.forget_sign_in_failures(&subject)?;
    }
    tx.prune_sessions(call.at, call.at.saturating_sub(IDLE))?;
    tx.insert_session(hash, &session(user, call.at))?;
    let subject = Subject { kind: "user", id: Some(user.id.0), label: &user.name, workspace: None };
    let details = json!({ "passwordChanged": replacement.is_some() });
    tx.append_audit(&[event(call, "session.start", &subject, &details)])?;
    Ok(())
}

fn session(user: &UserRecord, at: Timestamp) -> SessionRecord {
    SessionRecord { user: user.id, started_at: at, seen_at: at, expires_at: at.saturating_add(SESSION) }
}
