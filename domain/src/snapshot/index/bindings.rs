//! The bindings, found by the two that they bind.

use foldhash::HashMap;

use crate::binding::Binding;
use crate::id::{SpaceId, WorkspaceId};

/// The bindings by workspace and space.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bindings(HashMap<WorkspaceId, HashMap<SpaceId, Binding>>);

impl Bindings {
    pub(crate) fn build(bindings: Vec<Binding>) -> Self {
        let mut all = Self::default();
        for binding in bindings {
            all.put(binding);
        }
        all
    }

    #[inline]
    pub(crate) fn get(&self, space: SpaceId, workspace: WorkspaceId) -> Option<&Binding> {
        self.0.get(&workspace)?.get(&space)
    }

    /// All of them, in order.
    pub(crate) fn list(&self) -> Vec<Binding> {
        let mut all: Vec<_> = self.0.values().flat_map(|bound| bound.values().cloned()).collect();
        all.sort_by_key(|binding| (binding.workspace, binding.space));
        all
    }

    pub(crate) fn put(&mut self, binding: Binding) {
        self.0.entry(binding.workspace).or_default().insert(binding.space, binding);
    }

    pub(crate) fn remove(&mut self, space: SpaceId, workspace: WorkspaceId) {
        if let Some(bound) = self.0.get_mut(&workspace) {
            bound.remove(&space);
            if bound.is_empty() {
                self.0.remove(&workspace);
            }
        }
    }
}
