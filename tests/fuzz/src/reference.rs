//! Any text as an image reference: reading it never panics, and what is read holds together. That it reads what the kubelet
//! reads is held by the vectors; here it is held that a reference means the same when it is written out and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wharfinger_domain::reference::{Reference, names_image_id};

fuzz_target!(|raw: &str| {
    let Ok(reference) = Reference::parse(raw) else { return };
    assert_eq!(reference.raw(), raw);
    let written = reference.canonical();
    let again = Reference::parse(&written).unwrap_or_else(|error| panic!("{raw:?} is written {written:?}: {error}"));
    assert_eq!(again.canonical(), written, "{raw:?}");
    assert_eq!(again.path().as_str(), reference.path().as_str(), "{raw:?}");
    assert_eq!((again.tag(), again.digest()), (reference.tag(), reference.digest()), "{raw:?}");
    assert_eq!(again.canonical_host(), reference.canonical_host(), "{raw:?}");
    // The kubelet's grammar takes `sha256:latest`, a container runtime takes it for an image's id.
    assert!(!names_image_id(&written), "{raw:?} is written as an id");
    let path = reference.path().as_str().into_owned();
    assert!(path.len() <= 255 && reference.path().components() == path.split('/').count(), "{raw:?}");
    for (prefix, _) in reference.path().prefixes() {
        assert!(path == *prefix || path[prefix.len()..].starts_with('/') && path.starts_with(&*prefix), "{raw:?}");
    }
});
