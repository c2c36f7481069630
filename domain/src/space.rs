//! A space: a subtree of one registry that is shared as a unit.

use serde::{Deserialize, Serialize};

use crate::id::{RegistryId, SpaceId};

/// Whether everybody may use a space's images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Visibility {
    /// For everybody.
    Public,
    /// For the workspaces it is bound to.
    Private,
}

/// A space as far as decisions need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    /// The store's id. A project deleted and made again under the same name is another space.
    pub id: SpaceId,
    /// The registry that it is a part of.
    pub registry: RegistryId,
    /// A prefix of repository paths, in whole components; in Harbor the project's name.
    pub path: Box<str>,
    /// What the registry reports; `None` for a registry that knows no visibility.
    pub upstream_visibility: Option<Visibility>,
    /// What an administrator has set: to treat a public space as private, or to declare public what the registry says
    /// nothing about.
    pub declared_visibility: Option<Visibility>,
    /// False once it has vanished from its registry. A space that is gone is no space.
    pub present: bool,
}

impl Space {
    /// What decisions use: private unless the registry says public and nobody overrides it, or the registry says nothing
    /// and an administrator has declared it public. What a registry reports private nobody can make public here.
    pub fn visibility(&self) -> Visibility {
        match (self.upstream_visibility, self.declared_visibility) {
            (Some(Visibility::Public), None | Some(Visibility::Public)) | (None, Some(Visibility::Public)) => {
                Visibility::Public
            }
            _ => Visibility::Private,
        }
    }

    /// True when everybody may use it.
    pub fn is_public(&self) -> bool {
        self.visibility() == Visibility::Public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_never_opens_what_the_registry_reports_private() {
        use Visibility::{Private, Public};
        let visibility = |upstream_visibility, declared_visibility| {
            let (id, registry) = (SpaceId(1), RegistryId(1));
            Space { id, registry, path: "a".into(), upstream_visibility, declared_visibility, present: true }
                .visibility()
        };
        assert_eq!(visibility(Some(Private), Some(Public)), Private);
        assert_eq!(visibility(Some(Private), None), Private);
        assert_eq!(visibility(Some(Public), Some(Private)), Private);
        assert_eq!(visibility(Some(Public), None), Public);
        assert_eq!(visibility(None, None), Private);
        assert_eq!(visibility(None, Some(Public)), Public);
        assert_eq!(visibility(None, Some(Private)), Private);
    }
}
