//! Use cases: authorize, check, write, audit, publish.
