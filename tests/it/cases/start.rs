//! A replica that has nothing to decide by, from its start on.

use std::path::Path;

use crate::world::World;

/// Puts bytes in the place of others, which the file has once.
fn replace(file: &Path, old: &[u8], new: &[u8]) {
    let mut bytes = std::fs::read(file).unwrap();
    let places: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(old)).collect();
    let [at] = places[..] else { panic!("{places:?}") };
    bytes[at..at + new.len()].copy_from_slice(new);
    std::fs::write(file, bytes).unwrap();
}

// Case: NS-6
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_cannot_read_the_rules_denies_and_says_that_it_is_not_ready() {
    let mut world = World::start().await;
    let images = [world.image("pub/app:1.0"), "elsewhere.example/app".to_owned()];
    let platform = &mut world.platform;
    for image in &images {
        assert!(platform.create_pod("ns-a", &[image]).await.allowed());
    }
    platform.stop().await;
    // A row of which nobody can tell what kind of registry it is.
    let (file, row, damaged) = (platform.data().join("wharfinger.db"), b"HARBORhttp:", b"HARBOXhttp:");
    replace(&file, row, damaged);
    platform.open().await;
    for image in images.iter().cycle().take(20) {
        let answer = platform.create_pod("ns-a", &[image]).await;
        assert!(!answer.allowed(), "{answer:?}");
        assert_eq!(answer.0["status"]["code"], 503, "{answer:?}");
        assert!(answer.message().contains("not loaded yet"), "{}", answer.message());
    }
    let readiness = platform.readiness().await.unwrap();
    assert_eq!(readiness.status(), 503);
    let missing = readiness.text().await.unwrap();
    assert!(missing.contains("the policy has not been loaded"), "{missing}");
    platform.stop().await;
    replace(&file, damaged, row);
    platform.run().await;
    for image in &images {
        assert!(platform.create_pod("ns-a", &[image]).await.allowed());
    }
}
