//! What a namespace may use, told as spaces: the decision's rules 4 to 11 turned round, for lists. The store filters
//! by these and knows no rule of its own.

use crate::binding::{BindingScope, BindingState};
use crate::id::SpaceId;
use crate::registry::Owner;
use crate::snapshot::NamespaceView;
use crate::space::Space;

/// Why a space may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// It is public.
    PublicSpace,
    /// It is bound to the workspace.
    BoundSpace,
    /// Its registry is the workspace's own.
    AssociatedRegistry,
}

/// A space that a namespace may use, as a whole or in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpaceGrant<'s> {
    /// The space.
    pub space: SpaceId,
    /// Why.
    pub via: Grant,
    /// Which repositories; `None`: all.
    pub scope: Option<&'s BindingScope>,
}

impl<'s> NamespaceView<'s> {
    /// Every space that this namespace may use, by id.
    pub fn grants(&self) -> Vec<SpaceGrant<'s>> {
        let mut grants: Vec<_> = self.snapshot.spaces().iter().filter_map(|space| self.grant(space)).collect();
        grants.sort_unstable_by_key(|grant| grant.space);
        grants
    }

    /// Why this namespace may use this space, if it may.
    fn grant(&self, space: &'s Space) -> Option<SpaceGrant<'s>> {
        let whole = |via| Some(SpaceGrant { space: space.id, via, scope: None });
        let registry = self.snapshot.registry(space.registry)?;
        let workspace = self.workspace.map(|workspace| workspace.id);
        let in_scope = match registry.owner {
            Owner::Platform => true,
            Owner::Workspace(owner) => workspace == Some(owner),
        };
        let addressed =
            self.snapshot.spaces().of(space.registry).and_then(|paths| paths.at(&space.path)) == Some(space.id);
        if !in_scope || !addressed || !self.snapshot.registries().is_reachable(registry) {
            return None;
        }
        if space.is_public() {
            return whole(Grant::PublicSpace);
        }
        let workspace = workspace.filter(|_| !self.moment.stale)?;
        if registry.owner == Owner::Workspace(workspace) {
            return whole(Grant::AssociatedRegistry);
        }
        let binding = self.snapshot.binding(space.id, workspace)?;
        let active = binding.state(self.moment.at) == BindingState::Active;
        active.then_some(SpaceGrant { space: space.id, via: Grant::BoundSpace, scope: binding.scope.as_ref() })
    }
}
