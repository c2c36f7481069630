//! How much one caller may ask for in a minute of what is dear: points of cost, explanations, walks, tests of registries. A
//! token counts for its owner. Each replica counts for itself and in memory, so that counting asks no database.

mod budget;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use thiserror::Error;
use wharfinger_domain::caller::AuthMethod;
use wharfinger_domain::id::UserId;
use wharfinger_domain::time::Timestamp;

pub use self::budget::{Budget, Left};
use crate::call::Call;
use crate::random::Clock;

/// What is counted for each caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dear {
    /// Points of what requests cost by the prices of the API.
    Cost,
    /// Explanations of images.
    Explanations,
    /// Walks through registries that somebody asks for, by registering one as well.
    Syncs,
    /// Tests of registries.
    RegistryTests,
}

impl Dear {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Cost, Self::Explanations, Self::Syncs, Self::RegistryTests];

    /// Its name, as the configuration has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Explanations => "explanations",
            Self::Syncs => "syncs",
            Self::RegistryTests => "registryTests",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Cost => "points of cost",
            Self::Explanations => "explanations",
            Self::Syncs => "walks through registries",
            Self::RegistryTests => "tests of registries",
        }
    }
}

/// How much a caller may have of each in a minute. So much may also come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Points of cost.
    pub cost: NonZeroU32,
    /// Explanations of images.
    pub explanations: NonZeroU32,
    /// Walks through registries.
    pub syncs: NonZeroU32,
    /// Tests of registries.
    pub registry_tests: NonZeroU32,
}

impl Rates {
    /// The same of each.
    pub const fn all(rate: NonZeroU32) -> Self {
        Self { cost: rate, explanations: rate, syncs: rate, registry_tests: rate }
    }

    fn of(&self, what: Dear) -> NonZeroU32 {
        match what {
            Dear::Cost => self.cost,
            Dear::Explanations => self.explanations,
            Dear::Syncs => self.syncs,
            Dear::RegistryTests => self.registry_tests,
        }
    }
}

/// A caller has had all of something that it may have for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("you have used up your {}; wait {} seconds and try again", .what.words(), .wait.as_secs() + 1)]
pub struct Exhausted {
    /// Of what.
    pub what: Dear,
    /// How long to wait until what was asked for is there.
    pub wait: Duration,
}

/// What a request costs, and what its caller has left after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// Its price in points.
    pub cost: u32,
    /// The whole budget in points.
    pub limit: u32,
    /// What is left of it.
    pub remaining: u32,
    /// When the budget is whole again, if nothing else is asked for.
    pub reset_at: Timestamp,
}

/// The budgets of all callers.
pub struct Budgets {
    rates: Rates,
    cost: Counted,
    explanations: Counted,
    syncs: Counted,
    registry_tests: Counted,
}

/// One budget for each caller, and how often one was used up.
struct Counted {
    budget: Budget<Option<UserId>>,
    refused: AtomicU64,
}

impl Budgets {
    pub(crate) fn new(rates: Rates, clock: &Arc<dyn Clock>) -> Self {
        let counted = |what: Dear| {
            let budget = Budget::new(rates.of(what), Arc::clone(clock));
            Counted { budget, refused: AtomicU64::new(0) }
        };
        Self {
            rates,
            cost: counted(Dear::Cost),
            explanations: counted(Dear::Explanations),
            syncs: counted(Dear::Syncs),
            registry_tests: counted(Dear::RegistryTests),
        }
    }

    /// Counts one of these for the caller, unless it has had all that it may have.
    pub(crate) fn draw(&self, what: Dear, call: &Call) -> Result<(), Exhausted> {
        self.take(what, call, NonZeroU32::MIN).map(drop)
    }

