//! Where the databases of these tests are.

use std::path::Path;

use wharfinger_store::{DatabaseUrl, Place};

/// A new place, on the server of this process.
pub(crate) fn new(_folder: &Path) -> Place {
    Place::Postgres { url: DatabaseUrl::new(crate::database::url()), trust: None }
}
