//! Instants as Harbor writes them: RFC 3339 in UTC, with the first day of the first year for never.

use chrono::DateTime;
use wharfinger_domain::time::Timestamp;

/// Reads an instant; `None` for never and for what is none.
pub(super) fn read(text: Option<&str>) -> Option<Timestamp> {
    let instant = DateTime::parse_from_rfc3339(text?).ok()?;
    Some(instant.timestamp_micros()).filter(|micros| *micros > 0).map(Timestamp::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_milliseconds_and_leaves_never_out() {
        let micros = |text| read(Some(text)).map(Timestamp::as_micros);
        assert_eq!(micros("1970-01-01T00:00:01.250Z"), Some(1_250_000));
        assert_eq!(micros("0001-01-01T00:00:00.000Z"), None);
        assert_eq!(micros("yesterday"), None);
        assert_eq!(read(None), None);
    }
}
