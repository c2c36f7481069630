//! Image references are read as the kubelet reads them: recorded verdicts of its own parser, and properties that hold for
//! any text.

use proptest::prelude::*;
use serde::Deserialize;
use wharfinger_domain::host::{CanonicalHost, HostError};
use wharfinger_domain::reference::{Reference, ReferenceError, is_repository_path, names_image_id};

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    input: String,
    valid: bool,
    host: Option<String>,
    path: Option<String>,
    tag: Option<String>,
    digest: Option<String>,
}

#[test]
fn agrees_with_the_kubelets_parser_on_every_recorded_reference() {
    let text = include_str!("../../tests/fixtures/image-references.json");
    let Vectors { vectors } = serde_json::from_str(text).unwrap();
    assert_eq!(vectors.len(), 97);
    for Vector { input, valid, host, path, tag, digest } in vectors {
        let parsed = Reference::parse(&input);
        assert_eq!(parsed.is_ok(), valid, "{input:?}: {parsed:?}");
        let Ok(reference) = parsed else { continue };
        assert_eq!(reference.raw(), input);
        assert_eq!(Some(reference.host()), host.as_deref(), "{input:?}");
        assert_eq!(Some(&*reference.path().as_str()), path.as_deref(), "{input:?}");
        assert_eq!(reference.tag(), tag.as_deref(), "{input:?}");
        assert_eq!(reference.digest(), digest.as_deref(), "{input:?}");
    }
}

#[test]
fn names_the_fault() {
    let digest = |text: &str, digits: usize| format!("h.example/a@{text}:{}", "0".repeat(digits));
    for (text, error) in [
        (String::new(), ReferenceError::Empty),
        ("h.example/a b".into(), ReferenceError::Character),
        ("h.example/a\n".into(), ReferenceError::Character),
        ("h.example/ä".into(), ReferenceError::Character),
        ("https://h.example/a".into(), ReferenceError::Scheme),
        ("a".repeat(64), ReferenceError::ImageId),
        ("h.example./a".into(), ReferenceError::Host(HostError::Label)),
        ("h_h.example/a".into(), ReferenceError::Host(HostError::Character)),
        ("user@h.example/a".into(), ReferenceError::Host(HostError::UserInfo)),
        ("h.example:/a".into(), ReferenceError::Host(HostError::Port)),
        ("[abc]:x/a".into(), ReferenceError::Host(HostError::Port)),
        ("[fe80::1%eth0]/a".into(), ReferenceError::Host(HostError::Address)),
        ("/a".into(), ReferenceError::EmptyComponent),
        ("h.example//a".into(), ReferenceError::EmptyComponent),
        ("h.example/".into(), ReferenceError::EmptyComponent),
        ("h.example/Team/a".into(), ReferenceError::UpperCase),
        ("h.example/a/../b".into(), ReferenceError::Path),
        ("h.example/a___b".into(), ReferenceError::Path),
        (format!("h.example/{}", "p".repeat(256)), ReferenceError::PathTooLong),
        ("h.example/a:".into(), ReferenceError::Tag),
        ("h.example/a:-b".into(), ReferenceError::Tag),
        (format!("h.example/a:{}", "t".repeat(129)), ReferenceError::Tag),
        ("h.example/a@".into(), ReferenceError::DigestAlgorithm),
        (digest("md5", 32), ReferenceError::DigestAlgorithm),
        (digest("SHA256", 64), ReferenceError::DigestAlgorithm),
        (digest("sha256", 63), ReferenceError::Digest),
        (digest("sha384", 64), ReferenceError::Digest),
        (digest("sha512", 129), ReferenceError::Digest),
    ] {
        assert_eq!(Reference::parse(&text).unwrap_err(), error, "{text:?}");
    }
}

#[test]
fn an_implied_library_counts_towards_the_length() {
    let name = |length: usize| "p".repeat(length);
    assert!(Reference::parse(&name(255 - "library/".len())).is_ok());
    assert_eq!(Reference::parse(&name(256 - "library/".len())).unwrap_err(), ReferenceError::PathTooLong);
    assert!(Reference::parse(&format!("{}.example/{}", name(300), name(255))).is_ok());
}

#[test]
fn every_known_digest_algorithm_is_accepted_at_its_length() {
    for (algorithm, digits) in [("sha256", 64), ("sha384", 96), ("sha512", 128)] {
        let digest = format!("{algorithm}:{}", "f".repeat(digits));
        let text = format!("h.example/a:1@{digest}");
        let reference = Reference::parse(&text).unwrap();
        assert_eq!((reference.tag(), reference.digest()), (Some("1"), Some(&*digest)));
    }
}

#[test]
fn the_canonical_form_folds_the_host_and_nothing_else() {
    for (text, canonical) in [
        ("HARBOR.example.com:0443/team/app:V1", "harbor.example.com:443/team/app:V1"),
        ("nginx", "docker.io/library/nginx"),
        ("index.docker.io/nginx:1", "docker.io/library/nginx:1"),
        ("Localhost/app", "localhost/app"),
        ("Docker.IO/team/app", "docker.io/team/app"),
        ("Harbor:0443/app", "harbor:443/app"),
        ("[0:0::1]:5000/app", "[::1]:5000/app"),
    ] {
        assert_eq!(Reference::parse(text).unwrap().canonical(), canonical, "{text}");
    }
}

