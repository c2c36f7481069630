//! An answer that was read to its end, and what can be asked of it.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::RegistryError;
use crate::quoted::quoted;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// What was asked for, printable.
    pub(crate) what: String,
}

/// The error body that Harbor and distribution registries share.
#[derive(Deserialize)]
struct ErrorBody {
    errors: Vec<ErrorItem>,
}

/// One of its errors.
#[derive(Deserialize, Default)]
pub(crate) struct ErrorItem {
    #[serde(default)]
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) message: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, RegistryError> {
        serde_json::from_slice(&self.body).map_err(|error| self.malformed(&error.to_string()))
    }

    pub(crate) fn malformed(&self, reason: &str) -> RegistryError {
        RegistryError::Malformed { what: self.what.clone(), reason: quoted(reason) }
    }

    /// The first error of the body, when it has the shape that registries use.
    pub(crate) fn error(&self) -> Option<ErrorItem> {
        serde_json::from_slice::<ErrorBody>(&self.body).ok()?.errors.into_iter().next()
    }

    /// The status as an error, with what the registry says about it.
    pub(crate) fn failed(&self) -> RegistryError {
        let message = self.error().map(|error| error.message).filter(|message| !message.is_empty());
        let message = message.map_or_else(|| quoted(&String::from_utf8_lossy(&self.body)), |message| quoted(&message));
        RegistryError::Failed { status: self.status.as_u16(), message: format!("{message} ({})", self.what) }
    }
}
