//! Queries of the revision.

use diesel::prelude::*;
use wharfinger_domain::revision::Revision;

use super::Session;
use super::schema::revision;
use crate::Result;
use crate::revisions::Revisions;

impl Revisions for Session<'_> {
    fn revision(&mut self) -> Result<Revision> {
        let (number, token) = revision::table.select((revision::number, revision::token)).first(self.connection)?;
        Ok(Revision { number, token })
    }

    fn bump_revision(&mut self, token: i64) -> Result<(Revision, Revision)> {
        let from = self.revision()?;
        let to = Revision { number: from.number + 1, token };
        diesel::update(revision::table)
            .set((revision::number.eq(to.number), revision::token.eq(to.token)))
            .execute(self.connection)?;
        Ok((from, to))
    }
}
