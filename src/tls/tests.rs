//! What happens to certificates over time, without a connection.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair};

use super::*;
use crate::clock::{SystemClock, SystemRandom};

const DAY: Duration = Duration::from_hours(24);

struct Files {
    directory: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn source(&self) -> Source {
        Source::Files { certificate: self.path("tls.crt"), key: self.path("tls.key") }
    }

    fn write(&self, certificate: &str, key: &str) {
        fs::write(self.path("tls.crt"), certificate).unwrap();
        fs::write(self.path("tls.key"), key).unwrap();
    }
}

/// A certificate and its key, valid in these years.
fn pair(from: i32, to: i32) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["gate.example".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn load(source: Source) -> Result<ServerTls, TlsError> {
    ServerTls::load(source, None, now(), Arc::new(SystemRandom::new()))
}

fn refusal(certificate: &str, key: &str) -> String {
    let files = Files::new();
    files.write(certificate, key);
    load(files.source()).unwrap_err().to_string()
}

#[test]
fn a_given_certificate_is_loaded_with_its_expiry() {
    let files = Files::new();
    let (certificate, key) = pair(2020, 2100);
    files.write(&certificate, &key);
    let tls = load(files.source()).unwrap();
    assert_eq!(shown(tls.expires_at()), "2100-01-01T00:00:00+00:00");
    assert_eq!(tls.authority(), None);
}

#[test]
fn a_certificate_that_cannot_be_used_is_refused_with_the_file_and_the_reason() {
    let (certificate, key) = pair(2020, 2100);
    let (expired, expired_key) = pair(2001, 2002);
    let (future, future_key) = pair(2199, 2200);
    for (certificate, key, file, reason) in [
        ("", &*key, "tls.crt", "holds no certificate"),
        (&*certificate, "", "tls.key", "holds no key"),
        (&*certificate, &*expired_key, "tls.key", "is not the key of the certificate in"),
        (&*expired, &*expired_key, "tls.crt", "expired at 2002-01-01T00:00:00"),
        (&*future, &*future_key, "tls.crt", "is valid from 2199-01-01T00:00:00"),
    ] {
        let text = refusal(certificate, key);
        assert!(text.contains(file) && text.contains(reason), "{reason} is not in {text}");
    }
    assert!(load(Files::new().source()).unwrap_err().to_string().starts_with("cannot read "));
}

#[test]
fn a_changed_certificate_is_taken_up_and_an_unchanged_one_left() {
    let files = Files::new();
    let (certificate, key) = pair(2020, 2100);
    files.write(&certificate, &key);
    let tls = load(files.source()).unwrap();
    assert!(!tls.refresh(now()));
    let before = tls.rustls().get_inner();
    let (certificate, key) = pair(2020, 2150);
    files.write(&certificate, &key);
    assert!(tls.refresh(now()));
    assert!(!Arc::ptr_eq(&before, &tls.rustls().get_inner()));
    assert!(shown(tls.expires_at()).starts_with("2150"));
}

#[test]
fn a_link_that_is_swapped_is_noticed() {
    let files = Files::new();
    for (name, to) in [("old", 2100), ("new", 2150)] {
        let (certificate, key) = pair(2020, to);
        fs::create_dir(files.path(name)).unwrap();
        fs::write(files.path(name).join("tls.crt"), certificate).unwrap();
        fs::write(files.path(name).join("tls.key"), key).unwrap();
    }
    symlink(files.path("old"), files.path("data")).unwrap();
    let [certificate, key] = ["data/tls.crt", "data/tls.key"].map(|name| files.path(name));
    let tls = load(Source::Files { certificate, key }).unwrap();
    symlink(files.path("new"), files.path("swap")).unwrap();
    fs::rename(files.path("swap"), files.path("data")).unwrap();
    assert!(tls.refresh(now()));
}

#[test]
fn a_broken_new_certificate_leaves_the_old_one_until_it_is_mended() {
    let files = Files::new();
    let (certificate, key) = pair(2020, 2100);
    files.write(&certificate, &key);
    let tls = load(files.source()).unwrap();
    let before = tls.rustls().get_inner();
    let (certificate, key) = pair(2020, 2150);
    fs::write(files.path("tls.crt"), &certificate).unwrap();
    assert!(!tls.refresh(now()), "the key is still the old one's");
    fs::remove_file(files.path("tls.key")).unwrap();
    assert!(!tls.refresh(now()));
    assert!(Arc::ptr_eq(&before, &tls.rustls().get_inner()));
    fs::write(files.path("tls.key"), &key).unwrap();
    assert!(tls.refresh(now()));
}

fn made(directory: &Path) -> Source {
    Source::Made { directory: directory.to_owned(), names: vec!["localhost".into(), "127.0.0.1".into(), "::1".into()] }
}

#[test]
fn the_own_authority_is_made_once_and_its_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let tls = load(made(directory.path())).unwrap();
    let authority = fs::read(tls.authority().unwrap()).unwrap();
    let mode = fs::metadata(directory.path().join(CA_KEY)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    load(made(directory.path())).unwrap();
    assert_eq!(fs::read(directory.path().join(CA_CERTIFICATE)).unwrap(), authority);
    let left = tls.expires_at().since(now());
    assert!(left > DAY * 89 && left <= DAY * 90, "{left:?}");
}

#[test]
fn a_made_certificate_is_renewed_before_it_expires_and_not_earlier() {
    let directory = tempfile::tempdir().unwrap();
    let tls = load(made(directory.path())).unwrap();
    assert!(!tls.refresh(now().saturating_add(DAY * 59)));
    assert!(tls.refresh(now().saturating_add(DAY * 61)));
    assert!(tls.expires_at() > now().saturating_add(DAY * 150));
}

#[test]
fn an_authority_that_nears_its_end_or_lost_its_certificate_is_made_anew_from_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(CA_CERTIFICATE);
    load(made(directory.path())).unwrap();
    let (first, key) = (fs::read(&path).unwrap(), fs::read(directory.path().join(CA_KEY)).unwrap());
    let late = now().saturating_add(DAY * 3600);
    ServerTls::load(made(directory.path()), None, late, Arc::new(SystemRandom::new())).unwrap();
    assert_ne!(fs::read(&path).unwrap(), first);
    fs::remove_file(&path).unwrap();
    load(made(directory.path())).unwrap();
    assert!(path.exists());
    assert_eq!(fs::read(directory.path().join(CA_KEY)).unwrap(), key);
}

