//! The log: to standard error, for people or one JSON object a line, as the configuration says. Standard output is left
//! to what a command prints.

mod inert;

use std::io::{IsTerminal, stderr};

use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{Log, LogFormat};

/// Left out unless the configured level names it: the client logs each request that fails as an error, while the watch on a
/// cluster says once that it was interrupted.
const SILENT: &str = "kube_client=off";

/// Why there is no log.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The level cannot be read; the configuration has checked it before.
    #[error("log.level: {0}")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// Another log was started before in this process.
    #[error("the log cannot be started: {0}")]
    Started(String),
}

/// Starts the log of this process.
pub fn start(log: &Log) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(format!("{SILENT},{}", log.level))?;
    // A log that cannot be written, as on a full disk, would otherwise be told on the same standard error, and that it cannot
    // be told there would end the request in a panic.
    let builder = fmt().with_env_filter(filter).with_writer(stderr).log_internal_errors(false);
    let started = match log.format {
        LogFormat::Text => builder.with_ansi(stderr().is_terminal()).fmt_fields(inert::fields()).try_init(),
        LogFormat::Json => {
            let json = builder.json().flatten_event(true).with_current_span(true).with_span_list(false);
            json.with_writer(|| inert::Json(stderr())).try_init()
        }
    };
    started.map_err(|error| TelemetryError::Started(error.to_string()))
}
