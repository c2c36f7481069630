//! The cases of `docs/security.md` that a review can prove, against the running product: each with what is asked, what must
//! come of it, and the id under which the page has it.

mod door;
mod images;
mod manifests;
mod namespaces;
mod pods;
mod protocol;
mod scene;
mod start;
