//! Names, values and rules: what a registry, a space, a workspace and a binding are, what an image reference says, and
//! the one function that decides whether a namespace may use an image. Pure and synchronous: no clock, no I/O, no
//! randomness; everything that varies comes in as an argument.

pub mod binding;
pub mod caller;
pub mod change;
pub mod cluster;
pub mod decision;
pub mod disclosure;
pub mod exemption;
pub mod export;
pub mod grants;
pub mod host;
pub mod id;
pub mod images;
pub mod name;
pub mod namespace;
pub mod overlay;
pub mod policy;
pub mod reference;
pub mod registry;
pub mod review;
pub mod revision;
pub mod rights;
pub mod snapshot;
pub mod source;
pub mod space;
pub mod time;
pub mod workspace;
