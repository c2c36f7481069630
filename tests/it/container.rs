//! Holds the recipe of the image to what runs it and to what builds it elsewhere: no container engine is needed for that.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What the recipe says with this word, the last time that it says it.
fn last(word: &str) -> String {
    let recipe = text("Containerfile");
    let mut said = recipe.lines().rev().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
    said.next().unwrap_or_else(|| panic!("the recipe has no {word}")).to_owned()
}

#[test]
fn the_image_has_the_user_and_the_ports_that_the_deployment_names() {
    let deployment: Value = serde_saphyr::from_str(&text("manifests/base/deployment.yaml")).unwrap();
    let pod = &deployment["spec"]["template"]["spec"];
    let user = &pod["securityContext"];
    assert_eq!(last("USER"), format!("{}:{}", user["runAsUser"], user["runAsGroup"]));
    let container = &pod["containers"][0];
    assert_eq!(container["command"], json!(null), "the image's own program is run");
    let ports = container["ports"].as_array().unwrap().iter().map(|port| port["containerPort"].to_string());
    let exposed: BTreeSet<_> = last("EXPOSE").split(' ').map(str::to_owned).collect();
    assert_eq!(exposed, ports.collect());
}

#[test]
fn the_image_is_built_by_the_toolchain_that_is_pinned() {
    let pinned: Vec<_> = text("rust-toolchain.toml").split('"').map(str::to_owned).collect();
    let image = format!("rust:{}-", pinned[1]);
    assert!(text("Containerfile").contains(&image), "{image}");
}
