//! Composition root.

pub mod config;
