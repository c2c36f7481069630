//! One test's part of the world: a namespace, perhaps in a workspace, and what its user and its administrator do.

use serde_json::{Value, json};

use crate::control_plane::Answer;
use crate::harness::platform::CLUSTER;
use crate::manifest::Pod;
use crate::world::{World, eventually, wait, world};

/// Why an image is refused that is in a private space, or in none, in a namespace that is in a workspace.
pub(crate) const NOT_BOUND: &str = "is in no public space and in none that is bound to workspace";

/// The same in a namespace that is in no workspace.
pub(crate) const UNMAPPED: &str = "is in no public space, and the namespace is in no workspace";

/// Why a text is refused that names an image by its id.
pub(crate) const IMAGE_ID: &str = "names an image by its id";

/// Why an image is refused of a host that is an address or a single word and no registry's.
pub(crate) const NO_REGISTRY: &str = "comes from a host that no registry has";

/// A namespace of its own.
pub(crate) struct Case {
    pub(crate) world: &'static World,
    /// The name of the namespace, and of its workspace.
    pub(crate) name: &'static str,
    workspace: Option<String>,
}

impl Case {
    /// A new namespace, in no workspace.
    pub(crate) fn unassigned(name: &'static str) -> Self {
        let world = world();
        world.plane.create_namespace(name);
        Self { world, name, workspace: None }
    }

    /// A new namespace, in a new workspace of the same name that nothing is bound to.
    pub(crate) fn assigned(name: &'static str) -> Self {
        let mut case = Self::unassigned(name);
        case.workspace = Some(wait(case.world.platform.workspace(name)));
        case.assign();
        case
    }

    /// Assigns the namespace to the workspace.
    pub(crate) fn assign(&self) {
        self.wait_until_known();
        wait(self.world.platform.assign(self.name, Some(self.workspace())));
    }

    /// Waits until the platform knows the namespace that is there now, and not one that had its name before.
    fn wait_until_known(&self) {
        let uid = self.uid();
        eventually("the platform knows the namespace", || {
            (wait(self.world.platform.wait_for_namespace(self.name)) == uid).then_some(())
        });
    }

    /// The UID that the namespace has now.
    pub(crate) fn uid(&self) -> String {
        let arguments = ["get", "namespace", self.name, "--output=jsonpath={.metadata.uid}"];
        self.world.plane.kubectl(&arguments).expect_success()
    }

    fn workspace(&self) -> &str {
        self.workspace.as_deref().expect("the case has a workspace")
    }

    /// Binds a space of the Harbor to the workspace.
    pub(crate) fn bind(&self, space: &str) {
        self.bind_in(&self.world.harbor_id, space);
    }

    /// Binds a space of this registry to the workspace.
    pub(crate) fn bind_in(&self, registry: &str, space: &str) {
        let platform = &self.world.platform;
        let space = wait(platform.space(registry, space));
        let payload = wait(platform.bind(&[&space], &[self.workspace()]));
        assert_eq!(payload["createdCount"], 1, "{payload:#}");
    }

    /// Ends the binding of a space of the Harbor to the workspace.
    pub(crate) fn unbind(&self, space: &str) {
        let platform = &self.world.platform;
        let space = wait(platform.space(&self.world.harbor_id, space));
        let payload = wait(platform.unbind(&[&space], &[self.workspace()]));
        assert_eq!(payload["removedCount"], 1, "{payload:#}");
    }

    /// Runs kubectl in the namespace.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Answer {
        self.world.plane.kubectl(&self.arguments(arguments))
    }

    /// Creates this object in the namespace.
    pub(crate) fn create(&self, object: &Value) -> Answer {
        let arguments = self.arguments(&["create", "--filename=-"]);
        self.world.plane.kubectl_with(&arguments, &object.to_string())
    }

    fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [&["--namespace", self.name], arguments].concat()
    }

    /// Creates the pod, and fails unless it is stored.
    pub(crate) fn admits(&self, pod: Pod) {
        let pod = pod.object();
        self.create(&pod).expect_success();
        let name = pod["metadata"]["name"].as_str().unwrap();
        assert!(self.pod(name).is_some(), "pod {name} is not stored");
    }

    /// Tries to create the pod, and fails unless it is refused for this reason and not stored. Gives what the user is told.
    pub(crate) fn refuses(&self, pod: Pod, why: &str) -> String {
        let pod = pod.object();
        let told = self.create(&pod).expect_refusal(why);
        let name = pod["metadata"]["name"].as_str().unwrap();
        assert!(self.pod(name).is_none(), "pod {name} is stored all the same");
        told
    }

    /// The pod as it is stored.
    pub(crate) fn pod(&self, name: &str) -> Option<Value> {
        self.get("pod", name)
    }

    /// An object of the namespace as it is stored.
    pub(crate) fn get(&self, kind: &str, name: &str) -> Option<Value> {
        let text = self.kubectl(&["get", kind, name, "--ignore-not-found", "--output=json"]).expect_success();
        (!text.is_empty()).then(|| serde_json::from_str(&text).unwrap())
    }

    /// All objects of a kind in the namespace.
    pub(crate) fn all(&self, kind: &str) -> Vec<Value> {
        let text = self.kubectl(&["get", kind, "--output=json"]).expect_success();
        let mut list: Value = serde_json::from_str(&text).unwrap();
        serde_json::from_value(list["items"].take()).unwrap()
    }

    /// The namespace as the API wants it.
    pub(crate) fn reference(&self) -> Value {
        json!({ "name": { "cluster": CLUSTER, "name": self.name } })
    }
}

/// Fails unless all of these are told.
pub(crate) fn assert_told(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "{part:?} is not in {told:?}");
    }
}
