//! Which database the products of these tests use.

use std::path::Path;

use crate::harness::platform::{Options, Platform};

/// What to run a product with on a database of its own.
pub(crate) fn options() -> Options {
    Options::default()
}

/// The bytes of a row of which nobody can tell what kind of registry it is, and of what it was before.
const WHOLE: &[u8] = b"HARBORhttp:";
const DAMAGED: &[u8] = b"HARBOXhttp:";

/// Makes the first registry one of a kind that nobody knows, as a damaged file has it. The product does not run.
pub(crate) fn damage(_: &Options, platform: &Platform) {
    replace(&platform.data().join("wharfinger.db"), WHOLE, DAMAGED);
}

/// Puts right what [`damage`] did.
pub(crate) fn mend(_: &Options, platform: &Platform) {
    replace(&platform.data().join("wharfinger.db"), DAMAGED, WHOLE);
}

/// Puts bytes in the place of others, which the file has once.
fn replace(file: &Path, old: &[u8], new: &[u8]) {
    let mut bytes = std::fs::read(file).unwrap();
    let places: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(old)).collect();
    let [at] = places[..] else { panic!("{places:?}") };
    bytes[at..at + new.len()].copy_from_slice(new);
    std::fs::write(file, bytes).unwrap();
}
