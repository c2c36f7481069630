//! Lists are read in pages that begin after a key and never at an offset: a page costs the same wherever it is, and rows
//! inserted meanwhile neither repeat nor hide others.

use crate::Result;

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Page<K> {
    /// How many items at most.
    pub first: u32,
    /// The key of the last item that is known already; `None`: from the beginning.
    pub after: Option<K>,
    /// Whether the items of the whole list are to be counted, which costs far more than the page.
    pub total: bool,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Whether more follow.
    pub has_next: bool,
    /// How many items the whole list has, when that was asked.
    pub total: Option<i64>,
}

/// The key of an item in a list that is ordered by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NameKey {
    /// Its name, or path.
    pub name: String,
    /// Its id, which tells two of one name apart.
    pub id: i64,
}

/// The key of an item in one of many lists of a kind, each below a parent of its own. A page after it goes on in that
/// parent's list; in the lists of other parents nothing comes after it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Within<P, K> {
    /// Whose list the item is in.
    pub parent: P,
    /// Where it stands there.
    pub key: K,
}

impl<P: Copy + Eq, K: Clone> Page<Within<P, K>> {
    /// Those of these parents whose lists have to be read for this page.
    pub(crate) fn parents(&self, parents: &[P]) -> Vec<P> {
        let has_rows = |parent: &&P| self.total || self.after.as_ref().is_none_or(|after| after.parent == **parent);
        parents.iter().filter(has_rows).copied().collect()
    }

    /// The page of the list of one parent.
    pub(crate) fn alone(&self) -> Page<K> {
        Page { first: self.first, after: self.after.as_ref().map(|after| after.key.clone()), total: self.total }
    }
}

impl<K> Page<K> {
    /// The first so many items, uncounted.
    pub fn first(first: u32) -> Self {
        Self { first, after: None, total: false }
    }

    /// The same, after this key.
    #[must_use]
    pub fn after(self, key: K) -> Self {
        Self { after: Some(key), ..self }
    }

    /// The same, with the whole list counted.
    #[must_use]
    pub fn counted(self) -> Self {
        Self { total: true, ..self }
    }

    /// The number of the whole list's items, counted in this way, when it is wanted.
    pub(crate) fn total_by(&self, count: impl FnOnce() -> Result<i64>) -> Result<Option<i64>> {
        self.total.then(count).transpose()
    }

    /// How many rows to read: one more than wanted tells whether more follow.
    pub(crate) fn limit(&self) -> i64 {
        i64::from(self.first) + 1
    }
}

impl<T> Paged<T> {
    /// A page of a list that has nothing.
    pub fn empty() -> Self {
        Self { items: Vec::new(), has_next: false, total: Some(0) }
    }

    /// A page of the rows that [`Page::limit`] let through.
    pub(crate) fn of<K>(page: &Page<K>, mut rows: Vec<T>, total: Option<i64>) -> Self {
        let first = usize::try_from(page.first).unwrap_or(usize::MAX);
        let has_next = rows.len() > first;
        rows.truncate(first);
        Self { items: rows, has_next, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_too_many_only_tells_that_more_follow() {
        let page = Page::<i64>::first(2);
        assert_eq!(page.limit(), 3);
        let full = Paged::of(&page, vec![1, 2, 3], None);
        assert_eq!((full.items, full.has_next), (vec![1, 2], true));
        assert!(!Paged::of(&page, vec![1, 2], None).has_next);
    }
}
