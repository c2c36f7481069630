//! Where the databases of these tests are.

use std::path::Path;

use wharfinger_store::Place;

/// A new place, which may use this folder.
pub(crate) fn new(folder: &Path) -> Place {
    Place::File(folder.join("wharfinger.db"))
}
