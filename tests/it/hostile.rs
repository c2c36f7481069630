//! A hostile client against the running product. Whatever it sends, it is told in words what is wrong, nothing is changed, the
//! process grows no larger, and no review on the other port fails meanwhile.

#[path = "hostile/addresses.rs"]
mod addresses;
#[path = "hostile/documents.rs"]
mod documents;
#[path = "hostile/flood.rs"]
mod flood;
#[path = "hostile/ids.rs"]
mod ids;
#[path = "hostile/inputs.rs"]
mod inputs;
#[path = "hostile/lists.rs"]
mod lists;
#[path = "hostile/place.rs"]
mod place;
#[path = "hostile/scene.rs"]
mod scene;
#[path = "hostile/transport.rs"]
mod transport;
#[path = "hostile/upstream.rs"]
mod upstream;
