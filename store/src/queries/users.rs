//! Queries of users and their groups.

use std::collections::HashMap;

use diesel::prelude::*;
use wharfinger_domain::caller::{PlatformRole, WorkspaceRole};
use wharfinger_domain::id::{GroupId, UserId, WorkspaceId};
use wharfinger_domain::time::Timestamp;

use super::schema::{group_users, memberships, user_groups, users};
use super::sight;
use super::{Db, MAX_BINDS, Session, contains, grouped};
use crate::page::NameKey;
use crate::sight::Sight;
use crate::users::{GroupRecord, NewUser, Password, UserRecord, UserSettings, Users};
use crate::word::Word;
use crate::{Page, Paged, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRow {
    id: i64,
    name: String,
    display_name: Option<String>,
    email: Option<String>,
    origin: String,
    platform_role: String,
    disabled: bool,
    created_at: i64,
    revision: i32,
}

impl UserRow {
    fn record(self) -> Result<UserRecord> {
        let settings = UserSettings {
            display_name: self.display_name,
            email: self.email,
            platform_role: Word::read(&self.platform_role)?,
            disabled: self.disabled,
        };
        Ok(UserRecord {
            id: UserId(self.id),
            name: self.name,
            origin: Word::read(&self.origin)?,
            settings,
            created_at: Timestamp::from_micros(self.created_at),
            revision: self.revision,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = user_groups)]
struct GroupRow {
    id: i64,
    name: String,
}

impl GroupRow {
    fn record(self) -> GroupRecord {
        GroupRecord { id: GroupId(self.id), name: self.name }
    }
}

impl Users for Session<'_> {
    fn insert_user(&mut self, user: &NewUser) -> Result<UserRecord> {
        let values = (
            users::name.eq(&user.name),
            users::display_name.eq(&user.settings.display_name),
            users::email.eq(&user.settings.email),
            users::origin.eq(user.origin.word()),
            users::platform_role.eq(user.settings.platform_role.word()),
            users::password.eq(&user.password.hash),
            users::one_time.eq(user.password.one_time),
            users::disabled.eq(user.settings.disabled),
            users::created_at.eq(user.at.as_micros()),
        );
        let insert = diesel::insert_into(users::table).values(values).returning(UserRow::as_returning());
        insert.get_result(self.connection)?.record()
    }

    fn has_users(&mut self) -> Result<bool> {
        let first = users::table.select(users::id).limit(1);
        Ok(first.first::<i64>(self.connection).optional()?.is_some())
    }

    fn count_administrators(&mut self) -> Result<i64> {
        let query = users::table.filter(users::platform_role.eq(PlatformRole::Admin.word()));
        Ok(query.filter(users::disabled.eq(false)).count().get_result(self.connection)?)
    }

    fn user_by_name(&mut self, name: &str) -> Result<Option<UserRecord>> {
        let query = users::table.filter(users::name.eq(name)).select(UserRow::as_select());
        query.first(self.connection).optional()?.map(UserRow::record).transpose()
    }

    fn users_by_id(&mut self, sight: &Sight, ids: &[UserId]) -> Result<HashMap<UserId, UserRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let these = users::id.eq_any(ids.iter().map(|id| id.0));
            let query = users::table.filter(these).filter(sight::user(sight));
            for row in query.select(UserRow::as_select()).load(self.connection)? {
                let record = row.record()?;
                found.insert(record.id, record);
            }
        }
        Ok(found)
    }

    fn page_users(&mut self, search: Option<&str>, page: &Page<NameKey>) -> Result<Paged<UserRecord>> {
        let total = page.total_by(|| Ok(found(search).count().get_result(self.connection)?))?;
        let mut query = found(search);
        if let Some(key) = &page.after {
            query = query.filter(users::name.gt(&key.name));
        }
        let query = query.order(users::name).limit(page.limit()).select(UserRow::as_select());
        let rows = query.load(self.connection)?;
        Ok(Paged::of(page, rows.into_iter().map(UserRow::record).collect::<Result<_>>()?, total))
    }

    fn update_user(&mut self, id: UserId, revision: i32, settings: &UserSettings) -> Result<bool> {
        let changed = diesel::update(users::table.find(id.0).filter(users::revision.eq(revision)))
            .set((
                users::display_name.eq(&settings.display_name),
                users::email.eq(&settings.email),
                users::platform_role.eq(settings.platform_role.word()),
                users::disabled.eq(settings.disabled),
                users::revision.eq(revision.wrapping_add(1)),
            ))
            .execute(self.connection)?;
        Ok(changed == 1)
    }

    fn password(&mut self, id: UserId) -> Result<Option<Password>> {
        let query = users::table.find(id.0).select((users::password, users::one_time));
        let found: Option<(Option<String>, bool)> = query.first(self.connection).optional()?;
        Ok(found.and_then(|(hash, one_time)| Some(Password { hash: hash?, one_time })))
    }

    fn set_password(&mut self, id: UserId, password: &Password) -> Result<()> {
        let values = (users::password.eq(&password.hash), users::one_time.eq(password.one_time));
        diesel::update(users::table.find(id.0)).set(values).execute(self.connection)?;
        Ok(())
    }

    fn ensure_group(&mut self, name: &str) -> Result<GroupRecord> {
        if let Some(group) = self.group_by_name(name)? {
            return Ok(group);
        }
        let insert = diesel::insert_into(user_groups::table).values(user_groups::name.eq(name));
        Ok(insert.returning(GroupRow::as_returning()).get_result(self.connection)?.record())
    }

    fn group_by_name(&mut self, name: &str) -> Result<Option<GroupRecord>> {
        let query = user_groups::table.filter(user_groups::name.eq(name)).select(GroupRow::as_select());
        Ok(query.first(self.connection).optional()?.map(GroupRow::record))
    }

    fn groups_by_id(&mut self, sight: &Sight, ids: &[GroupId]) -> Result<HashMap<GroupId, GroupRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let these = user_groups::id.eq_any(ids.iter().map(|id| id.0));
            let query = user_groups::table.filter(these).filter(sight::group(sight));
            let rows = query.select(GroupRow::as_select()).load(self.connection)?;
            found.extend(rows.into_iter().map(|row| (GroupId(row.id), row.record())));
        }
        Ok(found)
    }

    fn set_groups(&mut self, user: UserId, groups: &[GroupId]) -> Result<()> {
        diesel::delete(group_users::table.filter(group_users::user_id.eq(user.0))).execute(self.connection)?;
        let of = |group: &GroupId| (group_users::group_id.eq(group.0), group_users::user_id.eq(user.0));
        let values: Vec<_> = groups.iter().map(of).collect();
        if !values.is_empty() {
            diesel::insert_into(group_users::table).values(values).execute(self.connection)?;
        }
        Ok(())
    }

    fn groups_of(&mut self, sight: &Sight, of: &[UserId]) -> Result<HashMap<UserId, Vec<GroupRecord>>> {
        let mut found = Vec::new();
        for of in of.chunks(MAX_BINDS) {
            let query = group_users::table.inner_join(user_groups::table);
            let seen = group_users::user_id
                .eq_any(users::table.into_boxed::<Db>().filter(sight::user(sight)).select(users::id));
            let query = query.filter(group_users::user_id.eq_any(of.iter().map(|id| id.0))).filter(seen);
            let query = query.order(user_groups::name).select((group_users::user_id, GroupRow::as_select()));
            found.extend(query.load::<(i64, GroupRow)>(self.connection)?);
        }
        let groups = grouped(found, |(user, _)| UserId(*user));
        let read =
            |(user, rows): (_, Vec<(i64, GroupRow)>)| (user, rows.into_iter().map(|(_, row)| row.record()).collect());
        Ok(groups.into_iter().map(read).collect())
    }

    fn roles_of(&mut self, user: UserId) -> Result<Vec<(WorkspaceId, WorkspaceRole)>> {
        let groups =
            group_users::table.filter(group_users::user_id.eq(user.0)).select(group_users::group_id.nullable());
        let own = memberships::user_id.eq(Some(user.0)).or(memberships::group_id.eq_any(groups));
        let query = memberships::table.filter(own).select((memberships::workspace_id, memberships::role));
        let rows: Vec<(i64, String)> = query.load(self.connection)?;
        rows.into_iter().map(|(workspace, role)| Ok((WorkspaceId(workspace), Word::read(&role)?))).collect()
    }
}

fn found(search: Option<&str>) -> users::BoxedQuery<'static, Db> {
    let query = users::table.into_boxed();
    match search {
        Some(text) => query.filter(contains(users::name, text).or(contains(users::display_name, text))),
        None => query,
    }
}
