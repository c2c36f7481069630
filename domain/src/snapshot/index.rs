//! The sections of a snapshot. Each answers one question of the decision with one or two look-ups, and holds the same for
//! the same data whether it was built whole or brought there by changes. The maps are hashed by foldhash, seeded at random:
//! a decision is a dozen look-ups, and the standard library's hash function would take most of its time. For the same reason
//! the look-ups are marked to be inlined: sections may be compiled apart from the decision that calls them.

mod bindings;
mod clusters;
mod registries;
mod spaces;
mod workspaces;

pub(super) use self::bindings::Bindings;
pub(super) use self::clusters::Clusters;
pub(crate) use self::registries::{Claim, Registries};
pub(crate) use self::spaces::Spaces;
pub(super) use self::workspaces::Workspaces;
