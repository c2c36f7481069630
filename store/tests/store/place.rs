//! Where the stores of these tests are.

use std::path::Path;
use std::time::Duration;

use wharfinger_store::Place;

/// How long the stores of the tests wait.
pub(crate) const PATIENCE: Duration = Duration::from_millis(400);

/// A new place, which may use this folder.
pub(crate) fn new(folder: &Path) -> Place {
    Place::File(folder.join("store.db"))
}
