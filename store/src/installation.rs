//! The installation: what is so for all replicas and all of the data.

use crate::Result;

/// What can be done with the installation.
pub trait Installation {
    /// The id of the key that secrets are sealed with; `None` before the first start.
    fn data_key_id(&mut self) -> Result<Option<String>>;

    /// From now on, secrets are sealed with the key of this id.
    fn set_data_key_id(&mut self, id: &str) -> Result<()>;
}
