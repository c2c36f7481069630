//! Who a credential proves: looked up afresh for every request, so that what is revoked, ended or taken away counts at once on
//! every replica.

use std::time::Duration;

use serde_json::Value;
use wharfinger_domain::caller::{AuthMethod, Caller};
use wharfinger_domain::id::{TokenId, UserId};
use wharfinger_domain::time::Timestamp;
use wharfinger_identity::credential::Credential;
use wharfinger_store::Transaction;
use wharfinger_store::sessions::SessionRecord;
use wharfinger_store::tokens::TokenRecord;
use wharfinger_store::users::{Origin, UserRecord};

use crate::App;
use crate::call::Call;
use crate::error::AppError;
use crate::record::Sight;
use crate::unit::{Subject, event};

/// How long a session lasts that is used.
pub const SESSION: Duration = Duration::from_hours(8);

/// How long a session lasts that is not.
pub const IDLE: Duration = Duration::from_mins(30);

/// How exactly it is stored when a session or token was last used: a write for each request would be one too many.
const TOUCH: Duration = Duration::from_mins(1);

/// What was found for a credential, and what is to be noted of its use.
struct Proven {
    caller: Caller,
    note: Option<Note>,
}

/// That a credential was used.
enum Note {
    Session(String),
    Token { id: TokenId, name: String, is_first: bool },
}

impl App {
    /// The caller that a credential proves at the instant of the call; `None` when it proves nobody (any more). The call's own
    /// caller is not looked at.
    pub async fn authenticate(&self, call: &Call, credential: Credential) -> Result<Option<Caller>, AppError> {
        let at = call.at;
        let proven = self.read(move |tx| prove(tx, &credential, at)).await?;
        let Some(Proven { caller, note }) = proven else { return Ok(None) };
        if let Some(note) = note {
            let by = Call { caller: caller.clone(), ..call.clone() };
            // A disk that is full refuses nobody.
            if let Err(error) = self.store.write(move |tx| write(tx, &by, note)).await {
                tracing::warn!(error = %error, "the use of a credential could not be noted");
            }
        }
        Ok(Some(caller))
    }
}

fn prove(tx: &mut dyn Transaction, credential: &Credential, at: Timestamp) -> Result<Option<Proven>, AppError> {
    match credential {
        Credential::Session(id) => {
            let hash = id.hash();
            let Some(session) = tx.session(&hash)?.filter(|session| lasts(session, at)) else { return Ok(None) };
            let note = (at.since(session.seen_at) >= TOUCH).then_some(Note::Session(hash));
            Ok(caller(tx, session.user)?.map(|caller| Proven { caller, note }))
        }
        Credential::Token(token) => {
            let found = tx.token_by_handle(token.handle())?;
            let found = found.filter(|found| token.fits(&found.token.hash) && found.token.expires_at > at);
            let Some(found) = found else { return Ok(None) };
            let note = token_note(&found, at);
            let owner = caller(tx, found.token.user)?;
            let narrowed = owner.map(|owner| owner.through_token(found.token.scopes, found.token.workspace));
            Ok(narrowed.map(|caller| Proven { caller, note }))
        }
    }
}

/// Whether a session has not ended yet.
pub(crate) fn lasts(session: &SessionRecord, at: Timestamp) -> bool {
    session.expires_at > at && at.since(session.seen_at) < IDLE
}

fn token_note(found: &TokenRecord, at: Timestamp) -> Option<Note> {
    let is_first = found.last_used_at.is_none();
    let is_due = found.last_used_at.is_none_or(|used| at.since(used) >= TOUCH);
    is_due.then(|| Note::Token { id: found.id, name: found.token.name.clone(), is_first })
}

/// A user with its roles as they are now; `None` when it is gone or may not sign in.
fn caller(tx: &mut dyn Transaction, user: UserId) -> Result<Option<Caller>, AppError> {
    let found = tx.users_by_id(&Sight::All, &[user])?.remove(&user);
    let Some(user) = found.filter(|user| !user.settings.disabled) else { return Ok(None) };
    let roles = tx.roles_of(user.id)?;
    Ok(Some(Caller::new(&user.name, method(&user), user.settings.platform_role, roles).with_user(user.id)))
}

/// How a user proves itself by password.
pub(crate) fn method(user: &UserRecord) -> AuthMethod {
    match user.origin {
        Origin::Bootstrap => AuthMethod::LocalAdmin,
        Origin::Local => AuthMethod::Password,
    }
}

fn write(tx: &mut dyn Transaction, call: &Call, note: Note) -> Result<(), AppError> {
    match note {
        Note::Session(hash) => tx.touch_session(&hash, call.at)?,
        Note::Token { id, name, is_first } => {
            tx.note_token_used(id, call.at)?;
            if is_first {
                let subject = Subject { kind: "token", id: Some(id.0), label: &name, workspace: None };
                tx.append_audit(&[event(call, "token.firstUse", &subject, &Value::Null)])?;
            }
        }
    }
    Ok(())
}
