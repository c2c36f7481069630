//! The integration tests, one binary.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../harness/harness.rs"]
mod harness;

mod audit;
#[path = "../harness/authority.rs"]
mod authority;
mod authorization;
mod backup;
mod budgets;
mod cases;
mod check;
mod console;
mod container;
mod data_key;
mod doors;
mod faults;
mod first_password;
mod golden;
mod headers;
mod hostile;
mod image_parse;
mod log_lines;
mod main_job;
mod masking;
mod nested;
mod outage;
mod outage_files;
mod parts;
mod place;
mod registries;
mod rooms;
mod security;
mod shell;
mod sight;
mod sign_in;
mod tidy;
mod walks;
mod webhook_clients;
mod workspaces;
mod world;
