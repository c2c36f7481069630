//! A server that speaks TLS: its certificate is checked, whatever the address says short of doing without.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use wharfinger_store::{DatabaseUrl, Place, StoreError};

use crate::arrangement::open_at;
use crate::database::Server;

/// Makes an authority and a certificate for `localhost`.
fn certificates(folder: &Path) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    std::fs::write(folder.join("authority.pem"), authority.pem()).unwrap();
    std::fs::write(folder.join("server.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
}

#[test]
fn the_certificate_of_the_server_is_checked() {
    let made = tempfile::tempdir().unwrap();
    certificates(made.path());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::start_with(|folder| {
        let owner = std::fs::metadata(folder).unwrap();
        for file in ["server.pem", "key.pem"] {
            let to = folder.join(file);
            std::fs::copy(made.path().join(file), &to).unwrap();
            std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o600)).unwrap();
            chown(&to, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let file = |name: &str| folder.join(name).display().to_string();
        vec![
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", file("server.pem")),
            format!("ssl_key_file={}", file("key.pem")),
        ]
    });
    let place = |host: &str, mode: &str, trust: bool| Place::Postgres {
        url: DatabaseUrl::new(format!("postgres://wharfinger@{host}:{port}/postgres?hostaddr=127.0.0.1{mode}")),
        trust: trust.then(|| made.path().join("authority.pem")),
    };
    for mode in ["", "&sslmode=require", "&sslmode=prefer"] {
        open_at(place("localhost", mode, true)).unwrap();
        let refused = open_at(place("localhost", mode, false)).unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
        assert!(refused.to_string().contains("certificate of the authority"), "{refused}");
        assert!(open_at(place("elsewhere", mode, true)).is_err());
    }
    open_at(place("localhost", "&sslmode=disable", false)).unwrap();
    drop(server);
}
