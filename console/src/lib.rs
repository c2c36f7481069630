//! The browser's side of the product: static files, embedded into the binary, so that a page needs no other origin and
//! no other process. They hold no data; what a page shows it asks of the API, with the token of whoever is in front of it.

mod bundle;
mod graphiql;

pub use graphiql::router;
