//! The spaces, and in which of them a path of a registry lies.

use foldhash::{HashMap, HashMapExt};

use crate::id::{RegistryId, SpaceId};
use crate::space::Space;

/// The spaces, and for each registry those that are there by path.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Spaces {
    all: HashMap<SpaceId, Space>,
    present: HashMap<RegistryId, Paths>,
}

/// The spaces of one registry that are there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Paths {
    by_path: HashMap<Box<str>, SpaceId>,
    /// The most components that one of the paths has. No longer prefix has to be looked up: in a Harbor, one component.
    deepest: usize,
}

impl Paths {
    /// The space with exactly this path.
    #[inline]
    pub(crate) fn at(&self, path: &str) -> Option<SpaceId> {
        self.by_path.get(path).copied()
    }

    /// The most components that one of the paths has.
    #[inline]
    pub(crate) fn deepest(&self) -> usize {
        self.deepest
    }

    /// Should two spaces be there under one path, the newer one counts: it has inherited no binding.
    fn put(&mut self, path: &str, id: SpaceId) {
        let there = self.by_path.entry(path.into()).or_insert(id);
        *there = id.max(*there);
        self.deepest = self.deepest.max(components(path));
    }

    fn remove(&mut self, path: &str) {
        self.by_path.remove(path);
        let was_deepest = self.deepest > 1 && self.deepest == components(path);
        if was_deepest || self.by_path.is_empty() {
            self.deepest = self.by_path.keys().map(|path| components(path)).max().unwrap_or(0);
        }
    }
}

fn components(path: &str) -> usize {
    path.bytes().filter(|byte| *byte == b'/').count() + 1
}

impl Spaces {
    pub(crate) fn build(spaces: Vec<Space>) -> Self {
        let mut all = Self { all: HashMap::with_capacity(spaces.len()), present: HashMap::new() };
        for space in spaces {
            all.index(&space);
            all.all.insert(space.id, space);
        }
        all
    }

    #[inline]
    pub(crate) fn get(&self, id: SpaceId) -> Option<&Space> {
        self.all.get(&id)
    }

    /// All of them, in order.
    pub(crate) fn list(&self) -> Vec<Space> {
        let mut all: Vec<_> = self.all.values().cloned().collect();
        all.sort_by_key(|space| space.id);
        all
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Space> {
        self.all.values()
    }

    /// The spaces of a registry that are there.
    #[inline]
    pub(crate) fn of(&self, registry: RegistryId) -> Option<&Paths> {
        self.present.get(&registry)
    }

    pub(crate) fn put(&mut self, space: Space) {
        self.remove(space.id);
        self.index(&space);
        self.all.insert(space.id, space);
    }

    pub(crate) fn remove(&mut self, id: SpaceId) {
        let Some(old) = self.all.remove(&id) else {
            return;
        };
        let Some(paths) = self.present.get_mut(&old.registry) else {
            return;
        };
        if paths.at(&old.path) == Some(id) {
            paths.remove(&old.path);
            let heir = self.all.values().filter(|other| other.registry == old.registry && other.path == old.path);
            if let Some(heir) = heir.filter(|other| other.present).map(|other| other.id).max() {
                paths.put(&old.path, heir);
            } else if paths.by_path.is_empty() {
                self.present.remove(&old.registry);
            }
        }
    }

    fn index(&mut self, space: &Space) {
        if space.present {
            self.present.entry(space.registry).or_default().put(&space.path, space.id);
        }
    }
}
