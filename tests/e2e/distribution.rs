//! A registry that is no Harbor, beside one: the real program, with images that were really pushed.

use serde_json::{Value, json};

use crate::case::{Case, NOT_BOUND};
use crate::manifest::pod;
use crate::world::wait;

/// Every image that the namespace may select, with its newest tag.
fn selectable(case: &Case) -> Vec<Value> {
    let query = "query($ns: NamespaceRef!) { selectableImages(namespace: $ns, first: 100) { nodes {
        repository { path } via latest { name digest reference pinnedReference platforms } } } }";
    let mut data = wait(case.world.platform.graphql(query, json!({ "ns": case.reference() })));
    serde_json::from_value(data["selectableImages"]["nodes"].take()).unwrap()
}

fn paths(images: &[Value]) -> Vec<&str> {
    images.iter().map(|image| image["repository"]["path"].as_str().unwrap()).collect()
}

#[test]
fn the_spaces_of_a_registry_without_visibility_are_private() {
    let case = Case::unassigned("plain");
    let query =
        "query($id: ID!) { node(id: $id) { ... on Registry { spaces(first: 10) { nodes { name visibility } } } } }";
    let data = wait(case.world.platform.graphql(query, json!({ "id": case.world.distribution_id })));
    let expected = json!([{ "name": "shop", "visibility": "PRIVATE" }, { "name": "tools", "visibility": "PRIVATE" }]);
    assert_eq!(data["node"]["spaces"]["nodes"], expected);
}

#[test]
fn an_image_of_another_registry_is_picked_and_used_once_its_space_is_bound() {
    let case = Case::assigned("shop");
    let host = case.world.distribution.host();
    case.refuses(pod("before", &format!("{host}/shop/web:1.0")), NOT_BOUND);
    assert_eq!(paths(&selectable(&case)), ["pub/app"]);

    case.bind_in(&case.world.distribution_id, "shop");
    let images = selectable(&case);
    assert_eq!(paths(&images), ["pub/app", "shop/web"]);
    let (via, latest) = (&images[1]["via"], &images[1]["latest"]);
    assert_eq!(via, "BOUND_SPACE");
    let digest = latest["digest"].as_str().unwrap();
    assert!(digest.starts_with("sha256:") && digest.len() == 71, "{digest}");
    assert!(["1.0", "1.1"].contains(&latest["name"].as_str().unwrap()), "{latest}");
    assert_eq!(latest["pinnedReference"], format!("{host}/shop/web@{digest}"));
    for (name, kind) in [("tag", "reference"), ("digest", "pinnedReference")] {
        case.admits(pod(name, latest[kind].as_str().unwrap()));
    }
    case.refuses(pod("other", &format!("{host}/tools/cli:latest")), NOT_BOUND);
}
