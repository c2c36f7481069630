//! How the values of small sets are written in the database: as the words of the API, so that a person who looks into it
//! can read it.

use wharfinger_domain::caller::{PlatformRole, WorkspaceRole};
use wharfinger_domain::cluster::{EnforcementMode, UnknownRegistries};
use wharfinger_domain::decision::Verdict;
use wharfinger_domain::host::Scheme;
use wharfinger_domain::registry::RegistryKind;
use wharfinger_domain::review::Action;
use wharfinger_domain::space::Visibility;

use crate::registries::HealthStatus;
use crate::syncs::{SyncState, SyncTrigger};
use crate::users::Origin;
use crate::{Result, StoreError};

/// A value of a small set.
pub(crate) trait Word: Copy + PartialEq + 'static {
    /// What the set is, for the message that a word is not in it.
    const SET: &'static str;
    /// Every value with its word.
    const WORDS: &'static [(Self, &'static str)];

    /// The word for this value.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(value, _)| *value == self).map_or("", |(_, word)| word)
    }

    /// The value of this word.
    fn read(word: &str) -> Result<Self> {
        let found = Self::WORDS.iter().find(|(_, known)| *known == word);
        found.map(|(value, _)| *value).ok_or_else(|| StoreError::damaged(format!("a {} is unreadable", Self::SET)))
    }
}

/// The value of a word that may be missing.
pub(crate) fn read_optional<W: Word>(word: Option<&str>) -> Result<Option<W>> {
    word.map(W::read).transpose()
}

macro_rules! words {
    ($($set:literal $type:ident { $($value:ident $word:literal,)* })*) => {$(
        impl Word for $type {
            const SET: &'static str = $set;
            const WORDS: &'static [(Self, &'static str)] = &[$((Self::$value, $word),)*];
        }

        // A value without a word does not compile.
        const _: fn($type) = |value| match value { $($type::$value => (),)* };
    )*};
}

words! {
    "mode" EnforcementMode { Enforce "ENFORCE", Warn "WARN", Audit "AUDIT", Off "OFF", }
    "setting for unknown registries" UnknownRegistries { Allow "ALLOW", Warn "WARN", Deny "DENY", }
    "kind of registry" RegistryKind { Harbor "HARBOR", Distribution "DISTRIBUTION", }
    "scheme" Scheme { Https "https", Http "http", }
    "visibility" Visibility { Public "PUBLIC", Private "PRIVATE", }
    "health of a registry" HealthStatus {
        Healthy "HEALTHY", Degraded "DEGRADED", Unreachable "UNREACHABLE", Unauthorized "UNAUTHORIZED", Unknown "UNKNOWN",
    }
    "state of a walk" SyncState {
        Queued "QUEUED", Running "RUNNING", Succeeded "SUCCEEDED", Failed "FAILED", Cancelled "CANCELLED",
    }
    "cause of a walk" SyncTrigger { Manual "MANUAL", Schedule "SCHEDULE", Webhook "WEBHOOK", Startup "STARTUP", }
    "platform role" PlatformRole { Admin "ADMIN", Auditor "AUDITOR", None "NONE", }
    "workspace role" WorkspaceRole { Admin "ADMIN", Editor "EDITOR", Viewer "VIEWER", }
    "origin of a user" Origin { Bootstrap "BOOTSTRAP", Local "LOCAL", }
    "verdict" Verdict { Allow "ALLOW", Deny "DENY", }
    "action" Action { Admitted "ADMITTED", Warned "WARNED", Audited "AUDITED", Denied "DENIED", }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_nobody_wrote_is_damage() {
        assert_eq!(Visibility::read(Visibility::Public.word()), Ok(Visibility::Public));
        assert!(matches!(Visibility::read("SECRET"), Err(StoreError::Damaged { .. })));
    }
}
