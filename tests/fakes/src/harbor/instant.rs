//! Instants as Harbor writes them: RFC 3339 with milliseconds, UTC, and a zero for never.

use chrono::DateTime;

/// The instant that stands for never.
pub(super) const NEVER: &str = "0001-01-01T00:00:00.000Z";

/// Milliseconds since the epoch as text.
pub(super) fn written(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis)
        .map_or_else(|| NEVER.to_owned(), |instant| instant.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}
