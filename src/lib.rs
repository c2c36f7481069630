//! The composition root: configuration, wiring, listeners, TLS, telemetry, supervised tasks and the command line. It knows
//! every room, and nobody may know it.

pub mod cli;
pub mod clock;
pub mod config;
pub mod health;
pub mod listener;
pub mod metrics;
pub mod secret_file;
pub mod serve;
pub mod supervisor;
pub mod telemetry;
pub mod tls;
