//! Users, who sign in, and the groups that they are in.

use std::collections::HashMap;

use wharfinger_domain::caller::{PlatformRole, WorkspaceRole};
use wharfinger_domain::id::{GroupId, UserId, WorkspaceId};
use wharfinger_domain::time::Timestamp;

use crate::page::NameKey;
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// Where a user comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Made at the first start.
    Bootstrap,
    /// Made by an administrator.
    Local,
}

/// A user as it is stored, without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// The store's id.
    pub id: UserId,
    /// Unique, for ever.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What may be changed of it.
    pub settings: UserSettings,
    /// When it was made.
    pub created_at: Timestamp,
    /// Grows by one with every change of its settings.
    pub revision: i32,
}

impl UserRecord {
    /// Where it stands in a list of users.
    pub fn key(&self) -> NameKey {
        NameKey { name: self.name.clone(), id: self.id.0 }
    }
}

/// What may be changed of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSettings {
    /// What it is called in a user interface.
    pub display_name: Option<String>,
    /// Where to write to it.
    pub email: Option<String>,
    /// Its role over the whole platform.
    pub platform_role: PlatformRole,
    /// Whether it may not sign in, nor use its sessions and tokens.
    pub disabled: bool,
}

/// A password as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Password {
    /// An argon2id hash in the PHC format.
    pub hash: String,
    /// Whether it opens nothing but the way to set another.
    pub one_time: bool,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Password").field("one_time", &self.one_time).finish_non_exhaustive()
    }
}

/// A user to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The rest.
    pub settings: UserSettings,
    /// The password that it begins with.
    pub password: Password,
    /// When.
    pub at: Timestamp,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRecord {
    /// The store's id.
    pub id: GroupId,
    /// Unique.
    pub name: String,
}

/// What can be done with users and groups.
pub trait Users {
    /// Stores a user. [`crate::Unique::UserName`] when there is one of that name.
    fn insert_user(&mut self, user: &NewUser) -> Result<UserRecord>;

    /// Whether there is any user.
    fn has_users(&mut self) -> Result<bool>;

    /// How many users are administrators of the platform and may sign in.
    fn count_administrators(&mut self) -> Result<i64>;

    /// The user of this name.
    fn user_by_name(&mut self, name: &str) -> Result<Option<UserRecord>>;

    /// The users with these ids, as far as they exist and are members of a workspace that is seen, by a membership of their own.
    fn users_by_id(&mut self, sight: &Sight, ids: &[UserId]) -> Result<HashMap<UserId, UserRecord>>;

    /// A page of users by name, those in whose name or display name this text is.
    fn page_users(&mut self, search: Option<&str>, page: &Page<NameKey>) -> Result<Paged<UserRecord>>;

    /// Changes what may be changed. False, and nothing done, when the user is not at this revision.
    fn update_user(&mut self, id: UserId, revision: i32, settings: &UserSettings) -> Result<bool>;

    /// The password of a user.
    fn password(&mut self, id: UserId) -> Result<Option<Password>>;

    /// Puts another password in the place of a user's.
    fn set_password(&mut self, id: UserId, password: &Password) -> Result<()>;

    /// The group of this name, made when there is none.
    fn ensure_group(&mut self, name: &str) -> Result<GroupRecord>;

    /// The group of this name.
    fn group_by_name(&mut self, name: &str) -> Result<Option<GroupRecord>>;

    /// The groups with these ids, as far as they exist and are members of a workspace that is seen.
    fn groups_by_id(&mut self, sight: &Sight, ids: &[GroupId]) -> Result<HashMap<GroupId, GroupRecord>>;

    /// Puts a user into these groups and no others.
    fn set_groups(&mut self, user: UserId, groups: &[GroupId]) -> Result<()>;

    /// The groups that each of these users that is seen is in, by name.
    fn groups_of(&mut self, sight: &Sight, users: &[UserId]) -> Result<HashMap<UserId, Vec<GroupRecord>>>;

    /// The roles of a user in workspaces, those that it has through a group among them.
    fn roles_of(&mut self, user: UserId) -> Result<Vec<(WorkspaceId, WorkspaceRole)>>;
}
