//! Which database the products of these tests use.

use crate::harness::platform::Options;

/// What to run a product with on a database of its own.
pub(crate) fn options() -> Options {
    Options::default()
}
