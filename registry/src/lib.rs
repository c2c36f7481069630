//! Speaks to Harbor and to OCI distribution registries.