    /// Takes the price of a request, unless the caller has less. What costs nothing counts as one point.
    pub fn spend(&self, call: &Call, points: u64) -> Result<Spent, Exhausted> {
        let cost = u32::try_from(points).unwrap_or(u32::MAX);
        let left = self.take(Dear::Cost, call, NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN))?;
        let reset_at = call.at.saturating_add(left.whole_in);
        Ok(Spent { cost, limit: self.rates.cost.get(), remaining: left.points, reset_at })
    }

    /// How often a caller was refused because it had used this up.
    pub fn refused(&self, what: Dear) -> u64 {
        self.of(what).refused.load(Ordering::Relaxed)
    }

    fn take(&self, what: Dear, call: &Call, points: NonZeroU32) -> Result<Left, Exhausted> {
        let caller = call.caller.user();
        // The product's own tasks are bounded by their schedules.
        if caller.is_none() && call.caller.method() == AuthMethod::System {
            return Ok(Left { points: self.rates.of(what).get(), whole_in: Duration::ZERO });
        }
        let counted = self.of(what);
        counted.budget.draw(&caller, points).map_err(|wait| {
            counted.refused.fetch_add(1, Ordering::Relaxed);
            let (request_id, caller) = (&*call.request_id, call.caller.name());
            tracing::info!(request_id, caller, budget = what.name(), "a caller has used up a budget");
            Exhausted { what, wait }
        })
    }

    fn of(&self, what: Dear) -> &Counted {
        match what {
            Dear::Cost => &self.cost,
            Dear::Explanations => &self.explanations,
            Dear::Syncs => &self.syncs,
            Dear::RegistryTests => &self.registry_tests,
        }
    }
}

#[cfg(test)]
mod tests {
    use wharfinger_domain::caller::{Caller, PlatformRole, TokenScope};

    use super::budget::tests::Hand;
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn budgets(rate: u32) -> (Budgets, Arc<Hand>) {
        let hand = Arc::new(Hand::at(NOW));
        let clock: Arc<dyn Clock> = hand.clone();
        (Budgets::new(Rates::all(NonZeroU32::new(rate).unwrap()), &clock), hand)
    }

    fn call(caller: Caller) -> Call {
        Call { caller, ..Call::unproven("r", NOW, None) }
    }

    fn user(id: i64) -> Caller {
        Caller::new("ada", AuthMethod::Password, PlatformRole::None, []).with_user(UserId(id))
    }

    #[test]
    fn a_token_counts_for_its_owner_and_for_nobody_else() {
        let (budgets, _) = budgets(2);
        let token = call(user(1).through_token([TokenScope::Read], None));
        let (owner, other) = (call(user(1)), call(user(2)));
        assert_eq!(budgets.draw(Dear::Syncs, &owner), Ok(()));
        assert_eq!(budgets.draw(Dear::Syncs, &token), Ok(()));
        let wait = Duration::from_secs(30);
        for used_up in [&owner, &token] {
            assert_eq!(budgets.draw(Dear::Syncs, used_up), Err(Exhausted { what: Dear::Syncs, wait }));
        }
        assert_eq!(budgets.draw(Dear::Syncs, &other), Ok(()));
        assert_eq!(budgets.draw(Dear::RegistryTests, &owner), Ok(()), "each is counted apart");
        assert_eq!(Dear::ALL.map(|what| budgets.refused(what)), [0, 0, 2, 0]);
    }

    #[test]
    fn the_products_own_tasks_are_not_counted() {
        let (budgets, _) = budgets(1);
        let task = Call::system("task", NOW);
        assert!((0..5).all(|_| budgets.draw(Dear::Syncs, &task).is_ok()));
        let unknown = call(Caller::new("somebody", AuthMethod::Password, PlatformRole::None, []));
        assert_eq!(budgets.draw(Dear::Syncs, &unknown), Ok(()));
        assert!(budgets.draw(Dear::Syncs, &unknown).is_err(), "whoever is no user is counted all the same");
    }

    #[test]
    fn a_request_says_what_it_costs_and_when_the_budget_is_whole_again() {
        let (budgets, hand) = budgets(600);
        let ada = call(user(1));
        let after = |millis| NOW.saturating_add(Duration::from_millis(millis));
        let spent = |cost, remaining, millis| Ok(Spent { cost, limit: 600, remaining, reset_at: after(millis) });
        assert_eq!(budgets.spend(&ada, 400), spent(400, 200, 40_000));
        assert_eq!(budgets.spend(&ada, 0), spent(0, 199, 40_100));
        let wait = Duration::from_millis(100);
        assert_eq!(budgets.spend(&ada, 200), Err(Exhausted { what: Dear::Cost, wait }));
        assert_eq!(budgets.spend(&ada, 199), spent(199, 0, 60_000), "what was refused is not taken");
        hand.wind(Duration::from_mins(2));
        let later = Call { at: after(120_000), ..ada };
        assert_eq!(budgets.spend(&later, 1), spent(1, 599, 120_100));
        assert!(budgets.spend(&later, u64::MAX).is_err());
    }

    #[test]
    fn whoever_is_refused_is_told_of_what_and_how_long() {
        let refused = Exhausted { what: Dear::RegistryTests, wait: Duration::from_millis(5_400) };
        assert_eq!(refused.to_string(), "you have used up your tests of registries; wait 6 seconds and try again");
    }
}
