//! Where the stores of these tests are.

use std::path::Path;
use std::time::Duration;

use wharfinger_store::{DatabaseUrl, Place};

/// How long the stores of the tests wait; a busy machine takes its time for a new connection.
pub(crate) const PATIENCE: Duration = Duration::from_secs(4);

/// A new place, on the server of this process.
pub(crate) fn new(_folder: &Path) -> Place {
    at(&crate::database::url())
}

/// The place at this address.
pub(crate) fn at(url: &str) -> Place {
    Place::Postgres { url: DatabaseUrl::new(url), trust: None }
}
