//! Queries of the installation.

use diesel::prelude::*;

use super::Session;
use super::schema::installation;
use crate::Result;
use crate::installation::Installation;

/// The id of the one row.
const ROW: i64 = 1;

impl Installation for Session<'_> {
    fn data_key_id(&mut self) -> Result<Option<String>> {
        let query = installation::table.find(ROW).select(installation::data_key_id);
        Ok(query.first(self.connection).optional()?)
    }

    fn set_data_key_id(&mut self, id: &str) -> Result<()> {
        let key = installation::data_key_id.eq(id);
        diesel::insert_into(installation::table)
            .values((installation::id.eq(ROW), key))
            .on_conflict(installation::id)
            .do_update()
            .set(key)
            .execute(self.connection)?;
        Ok(())
    }
}
