//! What spaces are ordered by, and what comes after a key in each order.

use diesel::prelude::*;

use super::super::nested::Condition;
use super::super::schema::spaces;
use super::Query;
use crate::spaces::{SpaceKey, SpaceOrder, SpaceOrderField};

/// This query in this order, after this key.
pub(super) fn ordered<'a>(mut query: Query<'a>, order: SpaceOrder, after: Option<&SpaceKey>) -> Query<'a> {
    if let Some(key) = after {
        query = query.filter(later(order, key));
    }
    macro_rules! by {
        ($($column:expr),*) => {
            if order.descending {
                query.order(($($column.desc(),)* spaces::path.desc(), spaces::id.desc()))
            } else {
                query.order(($($column.asc(),)* spaces::path.asc(), spaces::id.asc()))
            }
        };
    }
    match order.field {
        SpaceOrderField::Name => by!(),
        SpaceOrderField::Visibility => by!(spaces::public),
        SpaceOrderField::RepositoryCount => by!(spaces::repository_count),
        SpaceOrderField::BindingCount => by!(spaces::binding_count),
    }
}

/// The same order in words, for windows.
pub(super) fn columns(order: SpaceOrder) -> &'static str {
    match (order.field, order.descending) {
        (SpaceOrderField::Name, false) => "path, id",
        (SpaceOrderField::Name, true) => "path DESC, id DESC",
        (SpaceOrderField::Visibility, false) => "public, path, id",
        (SpaceOrderField::Visibility, true) => "public DESC, path DESC, id DESC",
        (SpaceOrderField::RepositoryCount, false) => "repository_count, path, id",
        (SpaceOrderField::RepositoryCount, true) => "repository_count DESC, path DESC, id DESC",
        (SpaceOrderField::BindingCount, false) => "binding_count, path, id",
        (SpaceOrderField::BindingCount, true) => "binding_count DESC, path DESC, id DESC",
    }
}

/// Holds for what comes after this key. That each column is also compared with its own value lets the index find the place.
pub(super) fn later(order: SpaceOrder, key: &SpaceKey) -> Condition<spaces::table> {
    macro_rules! beyond {
        ($column:expr, $number:expr) => {
            if order.descending {
                let later = $column.lt($number).or(before_in_path(key));
                Box::new($column.le($number).and(later))
            } else {
                let later = $column.gt($number).or(after_in_path(key));
                Box::new($column.ge($number).and(later))
            }
        };
    }
    match order.field {
        SpaceOrderField::Name if order.descending => before_in_path(key),
        SpaceOrderField::Name => after_in_path(key),
        SpaceOrderField::Visibility => beyond!(spaces::public, key.number != 0),
        SpaceOrderField::RepositoryCount => beyond!(spaces::repository_count, key.number),
        SpaceOrderField::BindingCount => beyond!(spaces::binding_count, key.number),
    }
}

fn after_in_path(key: &SpaceKey) -> Condition<spaces::table> {
    let later = spaces::path.gt(key.path.clone()).or(spaces::id.gt(key.id.0));
    Box::new(spaces::path.ge(key.path.clone()).and(later))
}

fn before_in_path(key: &SpaceKey) -> Condition<spaces::table> {
    let later = spaces::path.lt(key.path.clone()).or(spaces::id.lt(key.id.0));
    Box::new(spaces::path.le(key.path.clone()).and(later))
}
