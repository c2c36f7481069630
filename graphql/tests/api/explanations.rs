//! Why an image can or cannot be used: precise for administrators, and for everybody else the same in every case in which a
//! private space might be given away.

use serde_json::{Value, json};
use wharfinger_domain::caller::{AuthMethod, Caller, PlatformRole, WorkspaceRole};
use wharfinger_domain::id::WorkspaceId;

use crate::plan::{Bound, between, scoped};
use crate::world::World;

const EXPLAIN: &str = "query($namespace: String!, $reference: String) {
    explainImage(namespace: { name: { name: $namespace } }, reference: $reference) {
        selectable admissible reason namespace { name } policyRevision
        checks { kind outcome message subject { id } remedy { action allowedTo viewerCan } }
        cause { kind outcome message remedy { action } } } }";

const SPACES: &[(&str, bool)] =
    &[("pub", true), ("bound", false), ("free", false), ("later", false), ("over", false), ("part", false)];

async fn world() -> World {
    let world = World::start().await;
    let bindings = vec![
        Bound { space: "bound", terms: between(None, None) },
        Bound { space: "later", terms: between(Some(3600), None) },
        Bound { space: "over", terms: between(None, Some(-1)) },
        Bound { space: "part", terms: scoped(&["tool"]) },
    ];
    world.plant_harbor(SPACES, bindings).await;
    world
}

/// A member of `wa`.
fn member() -> Caller {
    Caller::new("m", AuthMethod::LocalAdmin, PlatformRole::None, [(WorkspaceId(1), WorkspaceRole::Viewer)])
}

async fn explain(world: &World, caller: Caller, namespace: &str, reference: Option<&str>) -> Value {
    let variables = json!({ "namespace": namespace, "reference": reference });
    let mut answer = world.ask_as(caller, EXPLAIN, variables).await;
    assert_eq!(answer["errors"], json!([]), "{reference:?}");
    answer["data"]["explainImage"].take()
}

