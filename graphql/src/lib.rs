//! Translates GraphQL to use cases and back.
