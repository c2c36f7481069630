//! The doors that a case about an image is put to. Another door is one more variant here, and every table goes through it.

use serde_json::{Value, json};

use super::scene::Scene;
use crate::harness::journey::creation;

/// Where one can ask whether an image may be used.
#[derive(Debug, Clone, Copy)]
pub(super) enum Door {
    /// The webhook, over TLS: a pod with the image is created.
    Review,
    /// The API: `explainImage`, by an administrator.
    Explanation,
    /// The command line: `check` of a manifest by an exported snapshot.
    Check,
}

/// What a door says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) admitted: bool,
    pub(super) reason: String,
}

impl Door {
    pub(super) const ALL: [Self; 3] = [Self::Review, Self::Explanation, Self::Check];

    /// Asks about an image in a namespace of a cluster.
    pub(super) async fn ask(self, scene: &Scene, (cluster, namespace): (&str, &str), image: &str) -> Told {
        match self {
            Self::Review => {
                let answer = scene.whole_answer(cluster, &creation(namespace, &[image])).await;
                assert_denial_names(&answer["response"], image);
                told(&answer["response"]["allowed"], &answer["response"]["auditAnnotations"]["reason"])
            }
            Self::Explanation => {
                let query = "query($ns: NamespaceRef!, $ref: String!) {
                    explainImage(namespace: $ns, reference: $ref) { admissible reason } }";
                let by = json!({ "name": { "cluster": cluster, "name": namespace } });
                let answer = scene.platform.graphql(query, json!({ "ns": by, "ref": image })).await;
                told(&answer["explainImage"]["admissible"], &answer["explainImage"]["reason"])
            }
            Self::Check => {
                let pod = creation(namespace, &[image])["request"]["object"].take();
                let line = scene.check((cluster, namespace), &pod)["results"][0].take();
                assert_eq!((&line["fieldPath"], &line["image"]), (&json!("spec.containers[0].image"), &json!(image)));
                told(&json!(line["action"] != "DENIED"), &line["reason"])
            }
        }
    }

    /// The reason as this door gives it: whoever creates a pod cannot tell apart what is private.
    pub(super) fn gives(self, reason: &str) -> &str {
        match (self, reason) {
            (Self::Review | Self::Check, "SPACE_UNKNOWN" | "NAMESPACE_NOT_MAPPED") => "NOT_BOUND",
            _ => reason,
        }
    }
}

fn told(admitted: &Value, reason: &Value) -> Told {
    let reason = reason.as_str().unwrap_or_default().to_owned();
    Told { admitted: admitted.as_bool().expect("a verdict"), reason }
}

/// A denial is a 403 that names the field and the image, tag and digest included.
fn assert_denial_names(response: &Value, image: &str) {
    if response["allowed"] == false {
        assert_eq!(response["status"]["code"], 403, "{response:#}");
        let message = response["status"]["message"].as_str().unwrap();
        assert!(message.contains(&format!("spec.containers[0].image \"{image}\"")), "{message}");
    }
}
