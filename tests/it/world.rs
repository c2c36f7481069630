//! The small world that most tests of the running product begin with.

use std::process::Output;

use serde_json::json;
use wharfinger_fakes::harbor::{FakeHarbor, Options as HarborOptions, Push};
use wharfinger_fakes::kube::FakeKube;

use crate::harness::platform::{Options, PASSWORD, Platform};
use crate::harness::session::Session;

/// How the fake Harbor's administrator signs in.
pub(crate) const ADMIN: (&str, &str) = ("admin", "Harbor12345");

/// A platform with a Harbor, in which `pub` is public, `team-a` and `team-b` are private, each with one image, and a
/// cluster with the namespaces `ns-a` and `ns-b`.
pub(crate) struct World {
    pub(crate) platform: Platform,
    pub(crate) harbor: FakeHarbor,
    pub(crate) kube: FakeKube,
    pub(crate) registry: String,
    _kubeconfig: tempfile::TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(crate::place::options()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let kube = FakeKube::start().await.unwrap();
        for namespace in ["ns-a", "ns-b"] {
            kube.create(namespace).unwrap();
        }
        let directory = tempfile::tempdir().unwrap();
        let kubeconfig = directory.path().join("kubeconfig");
        std::fs::write(&kubeconfig, kube.kubeconfig()).unwrap();
        let platform = Platform::start(&Options { kubeconfig, ..options }).await;
        let harbor = FakeHarbor::start(HarborOptions::default()).await.unwrap();
        for (project, public) in [("pub", "true"), ("team-a", "false"), ("team-b", "false")] {
            harbor.create_project(project, public);
            harbor.push_artifact(&format!("{project}/app"), &Push::tagged(["1.0", "latest"])).unwrap();
        }
        let registry = platform.register("harbor", "HARBOR", &harbor.url(), Some(ADMIN)).await;
        Self { platform, harbor, kube, registry, _kubeconfig: directory }
    }

    /// Runs a command that must succeed. Gives what it printed.
    pub(crate) fn runs(&self, arguments: &[&str]) -> String {
        let output = self.platform.cli(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        text(&output)
    }

    /// The administrator of a new workspace, signed in, with the workspace's id.
    pub(crate) async fn lead(&self) -> (Session, String) {
        let platform = &self.platform;
        let admin = platform.sign_in("admin", PASSWORD, None).await.unwrap();
        let workspace = platform.workspace("wa").await;
        let query = "mutation { createUser(input: { name: \"lead\" }) { oneTimePassword } }";
        let (_, answer) = platform.ask_in(&admin, query, json!({})).await;
        let first = answer["data"]["createUser"]["oneTimePassword"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let lead = platform.sign_in("lead", first, Some("a password of theirs")).await.unwrap();
        let join = "mutation($id: ID!) { changeWorkspaceMembers(input: { workspaceId: $id, set: [
            { subject: { user: \"lead\" }, role: ADMIN }] }) { userErrors { code } } }";
        platform.ask_in(&admin, join, json!({ "id": workspace })).await;
        (lead, workspace)
    }

    /// A reference to an image of the Harbor.
    pub(crate) fn image(&self, path: &str) -> String {
        format!("{}/{path}", self.harbor.host())
    }
}

/// What a command printed.
pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
