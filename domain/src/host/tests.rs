//! What hosts are one, what they claim, and which are refused.

use std::collections::HashMap;

use super::*;

fn canonical(text: &str) -> String {
    CanonicalHost::parse(text).unwrap().to_string()
}

#[test]
fn every_spelling_of_a_host_has_one_form() {
    for (text, form) in [
        ("HARBOR.example.com", "harbor.example.com"),
        ("harbor.example.com:0443", "harbor.example.com:443"),
        ("h.example:000", "h.example:0"),
        ("h.example:0099999999999999999999", "h.example:99999999999999999999"),
        ("Myreg", "myreg"),
        ("[2001:DB8:0:0:0:0:0:1]:05000", "[2001:db8::1]:5000"),
        ("[2001:db8:0:1:1:1:1:1]", "[2001:db8:0:1:1:1:1:1]"),
        ("[2001:0:0:1:0:0:0:1]", "[2001:0:0:1::1]"),
        ("[2001:db8:0:0:1:0:0:1]", "[2001:db8::1:0:0:1]"),
        ("[0:0:0:0:0:0:0:0]", "[::]"),
        ("[1:0:0:0:0:0:0:0]", "[1::]"),
        ("[::FFFF:0A00:0001]", "[::ffff:a00:1]"),
        ("[0:0::1]", "[::1]"),
        ("[ABC]", "[abc]"),
        ("[1::2::3]:01", "[1::2::3]:1"),
    ] {
        assert_eq!(canonical(text), form, "{text}");
        assert_eq!(canonical(form), form, "{form}");
    }
}

#[test]
fn another_port_is_another_host() {
    assert_ne!(canonical("h.example"), canonical("h.example:443"));
    assert_ne!(canonical("h.example:8443"), canonical("h.example:443"));
}

#[test]
fn a_canonical_text_is_borrowed() {
    for text in ["harbor.example.com", "h.example:443", "[2001:db8::1]:5000", "[::]", "myreg:0"] {
        assert!(matches!(CanonicalHost::parse(text).unwrap().0, Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn refuses_what_no_reference_can_carry() {
    for (text, error) in [
        ("", HostError::Empty),
        ("https://h.example", HostError::Scheme),
        ("h.example/", HostError::Path),
        ("user@h.example", HostError::UserInfo),
        ("har_bor.example", HostError::Character),
        ("münchen.example", HostError::Character),
        (" h.example", HostError::Character),
        ("h.example\n", HostError::Character),
        ("h.example.", HostError::Label),
        ("h..example", HostError::Label),
        ("-h.example", HostError::Label),
        ("h-.example", HostError::Label),
        (":443", HostError::Label),
        ("h.example:", HostError::Port),
        ("h.example:80:80", HostError::Port),
        ("h.example:+1", HostError::Port),
        ("::1", HostError::Port),
        ("[]", HostError::Address),
        ("[fe80::1%eth0]", HostError::Address),
        ("[::ffff:10.0.0.1]", HostError::Address),
        ("[::1", HostError::Address),
        ("[::1]x", HostError::Address),
        ("[::1]:", HostError::Port),
        ("x[::1]", HostError::Character),
        ("]", HostError::Character),
    ] {
        assert_eq!(CanonicalHost::parse(text).unwrap_err(), error, "{text:?}");
    }
}

#[test]
fn a_registry_claims_its_host_with_and_without_the_default_port() {
    let claims = |text: &str, scheme| -> Vec<String> {
        CanonicalHost::parse(text).unwrap().claims(scheme).map(|host| host.to_string()).collect()
    };
    for text in ["H.example", "h.example:443", "h.example:0443"] {
        assert_eq!(claims(text, Scheme::Https), ["h.example", "h.example:443"], "{text}");
    }
    for text in ["h.example", "h.example:80"] {
        assert_eq!(claims(text, Scheme::Http), ["h.example", "h.example:80"], "{text}");
    }
    assert_eq!(claims("h.example:8443", Scheme::Https), ["h.example:8443"]);
    assert_eq!(claims("h.example:80", Scheme::Https), ["h.example:80"]);
    assert_eq!(claims("h.example:443", Scheme::Http), ["h.example:443"]);
    assert_eq!(claims("[::1]", Scheme::Http), ["[::1]", "[::1]:80"]);
}

#[test]
fn an_address_or_a_single_label_is_unnamed() {
    for text in [
        "10.0.0.1",
        "10.1.515",
        "0x0a.1",
        "017.1",
        "1.0X1F",
        "1.0x",
        "h.example.42:5000",
        "2130706433",
        "localhost",
        "LOCALHOST:5000",
        "harbor",
        "[::1]",
        "[::1]:443",
        "[ABC]",
    ] {
        assert!(CanonicalHost::parse(text).unwrap().is_unnamed(), "{text}");
    }
    for text in ["h.example", "1.2.3.4.example", "h.0xg", "h.1a:80", "docker.io", "xn--e1afmkfd.example"] {
        assert!(!CanonicalHost::parse(text).unwrap().is_unnamed(), "{text}");
    }
}

#[test]
fn the_dns_name_has_no_port() {
    let name = |text| CanonicalHost::parse(text).unwrap().dns_name().to_owned();
    assert_eq!(name("H.example:443"), "h.example");
    assert_eq!(name("h.example"), "h.example");
    assert_eq!(name("[::1]:443"), "[::1]");
}

#[test]
fn a_map_of_texts_can_be_asked_with_a_host() {
    let map: HashMap<Box<str>, u8> = [("h.example:443".into(), 1)].into();
    assert_eq!(map.get(CanonicalHost::parse("H.example:443").unwrap().as_str()), Some(&1));
    let map: HashMap<CanonicalHost<'static>, u8> =
        [(CanonicalHost::parse("H.example").unwrap().into_owned(), 1)].into();
    assert_eq!(map.get("h.example"), Some(&1));
}

proptest::proptest! {
    /// The standard library writes RFC 5952 too, but for mapped addresses, where it writes dots.
    #[test]
    fn an_address_is_written_as_the_standard_library_writes_it(bits: u128, kept: u8) {
        // Groups of zeros are rare by chance.
        let groups: u128 = (0..8).filter(|group| kept >> group & 1 == 1).map(|group| 0xffff << (16 * group)).sum();
        let address = Ipv6Addr::from_bits(bits & groups);
        if address.to_ipv4_mapped().is_none() {
            let expected = format!("[{address}]");
            let full = format!("[{}]", address.segments().map(|group| format!("{group:04X}")).join(":"));
            proptest::prop_assert_eq!(canonical(&full), expected);
        }
    }
}
