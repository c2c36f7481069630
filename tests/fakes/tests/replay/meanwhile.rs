//! What happened to the recorded Harbor between the exchanges and is in none of them.

use wharfinger_fakes::harbor::{Fault, Push, World};

/// What happened before the exchange with this number.
pub(crate) fn happen(number: u32, world: &mut World) {
    match number {
        76 => push_images(world),
        419 => push_to_delete(world, "team-a/hooked", "team-a/hooked2"),
        // Its job service was not running, without which it makes no proxy cache; the row's number was spent.
        445 => world.fail_next("/api/v2.0/projects", Fault::status(500)),
        446 => world.skip_project_ids(1),
        501 => push_to_delete(world, "team-a/wh1", "team-a/wh2/deep"),
        570 => world.delete_project("fill11"),
        621 => {
            let digest = "sha256:b243a96490d54247ef9c70297fbc8d6e9baa3733d7797b978e51823295362391";
            world.push_artifact("mirror/team1/sub/app1", &image(digest, 755, true, ["v1"]));
            world.set_pulled("mirror/team1/sub/app1", 1);
        }
        1162 => fill(world),
        _ => {}
    }
}

fn push_images(world: &mut World) {
    let v1 = "sha256:26d774d82c6a81995b098a9e6bd8ae61ca2b8243c476aef0b95fffef7a76a484";
    let v2 = "sha256:83d6569c32b35378aa74a415b612dba70b23ca437aa1af6db1e87531d89130e2";
    let svc = "sha256:0694186fb6e21501b43b9b7a54e9187f0f2508c4b30e925816c4352c1b97c482";
    let x = "sha256:9cd47dd74c8d12c2950b8a805f69429c2895eb2efa5dc7a6ec52752d9e83e1b9";
    let multi = "sha256:38a1eb6b21c2fc00f631b7285e3cebf18ca4b913bbc74a441f541ef28f8f2650";
    world.push_artifact("team-a/app", &image(v1, 753, true, ["v1", "latest"]));
    world.push_artifact("team-a/app", &image(v2, 731, false, ["v2"]));
    world.push_artifact("team-a/sub/dir/svc", &image(svc, 753, true, ["1.0"]));
    world.push_artifact("pub/app", &Push::tagged(["v1"]));
    world.push_artifact("team-a/a__b/c--d", &image(x, 753, true, ["x"]));
    world.push_artifact("library/hello", &Push::tagged(["v1"]));
    let platforms = vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()];
    world.push_artifact("team-a/multi", &Push { platforms, ..image(multi, 2043, false, ["m1"]) });
}

fn push_to_delete(world: &mut World, first: &str, second: &str) {
    world.push_artifact(first, &Push::tagged(["h1", "h2"]));
    world.push_artifact(second, &Push::tagged(["a", "b"]));
}

/// Three thousand projects, written into the database at one instant; every fourth is public. The repositories of those on
/// the first page are enough: no list of the others was recorded.
fn fill(world: &mut World) {
    let names: Vec<String> = (1..=3000).map(|number| format!("bulk-{number:04}")).collect();
    let visibility = |at: usize| if at.is_multiple_of(4) { "true" } else { "false" };
    world.create_projects(names.iter().enumerate().map(|(at, name)| (name.as_str(), visibility(at))));
    for name in names.iter().take(100) {
        for repository in 0..10 {
            world.push_artifact(&format!("{name}/app-{repository}"), &Push::tagged(["v1"]));
        }
    }
}

fn image<const N: usize>(digest: &str, size: i64, docker: bool, tags: [&str; N]) -> Push {
    let docker = docker.then(|| "application/vnd.docker.distribution.manifest.v2+json".to_owned());
    Push { digest: Some(digest.to_owned()), manifest_media_type: docker, size: Some(size), ..Push::tagged(tags) }
}
