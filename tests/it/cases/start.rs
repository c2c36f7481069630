//! A replica that has nothing to decide by, from its start on.

use crate::place;
use crate::world::World;

// Case: NS-6
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_cannot_read_the_rules_denies_and_says_that_it_is_not_ready() {
    let options = place::options();
    let mut world = World::start_with(options.clone()).await;
    let images = [world.image("pub/app:1.0"), "elsewhere.example/app".to_owned()];
    let platform = &mut world.platform;
    for image in &images {
        assert!(platform.create_pod("ns-a", &[image]).await.allowed());
    }
    platform.stop().await;
    place::damage(&options, platform);
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
    place::mend(&options, platform);
    platform.run().await;
    for image in &images {
        assert!(platform.create_pod("ns-a", &[image]).await.allowed());
    }
}
