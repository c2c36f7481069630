//! Queries of leases.

use diesel::prelude::*;

use super::Session;
use super::schema::leases;
use crate::Result;
use crate::leases::{Lease, Leases};

#[derive(Queryable, Selectable)]
#[diesel(table_name = leases)]
struct LeaseRow {
    task: String,
    holder: Option<String>,
    term: i64,
    beat: i64,
}

impl LeaseRow {
    fn record(self) -> Lease {
        Lease { task: self.task, holder: self.holder, term: self.term, beat: self.beat }
    }
}

impl Leases for Session<'_> {
    fn lease(&mut self, task: &str) -> Result<Option<Lease>> {
        let query = leases::table.find(task).select(LeaseRow::as_select());
        Ok(query.first(self.connection).optional()?.map(LeaseRow::record))
    }

    fn take_lease(&mut self, task: &str, holder: &str) -> Result<Lease> {
        let term = self.lease(task)?.map_or(1, |lease| lease.term + 1);
        let state = (leases::holder.eq(holder), leases::term.eq(term), leases::beat.eq(0_i64));
        let row: LeaseRow = diesel::insert_into(leases::table)
            .values((leases::task.eq(task), state))
            .on_conflict(leases::task)
            .do_update()
            .set(state)
            .returning(LeaseRow::as_returning())
            .get_result(self.connection)?;
        Ok(row.record())
    }

    fn renew_lease(&mut self, task: &str, term: i64) -> Result<bool> {
        let held = leases::table.find(task).filter(leases::term.eq(term)).filter(leases::holder.is_not_null());
        let renewed = diesel::update(held).set(leases::beat.eq(leases::beat + 1)).execute(self.connection)?;
        Ok(renewed == 1)
    }

    fn release_lease(&mut self, task: &str, term: i64) -> Result<()> {
        let held = leases::table.find(task).filter(leases::term.eq(term));
        diesel::update(held).set(leases::holder.eq(None::<String>)).execute(self.connection)?;
        Ok(())
    }

    /// Transactions that write take turns, so that a look at the row is as good as a lock on it.
    fn holds_lease(&mut self, task: &str, term: i64) -> Result<bool> {
        Ok(self.lease(task)?.is_some_and(|lease| lease.term == term && lease.holder.is_some()))
    }
}
