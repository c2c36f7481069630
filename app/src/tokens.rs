//! Tokens of the API: made by a user who has signed in, for programs that act in the user's name with no more than the user's
//! rights of the moment.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use wharfinger_domain::caller::TokenScope;
use wharfinger_domain::id::{TokenId, UserId, WorkspaceId};
use wharfinger_domain::rights::Action;
use wharfinger_domain::time::Timestamp;
use wharfinger_identity::token::Token;
use wharfinger_store::tokens::{NewToken, TokenRecord};

use crate::App;
use crate::call::Call;
use crate::error::{AppError, Outcome, UserError, UserErrorCode};
use crate::record::{Page, Paged};
use crate::unit::{Subject, Unit};

/// The longest time that a token may last.
pub const MAX_LIFE: Duration = Duration::from_hours(366 * 24);

/// The longest name, in characters.
const MAX_NAME: usize = 100;

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInput {
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<TokenScope>,
    /// The one workspace that it is for; `None`: all that its owner has rights in.
    pub workspace: Option<WorkspaceId>,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl App {
    /// Makes a token of the caller's. Gives it and its text, which is shown this once.
    pub async fn create_token(
        self: &Arc<Self>,
        call: &Call,
        input: TokenInput,
    ) -> Outcome<(TokenRecord, SecretString)> {
        call.require(Action::ManageOwnTokens, None)?;
        let user = owner(call)?;
        let errors = check(call, &input);
        if !errors.is_empty() {
            return Ok(Err(errors));
        }
        let token = Token::new(self.random.bytes());
        let (shown, at) = (token.reveal(), call.at);
        let made = self.change(call, false, move |unit| {
            let sight = unit.sight(Action::ReadWorkspace);
            if let Some(workspace) = input.workspace
                && unit.tx.workspace(&sight, workspace)?.is_none()
            {
                return Err(UserError::not_found("workspace", &["workspaceId"], None).into());
            }
            let new = NewToken {
                handle: token.handle().to_owned(),
                hash: token.hash(),
                user,
                name: input.name,
                scopes: input.scopes.into_iter().collect(),
                workspace: input.workspace,
                created_at: at,
                expires_at: input.expires_at,
            };
            let record = unit.tx.insert_token(&new)?;
            audit(unit, "token.create", &record);
            Ok(record)
        });
        Ok(made.await?.map(|record| (record, shown)))
    }

    /// Revokes a token: one's own, or, for an administrator of the platform, anybody's.
    pub async fn revoke_token(self: &Arc<Self>, call: &Call, id: TokenId) -> Outcome<TokenId> {
        call.require(Action::ManageOwnTokens, None)?;
        let owner = Some(owner(call)?).filter(|_| !call.permits(Action::RevokeTokens, None));
        self.change(call, false, move |unit| {
            let missing = || AppError::from(UserError::not_found("token", &["tokenId"], None));
            let record = unit.tx.token(owner, id)?.ok_or_else(missing)?;
            unit.tx.remove_token(id)?;
            audit(unit, "token.revoke", &record);
            Ok(id)
        })
        .await
    }

    /// A page of the caller's own tokens, the newest first.
    pub async fn page_tokens(&self, call: &Call, page: Page<TokenId>) -> Result<Paged<TokenRecord>, AppError> {
        call.require(Action::ReadOwnTokens, None)?;
        let user = owner(call)?;
        self.read(move |tx| Ok(tx.page_tokens(user, &page)?)).await
    }

    /// The caller's own token with this id.
    pub async fn token(&self, call: &Call, id: TokenId) -> Result<Option<TokenRecord>, AppError> {
        let Some(user) = call.caller.user() else { return Ok(None) };
        self.read(move |tx| Ok(tx.token(Some(user), id)?)).await
    }
}

fn owner(call: &Call) -> Result<UserId, AppError> {
    call.caller.user().ok_or_else(|| AppError::BadInput("only a user has tokens".to_owned()))
}

fn check(call: &Call, input: &TokenInput) -> Vec<UserError> {
    let mut errors = Vec::new();
    let mut refuse = |code, message: String, field| errors.push(UserError::new(code, message, &[field]));
    let length = input.name.chars().count();
    if input.name.trim().is_empty() {
        refuse(UserErrorCode::Required, "say what the token is for".to_owned(), "name");
    } else if length > MAX_NAME || input.name.chars().any(char::is_control) {
        refuse(UserErrorCode::Invalid, format!("use at most {MAX_NAME} characters in one line"), "name");
    }
    if input.scopes.iter().collect::<BTreeSet<_>>().is_empty() {
        refuse(UserErrorCode::Required, "name at least one scope".to_owned(), "scopes");
    }
    if input.expires_at <= call.at {
        refuse(UserErrorCode::Invalid, "this instant has passed".to_owned(), "expiresAt");
    } else if input.expires_at.since(call.at) > MAX_LIFE {
        refuse(UserErrorCode::Invalid, "a token lasts 366 days at the most".to_owned(), "expiresAt");
    }
    if input.workspace.is_some_and(|workspace| !call.permits(Action::ReadWorkspace, Some(workspace))) {
        errors.push(UserError::not_found("workspace", &["workspaceId"], None));
    }
    errors
}

fn audit(unit: &mut Unit<'_>, action: &str, record: &TokenRecord) {
    let token = &record.token;
    let subject = Subject { kind: "token", id: Some(record.id.0), label: &token.name, workspace: token.workspace };
    let details = json!({ "handle": token.handle, "scopes": token.scopes, "expiresAt": token.expires_at });
    unit.audit(action, &subject, &details);
}
