//! The scalars of the schema, each checked where it comes in.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime as Instant, SecondsFormat, Utc};
use wharfinger_domain::revision::Revision as StoreRevision;
use wharfinger_domain::time::Timestamp;

use crate::error::{Code, coded};

/// An instant as RFC 3339 writes it, in UTC, with microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateTime(pub(crate) Timestamp);

/// An instant as RFC 3339 writes it, told in UTC with microseconds; any offset is understood.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        Self::read(text).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::String(self.rfc3339())
    }
}

impl DateTime {
    /// The instant as it is told.
    pub(crate) fn rfc3339(self) -> String {
        // No store holds an instant that the calendar does not reach; one that did would be told as the last one.
        let instant = Instant::<Utc>::from_timestamp_micros(self.0.as_micros()).unwrap_or(Instant::<Utc>::MAX_UTC);
        instant.to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    /// The instant that a text tells.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let instant = Instant::parse_from_rfc3339(text)
            .map_err(|_| "send an instant as RFC 3339 writes it, such as 2026-01-31T12:00:00Z")?;
        Ok(Self(Timestamp::from_micros(instant.timestamp_micros())))
    }
}

impl From<Timestamp> for DateTime {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

/// An absolute http(s) URL without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url(url::Url);

/// An absolute http(s) URL without credentials.
#[Scalar(name = "URL", specified_by_url = "https://url.spec.whatwg.org/")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        Self::read(text).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl Url {
    fn read(text: &str) -> Result<Self, &'static str> {
        let url = url::Url::parse(text).map_err(|_| "send an absolute URL, such as https://harbor.example.com")?;
        match url.scheme() {
            "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
                Err("leave the user name and the password out of the URL; a credential has fields of its own")
            }
            "http" | "https" => Ok(Self(url)),
            _ => Err("send a URL that begins with https:// or http://"),
        }
    }

    /// A URL that is stored.
    pub(crate) fn stored(text: &str) -> async_graphql::Result<Self> {
        Self::read(text).map_err(|fault| {
            tracing::error!(fault, "a stored endpoint is no URL");
            coded(Code::Internal, "")
        })
    }

    /// The text.
    pub(crate) fn into_text(self) -> String {
        self.0.into()
    }
}

/// Names a state of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revision(String);

/// Names a state of the store: counter and token, opaque and comparable for equality only.
#[Scalar(name = "Revision")]
impl ScalarType for Revision {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl From<StoreRevision> for Revision {
    fn from(revision: StoreRevision) -> Self {
        Self(revision.to_string())
    }
}

/// Why a value that is not null is none of this scalar, in words that say what to send. Of a scalar that is not here the
/// library's validation judges.
pub(crate) fn check(scalar: &str, value: &Value) -> Result<(), &'static str> {
    match (scalar, value) {
        // PostgreSQL takes no such text, not even to compare it.
        ("ID" | "Revision" | "String", Value::String(text)) if text.contains('\0') => {
            Err("leave out the character U+0000; no text that is stored has it")
        }
        ("DateTime", Value::String(text)) => DateTime::read(text).map(drop),
        ("URL", Value::String(text)) => Url::read(text).map(drop),
        ("Int", Value::Number(number)) if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) => Ok(()),
        ("Boolean", Value::Boolean(_)) | ("ID" | "String" | "Revision", Value::String(_)) => Ok(()),
        ("ID", Value::Number(number)) if number.is_i64() => Ok(()),
        ("Int", _) => Err("send a whole number of at most 32 bits"),
        ("Boolean", _) => Err("send true or false"),
        ("ID", _) => Err("send an id, as a text"),
        ("DateTime" | "Revision" | "String" | "URL", _) => Err("send a text"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_in_utc_with_microseconds() {
        let at = DateTime::parse(Value::from("2026-01-31T13:00:00.0000015+01:00")).unwrap();
        assert_eq!(at.to_value(), Value::from("2026-01-31T12:00:00.000001Z"));
        for refused in ["2026-01-31", "2026-01-31T12:00:00", "yesterday", ""] {
            assert!(DateTime::parse(Value::from(refused)).is_err(), "{refused}");
        }
        assert!(DateTime::parse(Value::from(1)).is_err());
    }

    #[test]
    fn a_url_is_absolute_and_carries_no_credential() {
        assert!(Url::parse(Value::from("https://harbor.example.com:8443")).is_ok());
        for refused in ["harbor.example.com", "ftp://h", "https://u:p@h", "https://u@h", "https://", "/a"] {
            assert!(Url::parse(Value::from(refused)).is_err(), "{refused}");
        }
    }
}