#[test]
fn an_authority_of_another_key_is_not_signed_for() {
    let directory = tempfile::tempdir().unwrap();
    load(made(directory.path())).unwrap();
    let first = fs::read(directory.path().join(CA_CERTIFICATE)).unwrap();
    fs::remove_file(directory.path().join(CA_KEY)).unwrap();
    load(made(directory.path())).unwrap();
    assert_ne!(fs::read(directory.path().join(CA_CERTIFICATE)).unwrap(), first);
}

#[test]
fn authorities_of_clients_are_taken_up_when_they_change_and_what_cannot_be_used_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("clients.pem");
    let clients = || Some(Clients { authority: file.clone(), names: Vec::new() });
    let load = || ServerTls::load(made(directory.path()), clients(), now(), Arc::new(SystemRandom::new()));
    assert!(load().unwrap_err().to_string().starts_with("cannot read "));
    for (text, reason) in [("", "holds no certificate"), ("-----BEGIN CERTIFICATE-----\nAAAA\n", "is not PEM")] {
        fs::write(&file, text).unwrap();
        let told = load().unwrap_err().to_string();
        assert!(told.contains("clients.pem") && told.contains(reason), "{told}");
    }
    fs::write(&file, pair(2020, 2100).0).unwrap();
    let tls = load().unwrap();
    assert!(!tls.refresh(now()));
    let before = tls.rustls().get_inner();
    fs::write(&file, "").unwrap();
    assert!(!tls.refresh(now()));
    assert!(Arc::ptr_eq(&before, &tls.rustls().get_inner()));
    fs::write(&file, pair(2020, 2150).0).unwrap();
    assert!(tls.refresh(now()));
    assert!(!tls.refresh(now()));
    assert!(!Arc::ptr_eq(&before, &tls.rustls().get_inner()));
}
