//! What an answer rests on, as one word of a small set: for the counters, the audit annotation and the log. What concerns an
//! image is told in the words for whoever may know the state of the namespace alone.

use wharfinger_domain::decision::Reason;

/// What an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Ground {
    /// The first denied image's reason; where none is denied, the first image's that was decided.
    Image(Reason),
    /// All images were there before.
    Grandfathered,
    /// There is no image.
    NoImage,
    /// Nothing that carries images is made or changed.
    NotJudged,
    /// The review, or the object in it, has not the form that it must have.
    ObjectInvalid,
    /// The webhook is registered for a kind that it cannot judge.
    KindUnknown,
    /// No cluster has the name in the path.
    ClusterUnknown,
    /// There is no snapshot yet.
    NotReady,
    /// A fault of this server.
    Fault,
}

/// Lists all grounds once, so that a reason or a ground that has no word does not compile.
macro_rules! grounds {
    (reasons { $($reason:ident $reason_word:literal,)* } others { $($other:ident $other_word:literal,)* }) => {
        /// Every ground.
        const ALL: &[Ground] = &[$(Ground::Image(Reason::$reason),)* $(Ground::$other,)*];

        impl Ground {
            /// How many there are.
            pub(crate) const COUNT: usize = ALL.len();

            /// Its word, for a reason the same as everywhere.
            pub(crate) fn word(self) -> &'static str {
                match self {
                    $(Self::Image(Reason::$reason) => $reason_word,)*
                    $(Self::$other => $other_word,)*
                }
            }
        }
    };
}

grounds! {
    reasons {
        ReferenceInvalid "REFERENCE_INVALID",
        Exempt "EXEMPT",
        RegistryUnknown "REGISTRY_UNKNOWN",
        SpaceUnknown "SPACE_UNKNOWN",
        SpacePublic "SPACE_PUBLIC",
        NamespaceUnknown "NAMESPACE_UNKNOWN",
        NamespaceNotMapped "NAMESPACE_NOT_MAPPED",
        WorkspaceAmbiguous "WORKSPACE_AMBIGUOUS",
        WorkspaceRegistry "WORKSPACE_REGISTRY",
        NotBound "NOT_BOUND",
        BindingPending "BINDING_PENDING",
        BindingExpired "BINDING_EXPIRED",
        RepositoryOutOfScope "REPOSITORY_OUT_OF_SCOPE",
        Bound "BOUND",
        SnapshotStale "SNAPSHOT_STALE",
    }
    others {
        Grandfathered "GRANDFATHERED",
        NoImage "NO_IMAGE",
        NotJudged "NOT_JUDGED",
        ObjectInvalid "OBJECT_INVALID",
        KindUnknown "KIND_UNKNOWN",
        ClusterUnknown "CLUSTER_UNKNOWN",
        NotReady "NOT_READY",
        Fault "FAULT",
    }
}

impl Ground {
    /// Its place among all of them.
    pub(crate) fn index(self) -> usize {
        ALL.iter().position(|ground| *ground == self).unwrap_or_default()
    }

    /// The ground at this place.
    pub(crate) fn at(index: usize) -> Self {
        ALL.get(index).copied().unwrap_or(Self::Fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_the_word_that_the_api_has_for_it() {
        for ground in ALL {
            if let Ground::Image(reason) = ground {
                assert_eq!(serde_json::to_value(reason).unwrap(), ground.word());
            }
            assert_eq!(Ground::at(ground.index()), *ground);
        }
    }
}
