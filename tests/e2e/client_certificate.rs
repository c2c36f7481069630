//! An API server that shows the webhook a certificate, as `docs/operations.md` has it, and a webhook that hears nobody else.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::authority::Authority;
use crate::control_plane::ControlPlane;
use crate::harness::platform::{Options, Platform};
use crate::manifest::{self, pod};
use crate::world::{eventually, wait};

/// What the API server is called.
const NAME: &str = "apiserver-webhooks";

/// Writes what an API server is told so that it shows this certificate to whoever listens there. Gives the file for its flag.
fn admission_configuration(folder: &Path, webhook: SocketAddr, certificate: &str) -> PathBuf {
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let pem = write("client.pem", certificate);
    let user = json!({ "client-certificate": pem, "client-key": pem });
    let users = json!([{ "name": webhook.to_string(), "user": user }]);
    let kubeconfig = json!({ "apiVersion": "v1", "kind": "Config", "users": users });
    let kubeconfig = write("webhooks.kubeconfig", &kubeconfig.to_string());
    let api = "apiserver.config.k8s.io/v1";
    let webhooks = json!({ "apiVersion": api, "kind": "WebhookAdmissionConfiguration", "kubeConfigFile": kubeconfig });
    let plugins = json!([{ "name": "ValidatingAdmissionWebhook", "configuration": webhooks }]);
    let configuration = json!({ "apiVersion": api, "kind": "AdmissionConfiguration", "plugins": plugins });
    write("admission.yaml", &configuration.to_string())
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

// Case: PRO-10
#[test]
fn an_api_server_is_heard_by_the_certificate_that_it_is_told_to_show() {
    let (folder, ours, other) = (tempfile::tempdir().unwrap(), Authority::new(), Authority::new());
    let (listen, clients) = (free(), folder.path().join("clients.pem"));
    let told = admission_configuration(folder.path(), listen, &ours.client(NAME));
    let plane = ControlPlane::start_with(&format!("--admission-control-config-file={}", told.display()));
    std::fs::write(&clients, &ours.pem).unwrap();
    let environment = vec![
        ("WHARFINGER_WEBHOOK_TLS_CLIENT_AUTHORITY", clients.display().to_string()),
        ("WHARFINGER_WEBHOOK_TLS_CLIENT_NAMES", NAME.to_owned()),
    ];
    let kubeconfig = plane.kubeconfig();
    let options = Options { kubeconfig, webhook_listen: Some(listen), environment, ..Options::default() };
    let mut platform = wait(Platform::start(&options));
    plane.create_namespace("shop");
    plane.apply(&manifest::registration("wharfinger", &platform, &manifest::only_in("shop"))).expect_success();
    let probe = pod("probe", "sha256:0123").in_namespace("shop").object();
    plane.wait_until_asked(&probe);

    // By the certificate, and not because everybody is heard: an authority of the same name and another key refuses it.
    wait(platform.stop());
    std::fs::write(&clients, &other.pem).unwrap();
    wait(platform.run());
    eventually("nobody is heard any more", || {
        let answer = plane.kubectl_with(&["create", "--dry-run=server", "--filename=-"], &probe.to_string());
        assert!(!answer.status.success(), "{answer:?}");
        answer.stderr.contains("remote error: tls: error decrypting message").then_some(())
    });
}
