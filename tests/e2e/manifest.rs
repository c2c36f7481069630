//! The objects that tests hand to kubectl.

use k8s_openapi::ByteString;
use serde_json::{Value, json};

use crate::harness::platform::{CLUSTER, Platform};

/// The name of the webhook for pods, which stands before every denial.
pub(crate) const PODS_WEBHOOK: &str = "images.wharfinger.dev";

/// The name of the webhook that only warns.
pub(crate) const TEMPLATES_WEBHOOK: &str = "templates.wharfinger.dev";

/// Which namespaces a webhook is asked about, by the label that only the API server writes.
pub(crate) fn everywhere_but(namespaces: &[&str]) -> Value {
    selector("NotIn", namespaces)
}

/// The opposite.
pub(crate) fn only_in(namespace: &str) -> Value {
    selector("In", &[namespace])
}

fn selector(operator: &str, values: &[&str]) -> Value {
    json!({ "matchExpressions": [{ "key": "kubernetes.io/metadata.name", "operator": operator, "values": values }] })
}

/// The registration of a platform's webhook with the API server, as an operator writes it. What a template is warned of is
/// advice, so nothing waits for it when nobody answers.
pub(crate) fn registration(name: &str, platform: &Platform, namespaces: &Value) -> Value {
    let ca = std::fs::read(platform.data().join("webhook-ca.pem")).expect("the webhook's authority");
    let url = format!("https://{}/validate/{CLUSTER}", platform.addresses().webhook);
    let rule = |group: &str, resources: &[&str]| {
        json!({ "apiGroups": [group], "apiVersions": ["v1"], "resources": resources,
            "operations": ["CREATE", "UPDATE"], "scope": "Namespaced" })
    };
    let webhook = |name: &str, policy: &str, rules: &[Value]| {
        json!({ "name": name, "rules": rules, "matchPolicy": "Equivalent", "failurePolicy": policy,
            "sideEffects": "NoneOnDryRun", "timeoutSeconds": 5, "admissionReviewVersions": ["v1"],
            "namespaceSelector": namespaces, "clientConfig": { "url": url, "caBundle": ByteString(ca.clone()) } })
    };
    let pods = rule("", &["pods", "pods/ephemeralcontainers", "pods/resize"]);
    let templates = [
        rule("apps", &["deployments", "replicasets", "statefulsets", "daemonsets"]),
        rule("batch", &["jobs", "cronjobs"]),
        rule("", &["replicationcontrollers", "podtemplates"]),
    ];
    json!({ "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": { "name": name },
        "webhooks": [webhook(PODS_WEBHOOK, "Fail", &[pods]), webhook(TEMPLATES_WEBHOOK, "Ignore", &templates)] })
}

/// A pod in the making.
pub(crate) struct Pod(Value);

/// A pod with one container, `main`, with this image.
pub(crate) fn pod(name: &str, image: &str) -> Pod {
    Pod(json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name },
        "spec": { "containers": [{ "name": "main", "image": image }] } }))
}

impl Pod {
    pub(crate) fn in_namespace(self, namespace: &str) -> Self {
        self.with("/metadata", "namespace", json!(namespace))
    }

    pub(crate) fn container(self, name: &str, image: &str) -> Self {
        self.pushed("containers", json!({ "name": name, "image": image }))
    }

    pub(crate) fn init_container(self, name: &str, image: &str) -> Self {
        self.pushed("initContainers", json!({ "name": name, "image": image }))
    }

    pub(crate) fn image_volume(self, name: &str, image: &str) -> Self {
        self.pushed("volumes", json!({ "name": name, "image": { "reference": image } }))
    }

    /// Sets a field of the object that this path leads to.
    pub(crate) fn with(mut self, path: &str, field: &str, value: Value) -> Self {
        self.0.pointer_mut(path).expect("every pod has it")[field] = value;
        self
    }

    fn pushed(mut self, list: &str, item: Value) -> Self {
        match &mut self.0["spec"][list] {
            Value::Array(items) => items.push(item),
            nothing => *nothing = json!([item]),
        }
        self
    }

    pub(crate) fn object(self) -> Value {
        self.0
    }
}

/// Objects that are created in one breath.
pub(crate) fn list(items: &[Value]) -> Value {
    json!({ "apiVersion": "v1", "kind": "List", "items": items })
}

/// A namespace with the service account that every pod needs, which a controller makes else, a moment later.
pub(crate) fn namespace(name: &str) -> [Value; 2] {
    [
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } }),
        json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default", "namespace": name } }),
    ]
}

/// An object of every kind that has a template of pods, each with this image, none of which makes a pod.
pub(crate) fn workloads(image: &str) -> Vec<Value> {
    let labels = json!({ "app": "idle" });
    let template = |restart: &str| {
        json!({ "metadata": { "labels": labels },
            "spec": { "restartPolicy": restart, "containers": [{ "name": "main", "image": image }] } })
    };
    let always = template("Always");
    let job = json!({ "suspend": true, "template": template("Never") });
    let selector = json!({ "matchLabels": labels });
    let idle = json!({ "replicas": 0, "selector": selector, "template": always });
    let object = |version: &str, kind: &str, spec: Value| json!({ "apiVersion": version, "kind": kind, "metadata": { "name": "idle" }, "spec": spec });
    let mut pod_template = object("v1", "PodTemplate", Value::Null);
    pod_template["template"] = always.clone();
    pod_template.as_object_mut().expect("an object").remove("spec");
    vec![
        object("apps/v1", "Deployment", idle.clone()),
        object("apps/v1", "ReplicaSet", idle.clone()),
        object("apps/v1", "StatefulSet", idle),
        object("apps/v1", "DaemonSet", json!({ "selector": selector, "template": always })),
        object("batch/v1", "Job", job.clone()),
        object(
            "batch/v1",
            "CronJob",
            json!({ "schedule": "0 0 1 1 *", "suspend": true, "jobTemplate": { "spec": job } }),
        ),
        object("v1", "ReplicationController", json!({ "replicas": 0, "selector": labels, "template": always })),
        pod_template,
    ]
}
