//! Where in a pod an image stands, small enough to be carried in every answer.

use std::fmt;

/// The lists of a pod's `spec` that hold images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum List {
    Containers,
    InitContainers,
    EphemeralContainers,
    Volumes,
}

/// The place of one image: a list of a pod's `spec`, and the index in it.
///
/// Displays the path of the field below that `spec`: `initContainers[0].image`, `volumes[2].image.reference`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    list: List,
    index: usize,
}

impl Place {
    pub(super) fn new(list: List, index: usize) -> Self {
        Self { list, index }
    }

    /// Whether it is an ephemeral container's.
    pub fn is_ephemeral(self) -> bool {
        self.list == List::EphemeralContainers
    }

    /// Displays the path of the field from the root of the object, given that of the pod's `spec`.
    pub fn below(self, prefix: &str) -> impl fmt::Display {
        fmt::from_fn(move |f| write!(f, "{prefix}.{self}"))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (list, field) = match self.list {
            List::Containers => ("containers", "image"),
            List::InitContainers => ("initContainers", "image"),
            List::EphemeralContainers => ("ephemeralContainers", "image"),
            List::Volumes => ("volumes", "image.reference"),
        };
        write!(f, "{list}[{}].{field}", self.index)
    }
}
