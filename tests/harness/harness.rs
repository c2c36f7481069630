//! What tests that drive the running product share.

pub(crate) mod journey;
pub(crate) mod leash;
pub(crate) mod platform;
pub(crate) mod session;