/// The same with the number of statements that it took.
async fn told_of(world: &World, caller: Caller, namespace: &str, reference: &str) -> (Value, u64) {
    let told = explain(world, caller.clone(), namespace, Some(reference)).await;
    let variables = json!({ "namespace": namespace, "reference": reference });
    (told, world.statements_of(caller, EXPLAIN, variables).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_told_every_reason() {
    let world = world().await;
    for (namespace, reference, reason, cause, action) in [
        ("ns-a", "harbor.example/pub/app:1.0", "SPACE_PUBLIC", None, None),
        ("ns-a", "harbor.example/bound/app:1.0", "BOUND", None, None),
        ("ns-a", "harbor.example/free/app", "NOT_BOUND", Some("SPACE_BOUND"), Some("BIND_SPACE")),
        ("ns-a", "harbor.example/later/app", "BINDING_PENDING", Some("BINDING_IN_FORCE"), Some("BIND_SPACE")),
        ("ns-a", "harbor.example/over/app", "BINDING_EXPIRED", Some("BINDING_IN_FORCE"), Some("BIND_SPACE")),
        ("ns-a", "harbor.example/part/app", "REPOSITORY_OUT_OF_SCOPE", Some("REPOSITORY_IN_SCOPE"), Some("BIND_SPACE")),
        ("ns-a", "harbor.example/none/app", "SPACE_UNKNOWN", Some("SPACE_KNOWN"), Some("SYNC_REGISTRY")),
        (
            "ns-free",
            "harbor.example/free/app",
            "NAMESPACE_NOT_MAPPED",
            Some("NAMESPACE_HAS_WORKSPACE"),
            Some("ASSIGN_NAMESPACE"),
        ),
        ("ns-a", "other.example/a/b", "REGISTRY_UNKNOWN", Some("REGISTRY_ALLOWED"), Some("REGISTER_REGISTRY")),
        ("ns-a", "no reference!", "REFERENCE_INVALID", Some("REFERENCE_VALID"), Some("FIX_REFERENCE")),
        ("ns-a", "sha256:abcdef", "REFERENCE_INVALID", Some("NOT_AN_IMAGE_ID"), Some("FIX_REFERENCE")),
    ] {
        let told = explain(&world, World::admin(), namespace, Some(reference)).await;
        assert_eq!(told["reason"], reason, "{reference}");
        assert_eq!(told["cause"]["kind"].as_str(), cause, "{reference}");
        assert_eq!(told["cause"]["remedy"]["action"].as_str(), action, "{reference}");
        assert_eq!(told["selectable"], cause.is_none(), "{reference}");
        assert_eq!(told["admissible"], cause.is_none(), "{reference}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_told_the_same_of_every_private_space() {
    let world = world().await;
    let mut answers = Vec::new();
    for space in ["free", "later", "over", "part", "none"] {
        let reference = format!("harbor.example/{space}/app");
        let told = told_of(&world, member(), "ns-a", &reference).await;
        answers.push(told);
    }
    let first = answers[0].clone();
    assert_eq!(first.0["reason"], "NOT_BOUND");
    assert_eq!(first.0["cause"]["kind"], "SPACE_BOUND");
    for answer in answers {
        assert_eq!(answer, first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_role_is_told_the_same_of_every_private_space() {
    let world = world().await;
    let nobody = || Caller::new("n", AuthMethod::LocalAdmin, PlatformRole::None, []);
    for namespace in ["ns-a", "ns-free", "ns-none"] {
        let mut answers = Vec::new();
        for space in ["free", "later", "over", "part", "none"] {
            let told = told_of(&world, nobody(), namespace, &format!("harbor.example/{space}/app")).await;
            assert_eq!(told.0["namespace"], json!(null));
            answers.push(told);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{namespace}: {answers:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_reference_the_namespace_is_explained() {
    let world = world().await;
    let mapped = explain(&world, member(), "ns-a", None).await;
    assert_eq!(mapped["reason"], json!(null));
    assert_eq!(mapped["namespace"]["name"], "ns-a");
    let unmapped = explain(&world, member(), "ns-free", None).await;
    let missing = explain(&world, member(), "ns-none", None).await;
    assert_eq!(unmapped, missing);
    assert_eq!(unmapped["reason"], "NAMESPACE_NOT_MAPPED");
    assert_eq!(explain(&world, World::admin(), "ns-none", None).await["reason"], "NAMESPACE_UNKNOWN");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picker_offers_what_is_explained_as_selectable() {
    let world = world().await;
    let document = "{ selectableImages(namespace: { name: { name: \"ns-a\" } }) { nodes { via repository { path } latest { reference pinnedReference sizeBytes } } emptyReason } }";
    let data = world.data(document, json!({})).await;
    let rows = data["selectableImages"]["nodes"].as_array().unwrap();
    let paths: Vec<_> = rows.iter().map(|row| row["repository"]["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["bound/app", "bound/tool", "part/tool", "pub/app", "pub/tool"]);
    assert_eq!(rows[0]["latest"]["reference"], "harbor.example/bound/app:1.0");
    assert_eq!(rows[0]["latest"]["sizeBytes"], "5000000000");
    assert_eq!((&rows[0]["via"], &rows[3]["via"]), (&json!("BOUND_SPACE"), &json!("PUBLIC_SPACE")));
    for space in ["bound", "free", "later", "over", "part", "pub"] {
        for name in ["app", "tool"] {
            let told = explain(&world, World::admin(), "ns-a", Some(&format!("harbor.example/{space}/{name}"))).await;
            let offered = paths.contains(&format!("{space}/{name}").as_str());
            assert_eq!(told["selectable"], offered, "{space}/{name}");
        }
    }
    let none = "{ selectableImages(namespace: { name: { name: \"ns-free\" } }, filter: { via: [BOUND_SPACE] }) { nodes { via } emptyReason } }";
    assert_eq!(world.data(none, json!({})).await["selectableImages"]["nodes"], json!([]));
}
