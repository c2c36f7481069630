//! The labels of the counted answers, and the place of each combination in one flat row of counters.

use wharfinger_domain::review::Action;

use crate::ground::Ground;

/// Every action, in the order of its label.
pub(super) const ACTIONS: [Action; 4] = [Action::Admitted, Action::Warned, Action::Audited, Action::Denied];

/// The label of an action.
pub(crate) fn word(action: Action) -> &'static str {
    match action {
        Action::Admitted => "admitted",
        Action::Warned => "warned",
        Action::Audited => "audited",
        Action::Denied => "denied",
    }
}

/// Declares a label whose values beyond the known ones all count as `other`.
macro_rules! label {
    ($(#[$doc:meta])* $name:ident { $($value:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($value,)* Other }

        impl $name {
            pub(super) const ALL: &[Self] = &[$(Self::$value,)* Self::Other];

            /// The value for this text.
            pub(crate) fn of(text: &str) -> Self {
                match text { $($word => Self::$value,)* _ => Self::Other }
            }

            /// The text of this value.
            pub(crate) fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)* Self::Other => "other" }
            }
        }
    };
}

label! {
    /// What is being done.
    Verb { Create "CREATE", Update "UPDATE", Delete "DELETE", Connect "CONNECT", }
}

label! {
    /// To which part of the object.
    Subresource { None "", EphemeralContainers "ephemeralcontainers", Resize "resize", Status "status", }
}

/// One combination of all labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Labels {
    pub(super) action: Action,
    pub(super) ground: Ground,
    pub(super) operation: Verb,
    pub(super) subresource: Subresource,
}

impl Labels {
    /// How many combinations there are.
    pub(super) const COUNT: usize = ACTIONS.len() * Ground::COUNT * Verb::ALL.len() * Subresource::ALL.len();

    /// The place of this combination.
    pub(super) fn index(self) -> usize {
        let action = ACTIONS.iter().position(|action| *action == self.action).unwrap_or_default();
        let index = action * Ground::COUNT + self.ground.index();
        (index * Verb::ALL.len() + self.operation as usize) * Subresource::ALL.len() + self.subresource as usize
    }

    /// The combination at this place, which is below [`Self::COUNT`].
    pub(super) fn at(index: usize) -> Self {
        let (index, subresource) = (index / Subresource::ALL.len(), Subresource::ALL[index % Subresource::ALL.len()]);
        let (index, operation) = (index / Verb::ALL.len(), Verb::ALL[index % Verb::ALL.len()]);
        let action = ACTIONS[index / Ground::COUNT % ACTIONS.len()];
        Self { action, ground: Ground::at(index % Ground::COUNT), operation, subresource }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_has_a_place_of_its_own() {
        for index in 0..Labels::COUNT {
            assert_eq!(Labels::at(index).index(), index);
        }
    }

    #[test]
    fn what_is_not_known_counts_as_other() {
        assert_eq!(Verb::of("PATCH"), Verb::Other);
        assert_eq!(Subresource::of("exec"), Subresource::Other);
        for operation in Verb::ALL {
            assert_eq!(Verb::of(operation.word()), *operation);
        }
        for subresource in Subresource::ALL {
            assert_eq!(Subresource::of(subresource.word()), *subresource);
        }
    }
}
