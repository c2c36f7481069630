//! Queries of sessions and of sign-in that failed.

use diesel::prelude::*;
use wharfinger_domain::id::UserId;
use wharfinger_domain::time::Timestamp;

use super::Session;
use super::schema::{sessions, sign_in_failures};
use crate::Result;
use crate::sessions::{Failures, SessionRecord, Sessions};

impl Sessions for Session<'_> {
    fn insert_session(&mut self, hash: &str, session: &SessionRecord) -> Result<()> {
        let values = (
            sessions::hash.eq(hash),
            sessions::user_id.eq(session.user.0),
            sessions::started_at.eq(session.started_at.as_micros()),
            sessions::seen_at.eq(session.seen_at.as_micros()),
            sessions::expires_at.eq(session.expires_at.as_micros()),
        );
        diesel::insert_into(sessions::table).values(values).execute(self.connection)?;
        Ok(())
    }

    fn session(&mut self, hash: &str) -> Result<Option<SessionRecord>> {
        let columns = (sessions::user_id, sessions::started_at, sessions::seen_at, sessions::expires_at);
        let found: Option<(i64, i64, i64, i64)> =
            sessions::table.find(hash).select(columns).first(self.connection).optional()?;
        Ok(found.map(|(user, started_at, seen_at, expires_at)| SessionRecord {
            user: UserId(user),
            started_at: Timestamp::from_micros(started_at),
            seen_at: Timestamp::from_micros(seen_at),
            expires_at: Timestamp::from_micros(expires_at),
        }))
    }

    fn touch_session(&mut self, hash: &str, at: Timestamp) -> Result<()> {
        let seen = sessions::seen_at.eq(at.as_micros());
        diesel::update(sessions::table.find(hash)).set(seen).execute(self.connection)?;
        Ok(())
    }

    fn end_session(&mut self, hash: &str) -> Result<Option<UserId>> {
        let ended = diesel::delete(sessions::table.find(hash)).returning(sessions::user_id);
        Ok(ended.get_result(self.connection).optional()?.map(UserId))
    }

    fn end_sessions_of(&mut self, user: UserId) -> Result<usize> {
        Ok(diesel::delete(sessions::table.filter(sessions::user_id.eq(user.0))).execute(self.connection)?)
    }

    fn prune_sessions(&mut self, ended: Timestamp, unused: Timestamp) -> Result<usize> {
        let over = sessions::expires_at.lt(ended.as_micros()).or(sessions::seen_at.lt(unused.as_micros()));
        Ok(diesel::delete(sessions::table.filter(over)).execute(self.connection)?)
    }

    fn sign_in_failures(&mut self, subject: &str) -> Result<Option<Failures>> {
        let columns = (sign_in_failures::failures, sign_in_failures::last_at);
        let found: Option<(i32, i64)> =
            sign_in_failures::table.find(subject).select(columns).first(self.connection).optional()?;
        Ok(found.map(|(count, last_at)| Failures { count, last_at: Timestamp::from_micros(last_at) }))
    }

    fn note_sign_in_failure(&mut self, subject: &str, at: Timestamp, forget_before: Timestamp) -> Result<()> {
        let old = sign_in_failures::table.filter(sign_in_failures::last_at.lt(forget_before.as_micros()));
        diesel::delete(old).execute(self.connection)?;
        let last_at = sign_in_failures::last_at.eq(at.as_micros());
        diesel::insert_into(sign_in_failures::table)
            .values((sign_in_failures::subject.eq(subject), sign_in_failures::failures.eq(1), last_at))
            .on_conflict(sign_in_failures::subject)
            .do_update()
            .set((sign_in_failures::failures.eq(sign_in_failures::failures + 1), last_at))
            .execute(self.connection)?;
        Ok(())
    }

    fn take_back_sign_in_failure(&mut self, subject: &str, at: Timestamp, before: Option<Timestamp>) -> Result<()> {
        let Some(found) = self.sign_in_failures(subject)? else { return Ok(()) };
        if found.count <= 1 {
            return self.forget_sign_in_failures(subject);
        }
        let last_at = before.filter(|_| found.last_at == at).unwrap_or(found.last_at);
        let values =
            (sign_in_failures::failures.eq(found.count - 1), sign_in_failures::last_at.eq(last_at.as_micros()));
        diesel::update(sign_in_failures::table.find(subject)).set(values).execute(self.connection)?;
        Ok(())
    }

    fn forget_sign_in_failures(&mut self, subject: &str) -> Result<()> {
        diesel::delete(sign_in_failures::table.find(subject)).execute(self.connection)?;
        Ok(())
    }
}
