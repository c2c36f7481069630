//! An export decides as what it was taken of: the whole everywhere, a slice in its own namespaces, and it has nothing of
//! others in it.

use std::sync::Arc;

use wharfinger_domain::disclosure::Knowledge;
use wharfinger_domain::export::{Export, ExportError, Head, VERSION};
use wharfinger_domain::registry::Owner;
use wharfinger_domain::snapshot::{NamespaceView, Snapshot};
use wharfinger_domain::time::Timestamp;

use crate::oracle::dice::Dice;
use crate::oracle::world::World;

const WORLDS: u64 = 400;
const IMAGES: usize = 12;
const TAKEN: Timestamp = Timestamp::from_micros(1);

fn snapshot(world: &World) -> Snapshot {
    Snapshot::build(world.policy(), Arc::new(world.overlay()))
}

/// Through the file and back.
fn carried(export: &Export) -> Export {
    serde_json::from_str(&serde_json::to_string(export).unwrap()).unwrap()
}

/// What somebody who creates a pod is told, and what becomes of it.
fn told(view: &NamespaceView<'_>, image: &str) -> String {
    let decision = view.decide(image).disclosed(view, Knowledge::NamespaceState);
    let words = decision.words(view);
    format!("{:?} {} {:?} {words} {:?}", decision.verdict, decision.warn, decision.reason, view.mode())
}

#[test]
fn the_whole_is_the_same_snapshot_again() {
    for seed in 0..WORLDS {
        let snapshot = snapshot(&World::random(seed));
        let export = carried(&Export::whole(&snapshot, TAKEN, None));
        let again = export.into_snapshot().unwrap();
        assert_eq!(again.policy(), snapshot.policy(), "seed {seed}");
        let watched = |snapshot: &Snapshot, cluster: &str| {
            let mut all: Vec<_> = snapshot.overlay().namespaces(cluster).map(|(name, _)| name.to_owned()).collect();
            all.sort();
            all
        };
        for cluster in ["east", "west"] {
            assert_eq!(watched(&again, cluster), watched(&snapshot, cluster), "seed {seed}");
        }
    }
}

#[test]
fn an_export_decides_as_the_snapshot_that_it_was_taken_of() {
    let (mut inside, mut outside) = (0, 0);
    for seed in 0..WORLDS {
        let world = World::random(seed);
        let snapshot = snapshot(&world);
        let mut dice = Dice::seeded(seed ^ 0x5C5C);
        let name = dice.pick(&world.policy.workspaces).name.to_string();
        let slice = carried(&Export::slice(&snapshot, std::slice::from_ref(&name), TAKEN, None).unwrap());
        let (covered, sliced) = (slice.clone(), slice.into_snapshot().unwrap());
        let whole = carried(&Export::whole(&snapshot, TAKEN, None)).into_snapshot().unwrap();
        let images: Vec<_> = (0..IMAGES).map(|_| world.written(&mut dice).text).collect();
        for asked in world.askers() {
            let (cluster, namespace) = (&asked.cluster.name, asked.namespace);
            let view = snapshot.view(cluster, namespace, asked.moment).unwrap();
            let of_whole = whole.view(cluster, namespace, asked.moment).unwrap();
            let of_slice = sliced.view(cluster, namespace, asked.moment).unwrap();
            let own = view.workspace().is_some_and(|workspace| *workspace.name == *name);
            assert!(!own || covered.covers(cluster, namespace), "seed {seed}: {cluster}/{namespace} is left out");
            for image in &images {
                assert_eq!(view.decide(image), of_whole.decide(image), "seed {seed}, {image:?}");
                if covered.covers(cluster, namespace) {
                    inside += 1;
                    let place = format!("seed {seed}, {image:?} in {cluster}/{namespace}");
                    assert_eq!(told(&view, image), told(&of_slice, image), "{place}\n{world:#?}");
                } else {
                    outside += 1;
                }
            }
        }
    }
    assert!(inside > 4_000 && outside > 4_000, "both are met often: {inside}, {outside}");
}

#[test]
fn a_slice_names_no_other_workspace_and_none_of_its_namespaces_and_bindings() {
    for seed in 0..WORLDS {
        let world = World::random(seed);
        let mine = world.policy.workspaces[0].clone();
        let export = Export::slice(&snapshot(&world), &[mine.name.to_string()], TAKEN, None).unwrap();
        let text = serde_json::to_string(&export).unwrap();
        for other in world.policy.workspaces.iter().filter(|other| other.id != mine.id) {
            assert!(!text.contains(&*other.name), "seed {seed}: {} is in {text}", other.name);
        }
        for registry in &world.policy.registries {
            let foreign = matches!(registry.owner, Owner::Workspace(id) if id != mine.id);
            assert!(!foreign || !text.contains(&format!("\"{}\"", registry.name)), "seed {seed}: {}", registry.name);
        }
        let policy = export.into_snapshot().unwrap().policy();
        assert!(policy.bindings.iter().all(|binding| binding.workspace == mine.id), "seed {seed}");
        assert!(policy.namespaces.iter().all(|row| row.workspace == Some(mine.id)), "seed {seed}");
    }
}

#[test]
fn a_workspace_that_is_not_there_cannot_be_exported() {
    let refused = Export::slice(&snapshot(&World::random(1)), &["nobody".to_owned()], TAKEN, None);
    assert_eq!(refused, Err("nobody".to_owned()));
}

#[test]
fn another_format_and_a_newer_version_are_told_apart() {
    let head = |format: &str, version| Head { format: format.to_owned(), version }.check();
    assert_eq!(head("wharfinger-snapshot", VERSION), Ok(()));
    assert_eq!(head("something", 1), Err(ExportError::Format("something".to_owned())));
    assert_eq!(head("wharfinger-snapshot", VERSION + 1), Err(ExportError::Version(VERSION + 1)));
}

#[test]
fn a_file_with_a_host_that_would_be_passed_over_is_damaged() {
    let world = (0..100).map(World::random).find(|world| !world.policy.registries.is_empty()).unwrap();
    let mut json = serde_json::to_value(Export::whole(&snapshot(&world), TAKEN, None)).unwrap();
    json["policy"]["registries"][0]["hosts"][0] = "not a host".into();
    let export: Export = serde_json::from_value(json).unwrap();
    assert!(matches!(export.into_snapshot(), Err(ExportError::Damaged(_))));
}

/// The fields on record: whoever renames one of them writes another version of the format.
#[test]
fn the_form_of_version_1_is_the_one_on_record() {
    let (mut keys, mut lists) = (std::collections::BTreeSet::new(), 0);
    for seed in 0..200 {
        let json = serde_json::to_value(Export::whole(&snapshot(&World::random(seed)), TAKEN, None)).unwrap();
        for (section, rows) in json["policy"].as_object().unwrap().iter().filter(|(_, rows)| rows.is_array()) {
            lists += 1;
            for (key, _) in rows.as_array().unwrap().iter().flat_map(|row| row.as_object().unwrap()) {
                keys.insert(format!("{section}.{key}"));
            }
        }
        keys.extend(json.as_object().unwrap().keys().cloned());
    }
    let page = include_str!("../../../docs/export-format.md");
    let missing: Vec<_> = keys.iter().filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty() && lists == 1600, "not in docs/export-format.md: {missing:?}, {lists}");
}
