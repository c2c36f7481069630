//! SQL on the embedded database through Diesel.
