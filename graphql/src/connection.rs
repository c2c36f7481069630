//! Lists, all alike: a connection gives a page of nodes, where the page ends, and how many nodes there are in all. The last
//! costs a count of the whole list and is therefore found out only where it was selected.

use std::borrow::Cow;
use std::marker::PhantomData;

use async_graphql::{Context, Object, ObjectType, OutputType, Result, SimpleObject, TypeName};
use wharfinger_app::record::{Page, Paged};

use crate::cursor::CursorKey;
use crate::error::{bad_input, internal};
use crate::scope::scope;

/// How many nodes a page has when nobody says.
pub(crate) const DEFAULT_FIRST: i32 = 20;

/// How many nodes a page has at most.
const MAX_FIRST: u32 = 100;

/// Where a page begins and ends; pages go forward.
#[derive(SimpleObject, Debug, Clone)]
pub(crate) struct PageInfo {
    /// Whether more nodes follow.
    has_next_page: bool,
    /// Whether the page was asked for after a cursor, so that nodes come before it.
    has_previous_page: bool,
    /// The cursor of the first node; null on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the last node, to ask for what follows; null on an empty page.
    end_cursor: Option<String>,
}

/// A page of a list.
pub(crate) struct Connection<T> {
    pub(crate) edges: Vec<Edge<T>>,
    pub(crate) page_info: PageInfo,
    pub(crate) total: Option<i64>,
}

/// A node and where it stands.
pub(crate) struct Edge<T> {
    cursor: String,
    node: T,
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", <T as OutputType>::type_name()).into()
    }
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", <T as OutputType>::type_name()).into()
    }
}

/// A page of a list.
#[Object(name_type)]
impl<T: ObjectType> Connection<T> {
    /// The nodes, in the order of the list.
    async fn nodes(&self) -> Vec<&T> {
        self.nodes_of_page()
    }

    /// The nodes, each with its cursor.
    async fn edges(&self) -> &[Edge<T>] {
        &self.edges
    }

    /// Where the page begins and ends.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many nodes the whole list has, as far as the viewer may see them.
    async fn total_count(&self) -> Result<i32> {
        self.total_count_of_list()
    }
}

/// A page of a list that is too long to be counted.
pub(crate) struct Uncounted<T>(pub(crate) Connection<T>);

impl<T: OutputType> TypeName for Uncounted<T> {
    fn type_name() -> Cow<'static, str> {
        Connection::<T>::type_name()
    }
}

/// A page of a list.
#[Object(name_type)]
impl<T: ObjectType> Uncounted<T> {
    /// The nodes, in the order of the list.
    async fn nodes(&self) -> Vec<&T> {
        self.0.nodes_of_page()
    }

    /// The nodes, each with its cursor.
    async fn edges(&self) -> &[Edge<T>] {
        &self.0.edges
    }

    /// Where the page begins and ends.
    async fn page_info(&self) -> &PageInfo {
        &self.0.page_info
    }

    /// Null: counting would be dear; ask whether more nodes follow.
    async fn total_count(&self) -> Option<i32> {
        None
    }
}

/// A node and where it stands in its list.
#[Object(name_type)]
impl<T: ObjectType> Edge<T> {
    /// To ask for what follows this node.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The node.
    async fn node(&self) -> &T {
        &self.node
    }
}

impl<T> Connection<T> {
    /// The nodes.
    pub(crate) fn nodes_of_page(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// The number that was asked for.
    pub(crate) fn total_count_of_list(&self) -> Result<i32> {
        let total = self.total.ok_or_else(|| internal("a list was not counted"))?;
        Ok(i32::try_from(total).unwrap_or(i32::MAX))
    }
}

/// How a list is asked for: which one, in which order, and which page of it.
pub(crate) struct Listing<K> {
    /// Names the list and its order in its cursors.
    order: Cow<'static, str>,
    /// The page.
    pub(crate) page: Page<K>,
    key: PhantomData<K>,
}

impl<K: CursorKey> Listing<K> {
    /// The page that these arguments ask for.
    pub(crate) fn new(
        ctx: &Context<'_>,
        order: impl Into<Cow<'static, str>>,
        first: Option<i32>,
        after: Option<&str>,
    ) -> Result<Self> {
        let order = order.into();
        let first = u32::try_from(first.unwrap_or(DEFAULT_FIRST)).ok().filter(|first| *first <= MAX_FIRST);
        let first = first.ok_or_else(|| bad_input(format!("first must be a number from 0 to {MAX_FIRST}")))?;
        let after = after.map(|cursor| scope(ctx).cursors.decode(&order, cursor)).transpose()?;
        let total = ctx.look_ahead().field("totalCount").exists();
        Ok(Self { order, page: Page { first, after, total }, key: PhantomData })
    }

    /// The same of a list that is not counted.
    pub(crate) fn uncounted(
        ctx: &Context<'_>,
        order: impl Into<Cow<'static, str>>,
        first: Option<i32>,
        after: Option<&str>,
    ) -> Result<Self> {
        let mut listing = Self::new(ctx, order, first, after)?;
        listing.page.total = false;
        Ok(listing)
    }

    /// The connection that a page of records gives.
    pub(crate) fn connection<R, T: From<R>>(
        &self,
        ctx: &Context<'_>,
        paged: Paged<R>,
        key: impl Fn(&R) -> K,
    ) -> Result<Connection<T>> {
        self.connection_of(ctx, paged, key, T::from)
    }

    /// The same with another way from a record to its node.
    pub(crate) fn connection_of<R, T>(
        &self,
        ctx: &Context<'_>,
        paged: Paged<R>,
        key: impl Fn(&R) -> K,
        node: impl Fn(R) -> T,
    ) -> Result<Connection<T>> {
        let signer = &scope(ctx).cursors;
        let edge = |record: R| {
            let cursor = signer.encode(&self.order, &key(&record))?;
            Ok(Edge { cursor, node: node(record) })
        };
        let edges = paged.items.into_iter().map(edge).collect::<Result<Vec<_>>>()?;
        let page_info = PageInfo {
            has_next_page: paged.has_next,
            has_previous_page: self.page.after.is_some(),
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        Ok(Connection { edges, page_info, total: paged.total })
    }
}

/// A page of a list that is held whole, in its order; `place` turns a key into what the list is ordered by.
pub(crate) fn page_of<R, K, O: Ord>(
    all: Vec<R>,
    page: &Page<K>,
    key: impl Fn(&R) -> K,
    place: impl Fn(&K) -> O,
) -> Paged<R> {
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let after = page.after.as_ref().map(&place);
    let mut rest = all.into_iter().filter(|item| after.as_ref().is_none_or(|after| place(&key(item)) > *after));
    let items = rest.by_ref().take(usize::try_from(page.first).unwrap_or(usize::MAX)).collect();
    Paged { items, has_next: rest.next().is_some(), total: Some(total) }
}
