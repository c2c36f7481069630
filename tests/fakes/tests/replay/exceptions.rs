//! The recorded exchanges that the fake does not answer as Harbor did, each with the reason. None is about what the
//! product asks. An exception that has become needless fails the replay.

use wharfinger_fakes::recorded::Exchange;

/// Exchanges that differ, for one reason.
pub(crate) struct Exception {
    /// Which.
    pub(crate) numbers: &'static [u32],
    /// Why the fake does not have it.
    pub(crate) reason: &'static str,
}

/// All exceptions. The deliveries of webhooks that were recorded beside are no exchanges: the product takes none.
pub(crate) const EXCEPTIONS: &[Exception] = &[
    Exception {
        numbers: &[3],
        reason: "the health of Harbor's own processes is for its operator; whether it answers, the client learns by asking",
    },
    Exception {
        numbers: &[301],
        reason: "the catalogue of all rights is for whoever makes robots; the client tries the three rights that it needs",
    },
    Exception {
        numbers: &[332, 346, 360, 374, 388, 413, 414, 415, 416, 417, 418, 507, 508],
        reason: "webhooks tell neither of visibility nor of lost deliveries, so the product installs none and hears none",
    },
    Exception {
        numbers: &[442, 443, 444],
        reason: "the upstreams of proxy caches are not read; the client takes from a project only that it has one",
    },
    Exception {
        numbers: &[449, 450, 451],
        reason: "the audit log has no entry for a changed visibility, so the client walks the projects instead",
    },
];

/// The exception that an exchange falls under.
pub(crate) fn excepted(exchange: &Exchange) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|exception| exception.numbers.contains(&exchange.number))
}
