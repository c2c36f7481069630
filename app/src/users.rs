//! Users: the administrator of the first start, and those whom administrators make, so that the product is whole without an
//! identity provider. A user begins with a one-time password and sets another when it first signs in.

use std::collections::HashMap;
use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Value, json};
use wharfinger_domain::caller::PlatformRole;
use wharfinger_domain::id::{GroupId, UserId};
use wharfinger_domain::name::Name;
use wharfinger_domain::rights::Action;
use wharfinger_domain::time::Timestamp;
use wharfinger_store::users::{GroupRecord, NewUser, Origin, Password, UserRecord, UserSettings};
use wharfinger_store::{StoreError, Transaction, Unique};

use crate::App;
use crate::call::Call;
use crate::error::{AppError, Outcome, UserError, UserErrorCode};
use crate::record::{NameKey, Page, Paged, Sight};
use crate::sign_in::account;
use crate::unit::{Subject, Unit};

/// The name of the administrator of the first start.
pub const ADMINISTRATOR: &str = "admin";

/// The longest display name or address, in characters.
const MAX_TEXT: usize = 200;

/// The most groups that a user may be put into.
const MAX_GROUPS: usize = 500;

/// Random bytes in a one-time password: 120 bits.
const ONE_TIME: usize = 15;

/// What may be entered of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserInput {
    /// What it is called in a user interface.
    pub display_name: Option<String>,
    /// Where to write to it.
    pub email: Option<String>,
    /// Its role over the whole platform.
    pub platform_role: PlatformRole,
    /// The groups that it is in.
    pub groups: Vec<String>,
}

/// What is to be changed of a user; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What it is called in a user interface.
    pub display_name: Option<String>,
    /// Where to write to it.
    pub email: Option<String>,
    /// Its role over the whole platform.
    pub platform_role: Option<PlatformRole>,
    /// The groups that it is in.
    pub groups: Option<Vec<String>>,
    /// Whether it may not sign in, nor use what it has.
    pub disabled: Option<bool>,
}

impl App {
    /// Whether nobody can sign in yet, because there is no user.
    pub async fn has_no_users(&self) -> Result<bool, AppError> {
        self.read(|tx| Ok(!tx.has_users()?)).await
    }

    /// Makes the administrator of the first start, with this one-time password. False when there are users already: another
    /// replica was first.
    pub async fn make_administrator(self: &Arc<Self>, call: &Call, password: SecretString) -> Result<bool, AppError> {
        let hash = self.hash_password(password).await?;
        let at = call.at;
        let made = self.change(call, false, move |unit| {
            if unit.tx.has_users()? {
                return Ok(false);
            }
            let new = administrator(Password { hash, one_time: true }, at);
            let record = unit.tx.insert_user(&new)?;
            audit(unit, "user.create", &record, &json!({ "platformRole": PlatformRole::Admin }));
            Ok(true)
        });
        made.await?.map_err(AppError::Refused)
    }

    /// Gives the administrator of the first start, who may have been disabled or forgotten the password, this one-time
    /// password and its rights again; made anew when it is not there. For an operator on the machine of the database.
    pub async fn reset_administrator(self: &Arc<Self>, call: &Call, password: SecretString) -> Result<(), AppError> {
        if self.make_administrator(call, password.clone()).await? {
            return Ok(());
        }
        let hash = self.hash_password(password).await?;
        let at = call.at;
        let reset = self.change(call, false, move |unit| {
            let password = Password { hash, one_time: true };
            let record = if let Some(record) = unit.tx.user_by_name(ADMINISTRATOR)? {
                let rights =
                    UserSettings { platform_role: PlatformRole::Admin, disabled: false, ..record.settings.clone() };
                unit.tx.update_user(record.id, record.revision, &rights)?;
                record
            } else {
                unit.tx.insert_user(&administrator(password.clone(), at))?
            };
            unit.tx.set_password(record.id, &password)?;
            unit.tx.end_sessions_of(record.id)?;
            unit.tx.forget_sign_in_failures(&account(ADMINISTRATOR))?;
            audit(unit, "user.reset", &record, &Value::Null);
            Ok(())
        });
        reset.await?.map_err(AppError::Refused)
    }

    /// A one-time password: 20 letters, digits, hyphens and underscores.
    pub fn one_time_password(&self) -> SecretString {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let bytes: [u8; ONE_TIME] = self.random.bytes();
        let number = bytes.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        let digit = |place: u32| ALPHABET[usize::try_from(number >> (6 * place) & 63).unwrap_or_default()];
        (0..20).map(|place| char::from(digit(place))).collect::<String>().into()
    }

