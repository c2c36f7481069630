//! A real Kubernetes control plane for the tests that need one, started and stopped by `tests/cluster/cluster.sh`. It ends
//! with this process, however that ends: the script stops everything when its standard input does.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::manifest::{self, PODS_WEBHOOK};
use crate::world::eventually;

/// A running control plane. It is stopped, and its data removed, when this is dropped or the process ends.
pub(crate) struct ControlPlane {
    script: Child,
    folder: PathBuf,
}

/// What a run of kubectl gave.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl ControlPlane {
    /// The one that the tests of this binary share. Each test makes its own namespaces in it.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<ControlPlane> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts one, after building it where that was not done yet, which takes ten minutes. Panics when that does not
    /// work: a test that needs a control plane fails without one, and is never passed over.
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// The same with more flags of the API server, between spaces.
    pub(crate) fn start_with(flags: &str) -> Self {
        let built = script().arg("build").stdin(Stdio::null()).status();
        let built = built.unwrap_or_else(|error| panic!("tests/cluster/cluster.sh cannot be run: {error}"));
        assert!(built.success(), "the control plane was not built; standard error says why");
        let started =
            script().arg("run").env("APISERVER_EXTRA", flags).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut script = started.unwrap_or_else(|error| panic!("tests/cluster/cluster.sh cannot be run: {error}"));
        let mut line = String::new();
        let stdout = script.stdout.take().expect("standard output is a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("the script prints text");
        let folder = Path::new(line.trim_end()).parent().map(Path::to_owned).unwrap_or_default();
        let plane = Self { script, folder };
        assert!(plane.kubeconfig().is_file(), "the control plane did not start; standard error says why");
        plane
    }

    /// The administrator's kubeconfig.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.join("admin.kubeconfig")
    }

    /// The certificate of the authority that signed the API server's certificate and the webhook's, as PEM.
    pub(crate) fn ca_pem(&self) -> String {
        std::fs::read_to_string(self.folder.join("pki/ca.crt")).expect("the authority's certificate")
    }

    /// A certificate for a webhook at 127.0.0.1 or localhost, as PEM.
    pub(crate) fn webhook_cert(&self) -> PathBuf {
        self.folder.join("pki/webhook.crt")
    }

    /// The key of [`Self::webhook_cert`], as PEM.
    pub(crate) fn webhook_key(&self) -> PathBuf {
        self.folder.join("pki/webhook.key")
    }

    /// Runs kubectl as the administrator.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Answer {
        self.kubectl_with(arguments, "")
    }

    /// Runs kubectl as the administrator, with this on its standard input, which `-f -` reads.
    pub(crate) fn kubectl_with(&self, arguments: &[&str], stdin: &str) -> Answer {
        let mut command = script();
        command.arg("kubectl").arg(&self.folder).args(arguments);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = piped.unwrap_or_else(|error| panic!("kubectl cannot be run: {error}"));
        // Dropped at the end of the statement, so that kubectl sees the end. One that does not read breaks the pipe.
        let _ = child.stdin.take().expect("standard input is a pipe").write_all(stdin.as_bytes());
        let output = child.wait_with_output().expect("kubectl ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Answer { status: output.status, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Makes a namespace in which pods can be created at once.
    pub(crate) fn create_namespace(&self, name: &str) {
        let created = self.create(&manifest::list(&manifest::namespace(name)));
        // A controller makes the service account too, and may be the faster one.
        let there = created.stderr.contains("serviceaccounts \"default\" already exists");
        assert!(created.status.success() || there, "the namespace is not made: {created:?}");
    }

    /// Creates these objects.
    pub(crate) fn create(&self, object: &Value) -> Answer {
        self.kubectl_with(&["create", "--filename=-"], &object.to_string())
    }

    /// Creates these objects, or changes them to this.
    pub(crate) fn apply(&self, object: &Value) -> Answer {
        self.kubectl_with(&["apply", "--filename=-"], &object.to_string())
    }

    /// Tries a pod that is to be refused, until it is: a registration is in force shortly after it was stored.
    pub(crate) fn wait_until_asked(&self, probe: &Value) {
        eventually("the API server asks the webhook", || {
            let arguments = ["create", "--dry-run=server", "--filename=-"];
            let answer = self.kubectl_with(&arguments, &probe.to_string());
            answer.stderr.contains(&format!("{PODS_WEBHOOK:?} denied the request")).then_some(())
        });
    }

    /// A token of a service account, for the API server's own audience.
    pub(crate) fn create_token(&self, namespace: &str, service_account: &str) -> String {
        let answer = self.kubectl(&["create", "token", service_account, "--namespace", namespace]);
        answer.expect_success().trim_end().to_owned()
    }
}

impl Answer {
    /// What it wrote to standard output. Panics with all it said when it failed.
    pub(crate) fn expect_success(self) -> String {
        assert!(self.status.success(), "kubectl failed: {self:?}");
        self.stdout
    }

    /// What the webhook's denial says. Panics with all that was said when kubectl did not fail by it, for this reason.
    pub(crate) fn expect_refusal(self, why: &str) -> String {
        let denied = self.stderr.contains(&format!("admission webhook {PODS_WEBHOOK:?} denied the request: "));
        assert!(denied && !self.status.success(), "the webhook did not refuse this: {self:?}");
        assert!(self.stderr.contains(why), "not refused because it {why}: {self:?}");
        self.stderr
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

fn script() -> Command {
    Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/cluster.sh"))
}
