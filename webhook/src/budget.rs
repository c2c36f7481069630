//! How long an answer may take. The API server says in the `timeout` query for how long it will wait; what comes later
//! counts as a failed call, so everything here ends before.

use std::time::Duration;

use tokio::time::Instant;

/// For how long an API server waits that does not say.
const DEFAULT: Duration = Duration::from_secs(10);

/// The longest that Kubernetes lets a webhook take.
const LONGEST: Duration = Duration::from_secs(30);

/// What is kept for the way back, at most; it is a fifth of a time that is short.
const MARGIN: Duration = Duration::from_millis(500);

/// The time that one review has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    started: Instant,
    /// By when there has to be an answer.
    pub(crate) ends: Instant,
}

impl Budget {
    /// Begins now, with the time that the query names.
    pub(crate) fn begin(query: Option<&str>) -> Self {
        let total = query.and_then(timeout).unwrap_or(DEFAULT).min(LONGEST);
        let started = Instant::now();
        Self { started, ends: started + total.saturating_sub(MARGIN.min(total / 5)) }
    }

    /// How much was used.
    pub(crate) fn spent(&self) -> Duration {
        self.started.elapsed()
    }

    /// The end of a wait of this length, which begins now.
    pub(crate) fn until(&self, wait: Duration) -> Instant {
        (Instant::now() + wait).min(self.ends)
    }
}

/// The `timeout` of a query, as the API server writes durations: a whole number with a unit. Anything else says nothing.
fn timeout(query: &str) -> Option<Duration> {
    let text = query.split('&').find_map(|pair| pair.strip_prefix("timeout="))?;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let number = number.parse::<u32>().ok()?.into();
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number * 60)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeout_of_the_query_is_read_with_its_unit() {
        assert_eq!(timeout("timeout=5s"), Some(Duration::from_secs(5)));
        assert_eq!(timeout("a=b&timeout=250ms"), Some(Duration::from_millis(250)));
        assert_eq!(timeout("timeout=1m"), Some(Duration::from_mins(1)));
        for silent in ["", "timeout=", "timeout=s", "timeout=5", "timeout=-1s", "timeout=1.5s", "timeout=99999999999s"]
        {
            assert_eq!(timeout(silent), None, "{silent}");
        }
    }

    #[test]
    fn an_answer_is_due_well_before_the_api_server_gives_up() {
        let given = |query| Budget::begin(Some(query));
        let left = |budget: Budget| budget.ends - budget.started;
        assert_eq!(left(given("timeout=5s")), Duration::from_millis(4_500));
        assert_eq!(left(given("timeout=1s")), Duration::from_millis(800));
        assert_eq!(left(given("timeout=9999s")), Duration::from_millis(29_500));
        assert_eq!(left(given("timeout=0s")), Duration::ZERO);
        assert_eq!(left(Budget::begin(None)), Duration::from_millis(9_500));
    }

    #[test]
    fn a_wait_never_outlasts_the_budget() {
        let budget = Budget::begin(Some("timeout=1s"));
        assert_eq!(budget.until(Duration::from_secs(5)), budget.ends);
        assert!(budget.until(Duration::from_millis(1)) < budget.ends);
    }
}
