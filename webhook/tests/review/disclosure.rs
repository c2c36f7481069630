//! Of whatever is private, every answer tells the same: what the state of the namespace explains, and nothing of the space.

use std::collections::BTreeSet;

use serde_json::Value;
use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::decision::Reason;
use wharfinger_webhook::{Settings, Templates};

use crate::door::{Door, create, r1, within};
use crate::templates::workload;
use crate::world::{NOW, World};

/// A path for every private reason, all of one length, so that all lines are cut at the same place.
const PATHS: [(&str, Reason); 5] = [
    ("absent/x", Reason::SpaceUnknown),
    ("team-b/x", Reason::NotBound),
    ("future/x", Reason::BindingPending),
    ("lapsed/x", Reason::BindingExpired),
    ("partly/x", Reason::RepositoryOutOfScope),
];

/// The whole answer with the path left out, and the precise reason that was recorded.
async fn told(world: &World, templates: Templates, review: Value, path: &str) -> (String, Reason) {
    let door = Door::with(world, Settings { templates, ..Settings::default() }, NOW);
    let answer = door.ask(&review).await;
    let record = door.records().pop().unwrap();
    let precise = record.images[0].precise.as_ref().unwrap().reason;
    let told = serde_json::to_string(&record.images[0].told).unwrap();
    ((answer.0.to_string() + &told).replace(path, "PATH"), precise)
}

#[tokio::test]
async fn tells_the_same_of_every_private_reason_through_every_answer() {
    for namespace in ["ns-a", "ns-none"] {
        for mode in [EnforcementMode::Enforce, EnforcementMode::Warn, EnforcementMode::Audit] {
            for templates in [None, Some(Templates::Warn), Some(Templates::Deny)] {
                let world = World::new().mode(mode);
                let (mut texts, mut reasons) = (BTreeSet::new(), BTreeSet::new());
                for (path, mapped) in PATHS {
                    let image = r1(path);
                    let review = match templates {
                        None => create(&[&image]),
                        Some(_) => workload("Deployment", &[&image]),
                    };
                    let review = within(review, namespace);
                    let (text, reason) = told(&world, templates.unwrap_or_default(), review, path).await;
                    let unmapped = if mapped == Reason::SpaceUnknown { mapped } else { Reason::NamespaceNotMapped };
                    assert_eq!(reason, if namespace == "ns-a" { mapped } else { unmapped });
                    texts.insert(text);
                    reasons.insert(reason);
                }
                assert_eq!(texts.len(), 1, "{namespace} {mode:?} {templates:?}: {texts:#?}");
                assert_eq!(reasons.len(), if namespace == "ns-a" { 5 } else { 2 });
            }
        }
    }
}

#[tokio::test]
async fn names_no_other_workspace_and_no_space_in_an_answer() {
    for path in ["team-b/x", "orphan/x", "lapsed/x"] {
        let answer = Door::of(&World::new()).ask(&create(&[&r1(path)])).await;
        let text = answer.0.to_string();
        assert!(!text.contains("wb") && !text.contains("EXPIRED") && !text.contains("expired"), "{text}");
    }
}

#[tokio::test]
async fn tells_a_namespace_without_workspace_what_it_lacks() {
    let answer = Door::of(&World::new()).ask(&within(create(&[&r1("team-a/x")]), "ns-none")).await;
    answer.denies("NOT_BOUND", &["the namespace is in no workspace", "assign the namespace to a workspace"]);
    assert_eq!(answer.annotation("workspace"), None);
}
