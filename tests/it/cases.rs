//! The cases of `docs/security.md` that a review can prove, against the running product: each with what is asked, what must
//! come of it, and the id under which the page has it.

#[path = "cases/door.rs"]
mod door;
#[path = "cases/images.rs"]
mod images;
#[path = "cases/manifests.rs"]
mod manifests;
#[path = "cases/namespaces.rs"]
mod namespaces;
#[path = "cases/pods.rs"]
mod pods;
#[path = "cases/protocol.rs"]
mod protocol;
#[path = "cases/scene.rs"]
mod scene;
#[path = "cases/start.rs"]
mod start;