    /// Makes a user. Gives it and its one-time password, which is shown this once.
    pub async fn create_user(
        self: &Arc<Self>,
        call: &Call,
        name: String,
        input: UserInput,
    ) -> Outcome<(UserRecord, SecretString)> {
        call.require(Action::ManageUsers, None)?;
        let errors = check(Some(&name), input.display_name.as_deref(), input.email.as_deref(), &input.groups);
        if !errors.is_empty() {
            return Ok(Err(errors));
        }
        let shown = self.one_time_password();
        let password = Password { hash: self.hash_password(shown.clone()).await?, one_time: true };
        let at = call.at;
        let made = self.change(call, false, move |unit| {
            let settings = UserSettings {
                display_name: input.display_name,
                email: input.email,
                platform_role: input.platform_role,
                disabled: false,
            };
            let inserted =
                unit.tx.insert_user(&NewUser { name: name.clone(), origin: Origin::Local, settings, password, at });
            let record = inserted.map_err(|error| match error {
                StoreError::Conflict(Unique::UserName) => {
                    let message = format!("there is or was a user named {name:?}; choose another name");
                    UserError::new(UserErrorCode::Taken, message, &["name"]).into()
                }
                other => AppError::from(other),
            })?;
            put_into(unit.tx, record.id, &input.groups)?;
            let details = json!({ "platformRole": input.platform_role, "groups": input.groups });
            audit(unit, "user.create", &record, &details);
            Ok(record)
        });
        Ok(made.await?.map(|record| (record, shown)))
    }

    /// Changes a user.
    pub async fn update_user(
        self: &Arc<Self>,
        call: &Call,
        id: UserId,
        revision: i32,
        change: UserChange,
    ) -> Outcome<UserRecord> {
        call.require(Action::ManageUsers, None)?;
        let groups = change.groups.as_deref().unwrap_or_default();
        let errors = check(None, change.display_name.as_deref(), change.email.as_deref(), groups);
        if !errors.is_empty() {
            return Ok(Err(errors));
        }
        self.change(call, false, move |unit| {
            let before = user(unit.tx, id)?;
            let settings = changed(&before.settings, &change);
            if !unit.tx.update_user(id, revision, &settings)? {
                return Err(UserError::stale("user").into());
            }
            if unit.tx.count_administrators()? == 0 {
                let message = "this is the last administrator who can sign in; make another one first";
                return Err(UserError::new(UserErrorCode::InUse, message, &["userId"]).into());
            }
            if let Some(groups) = &change.groups {
                put_into(unit.tx, id, groups)?;
            }
            if settings.disabled {
                unit.tx.end_sessions_of(id)?;
            }
            let shown = |settings: &UserSettings| json!({ "platformRole": settings.platform_role, "disabled": settings.disabled });
            let details = json!({ "before": shown(&before.settings), "after": shown(&settings), "groups": change.groups });
            audit(unit, "user.update", &before, &details);
            user(unit.tx, id)
        })
        .await
    }

    /// Gives a user a one-time password in place of the one it has, and ends its sessions. Gives the password, which is shown
    /// this once.
    pub async fn reset_password(self: &Arc<Self>, call: &Call, id: UserId) -> Outcome<(UserRecord, SecretString)> {
        call.require(Action::ManageUsers, None)?;
        let shown = self.one_time_password();
        let password = Password { hash: self.hash_password(shown.clone()).await?, one_time: true };
        let reset = self.change(call, false, move |unit| {
            let record = user(unit.tx, id)?;
            unit.tx.set_password(id, &password)?;
            unit.tx.end_sessions_of(id)?;
            unit.tx.forget_sign_in_failures(&account(&record.name))?;
            audit(unit, "user.reset", &record, &Value::Null);
            Ok(record)
        });
        Ok(reset.await?.map(|record| (record, shown)))
    }

    /// The users with these ids that exist and that the caller may see: all, or the caller itself. Members of a workspace are
    /// told with the workspace; see [`App::members`].
    pub async fn users_by_id(&self, call: &Call, ids: Vec<UserId>) -> Result<HashMap<UserId, UserRecord>, AppError> {
        let ids = seen(call, ids);
        self.read(move |tx| Ok(tx.users_by_id(&Sight::All, &ids)?)).await
    }

    /// A page of all users, by name.
    pub async fn page_users(
        &self,
        call: &Call,
        search: Option<String>,
        page: Page<NameKey>,
    ) -> Result<Paged<UserRecord>, AppError> {
        call.require(Action::ReadUsers, None)?;
        self.read(move |tx| Ok(tx.page_users(search.as_deref(), &page)?)).await
    }

