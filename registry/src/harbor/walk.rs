//! A walk over one of Harbor's lists: pages of a hundred, by number. It counts what it read against what Harbor announces,
//! because a list that changes under the walk shifts its pages, and a row that was not seen is not gone.

use std::collections::HashSet;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::RegistryError;
use crate::harbor::{Harbor, expect, is_unknown_path};
use crate::http::Reply;

/// The most that Harbor gives; it refuses a larger size.
const PAGE_SIZE: u64 = 100;

/// A row of a list.
pub(super) trait Row: DeserializeOwned {
    /// What the row becomes.
    type Observed;

    /// The number that tells it from all others of its list.
    fn id(&self) -> i64;

    /// Checks the row.
    fn observed(self, reply: &Reply) -> Result<Self::Observed, RegistryError>;
}

/// The state of a walk.
pub(super) struct Walk<R> {
    path: String,
    right: &'static str,
    page: u64,
    /// The totals announced first and last.
    totals: Option<(u64, u64)>,
    seen: HashSet<i64>,
    at_end: bool,
    may_grow: bool,
    rows: PhantomData<fn() -> R>,
}

/// A page, or the news that this Harbor has no such list.
pub(super) enum Step<T> {
    /// Rows.
    Page(Vec<T>),
    /// The walk is complete.
    End,
    /// The path is not known.
    NoSuchList,
}

impl<R: Row> Walk<R> {
    /// A walk over the list at `path`, whose query has begun, for which the account needs `right`.
    pub(super) fn new(path: String, right: &'static str) -> Self {
        Self {
            path,
            right,
            page: 0,
            totals: None,
            seen: HashSet::new(),
            at_end: false,
            may_grow: false,
            rows: PhantomData,
        }
    }

    /// Takes rows that come in during the walk for normal: in a list with an order they hide no other row.
    pub(super) fn growing(self) -> Self {
        Self { may_grow: true, ..self }
    }

    /// True before the first page.
    pub(super) fn is_fresh(&self) -> bool {
        self.page == 0
    }

    /// The next page; `None` after the last, when all that was announced has been read.
    pub(super) async fn next(&mut self, harbor: &Harbor) -> Result<Option<Vec<R::Observed>>, RegistryError> {
        match self.step(harbor).await? {
            Step::Page(rows) => Ok(Some(rows)),
            Step::End => Ok(None),
            Step::NoSuchList => Err(super::not_harbor("it does not know the lists of one")),
        }
    }

    /// All pages at once; `None` when this Harbor has no such list.
    pub(super) async fn all(mut self, harbor: &Harbor) -> Result<Option<Vec<R::Observed>>, RegistryError> {
        let mut all = Vec::new();
        loop {
            match self.step(harbor).await? {
                Step::Page(mut rows) => all.append(&mut rows),
                Step::End => return Ok(Some(all)),
                Step::NoSuchList => return Ok(None),
            }
        }
    }

    async fn step(&mut self, harbor: &Harbor) -> Result<Step<R::Observed>, RegistryError> {
        if self.at_end {
            return self.settled().map(|()| Step::End);
        }
        self.page += 1;
        let path = format!("{}&page_size={PAGE_SIZE}&page={}", self.path, self.page);
        let reply = harbor.by_name(&path).await?;
        if is_unknown_path(&reply) {
            return Ok(Step::NoSuchList);
        }
        let rows = rows(&reply, self.right)?;
        self.count(harbor, &reply, &rows)?;
        rows.into_iter().map(|row| row.observed(&reply)).collect::<Result<_, _>>().map(Step::Page)
    }

    fn count(&mut self, harbor: &Harbor, reply: &Reply, rows: &[R]) -> Result<(), RegistryError> {
        let total = total(reply)?;
        self.totals = Some((self.totals.map_or(total, |(first, _)| first), total));
        self.seen.extend(rows.iter().map(R::id));
        self.at_end = rows.is_empty() || self.page.saturating_mul(PAGE_SIZE) >= total;
        if self.seen.len() > harbor.http.limits.rows {
            let limit = format!("{} rows", harbor.http.limits.rows);
            return Err(RegistryError::TooLarge { what: reply.what.clone(), limit });
        }
        Ok(())
    }

    fn settled(&self) -> Result<(), RegistryError> {
        let (first, last) = self.totals.unwrap_or_default();
        let seen = u64::try_from(self.seen.len()).unwrap_or(u64::MAX);
        let complete = if self.may_grow { first <= last && first <= seen } else { first == last && last == seen };
        if complete { Ok(()) } else { Err(RegistryError::Unsettled { counted: last, seen }) }
    }
}

/// The rows of a page, for which the account needs `right`. A list may be null.
pub(super) fn rows<R: Row>(reply: &Reply, right: &str) -> Result<Vec<R>, RegistryError> {
    expect(reply, right)?.json::<Option<Vec<R>>>().map(Option::unwrap_or_default)
}

/// How many rows the whole list has.
pub(super) fn total(reply: &Reply) -> Result<u64, RegistryError> {
    let total = reply.header("x-total-count").and_then(|total| total.parse().ok());
    total.ok_or_else(|| reply.malformed("it does not tell how many there are"))
}