#[test]
fn a_host_that_only_capitals_make_one_is_canonical_in_capitals() {
    for (text, canonical) in [
        ("Harbor/app:1", "HARBOR/app:1"),
        ("hARBOR/team/app", "HARBOR/team/app"),
        ("Docker.io/nginx", "DOCKER.IO/nginx"),
        ("Index.docker.io/nginx", "INDEX.DOCKER.IO/nginx"),
        ("index.docker.IO/team/app", "INDEX.DOCKER.IO/team/app"),
    ] {
        let reference = Reference::parse(text).unwrap();
        assert_eq!(reference.canonical(), canonical, "{text}");
        let again = Reference::parse(canonical).unwrap();
        assert_eq!(
            (again.canonical_host(), parts(&again).1),
            (reference.canonical_host(), parts(&reference).1),
            "{text}"
        );
    }
}

#[test]
fn tells_an_image_id_from_a_repository() {
    let full = "0123456789abcdef".repeat(4);
    for algorithm in ["sha256", "sha384", "sha512"] {
        for rest in [&*full, "0123", "latest", "1.0", ""] {
            assert!(names_image_id(&format!("{algorithm}:{rest}")), "{algorithm}:{rest}");
        }
    }
    assert!(names_image_id(&format!("sha256:{full}@sha256:{full}")));
    for text in ["nginx", "nginx:1", "sha256", "sha1:12", "mysha256:12", "library/sha256:12", "docker.io/sha256:12", ""]
    {
        assert!(!names_image_id(text), "{text}");
    }
    assert!(!names_image_id(&format!("sha256@sha256:{full}")));
}

#[test]
fn a_repository_path_is_what_may_follow_a_host() {
    for path in ["a", "team/app", "te_am/a__b/c--d", "1.2.3.4"] {
        assert!(is_repository_path(path), "{path}");
    }
    for path in ["", "/a", "a/", "a//b", "A", "a..b", "a:1", "a@b", "-a", "a-", "ä"] {
        assert!(!is_repository_path(path), "{path}");
    }
}

/// Texts that are references more often than not.
fn nearly_references() -> impl Strategy<Value = String> {
    let host = "(([a-zA-Z0-9]{1,4}[.-]?){1,3}|\\[[0-9a-fA-F:]{1,9}\\])(:[0-9]{1,6})?/";
    let known = "([dD]ocker\\.io|[iI]ndex\\.docker\\.io|[lL]ocalhost|[hH]arbor)/";
    let path = "[a-z0-9]{1,4}((\\.|_|__|-{1,3})[a-z0-9]{1,3})?(/[a-z0-9]{1,5}){0,3}";
    let rest = "(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,8})?(@sha256:[0-9a-f]{64})?.?";
    let hosts = prop_oneof![host, known, Just(String::new())];
    (hosts, path, rest).prop_map(|(host, path, rest)| host + &path + &rest)
}

fn parts<'a>(reference: &Reference<'a>) -> (&'a str, String, Option<&'a str>, Option<&'a str>) {
    (reference.host(), reference.path().to_string(), reference.tag(), reference.digest())
}

/// Checks what must hold for any text that parses.
fn holds_for(text: &str) -> Result<(), TestCaseError> {
    let Ok(reference) = Reference::parse(text) else { return Ok(()) };
    let shown = reference.to_string();
    let again = Reference::parse(&shown).map_err(|error| TestCaseError::fail(format!("{shown}: {error}")))?;
    prop_assert_eq!(parts(&reference), parts(&again));
    prop_assert_eq!(reference.canonical(), again.canonical());

    let host = reference.canonical_host();
    for spelling in [reference.host(), host.as_str()] {
        prop_assert_eq!(CanonicalHost::parse(spelling), Ok(host.clone()));
    }

    // The canonical text names the same image, and is its own canonical text.
    let canonical = reference.canonical();
    let again = Reference::parse(&canonical).map_err(|error| TestCaseError::fail(format!("{canonical}: {error}")))?;
    prop_assert_eq!(again.canonical_host(), host);
    let (_, path, tag, digest) = parts(&reference);
    prop_assert_eq!(parts(&again), (again.host(), path, tag, digest));
    prop_assert_eq!(again.canonical(), canonical);
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_shown_as_it_was_read(text in any::<String>()) {
        let _ = names_image_id(&text);
        let _ = CanonicalHost::parse(&text);
        holds_for(&text)?;
    }

    #[test]
    fn a_reference_is_shown_as_it_was_read(text in nearly_references()) {
        holds_for(&text)?;
    }

    #[test]
    fn prefixes_and_what_lies_below_make_up_the_path(text in nearly_references()) {
        let Ok(reference) = Reference::parse(&text) else { return Ok(()) };
        let path = reference.path().to_string();
        let mut prefixes = reference.path().prefixes();
        prop_assert_eq!(prefixes.next().map(|(prefix, below)| (prefix.into_owned(), below)), Some((path.clone(), "")));
        for (prefix, below) in prefixes {
            prop_assert_eq!(format!("{prefix}/{below}"), path.clone());
        }
        prop_assert_eq!(reference.path().prefixes().count(), path.split('/').count());
    }
}
