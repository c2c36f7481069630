//! Who is asking: what proves it, and how such a proof is made, stored and compared. Everything here is a function of its
//! arguments; what is stored is kept by whoever asks.

pub mod credential;
pub mod forgery;
pub mod password;
pub mod session;
pub mod token;

mod text;