    /// The groups with these ids that exist and that the caller may see: all, or none. Members of a workspace are told with
    /// the workspace; see [`App::members`].
    pub async fn groups_by_id(
        &self,
        call: &Call,
        ids: Vec<GroupId>,
    ) -> Result<HashMap<GroupId, GroupRecord>, AppError> {
        let sight = call.sight(Action::ReadUsers);
        self.read(move |tx| Ok(tx.groups_by_id(&sight, &ids)?)).await
    }

    /// The groups that each of these users is in, of those that the caller may see.
    pub async fn groups_of(
        &self,
        call: &Call,
        ids: Vec<UserId>,
    ) -> Result<HashMap<UserId, Vec<GroupRecord>>, AppError> {
        let ids = seen(call, ids);
        self.read(move |tx| Ok(tx.groups_of(&Sight::All, &ids)?)).await
    }
}

/// Those of these users that the caller may read by itself: all, or the caller.
fn seen(call: &Call, mut ids: Vec<UserId>) -> Vec<UserId> {
    let all = call.permits(Action::ReadUsers, None);
    ids.retain(|id| all || call.caller.user() == Some(*id));
    ids
}

/// The administrator of the first start.
fn administrator(password: Password, at: Timestamp) -> NewUser {
    let settings =
        UserSettings { display_name: None, email: None, platform_role: PlatformRole::Admin, disabled: false };
    NewUser { name: ADMINISTRATOR.to_owned(), origin: Origin::Bootstrap, settings, password, at }
}

fn user(tx: &mut dyn Transaction, id: UserId) -> Result<UserRecord, AppError> {
    let missing = || AppError::from(UserError::not_found("user", &["userId"], None));
    tx.users_by_id(&Sight::All, &[id])?.remove(&id).ok_or_else(missing)
}

fn changed(before: &UserSettings, change: &UserChange) -> UserSettings {
    UserSettings {
        display_name: change.display_name.clone().or_else(|| before.display_name.clone()),
        email: change.email.clone().or_else(|| before.email.clone()),
        platform_role: change.platform_role.unwrap_or(before.platform_role),
        disabled: change.disabled.unwrap_or(before.disabled),
    }
}

fn put_into(tx: &mut dyn Transaction, user: UserId, groups: &[String]) -> Result<(), StoreError> {
    let mut ids = groups.iter().map(|group| Ok(tx.ensure_group(group)?.id)).collect::<Result<Vec<_>, StoreError>>()?;
    ids.sort_unstable();
    ids.dedup();
    tx.set_groups(user, &ids)
}

fn audit(unit: &mut Unit<'_>, action: &str, record: &UserRecord, details: &Value) {
    let subject = Subject { kind: "user", id: Some(record.id.0), label: &record.name, workspace: None };
    unit.audit(action, &subject, details);
}

fn check(name: Option<&str>, display_name: Option<&str>, email: Option<&str>, groups: &[String]) -> Vec<UserError> {
    let mut errors = Vec::new();
    if let Some(Err(error)) = name.map(Name::parse) {
        errors.push(UserError::new(UserErrorCode::Invalid, error.to_string(), &["name"]));
    }
    for (text, field) in [(display_name, "displayName"), (email, "email")] {
        if text.is_some_and(|text| text.chars().count() > MAX_TEXT) {
            let message = format!("this is too long; use at most {MAX_TEXT} characters");
            errors.push(UserError::new(UserErrorCode::TooLong, message, &[field]));
        }
    }
    if groups.len() > MAX_GROUPS {
        let message = format!("too many groups; name at most {MAX_GROUPS}");
        errors.push(UserError::new(UserErrorCode::TooMany, message, &["groups"]));
        return errors;
    }
    for (index, group) in groups.iter().enumerate() {
        if let Err(message) = check_group(group) {
            errors.push(UserError::at(UserErrorCode::Invalid, message, &["groups"], index));
        }
    }
    errors
}

/// Names of groups come from elsewhere and may be written as they are there, in one line.
pub(crate) fn check_group(name: &str) -> Result<(), String> {
    if name.trim().is_empty() || name.trim() != name {
        return Err("a group's name is missing, or has white space at its ends".to_owned());
    }
    if name.chars().count() > MAX_TEXT || name.chars().any(char::is_control) {
        return Err(format!("use at most {MAX_TEXT} characters in one line"));
    }
    Ok(())
}
