//! Texts by which gates have been deceived, and what each is worth here.

use wharfinger_domain::cluster::UnknownRegistries;
use wharfinger_domain::space::Visibility;

use crate::door::{Answer, Door, create, within};
use crate::world::World;

async fn ask(world: &World, namespace: &str, image: &str) -> Answer {
    Door::of(world).ask(&within(create(&[image]), namespace)).await
}

#[tokio::test]
async fn admits_what_is_public_bound_or_of_nobodys_registry() {
    let digest = format!("@sha256:{}", "a".repeat(64));
    for (image, reason) in [
        ("harbor.corp.example/pub/app:1", "SPACE_PUBLIC"),
        ("harbor.corp.example/team-a/nginx:latest", "BOUND"),
        ("harbor.corp.example/team-a/nginx", "BOUND"),
        ("harbor.corp.example/team_x/my-image:12345", "BOUND"),
        ("harbor.corp.example/team-a/app:v1.10_test", "BOUND"),
        (&format!("harbor.corp.example/team-a/app:1.2{digest}"), "BOUND"),
        ("HARBOR.corp.example:0443/shared/app", "BOUND"),
        ("harbor.corp.example.evil.example/team-b/app:1", "REGISTRY_UNKNOWN"),
        ("team-b/app", "REGISTRY_UNKNOWN"),
    ] {
        ask(&World::new(), "ns-a", image).await.admits(reason);
    }
}

#[tokio::test]
async fn denies_other_spellings_of_what_is_not_bound() {
    for image in [
        "harbor.corp.example/team-b/app",
        "HARBOR.Corp.Example/team-b/app",
        "Harbor/team-b/app",
        "10.1.2.3/team-b/app",
        "harbor.corp.example:443/team-b/app",
        "harbor.corp.example/team-abc/app",
        "harbor.corp.example/team-a-/../team-b/app",
        "harbor.corp.example:8443/team-a/app",
    ] {
        let reason = if image.contains("..") { "REFERENCE_INVALID" } else { "NOT_BOUND" };
        ask(&World::new(), "ns-a", image).await.denies(reason, &[image]);
    }
}

#[tokio::test]
async fn shows_the_tag_and_the_digest_of_what_is_denied() {
    let image = format!("harbor.corp.example/team-b/app:1.2@sha256:{}", "b".repeat(64));
    ask(&World::new(), "ns-a", &image).await.denies("NOT_BOUND", &[&image]);
}

#[tokio::test]
async fn denies_what_is_no_reference_also_where_unknown_registries_are_allowed() {
    for image in [
        "harbor.corp.example/Team-B/app",
        "harbor.corp.example//team-b/app",
        "harbor.corp.example/team-b/app:",
        &"a".repeat(64),
        "sha256:abc",
        "",
    ] {
        ask(&World::new(), "ns-a", image).await.denies("REFERENCE_INVALID", &["spec.containers[0].image"]);
    }
}

#[tokio::test]
async fn follows_the_settings_for_hosts_that_nobody_has() {
    let unnamed = "[2001:db8::5]:5000/team-b/app";
    ask(&World::new(), "ns-a", unnamed).await.denies("REGISTRY_UNKNOWN", &[unnamed]);
    let warned = World::new().unknown_registries(UnknownRegistries::Warn);
    ask(&warned, "ns-a", "quay.example/a/b")
        .await
        .warns(&[r#"spec.containers[0].image "quay.example/a/b" comes from"#]);
    let denied = World::new().unknown_registries(UnknownRegistries::Deny);
    ask(&denied, "ns-a", "nginx").await.denies("REGISTRY_UNKNOWN", &["integrate the registry"]);
}

#[tokio::test]
async fn folds_the_names_of_docker_hub() {
    let mut world = World::new();
    world.registry(3, &["docker.io"]);
    world.space(3, "library", Visibility::Private, &[]);
    for image in ["nginx", "library/nginx:1", "docker.io/nginx", "index.docker.io/library/nginx"] {
        ask(&world, "ns-a", image).await.denies("NOT_BOUND", &[image]);
    }
}
